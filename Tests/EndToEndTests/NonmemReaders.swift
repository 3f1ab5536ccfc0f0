import Foundation
import TestSupport

/// Programs that read NONMEM's outputs: pharmpy and R.
enum NonmemReaders {
  /// Why tests of them are left out.
  static let whyNot = "POPMIX_SKIP_READERS is set"

  static let areWanted =
    (ProcessInfo.processInfo.environment["POPMIX_SKIP_READERS"] ?? "").isEmpty

  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  private static let scripts = root + "/Tests/EndToEndTests/Readers"

  struct Failure: Error, CustomStringConvertible { let description: String }

  /// What pharmpy has found in the files of a run.
  /// - Parameter counts: of THETA, ETA and SIGMA.
  static func pharmpy(
    _ root: String, counts: (thetas: Int, etas: Int, sigmas: Int), tables: [String] = []
  ) throws -> [String: Any] {
    let packages = Self.root + "/.build/readers/packages"
    guard FileManager.default.fileExists(atPath: packages + "/pharmpy") else {
      throw Failure(
        description:
          "pharmpy is not in .build/readers; scripts/install --tests installs it, and POPMIX_SKIP_READERS=1 leaves these tests out."
      )
    }
    let run = try ChildProcess.run(
      shell: "exec python3 \"$@\"", "popmix",
      [scripts + "/read.py", root, "\(counts.thetas)", "\(counts.etas)", "\(counts.sigmas)"]
        + tables,
      environment: ["PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": ""])
    guard run.exitCode == 0,
      let found = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
    else { throw Failure(description: "pharmpy cannot read \(root): \(run.errors)") }
    return found
  }

  /// What R has found: numbers by name.
  static func r(_ root: String, tables: [String] = []) throws -> [String: [String]] {
    let run = try ChildProcess.run(
      shell: "exec Rscript --vanilla \"$@\"", "popmix", [scripts + "/read.R", root] + tables)
    guard run.exitCode == 0 else {
      throw Failure(
        description:
          "R cannot read \(root): \(run.errors) (scripts/install --tests installs R, and POPMIX_SKIP_READERS=1 leaves these tests out.)"
      )
    }
    var found: [String: [String]] = [:]
    for line in run.output.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      found[words[0]] = Array(words.dropFirst())
    }
    return found
  }
}

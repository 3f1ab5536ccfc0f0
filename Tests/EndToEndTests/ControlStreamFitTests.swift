import Foundation
import Report
import TestSupport
import Testing

/// Control streams, fitted by the built program beside the hand-written jobs of the same models.
@Suite("Fits of control streams")
struct ControlStreamFitTests {
  private static let streams = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("ControlStreamTests/Streams").path

  /// Names of the streams.
  static var names: [String] {
    let table = try? String(contentsOfFile: "\(streams)/accepted.tsv", encoding: .utf8)
    return (table ?? "").split(separator: "\n").dropFirst()
      .compactMap { $0.split(separator: "\t").first.map(String.init) }
  }

  /// The values of a folder's `estimates.csv` by column.
  private func estimates(_ folder: String) throws -> [String: String] {
    let rows = try String(contentsOfFile: "\(folder)/estimates.csv", encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    return Dictionary(
      zip(rows[0].map(String.init), rows[1].map(String.init)), uniquingKeysWith: { a, _ in a })
  }

  /// log L, which hardly depends on how a model is written.
  private func logLikelihood(_ folder: String) throws -> Double {
    try #require(Double(estimates(folder)["log_likelihood"] ?? ""))
  }

  @Test("each agrees with the hand-written job", arguments: names)
  func agrees(name: String) throws {
    let folder = try JobFolder()
    let files = FileManager.default
    try files.copyItem(
      atPath: "\(Self.streams)/accepted/data", toPath: "\(folder.path)/data")
    try files.createDirectory(atPath: "\(folder.path)/run", withIntermediateDirectories: true)
    for file in ["run.ctl", "job.yaml"] {
      try files.copyItem(
        atPath: "\(Self.streams)/accepted/\(name)/\(file)", toPath: "\(folder.path)/run/\(file)")
    }
    for (job, output) in [("job.yaml", "hand"), ("run.ctl", "imported")] {
      let run = try ChildProcess.run(
        "popmix",
        ["fit", "--quiet", "\(folder.path)/run/\(job)", "-o", "\(folder.path)/\(output)"])
      #expect(run.exitCode == 0, "\(name)/\(job): \(run.errors)")
    }
    let hand = try logLikelihood("\(folder.path)/hand")
    let imported = try logLikelihood("\(folder.path)/imported")
    // Their integrals have random numbers of their own.
    let errors = try ["hand", "imported"].map { output in
      try #require(
        Double(
          estimates("\(folder.path)/\(output)")["sampling_error.minus_two_log_likelihood"] ?? ""))
    }
    #expect(errors.max()! < 0.2)
    #expect(
      abs(hand - imported) < 2e-3 + 1.5 * (errors[0] + errors[1]),
      "\(name): \(hand), imported \(imported)")

    // The outputs beside it have the control stream's own numbers.
    let ext = try String(contentsOfFile: "\(folder.path)/run/run.ext", encoding: .utf8)
    let lines = ext.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let header = try #require(lines.first { $0.first == "ITERATION" })
    let last = try #require(lines.first { $0.first == "-1000000000" })
    let objective = try #require(Double(last[header.count - 1]))
    let own = try estimates("\(folder.path)/imported")
    #expect(
      abs(objective - (Double(own["nonmem_objective"] ?? "") ?? .nan)) < 1e-6, "\(name)")
  }

  @Test("THETA of a mixture keep the order of MIXNUM, though it is not the ascending one")
  func order() throws {
    let folder = try JobFolder()
    try FileManager.default.copyItem(
      atPath: "\(Self.streams)/accepted/data", toPath: "\(folder.path)/data")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/run", withIntermediateDirectories: true)
    let text = try String(
      contentsOfFile: "\(Self.streams)/accepted/mixture-thetas/run.ctl", encoding: .utf8)
    let swapped = text.replacing("(0, 1) ;", with: "(0, 9) ;").replacing(
      "(0, 4) ;", with: "(0, 1) ;"
    )
    .replacing("(0, 9) ;", with: "(0, 4) ;")
    #expect(swapped != text)
    try swapped.write(toFile: "\(folder.path)/run/run.ctl", atomically: true, encoding: .utf8)
    let run = try ChildProcess.run(
      "popmix", ["fit", "--quiet", "\(folder.path)/run/run.ctl", "-o", "\(folder.path)/out"])
    #expect(run.exitCode == 0, "\(run.errors)")
    let ext = try String(contentsOfFile: "\(folder.path)/run/run.ext", encoding: .utf8)
    let final = try #require(
      ext.split(separator: "\n").map { $0.split(separator: " ") }.first {
        $0.first == "-1000000000"
      })
    let (first, second) = (try #require(Double(final[1])), try #require(Double(final[2])))
    #expect(first > 2 * second)
  }

  @Test("a job that was changed by hand, and outputs of NONMEM, are not written over")
  func kept() throws {
    let folder = try JobFolder()
    try FileManager.default.copyItem(
      atPath: "\(Self.streams)/accepted/data", toPath: "\(folder.path)/data")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/run", withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: "\(Self.streams)/accepted/advan1-trans2/run.ctl", toPath: "\(folder.path)/run/run.ctl"
    )
    try folder.write("NONMEM's own", to: "run/run.lst")
    try folder.write("NONMEM's own", to: "run/run.ext")
    let first = try ChildProcess.run(
      "popmix", ["fit", "-q", "\(folder.path)/run/run.ctl", "-o", "\(folder.path)/out"])
    #expect(first.exitCode == 0, "\(first.errors)")
    for file in ["run.lst", "run.ext"] {
      #expect(
        try String(contentsOfFile: "\(folder.path)/run/\(file)", encoding: .utf8) == "NONMEM's own")
    }
    #expect(first.errors.contains("run/run.ext: is not of popmix and stays"))
    #expect(folder.files(in: "out/nonmem").contains { $0.hasSuffix(".ext") })

    let job = try String(contentsOfFile: "\(folder.path)/run/run.yaml", encoding: .utf8)
    try folder.write("# changed\n" + job, to: "run/run.yaml")
    let second = try ChildProcess.run(
      "popmix", ["fit", "-q", "\(folder.path)/run/run.ctl", "-o", "\(folder.path)/out"])
    #expect(second.exitCode == 73, "\(second.errors)")
    #expect(second.errors.contains("popmix import --force"))
    #expect(
      try String(contentsOfFile: "\(folder.path)/run/run.yaml", encoding: .utf8)
        .hasPrefix("# changed"))
    let third = try ChildProcess.run(
      "popmix", ["import", "--force", "\(folder.path)/run/run.ctl"])
    #expect(third.exitCode == 0, "\(third.errors)")
    #expect(
      try String(contentsOfFile: "\(folder.path)/run/run.yaml", encoding: .utf8) == job)
  }

  @Test(
    "a control stream that cannot be translated ends with its line and exit code 78, and writes nothing"
  )
  func refused() throws {
    let refused = "\(Self.streams)/refused"
    let before = try FileManager.default.contentsOfDirectory(atPath: refused).sorted()
    for command in ["fit", "check", "import"] {
      let run = try ChildProcess.run("popmix", [command, "\(refused)/theta-index.ctl"])
      #expect(run.exitCode == 78)
      #expect(run.errors.contains("theta-index.ctl:"), "\(run.errors)")
      #expect(run.errors.contains("THETA("), "\(run.errors)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: refused).sorted() == before)
  }
}

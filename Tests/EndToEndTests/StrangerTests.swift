import Foundation
import Glibc
import TestSupport
import Testing

/// Every path that popmix can write or remove, by command, as the table in the guide has them.
@Suite("What popmix has not written stays")
struct StrangerTests {
  /// A command with a path that it writes, from the folder of the job.
  struct Target: Sendable, CustomStringConvertible {
    let command: Command
    let path: String
    var description: String { "\(command.rawValue): \(path)" }
  }

  enum Command: String, CaseIterable, Sendable {
    case fit, several, selection, bootstrap, study, simulate, report, importing, nonmem

    /// Without the options that all have.
    var arguments: [String] {
      switch self {
      case .fit: ["fit", "-q", "job.yaml", "--format", "nonmem"]
      case .several: ["fit", "-q", "several.yaml", "--format", "nonmem", "--per-dataset"]
      case .nonmem: ["fit", "-q", "nonmem.yaml"]
      case .selection: ["fit", "-q", "selection.yaml"]
      case .bootstrap: ["bootstrap", "-q", "job.yaml"]
      case .study: ["study", "-q", "study.yaml"]
      case .simulate: ["simulate", "study.yaml"]
      case .report: ["report", "-q", "fitted"]
      case .importing: ["import", "run1.ctl"]
      }
    }

    var paths: [String] {
      func all(_ folder: String, _ names: [String]) -> [String] { names.map { folder + $0 } }
      let fit = ["fit.json", "estimates.csv", "subjects.csv", "iterations.csv", "run.json"]
      let endings = [
        "ext", "cov", "cor", "coi", "phi", "phm", "shk", "cnv", "lst", "numbering.csv",
      ]
      let ledger = [
        "job.json", "lock", "run-000001-rank-000000.records", "fit-0123456789abcdef.checkpoint",
        "fit-0123456789abcdef.checkpoint.previous", "lock-of-part-1-of-2",
      ]
      let tables = ["observations.csv", "influence.csv", "moments.csv", "starts.csv"]
      switch self {
      case .fit:
        return all("out/", fit + tables + ["popmix-files.json"])
          + all("out/nonmem/", endings.map { "data.\($0)" }) + all("out/ledger/", ledger)
      case .several:
        return all("out/data-sets/d2/", Array(fit.dropLast()) + tables.dropLast())
          + ["out/nonmem/raw_results.csv", "out/nonmem/d2.ext"]
      case .nonmem: return all("other/run1.", endings) + ["other/sdtab1"]
      case .selection:
        return all("out/components.", ["json", "csv", "md"])
          + all("out/components-2/", fit + ["popmix-files.json", "ledger/job.json"])
          + ["out/popmix-files.json", "out/likelihood-ratio/1-2/null/fit.json"]
          + ["out/likelihood-ratio/1-2/alternative/ledger/job.json"]
      case .bootstrap:
        return all("out/bootstrap", [".json", ".csv", ".md", "-replicates.csv"])
          + all("out/bootstrap/", fit + ["popmix-files.json", "ledger/job.json"])
          + ["out/nonmem/data.bootstrap_raw_results.csv", "out/estimates.csv"]
      case .study:
        return all("out/", StudyTests.files + ["popmix-files.json"])
          + all("out/second/", fit + ["popmix-files.json", "ledger/job.json"])
      case .simulate:
        return all("out/data/", ["drawn_1.csv", "drawn_2.truth.csv", "popmix-files.json"])
      case .report:
        return all("fitted/report/", ["report.html", "figures/residuals.svg"])
          + ["fitted/report/popmix-files.json"]
      case .importing: return ["run1.yaml"]
      }
    }
  }

  static let targets = Command.allCases.flatMap { command in
    command.paths.map { Target(command: command, path: $0) }
  }

  /// A folder with the jobs of all commands.
  static func folder(for command: Command) throws -> JobFolder {
    let folder = try JobFolder()
    let data = try JobFolder.exampleData(subjects: 12)
    for name in ["data.csv", "d1.csv", "d2.csv"] { try folder.write(data, to: name) }
    let job = JobFolder.job(method: "method: exact\n  starts: 2")
    try folder.write(
      job + "tables: [observations, influence, moments]\nbootstrap: {replicates: 2}\nnonmem: {}\n",
      to: "job.yaml")
    try folder.write(
      JobFolder.job().replacing("data.csv", with: "[d1.csv, d2.csv]")
        + "tables: [observations, influence, moments]\n",
      to: "several.yaml")
    try folder.write(
      job + "nonmem: {root: other/run1, tables: [{file: sdtab1, columns: [ID, PRED]}]}\n",
      to: "nonmem.yaml")
    try folder.write(
      """
      popmix: 1
      job: numbers
      data: {files: data.csv}
      model:
        structure: one-compartment bolus
        random-effects:
          V: {distribution: normal, membership: shared}
          k: {distribution: normal, membership: mixture}
        residual-error: proportional
      mixture: {components: 1..2}
      likelihood-ratio-test: {replicates: 19}
      output: out

      """, to: "selection.yaml")
    let study = StudyTests.small.replacing("data-sets: 7", with: "data-sets: 2")
      .replacing("data-sets: 4", with: "data-sets: 2").replacing("job: small", with: "job: drawn")
      .replacing("few:", with: "first:").replacing("many:", with: "second:")
    try folder.write(study + "output: out\n", to: "study.yaml")
    try folder.write(controlStream, to: "run1.ctl")
    try folder.write("precious", to: "precious")
    if command == .report {
      let fit = try run(["fit", "-q", "several.yaml", "-o", "fitted"], in: folder)
      #expect(fit.exitCode == 0, "\(fit.errors)")
    }
    return folder
  }

  static let controlStream = """
    $PROBLEM one compartment
    $INPUT ID TIME AMT DV EVID MDV
    $DATA data.csv IGNORE=@
    $SUBROUTINE ADVAN1 TRANS2
    $PK
    CL = THETA(1)*EXP(ETA(1))
    V = THETA(2)*EXP(ETA(2))
    S1 = V
    $ERROR
    Y = F*(1 + EPS(1))
    $THETA (0,5) (0,20)
    $OMEGA 0.1 0.1
    $SIGMA 0.02
    $ESTIMATION METHOD=1 INTER
    $TABLE ID TIME DV PRED ONEHEADER NOPRINT FILE=sdtab1

    """

  static func run(_ arguments: [String], in folder: JobFolder) throws -> ChildProcess {
    try ChildProcess.run(
      shell: "cd \"$1\" && shift && exec timeout 120 \"$0\" \"$@\"", "popmix",
      [folder.path] + arguments)
  }

  @Test("in the place of an output it is refused, and nothing is touched", arguments: targets)
  func stays(target: Target) throws {
    let folder = try Self.folder(for: target.command)
    let path = "\(folder.path)/\(target.path)"
    for stranger in Stranger.allCases {
      try? FileManager.default.removeItem(atPath: path)
      guard
        try stranger.make(
          at: path, precious: "\(folder.path)/precious", input: "\(folder.path)/data.csv")
      else { continue }
      let before = FolderImage(folder.path)
      let run = try Self.run(target.command.arguments, in: folder)
      #expect([73, 77].contains(run.exitCode), "\(target), \(stranger.rawValue): \(run.errors)")
      if target.command == .nonmem {
        let check = try Self.run(["check", "nonmem.yaml"], in: folder)
        #expect(check.exitCode == run.exitCode, "\(target), \(stranger.rawValue)")
        #expect(check.errors == "popmix fit will not start: \(run.errors)")
      }
      #expect(run.errors.hasPrefix(target.path), "\(target), \(stranger.rawValue): \(run.errors)")
      let after = FolderImage(folder.path)
      #expect(after.lost(since: before).isEmpty, "\(target), \(stranger.rawValue)")
      #expect(
        after.names.subtracting(before.names).allSatisfy {
          $0.hasPrefix("fitted/report") && !$0.contains(".tmp")
        }, "\(target), \(stranger.rawValue)")
    }
  }

  @Test(
    "with --restart it stays as well",
    arguments: targets.filter { $0.command != .simulate }
      .filter { $0.command != .report && $0.command != .importing })
  func restarted(target: Target) throws {
    let folder = try Self.folder(for: target.command)
    let path = "\(folder.path)/\(target.path)"
    #expect(
      try Stranger.regular.make(at: path, precious: "", input: ""), "\(target)")
    let before = FolderImage(folder.path)
    let run = try Self.run(target.command.arguments + ["--restart"], in: folder)
    #expect(run.exitCode == 77, "\(target): \(run.errors)")
    #expect(FolderImage(folder.path) == before, "\(target)")
  }
}

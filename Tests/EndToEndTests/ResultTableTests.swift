import Foundation
import TestSupport
import Testing

@Suite("Tables of observations and influence")
struct ResultTableTests {
  private static let wanted = "tables: [observations, influence]\n"

  private func fit(
    _ folder: JobFolder, _ options: [String] = [], output: String = "out", ranks: Int? = nil
  ) throws -> ChildProcess {
    let arguments =
      ["fit", "\(folder.path)/job.yaml", "--quiet", "-o", "\(folder.path)/\(output)"] + options
    let run =
      try ranks.map { try ChildProcess.run("popmix", arguments, ranks: $0) }
      ?? ChildProcess.run("popmix", arguments)
    #expect(run.exitCode == 0, "\(run.errors)")
    return run
  }

  private func folder(_ job: (String) -> String) throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(job(JobFolder.job(method: "method: exact")), to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 30), to: "data.csv")
    return folder
  }

  private static let files = [
    "estimates.csv", "fit.json", "influence.csv", "iterations.csv", "observations.csv",
    "subjects.csv",
  ]

  @Test("one process and 1, 3 and 7 ranks write the same bytes")
  func ranks() throws {
    let folder = try folder { $0 + Self.wanted }
    _ = try fit(folder, output: "alone")
    let alone = try folder.results(in: "alone")
    #expect(alone.keys.sorted() == Self.files)
    #expect(alone["observations.csv"]?.split(separator: "\n").count == 151)
    #expect(alone["influence.csv"]?.split(separator: "\n").count == 31)
    for ranks in [1, 3, 7] {
      _ = try fit(folder, output: "ranks-\(ranks)", ranks: ranks)
      #expect(try folder.results(in: "ranks-\(ranks)") == alone, "\(ranks) ranks")
    }
  }

  @Test("rows stand in the order of the data, with the lines and values of the file")
  func order() throws {
    let folder = try folder { $0 + Self.wanted }
    let check = try ChildProcess.run("popmix", ["check", folder.path + "/job.yaml"])
    #expect(check.output.contains("/out, with observations.csv and influence.csv\n"))
    _ = try fit(folder, ranks: 3)
    let data = try folder.read("data.csv").split(separator: "\n").map {
      $0.split(separator: ",").map(String.init)
    }
    let table = try folder.read("out/observations.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    func column(_ name: String) throws -> [String] {
      let place = try #require(table[0].firstIndex(of: name))
      return table.dropFirst().map { $0[place] }
    }
    func place(_ name: String) throws -> Int { try #require(data[0].firstIndex(of: name)) }
    let (id, time, value, amount) = (
      try place("ID"), try place("TIME"), try place("DV"), try place("AMT")
    )
    let rows = data.enumerated().dropFirst().filter { (Double($0.element[amount]) ?? 0) == 0 }
    #expect(try column("line") == rows.map { "\($0.offset + 1)" })
    #expect(try column("ID") == rows.map { $0.element[id] })
    #expect(try column("TIME").map { Double($0) } == rows.map { Double($0.element[time]) })
    #expect(try column("DV").map { Double($0) } == rows.map { Double($0.element[value]) })
  }

  @Test(
    "tables that are asked for later are made by the same fits, and those of before stay the same")
  func later() throws {
    let folder = try folder { $0 }
    _ = try fit(folder)
    let before = try folder.results(in: "out")
    #expect(before.count == 4)
    try folder.write(JobFolder.job(method: "method: exact") + Self.wanted, to: "job.yaml")
    let run = try fit(folder, ranks: 3)
    #expect(
      run.errors.contains("1 fit of this output was made: done again, to the same results"))
    let after = try folder.results(in: "out")
    #expect(after.keys.sorted() == Self.files)
    for file in ["estimates.csv", "subjects.csv", "iterations.csv"] {
      #expect(after[file] == before[file])
    }
    _ = try fit(folder, output: "new")
    #expect(try folder.results(in: "new") == after)
    // All is there now.
    let again = try fit(folder)
    #expect(!again.errors.contains("done again"))
    #expect(try folder.results(in: "out") == after)
    // A table that is not asked for any more is no fault; that of another run of the folder does
    // not stay beside new ones.
    try folder.write(
      JobFolder.job(method: "method: exact") + "tables: influence\n", to: "job.yaml")
    #expect(try fit(folder).errors.contains("done again") == false)
    _ = try fit(folder, ["--restart"])
    #expect(
      try folder.results(in: "out").keys.sorted() == Self.files.filter { $0 != "observations.csv" })
  }

  @Test(
    "models with covariates, several outputs, censored values and occasions have them, too",
    arguments: ["covariates", "effect", "below-limit", "occasions"])
  func models(job: String) throws {
    let folder = try JobFolder()
    let text = try String(contentsOfFile: "\(JobFolder.jobs)/\(job).yaml", encoding: .utf8)
    try folder.write(
      text.replacing("files: data/", with: "files: \(JobFolder.jobs)/data/") + Self.wanted,
      to: "job.yaml")
    _ = try fit(folder)
    func table(_ name: String) throws -> (names: [String], rows: [[String]]) {
      let rows = try folder.read("out/\(name).csv").split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      return (rows[0], Array(rows.dropFirst()))
    }
    let influence = try table("influence")
    for (column, name) in influence.names.enumerated() where name.hasPrefix("change.") {
      let changes = try influence.rows.map { try #require(Double($0[column]), "\(name)") }
      // The scores of all subjects are 0 together, by the fit's nodes; these are independent ones.
      #expect(abs(changes.reduce(0, +)) < 0.02, "\(name)")
      #expect(changes.contains { abs($0) > 0.05 }, "\(name)")
    }
    let observations = try table("observations")
    #expect(observations.names.contains("DVID") == (job == "effect"))
    #expect(observations.names.contains("CENS") == (job == "below-limit"))
    func column(_ name: String) throws -> [String] {
      let place = try #require(observations.names.firstIndex(of: name))
      return observations.rows.map { $0[place] }
    }
    let isMeasured =
      job == "below-limit"
      ? try column("CENS").map { $0 == "0" } : observations.rows.map { _ in true }
    #expect(isMeasured.contains(false) == (job == "below-limit"))
    for name in ["PRED", "IPRED", "EPRED"] {
      #expect(try column(name).allSatisfy { Double($0)?.isFinite == true })
    }
    // Those of values below the limit are of values drawn there.
    #expect(try column("NPDE").allSatisfy { Double($0)?.isFinite == true })
    for name in ["RES", "IRES", "IWRES", "EWRES"] {
      #expect(try column(name).map { !$0.isEmpty } == isMeasured, "\(name)")
    }
    let residuals = try column("EWRES").compactMap { Double($0) }
    let square = residuals.reduce(0) { $0 + $1 * $1 } / Double(residuals.count)
    #expect(square > 0.8 && square < 1.25, "\(square)")
    let subjects = try table("subjects")
    for (column, name) in subjects.names.enumerated()
    where name.hasPrefix("mode.") || name.hasPrefix("eta.") {
      #expect(subjects.rows.allSatisfy { Double($0[column])?.isFinite == true }, "\(name)")
    }
  }

  @Test("of several starts only the one that is kept is fitted again")
  func starts() throws {
    let several = JobFolder.job(method: "method: exact\n  starts: 4")
    let folder = try folder { _ in several }
    _ = try fit(folder)
    try folder.write(several + Self.wanted, to: "job.yaml")
    _ = try fit(folder, ["--per-dataset"])
    #expect(try folder.read("out/run.json").contains("\"pieces_done\" : 1,"))
    let table = try folder.read("out/observations.csv")
    #expect(table.split(separator: "\n").count == 151)
    #expect(try folder.read("out/data-sets/data/observations.csv") == table)
    _ = try fit(folder, output: "new")
    #expect(try folder.read("new/observations.csv") == table)
    #expect(try folder.read("new/influence.csv") == folder.read("out/influence.csv"))
  }
}

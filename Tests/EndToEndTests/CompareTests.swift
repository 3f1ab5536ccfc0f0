import Foundation
import Report
import TestSupport
import Testing

@Suite("popmix compare")
struct CompareTests {
  /// A folder with fits of one and two components, and of two on half of the data.
  private func folderWithFits() throws -> JobFolder {
    let folder = try JobFolder()
    let job = JobFolder.job(method: "nodes: lattice")
    let start = try #require(job.range(of: "  start:\n"))
    let end = try #require(job.range(of: "mixture:\n  components"))
    let plain = job.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: "")
    try folder.write(try JobFolder.exampleData(subjects: 40), to: "data.csv")
    try folder.write(try JobFolder.exampleData(subjects: 20), to: "half.csv")
    for (name, text) in [
      "k1": plain.replacingOccurrences(of: "components: 2", with: "components: 1"), "k2": plain,
      "half": plain.replacingOccurrences(of: "data.csv", with: "half.csv"),
      "many1": plain.replacingOccurrences(of: "components: 2", with: "components: 1")
        .replacingOccurrences(of: "data.csv", with: "[data.csv, half.csv]"),
      "many2": plain.replacingOccurrences(of: "data.csv", with: "[data.csv, half.csv]"),
    ] {
      try folder.write(text, to: "\(name).yaml")
      let fit = try ChildProcess.run(
        "popmix", ["fit", "\(folder.path)/\(name).yaml", "-q", "-o", "\(folder.path)/\(name)"])
      try #require(fit.exitCode == 0, "\(fit.errors)")
    }
    return folder
  }

  @Test("sets fits side by side, says which data differ, and summarises many")
  func compare() throws {
    let folder = try folderWithFits()
    func run(_ arguments: String...) throws -> String {
      let run = try ChildProcess.run(
        "popmix",
        ["compare"]
          + arguments.map { $0.hasPrefix("-") || $0.contains(".") ? $0 : folder.path + "/\($0)" })
      #expect(run.exitCode == 0 && run.errors.isEmpty, "\(run.errors)")
      return run.output
    }
    let pair = try run("k1", "k2")
    #expect(pair.hasPrefix("data.csv: 40 subjects, 200 observations\n"))
    #expect(pair.contains("likelihood-ratio test does not hold"))
    let document = try FitDocument(json: Array(folder.read("k2/fit.json").utf8), path: "fit.json")
    let fit = try #require(document.dataSets[0].fit)
    let csv = try run("k1", "k2", "--format=csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let aic = try #require(csv[0].firstIndex(of: "aic"))
    #expect(csv[2][aic] == "\(fit.aic)")
    let error = try #require(csv[0].firstIndex(of: "se.mu.k.2"))
    #expect(csv[1][error].isEmpty)
    #expect(
      Double(csv[2][error]) == fit.parameters.first { $0.name == "mu.k.2" }?.standardError)
    let other = try run("k2", "half")
    #expect(other.contains("Note: half is a fit of OTHER DATA (20 subjects, 100 observations)"))
    #expect(!other.contains("best\n"))
    let many = try run("many1", "many2")
    #expect(many.hasPrefix("2 of 2 data sets compared\n"))
    let one = try run("many1", "many2", "--data-set=half.csv")
    #expect(one.hasPrefix("half.csv: 20 subjects, 100 observations\n"))
    #expect(try run("k1", "k2", "--format=markdown").hasPrefix("# data.csv: 40 subjects"))
    let json = try run("many1", "many2", "--format=json")
    #expect(json.contains("\"schema\" : \"popmix-comparison\""))
  }

  @Test("what cannot be read ends with the codes of other commands, under ranks too")
  func faults() throws {
    let folder = try JobFolder()
    func run(_ arguments: [String], ranks: Int? = nil) throws -> ChildProcess {
      try ranks.map { try ChildProcess.run("popmix", ["compare"] + arguments, ranks: $0) }
        ?? ChildProcess.run("popmix", ["compare"] + arguments)
    }
    let path = folder.path
    let missing = try run(["\(path)/nowhere"])
    #expect(missing.exitCode == 66 && missing.output.isEmpty)
    #expect(
      missing.errors
        == "\(path)/nowhere: there are no results that can be read (No such file or directory); "
        + "name the output folder of a fit.\n")
    try FileManager.default.createDirectory(
      atPath: "\(path)/run/ledger", withIntermediateDirectories: true)
    let unfinished = try run(["\(path)/run"])
    #expect(unfinished.exitCode == 66 && unfinished.errors.contains("the run is not finished"))
    try folder.write("{}", to: "run/fit.json")
    let foreign = try run(["\(path)/run"])
    #expect(foreign.exitCode == 65)
    #expect(foreign.errors.hasPrefix("\(path)/run/fit.json: is no fit.json of popmix; "))
    try folder.write(
      #"{"schema": "popmix-fit", "schema_version": 1, "popmix_version": "0.0.1"}"#,
      to: "run/fit.json")
    let old = try run(["\(path)/run"])
    #expect(old.exitCode == 65 && old.errors.contains("has schema version 1, of popmix 0.0.1"))
    #expect(try run([]).exitCode == 64)
    #expect(try run(["\(path)/nowhere", "--format", "pdf"]).exitCode == 64)
    let ranks = try run(["\(path)/nowhere"], ranks: 2)
    #expect(ranks.exitCode == 66)
    #expect(ranks.errors.components(separatedBy: "there are no results").count == 2)
  }

  @Test("failed fits are told by the exit code, and a wrong data set by its neighbours")
  func failed() throws {
    let folder = try JobFolder()
    try folder.write(
      JobFolder.job().replacingOccurrences(of: "data.csv", with: "[data.csv, bad.csv]"),
      to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 10), to: "data.csv")
    try folder.write("ID,TIME,AMT,DV,EVID,MDV\n1,0,x,.,1,1\n", to: "bad.csv")
    _ = try ChildProcess.run("popmix", ["fit", "\(folder.path)/job.yaml", "-q"])
    let out = "\(folder.path)/out"
    let some = try ChildProcess.run("popmix", ["compare", out, out])
    #expect(some.exitCode == 1 && some.output.contains("1 failed in an output"))
    let all = try ChildProcess.run("popmix", ["compare", out, out, "--data-set", "bad.csv"])
    #expect(all.exitCode == 76 && all.output.hasPrefix("bad.csv: no fit\n"))
    #expect(all.output.contains("Note: \(out) failed: \(folder.path)/bad.csv:2:5: subject 1: AMT"))
    let wrong = try ChildProcess.run("popmix", ["compare", out, "--data-set", "dats.csv"])
    #expect(wrong.exitCode == 64)
    #expect(
      wrong.errors
        == "--data-set: no output has a data set 'dats.csv', but bad.csv, data.csv; did you mean 'data.csv'?\n"
    )
  }
}

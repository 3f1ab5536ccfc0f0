import Foundation
import Report
import TestSupport
import Testing

@Suite("Simulation studies")
struct StudyTests {
  /// What a study leaves in its output folder, beside the folders of its methods.
  static let files = ["replicates.csv", "study.csv", "study.json", "study.md"]

  /// Two methods, one of them with fewer data sets; arms, covariates, drop-out and a limit.
  static let small = """
    popmix: 1
    job: small
    model:
      structure: one-compartment bolus
      random-effects:
        CL: {distribution: lognormal, membership: mixture}
        V: {distribution: lognormal, membership: shared}
      residual-error: proportional
    mixture:
      components: 2
    simulation:
      data-sets: 7
      arms:
        - {subjects: 15, doses: [{time: 0, amount: 2, per: WT}], times: [0.5, 1, 2, 4, 8, 12]}
        - {subjects: 15, doses: [{time: 0, amount: 150, additional: 3, interval: 12}], times: [1, 6, 12, 37]}
      covariates:
        WT: {distribution: lognormal, median: 70, sd: 0.2}
      drop-out-hazard: 0.02
      quantification-limit: 0.2
      values:
        weights: [0.6, 0.4]
        typical: {CL: [2, 8], V: 20}
        variance: {CL: 0.04, V: 0.04}
        sigma: 0.15
    study:
      methods:
        few: {method: paper, samples: 100, iterations: 10, data-sets: 4}
        many: {method: exact}

    """

  private func study(
    _ folder: JobFolder, _ output: String, ranks: Int? = nil, _ options: [String] = []
  ) throws -> ChildProcess {
    let arguments =
      ["study", "--quiet", "\(folder.path)/job.yaml", "--output", "\(folder.path)/\(output)"]
      + options
    return try ranks.map { try ChildProcess.run("popmix", arguments, ranks: $0) }
      ?? ChildProcess.run("popmix", arguments)
  }

  @Test(
    "intervals by profile likelihood have the true value as often as they should, for every parameter"
  )
  func profileCoverage() throws {
    let folder = try JobFolder()
    let job = try String(
      contentsOfFile: "\(JobFolder.jobs)/wang2007-coverage.yaml", encoding: .utf8)
    try folder.write(job.replacing("data-sets: 1000", with: "data-sets: 150"), to: "job.yaml")
    let run = try study(folder, "out", ranks: 2)
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output.contains("profile likelihood") || run.output.contains("  profile"))
    let text = try folder.read("out/study.json")
    let study = try StudyDocument(json: Array(text.utf8), path: "study.json")
    let free = [
      "mu.k.1", "mu.k.2", "mu.V", "omega.k.k.1", "omega.k.k.2", "omega.V.V", "w.1", "sigma2",
    ]
    for name in free {
      let parameter = try #require(study.methods[0].parameters.first { $0.name == name })
      let coverage = try #require(parameter.coverage.first { $0.scale == "profile" })
      #expect(coverage.fits >= 148)
      // Three simulation errors.
      #expect(abs(coverage.percent - 95) < 3 * 1.78, "\(name): \(coverage.percent)")
    }
    let figures = try folder.read("out/study.csv")
    #expect(figures.contains(",coverage.profile,"))
  }

  @Test(
    "Table 1 of the paper comes out as by the exact likelihood, by the print's method and by the maximum"
  )
  func table1() throws {
    let folder = try JobFolder()
    let run = try ChildProcess.run(
      "popmix", ["study", "-q", "\(JobFolder.jobs)/wang2007-study.yaml", "-o", folder.path],
      ranks: 2)
    #expect(run.exitCode == 0, "\(run.errors)")
    let text = try folder.read("study.json")
    let study = try StudyDocument(json: Array(text.utf8), path: "study.json")
    #expect(study.methods.map(\.name) == ["paper", "exact"])
    #expect(study.methods.map(\.fitted) == [200, 500])
    for method in study.methods {
      let exact = method.published.filter { $0.source.hasPrefix("exact likelihood") }
      let compared = exact.filter { $0.difference != nil }
      // All but the most that are misclassified in any data set.
      #expect(compared.count == 71 && exact.count == 72)
      for figure in compared {
        #expect(
          abs(figure.difference ?? .infinity) <= 3,
          "\(method.name): \(figure.statistic) of \(figure.parameter)")
      }
      // The print's errors against the population cannot be those of its design.
      let print = method.published.filter { $0.source == "print" && $0.statistic == "rmse_percent" }
      let low = print.filter { ["mu.k.1", "mu.V"].contains($0.parameter) }
      #expect(low.count == 2 && low.allSatisfy { ($0.difference ?? 0) > 3 })
    }
    for file in StudyTests.files { #expect(run.output.contains("/\(file)")) }
  }

  @Test(
    "Table 2 of the paper: 1000, 2000 and 3000 samples agree to two digits, and 64 that stay with them"
  )
  func table2() throws {
    let folder = try JobFolder()
    let run = try ChildProcess.run(
      "popmix", ["study", "-q", "\(JobFolder.jobs)/wang2007-samples.yaml", "-o", folder.path])
    #expect(run.exitCode == 0, "\(run.errors)")
    let text = try folder.read("study.json")
    let study = try StudyDocument(json: Array(text.utf8), path: "study.json")
    #expect(study.methods.map(\.name) == ["T1000", "T2000", "T3000", "exact-64", "exact"])
    let exact = study.methods[4].parameters
    #expect(exact.count == 13)
    for (method, bound) in zip(study.methods, [0.005, 0.005, 0.005, 0.0005]) {
      for (own, best) in zip(method.parameters, exact) {
        #expect(
          abs(own.mean - best.mean) < bound * best.mean, "\(method.name): \(own.name) \(own.mean)")
      }
    }
  }

  @Test("a study has the same bytes on any number of ranks, in parts, and after stops")
  func sameBytes() throws {
    let folder = try JobFolder()
    try folder.write(Self.small, to: "job.yaml")
    let alone = try study(folder, "alone")
    #expect(alone.exitCode == 0, "\(alone.errors)")
    let files = folder.files(in: "alone")
    #expect(files == ["few", "many", "popmix-files.json"] + Self.files)
    func expectSame(_ output: String) throws {
      for file in Self.files + ["few/fit.json", "many/fit.json", "many/subjects.csv"] {
        #expect(
          try folder.read("\(output)/\(file)") == folder.read("alone/\(file)"),
          "\(output)/\(file)")
      }
    }
    for ranks in 2...3 {
      let run = try study(folder, "on\(ranks)", ranks: ranks)
      #expect(run.exitCode == 0, "\(run.errors)")
      try expectSame("on\(ranks)")
    }
    // Parts write nothing but the ledgers.
    for part in 1...2 {
      let run = try study(folder, "parts", ["--part", "\(part)/2"])
      #expect(run.exitCode == 0, "\(run.errors)")
      #expect(folder.files(in: "parts") == ["few", "many"])
      #expect(folder.files(in: "parts/many") == ["ledger"])
    }
    let whole = try study(folder, "parts")
    #expect(whole.exitCode == 0, "\(whole.errors)")
    try expectSame("parts")
    // What is there already is taken as it is.
    let again = try study(folder, "parts")
    #expect(
      again.exitCode == 0 && again.output.contains("many, 2 of 2: was done before"),
      "\(again.output)")
    try expectSame("parts")
  }

  @Test("data sets that are drawn and fitted are those that are written and fitted")
  func drawnAndWritten() throws {
    let folder = try JobFolder()
    try folder.write(Self.small, to: "job.yaml")
    let simulate = try ChildProcess.run(
      "popmix", ["simulate", "\(folder.path)/job.yaml", "-o", "\(folder.path)/data"])
    #expect(simulate.exitCode == 0, "\(simulate.errors)")
    #expect(
      try folder.read("data/small_1.csv").hasPrefix("ID,TIME,AMT,DV,EVID,MDV,ARM,WT\n1,0,"))
    try folder.write(
      Self.small.replacing("model:", with: "data: {files: 'data/*[0-9].csv'}\nmodel:"),
      to: "written.yaml")
    for (name, job) in [("drawn", "job"), ("read", "written")] {
      let fit = try ChildProcess.run(
        "popmix", ["fit", "-q", "\(folder.path)/\(job).yaml", "-o", "\(folder.path)/\(name)"])
      #expect(fit.exitCode == 0, "\(fit.errors)")
    }
    let drawn = try folder.read("drawn/estimates.csv")
    let read = try folder.read("read/estimates.csv").replacing("data/small", with: "small")
    #expect(drawn == read)
  }

  @Test(
    "the replicates have a row for each parameter of each fit, and the errors that follow from it")
  func replicates() throws {
    let folder = try JobFolder()
    try folder.write(Self.small, to: "job.yaml")
    let run = try study(folder, "out")
    #expect(run.exitCode == 0, "\(run.errors)")
    let lines = try folder.read("out/replicates.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let names = [
      "mu.CL.1", "mu.CL.2", "mu.V", "omega.CL.CL.1", "omega.CL.CL.2", "omega.V.V", "w.1", "sigma2",
    ]
    #expect(lines[0].count == 14)
    let own = lines.dropFirst().filter { $0[0] == "many" && $0[1] == "small_3.csv" }
    #expect(own.map { $0[5] }.prefix(8) == names[...])
    for row in own {
      #expect(row.count == 14)
      let (truth, estimate) = (try #require(Double(row[6])), try #require(Double(row[8])))
      // Means of logarithms have no size to be compared with.
      if row[5].hasPrefix("mu.") {
        #expect(row[10].isEmpty && row[11].isEmpty && !row[12].isEmpty)
        continue
      }
      #expect(abs(try #require(Double(row[10])) - 100 * (estimate - truth) / abs(truth)) < 1e-9)
    }
    // 4 and 7 data sets.
    #expect(Set(lines.dropFirst().map { $0[0] + $0[1] }).count == 11)
    // A table for each method, with its parameters; of lognormal effects the typical value.
    for name in names.filter({ !$0.hasPrefix("mu.") }) + ["typical.CL.2", "typical.V", "sigma"] {
      #expect(run.output.contains("  \(name) "))
    }
    #expect(!run.output.contains("  mu."))
    #expect(run.output.contains("subjects in the wrong class: mean"))
  }

  @Test("studies that cannot be done are refused at once, with nothing written")
  func refused() throws {
    let folder = try JobFolder()
    try folder.write(try JobFolder.exampleData(subjects: 20), to: "data.csv")
    try folder.write(JobFolder.job(), to: "job.yaml")
    let none = try study(folder, "out", ranks: 2)
    #expect(none.exitCode == 78)
    #expect(none.errors.contains("the job has no section 'simulation'"), "\(none.errors)")
    let published = Self.small + "  published: figures.csv\n"
    try folder.write(published, to: "job.yaml")
    let missing = try study(folder, "out")
    #expect(missing.exitCode == 78)
    #expect(
      missing.errors.contains("job.yaml:29:14: \"figures.csv\" cannot be read"), "\(missing.errors)"
    )
    try folder.write("source,parameter,statistic,value,error\na,mu.V,men,1,\n", to: "figures.csv")
    let wrong = try study(folder, "out")
    #expect(wrong.exitCode == 78)
    #expect(wrong.errors.contains("figures.csv:2: \"men\" is no statistic"), "\(wrong.errors)")
    #expect(wrong.errors.contains("did you mean 'mean'?"), "\(wrong.errors)")
    try folder.write("source,parameter,value,error\na,mu.V,1,\n", to: "figures.csv")
    let column = try study(folder, "out")
    #expect(
      column.exitCode == 78 && column.errors.contains("has no column statistic"), "\(column.errors)"
    )
    #expect(folder.files(in: "out").isEmpty)
    let check = try ChildProcess.run("popmix", ["check", "\(folder.path)/job.yaml"])
    #expect(check.exitCode == 78 && check.errors.contains("has no column statistic"))
  }
}

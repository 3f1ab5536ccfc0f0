import Foundation
import Report
import TestSupport
import Testing

@Suite("The jobs of the repository")
struct JobTests {
  static let names = try! FileManager.default.contentsOfDirectory(atPath: JobFolder.jobs)
    .filter { $0.hasSuffix(".yaml") }.sorted()
  /// Those that `fit` is meant for, to one set of output files.
  static let fits = names.filter { name in
    let text = try! String(contentsOfFile: "\(JobFolder.jobs)/\(name)", encoding: .utf8)
    return !text.contains("\nstudy:") && !text.contains("\nlikelihood-ratio-test:")
  }

  @Test("every job passes its check", arguments: names)
  func check(name: String) throws {
    let check = try ChildProcess.run("popmix", ["check", "\(JobFolder.jobs)/\(name)"])
    #expect(check.exitCode == 0, "\(check.errors)")
    #expect(check.output.contains("free parameters"))
  }

  @Test("every job without a study is fitted", arguments: fits)
  func everyJob(name: String) throws {
    let folder = try JobFolder()
    let job = "\(JobFolder.jobs)/\(name)"
    let fit = try ChildProcess.run("popmix", ["fit", job, "--output", "\(folder.path)/out"])
    #expect(fit.exitCode == 0, "\(fit.errors)")
    #expect(folder.files(in: "out").filter { $0 != "starts.csv" } == JobFolder.outputs)
    let document = try decoded(FitDocument.self, try folder.read("out/fit.json"))
    #expect(document.schemaVersion == 2)
    for dataSet in document.dataSets {
      #expect(dataSet.isRegular, "\(dataSet.reason)")
      let fit = try #require(dataSet.fit)
      let parameters = fit.parameters
      // The outer products of the scores of fewer subjects than parameters are singular.
      let hasStandardErrors = dataSet.subjects >= document.model.freeParameters.count
      #expect(parameters.allSatisfy { $0.fixed || ($0.standardError != nil) == hasStandardErrors })
      #expect(parameters.filter { !$0.fixed }.map(\.name) == document.model.freeParameters)
      // Independent samples tell their error by their own weights, others by integrating again.
      let error = fit.samplingError
      if document.estimation.method == "paper" {
        #expect(error?.minusTwoLogLikelihoodBias != nil && error?.samplesMost == 1000)
        #expect(parameters.allSatisfy { $0.samplingError == nil })
      }
      if let share = error?.largestShareOfStandardError {
        let shares = parameters.compactMap { row in
          row.samplingError.flatMap { error in row.standardError.map { error / $0 } }
        }
        #expect(shares.count == document.model.freeParameters.count)
        #expect(abs(try #require(shares.max()) - share) <= 1e-9 * share)
      }
    }
  }

  @Test("the table of estimates has a field for each column, fitted or failed")
  func estimatesTable() throws {
    let folder = try JobFolder()
    try folder.write(
      JobFolder.job(method: "nodes: lattice").replacingOccurrences(
        of: "data.csv", with: "[a.csv, b.csv]"), to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 20), to: "a.csv")
    try folder.write("ID,TIME,AMT,DV,EVID,MDV\n1,0,x,.,1,1\n", to: "b.csv")
    _ = try ChildProcess.run("popmix", ["fit", "\(folder.path)/job.yaml", "--quiet"])
    let lines = try folder.read("out/estimates.csv").split(separator: "\n")
    let header = lines[0].split(separator: ",").map(String.init)
    let names = header.filter { $0.hasPrefix("sampling_error.") }
    #expect(
      names == [
        "sampling_error.minus_two_log_likelihood", "sampling_error.mu.k.1", "sampling_error.mu.k.2",
        "sampling_error.mu.V", "sampling_error.omega.k.k.1", "sampling_error.omega.k.k.2",
        "sampling_error.omega.V.V", "sampling_error.w.1", "sampling_error.sigma2",
      ])
    #expect(header.last == "reason")
    // The reason of the one that failed is quoted, as it has commas.
    for line in lines.dropFirst() {
      let fields = line.prefix { $0 != "\"" }.split(
        separator: ",", omittingEmptySubsequences: false)
      #expect(fields.count == header.count, "\(line)")
    }
  }

  @Test("a run's document holds what is needed to do it again")
  func document() throws {
    let folder = try JobFolder()
    try folder.write(JobFolder.job(), to: "job.yaml")
    try folder.write(try JobFolder.exampleData(subjects: 20), to: "data.csv")
    _ = try ChildProcess.run("popmix", ["fit", "\(folder.path)/job.yaml"])
    let document = try decoded(FitDocument.self, try folder.read("out/fit.json"))
    #expect(document.jobText == JobFolder.job())
    let run = try decoded(RunDocument.self, try folder.read("out/run.json"))
    #expect(run.ranks == 1 && run.pieces == 1 && run.piecesDone == 1)
    let dataSet = document.dataSets[0]
    let sum = try ChildProcess.run(
      shell: "sha256sum \"$1\"", "popmix", ["\(folder.path)/data.csv"])
    #expect(sum.output.hasPrefix(try #require(dataSet.sha256)))
    #expect(dataSet.subjects == 20 && dataSet.observations == 100)
    let iterations = try #require(dataSet.fit).iterations
    // Five iterations and the evaluation at the estimates, which has no step.
    #expect(iterations.map(\.iteration) == [0, 1, 2, 3, 4, 5])
    #expect(iterations.map { $0.step == nil } == [false, false, false, false, false, true])
    #expect(iterations.last?.logLikelihood == dataSet.fit?.logLikelihood)
    #expect(iterations.allSatisfy { $0.effectiveSampleSizes.allSatisfy { $0 > 50 } })
  }

  @Test("simulated data in memory and the files that simulate writes give the same fit")
  func simulationAndFiles() throws {
    let folder = try JobFolder()
    let job = try String(
      contentsOfFile: "\(JobFolder.jobs)/wang2007-simulated.yaml", encoding: .utf8)
    try folder.write(job, to: "memory.yaml")
    try folder.write(
      job.replacingOccurrences(of: "model:\n", with: "data:\n  files: 'data/*_?.csv'\nmodel:\n"),
      to: "files.yaml")
    func run(_ arguments: [String]) throws -> ChildProcess {
      let run = try ChildProcess.run("popmix", arguments)
      try #require(run.exitCode == 0, "\(run.errors)")
      return run
    }
    let memory = "\(folder.path)/memory.yaml"
    _ = try run(["simulate", memory, "-o", "\(folder.path)/data"])
    _ = try run(["fit", memory, "-o", "\(folder.path)/a"])
    _ = try run(["fit", "\(folder.path)/files.yaml", "-o", "\(folder.path)/b"])
    let a = try folder.read("a/estimates.csv")
    let b = try folder.read("b/estimates.csv")
    #expect(b.replacingOccurrences(of: "data/wang", with: "wang") == a)
  }

  private func decoded<Document: Decodable>(_ type: Document.Type, _ text: String) throws
    -> Document
  {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(text.utf8))
  }
}

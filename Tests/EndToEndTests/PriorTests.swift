import Foundation
import Report
import TestSupport
import Testing

@Suite("Jobs with a prior")
struct PriorTests {
  private static let prior = """
    prior:
      typical:
        k: {value: [0.3, 0.6], sd: 0.05}
      variance:
        k: {value: 0.004, degrees-of-freedom: 10}
      weights: {pseudo-counts: 3}
      sigma: {value: 0.1, degrees-of-freedom: 10}

    """

  private func folder(prior: String = prior, starts: Int = 1) throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(try JobFolder.exampleData(subjects: 40), to: "data.csv")
    let job = JobFolder.job(method: "starts: \(starts)").replacing(
      "estimation:", with: prior + "estimation:")
    try folder.write(job, to: "job.yaml")
    return folder
  }

  private func fit(_ folder: JobFolder) throws -> String {
    let run = try ChildProcess.run("popmix", ["fit", folder.path + "/job.yaml", "-q"])
    try #require(run.exitCode == 0, "\(run.errors)")
    return run.output
  }

  private func rows(_ folder: JobFolder, _ name: String) throws -> [[String: String]] {
    let lines = try folder.read("out/\(name)").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
  }

  @Test("log p and log posterior are in all outputs, the prior of each parameter in fit.json")
  func outputs() throws {
    let folder = try folder()
    let table = try fit(folder)
    let document = try FitDocument(json: Array(folder.read("out/fit.json").utf8), path: "fit.json")
    let fit = try #require(document.dataSets[0].fit)
    let (prior, posterior) = (try #require(fit.logPrior), try #require(fit.logPosterior))
    #expect(posterior == fit.logLikelihood + prior)
    #expect(fit.minusTwoLogLikelihood == -2 * fit.logLikelihood)
    #expect(
      table.contains(
        "with a prior: log prior \(fixed(prior, 3)), log posterior \(fixed(posterior, 3)), which"))
    let estimates = try rows(folder, "estimates.csv")[0]
    #expect(estimates["log_prior"] == "\(prior)" && estimates["log_posterior"] == "\(posterior)")
    let iterations = try rows(folder, "iterations.csv").filter { $0["rejected"] == "0" }
    let values = iterations.map { Double($0["log_likelihood"]!)! + Double($0["log_prior"]!)! }
    for (place, row) in iterations.enumerated().dropFirst() where row["envelopes"] == "kept" {
      #expect(values[place] > values[place - 1] - 1e-9)
    }
    #expect(fit.iterations.last?.logPrior == prior)
    let known = Dictionary(uniqueKeysWithValues: fit.parameters.map { ($0.name, $0.prior) })
    #expect(known["mu.V"] == .some(nil) && known["omega.V.V"] == .some(nil))
    #expect(known["mu.k.2"]??.mean == 0.6 && known["mu.k.2"]??.standardDeviation == 0.05)
    #expect(known["omega.k.k.1"]??.distribution == "inverse-wishart")
    #expect(known["omega.k.k.1"]??.mode == 0.004 && known["omega.k.k.1"]??.degreesOfFreedom == 10)
    #expect(known["w.1"]??.alpha == 4 && known["w.1"]??.beta == 4)
    #expect(known["sigma2"]??.mode == 0.1 * 0.1)
    // Without a prior there is no trace of one.
    let plain = try self.folder(prior: "")
    #expect(try !self.fit(plain).contains("prior"))
    for name in ["estimates.csv", "iterations.csv", "fit.json"] {
      #expect(try !plain.read("out/\(name)").contains("\"log_prior"), "\(name)")
      #expect(try !plain.read("out/\(name)").contains(",log_prior"), "\(name)")
    }
  }

  @Test("of several starts the one with the highest posterior is kept")
  func starts() throws {
    let folder = try folder(starts: 6)
    let table = try fit(folder)
    #expect(table.contains("-2 log posterior"))
    let starts = try rows(folder, "starts.csv")
    #expect(starts.count == 6)
    let regular = starts.filter { $0["status"] == "converged" }
    let ends = regular.map { Double($0["minus_two_log_posterior"]!)! }
    let kept = try #require(starts.first { $0["kept"] == "1" })
    #expect(Double(kept["minus_two_log_posterior"]!) == ends.min())
    let document = try FitDocument(json: Array(folder.read("out/fit.json").utf8), path: "fit.json")
    let best = try #require(document.dataSets[0].maxima?.first)
    #expect(best.minusTwoLogPosterior == ends.min())
    #expect(
      abs(ends.min()! + 2 * (try #require(document.dataSets[0].fit?.logPosterior))) < 1e-9)
  }

  @Test("the report has the densities, a comparison says what it is of, the check what is known")
  func views() throws {
    let folder = try folder()
    _ = try fit(folder)
    let report = try ChildProcess.run("popmix", ["report", folder.path + "/out"])
    #expect(report.exitCode == 0, "\(report.errors)")
    #expect(folder.files(in: "out/report/figures").contains("priors.svg"))
    let page = try folder.read("out/report/report.html")
    #expect(
      page.contains("Prior and posterior") && page.contains("Log posterior over the iterations"))
    let check = try ChildProcess.run("popmix", ["check", folder.path + "/job.yaml"])
    #expect(
      check.output.contains("omega.k.k.2: inverse gamma, mode 0.004000, 10 degrees of freedom"))
    #expect(check.output.contains("weights: Dirichlet, pseudo-counts 3, 3"))
    let plain = try self.folder(prior: "")
    _ = try fit(plain)
    let comparison = try ChildProcess.run(
      "popmix", ["compare", folder.path + "/out", plain.path + "/out"])
    #expect(comparison.exitCode == 0, "\(comparison.errors)")
    #expect(
      comparison.output.contains("has a prior: its -2 log L, AIC and BIC are those of the data"))
  }

  @Test("a fit with a prior does not go on from one without, or with another")
  func changes() throws {
    let folder = try folder()
    _ = try fit(folder)
    let text = try folder.read("job.yaml")
    try folder.write(text.replacing("pseudo-counts: 3", with: "pseudo-counts: 4"), to: "job.yaml")
    let run = try ChildProcess.run("popmix", ["fit", folder.path + "/job.yaml", "-q"])
    #expect(run.exitCode == 77, "\(run.errors)")
  }

  @Test("a study fits by the prior, too")
  func study() throws {
    let folder = try JobFolder()
    try folder.write(
      """
      popmix: 1
      job: study
      model:
        structure: one-compartment bolus
        random-effects:
          V: {distribution: normal, membership: shared}
          k: {distribution: normal, membership: mixture}
        residual-error: proportional
      mixture: {components: 2}
      \(Self.prior)
      simulation:
        data-sets: 3
        subjects: 30
        doses: [{time: 0, amount: 100}]
        times: [1.5, 2, 3, 4, 5.5]
        values:
          weights: [0.8, 0.2]
          typical: {V: 20, k: [0.3, 0.6]}
          variance: {V: 4, k: 0.0036}
          sigma: 0.1
      output: out
      """, to: "job.yaml")
    let run = try ChildProcess.run("popmix", ["study", folder.path + "/job.yaml", "-q"])
    #expect(run.exitCode == 0, "\(run.errors)")
    let document = try FitDocument(
      json: Array(folder.read("out/exact/fit.json").utf8), path: "fit.json")
    #expect(document.dataSets.count == 3)
    #expect(document.dataSets.allSatisfy { $0.fit?.logPrior != nil })
    // With six subjects in it the smaller component stays what it is known to be.
    for dataSet in document.dataSets {
      let variance = try #require(
        dataSet.fit?.parameters.first { $0.name == "omega.k.k.2" }?.estimate)
      #expect(variance > 0.002 && variance < 0.008, "\(dataSet.name) \(variance)")
    }
  }
}

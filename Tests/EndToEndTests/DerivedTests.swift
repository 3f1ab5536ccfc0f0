import Foundation
import Report
import TestSupport
import Testing

@Suite("Derived quantities of a job")
struct DerivedTests {
  private func run(_ derived: String, profile: String = "") throws -> (ChildProcess, JobFolder) {
    let folder = try JobFolder()
    try folder.write(try JobFolder.exampleData(subjects: 60), to: "data.csv")
    try folder.write(
      JobFolder.job(method: "method: exact\n  \(profile)") + "derived:\n\(derived)\n",
      to: "job.yaml")
    let run = try ChildProcess.run(
      "popmix", ["fit", "-q", "\(folder.path)/job.yaml", "-o", "\(folder.path)/out"])
    return (run, folder)
  }

  @Test(
    "values, standard errors and profile intervals are those of the parameters, put through the expression"
  )
  func halfLife() throws {
    let (run, folder) = try run(
      "  half-life: log(2)/mu.k\n  ratio: mu.k.2/mu.k.1\n  two: 2 * w.1 - w.1",
      profile: "profile: [mu.k.1, half-life.1]")
    #expect(run.exitCode == 0, "\(run.errors)")
    let fit = try #require(
      try FitDocument(json: Array(folder.read("out/fit.json").utf8), path: "fit.json")
        .dataSets[0].fit)
    func row(_ name: String) throws -> FitDocument.Parameter {
      try #require((fit.parameters + fit.derived).first { $0.name == name }, "\(name)")
    }
    for k in 1...2 {
      let (rate, life) = (try row("mu.k.\(k)"), try row("half-life.\(k)"))
      #expect(life.component == k)
      #expect(abs(life.estimate * rate.estimate / log(2) - 1) < 1e-12)
      let error = try #require(rate.standardError) * log(2) / (rate.estimate * rate.estimate)
      #expect(abs(try #require(life.standardError) / error - 1) < 1e-6)
    }
    let (first, second) = (try row("mu.k.1").estimate, try row("mu.k.2").estimate)
    #expect(try abs(row("ratio").estimate - second / first) < 1e-12)
    let (two, weight) = (try row("two").standardError, try row("w.1").standardError)
    #expect(abs(try #require(two) / #require(weight) - 1) < 1e-6)
    let (rate, life) = (
      try #require(try row("mu.k.1").profileInterval),
      try #require(try row("half-life.1").profileInterval)
    )
    for (own, other) in [(rate.low, life.high), (rate.high, life.low)] {
      let product: Double = try #require(own) * #require(other)
      #expect(abs(product / log(2) - 1) < 1e-3)
    }
    #expect(try folder.read("out/estimates.csv").contains("half-life.1,half-life.2,ratio,two"))
  }

  @Test("faults are told at their place in the job file")
  func faults() throws {
    let (wrong, _) = try run("  half-life: log(2)/mu.kk")
    #expect(wrong.exitCode == 78)
    #expect(wrong.errors.contains("job.yaml:23:21: 'mu.kk' is no parameter"), "\(wrong.errors)")
    #expect(wrong.errors.contains("did you mean 'mu.k'?"))
    let (taken, _) = try run("  sigma: 2*mu.V")
    #expect(taken.exitCode == 78)
    #expect(taken.errors.contains("\"sigma\" has the name of a parameter; rename it."))
  }
}

import Benchmarking
import PopulationData
import PopulationModel
import Testing

/// Fits with and without what follows them in a report.
@Suite("Costs of the verification")
struct VerificationCostsTests {
  private func report(ratio: Double) -> BenchmarkReport {
    var report = sampleReport()
    report.verification = [
      VerificationFigures(
        model: "two compartments", method: "lattice-256", effects: 4, subjects: 100,
        observations: 12, bare: Timing([0.5]), verified: Timing([0.5 * ratio]),
        described: Timing([0.525]), ratio: Timing([ratio]), descriptionRatio: Timing([1.05]))
    ]
    return report
  }

  @Test("a report has a line for each model")
  func table() throws {
    let lines = report(ratio: 1.25).tables.split(separator: "\n")
    let line = try #require(lines.first { $0.contains("two compartments") })
    let cells = line.split(separator: " ")
    #expect(cells.contains("lattice-256") && cells.contains("1.250") && cells.contains("625"))
    #expect(cells.contains("525") && cells.contains("1.050"))
  }

  @Test("ratios are compared between reports")
  func comparison() throws {
    let comparison = Comparison(old: report(ratio: 1.5), new: report(ratio: 1.2))
    let row = try #require(
      comparison.rows.first { $0.name == "verification two compartments: ratio" })
    #expect(abs(row.ratio - 0.8) < 1e-12)
  }

  @Test("the model of four effects has the design that its pairs are of")
  func model() throws {
    let problem = try GrowthModel.twoCompartments.problem(
      subjects: 10, observations: 12, components: 1)
    #expect(problem.model.effectCount == 4)
    #expect(problem.dataset.subjects.count == 10)
    let observations = problem.dataset.subjects[0].occasions[0].observations
    #expect(observations.count == 12)
    #expect(observations.first?.time == 0.25)
    #expect(abs((observations.last?.time ?? 0) - 24) < 1e-9)
    #expect(observations.allSatisfy { $0.value > 0 })
  }
}

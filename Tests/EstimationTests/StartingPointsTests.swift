import Estimation
import Foundation
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Starting points")
struct StartingPointsTests {
  @Test(
    "a fit without starting values reaches the maximum",
    arguments: ["wang_000", "wang_001", "wang_002", "wang_003", "k3_mix", "clv_mix_full"])
  func referenceCases(name: String) throws {
    let reference = try ReferenceCase(name)
    let start = try StartingPoints(
      model: reference.model, dataset: reference.dataset, seed: 1
    ).find()
    let result = try reference.fit(.exact(1024), from: start)
    #expect(abs(result.logLikelihood - reference.exact.loglik) < 0.02)
    let errors = reference.exactValues(reference.exact.se.opg)
    let values = result.free.values(in: result.estimates)
    for (i, exact) in reference.exactValues(reference.exact.estimates).enumerated() {
      #expect(abs(values[i] - exact) < 0.02 * errors[i], "\(result.free.names[i])")
    }
  }

  /// Maximum and standard errors by adaptive Gauss–Hermite quadrature.
  @Test("phenobarbital without starting values reaches the maximum of quadrature")
  func phenobarbital() throws {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/phenobarb", withExtension: "csv"))
    let dataset = try DatasetReader.read(
      bytes: Array(try Data(contentsOf: file)), name: "phenobarb.csv")
    let model = bolus(
      ["CL": .mixture, "V": .mixture], .lognormal, .proportional, components: 1, form: .full)
    let start = try StartingPoints(model: model, dataset: dataset, seed: 1).find()
    let result = try serialFit(model, dataset, .exact(1024), from: start)
    #expect(abs(result.logLikelihood - -487.197814) < 0.02)
    let exact: [(String, value: Double, error: Double)] = [
      ("mu.CL", -5.0082, 0.0969), ("mu.V", 0.33267, 0.0735), ("omega.CL.CL", 0.2506, 0.0656),
      ("omega.V.CL", 0.19246, 0.0395), ("omega.V.V", 0.16419, 0.0342),
      ("sigma2", 0.012448, 0.00229),
    ]
    let errors = try #require(result.covariance.standardErrors)
    let values = result.free.values(in: result.estimates)
    #expect(result.free.names == exact.map(\.0))
    for (i, row) in exact.enumerated() {
      #expect(abs(values[i] - row.value) < 0.02 * row.error, "\(row.0): \(values[i])")
      #expect(abs(errors[i] - row.error) < 0.01 * row.error, "SE of \(row.0): \(errors[i])")
    }
  }

  @Test("the start is in the stable order, with positive definite covariances and weights of sum 1")
  func regular() throws {
    for example in Example.all {
      let start = try StartingPoints(
        model: example.model, dataset: example.dataset, seed: 1
      ).find()
      #expect(
        start.stableOrder(mixtureEffects: example.model.mixtureEffects)
          == Array(0..<example.model.componentCount))
      #expect(abs(start.weights.reduce(0, +) - 1) < 1e-14)
      #expect(start.weights.allSatisfy { $0 > 0 })
      #expect(start.sigma2 > 0)
      for covariance in start.covariances { #expect(CholeskyFactor(covariance) != nil) }
      for k in 0..<example.model.componentCount {
        for j in example.model.sharedEffects {
          #expect(start.means[k][j] == start.means[0][j])
          #expect(start.covariances[k][j, j] == start.covariances[0][j, j])
        }
        if example.model.covarianceSharing == .equal {
          #expect(start.covariances[k] == start.covariances[0])
        }
      }
    }
  }

  @Test("data without any positive value, or without a dose, have no start")
  func noStart() {
    let example = Example.proportional
    func dataset(_ change: (inout Occasion) -> Void) -> Dataset {
      let subjects = example.dataset.subjects.map { subject in
        var subject = subject
        change(&subject.occasions[0])
        return subject
      }
      return Dataset(name: "changed", subjects: subjects)
    }
    let negative = dataset { occasion in
      for j in occasion.observations.indices { occasion.observations[j].value = -1 }
    }
    let undosed = dataset { occasion in
      occasion.doses = []
      for j in occasion.observations.indices { occasion.observations[j].precedingDoses = 0 }
    }
    for dataset in [negative, undosed] {
      #expect(throws: EstimationError.noStart) {
        try StartingPoints(model: example.model, dataset: dataset, seed: 1).find()
      }
    }
  }

  @Test("what the user gave is kept, and the rest is filled in")
  func completed() {
    let found = Example.fullLognormal.parameters
    var values = StartingValues(componentCount: 2, effectCount: 2)
    #expect(!values.isComplete)
    values.means[1][0] = 5
    values.variances[0][1] = 0.25
    values.correlations = [(component: 0, row: 1, column: 0, value: 0.5)]
    let start = values.completed(with: found)
    #expect(start.means == [found.means[0], [5, found.means[1][1]]])
    #expect(start.weights == found.weights)
    #expect(start.residualVariance == found.residualVariance)
    #expect(start.covariances[0].diagonal == [0.09, 0.25])
    #expect(abs(start.covariances[0][1, 0] - 0.5 * 0.3 * 0.5) < 1e-15)
    #expect(start.covariances[1][1, 0] == 0)
    values.means = found.means
    values.variances = found.covariances.map(\.diagonal)
    values.residualVariance = 1
    #expect(!values.isComplete)
    values.weights = [0.5, 0.5]
    #expect(values.isComplete)
    #expect(values.completed(with: nil).weights == [0.5, 0.5])
  }
}

import Estimation
import Foundation
import PopulationData
import PopulationModel
import Testing

/// Posteriors in whose tails the model predicts next to nothing, or in which a rule's few nodes lose their way.
@Suite("Nodes far from the data")
struct FarNodesTests {
  /// Two observations that hardly fall under a rate that may be e^±8: a far node has h = e^(−1000) and squares of 10¹⁰⁰.
  @Test(
    "nodes without weight add nothing to σ²", arguments: [5, 8, 11, 15, 19, 22, 25, 28, 31, 32])
  func emptyNodes(order: Int) throws {
    let subject = Subject(
      id: "1", index: 0,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0, amount: 100)],
          observations: [(1, 3.5873496313074957), (10, 3.601939627563126)].map {
            Observation(time: $0.0, value: $0.1, precedingDoses: 1)
          })
      ])
    let model = bolus(
      ["V": .shared, "k": .mixture], .lognormal, .proportional, components: 1)
    var fixed = FixedParameters(componentCount: 1, effectCount: 2)
    fixed.means = [[true, true]]
    fixed.variances = [[true, true]]
    let start = PopulationParameters(
      weights: [1], means: [[log(20), log(0.02)]], covariances: diagonals([[0.04, 4]]),
      residualVariance: 0.01)
    let dataset = Dataset(name: "two observations", subjects: [subject])
    for nodes in [EstimationSettings.Nodes.gaussHermite, .lattice] {
      var settings = EstimationSettings.exact(nodes == .lattice ? 1024 : order * order)
      settings.nodes = nodes
      settings.envelopeInflation = nodes == .lattice ? 8 : 1
      settings.envelopeDegreesOfFreedom = nodes == .lattice ? 5 : nil
      settings.iterations = 1
      settings.isAccelerated = false
      let fit = try serialFit(model.with(fixed: fixed), dataset, settings, from: start)
      #expect(fit.estimates.residualVariance > 0.005 && fit.estimates.residualVariance < 0.015)
    }
  }

  /// 70 subjects with 15 observations and a residual error of 0.2 %; the maximum is that of lattices, Sobol' points and a brute-force
  /// grid.
  @Test(
    "where a rule fails on rich data the maximum is found all the same",
    arguments: 1...8)
  func richData(seed: UInt64) throws {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/rich", withExtension: "csv"))
    let dataset = try DatasetReader.read(
      bytes: Array(try Data(contentsOf: file)), name: "rich.csv")
    let model = try MixtureModel(
      structuralName: "one-compartment bolus",
      effects: [
        RandomEffect(name: "CL", distribution: .lognormal, membership: .mixture),
        RandomEffect(name: "V", distribution: .normal, membership: .mixture),
      ],
      residual: .proportional, componentCount: 2, mixtureCovariance: .diagonal,
      sharedCovariance: .diagonal, covarianceSharing: .perComponent)
    let start = try StartingPoints(model: model, dataset: dataset, seed: seed).find()
    var settings = EstimationSettings.exact(25)
    settings.nodes = .gaussHermite
    settings.envelopeInflation = 1
    settings.tolerance = 1e-5
    settings.precision = 0.002
    let fit = try serialFit(model, dataset, settings, from: start)
    #expect(abs(fit.minusTwoLogLikelihood - -10147.693) < 0.5)
    #expect(fit.samplingError!.minusTwoLogLikelihood < 0.05)
  }
}

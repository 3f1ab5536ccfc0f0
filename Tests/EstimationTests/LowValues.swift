import Estimation
import Foundation
import PopulationData
import PopulationModel
import StructuralModels
import Testing

/// Boluses with samples so late that proportional error makes many posteriors far from normal: the
/// rule of order 5 and the one of order 7 under the same densities agree on −666.08 for −2 log L to
/// within 0.39, and the maximum by a dense grid is −678.84.
struct LowValues {
  let model: MixtureModel
  let dataset: Dataset
  let start: PopulationParameters

  static let settings: EstimationSettings = {
    var settings = EstimationSettings(
      method: .exact, nodes: .gaussHermite, samples: 5, iterations: 1000, tolerance: 1e-5, seed: 1,
      envelopeInflation: 1)
    settings.precision = 0.002
    return settings
  }()

  init() throws {
    let file = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
      .appendingPathComponent("low-values.csv")
    dataset = try DatasetReader.read(bytes: Array(Data(contentsOf: file)), name: "low-values.csv")
    model = MixtureModel(
      structural: OneCompartmentBolus(.clearanceAndVolume),
      effects: [RandomEffect(name: "CL", distribution: .lognormal, membership: .mixture)],
      fixedEffects: [FixedEffect(name: "V", distribution: .lognormal, isPerComponent: false)],
      outputs: [OutputModel(error: .proportional)], componentCount: 1,
      mixtureCovariance: .diagonal, sharedCovariance: .diagonal, covarianceSharing: .perComponent,
      fixed: FixedParameters(componentCount: 1, effectCount: 1), structuralPlace: [0])
    start = PopulationParameters(
      weights: [1], means: [[log(6.749294037880016)]], covariances: diagonals([[0.1]]),
      residualVariance: nil, direct: [[0.04, log(53.99435230304013)]])
  }
}

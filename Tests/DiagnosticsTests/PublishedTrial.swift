import Diagnostics
import Estimation
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Study

/// Data of the published design (jobs/wang2007-simulated.yaml) and fits of them.
enum PublishedTrial {
  static let times = [1.5, 2, 3, 4, 5.5]

  static func model(
    components: Int, distribution: EffectDistribution = .normal,
    residual: ResidualErrorModel = .proportional
  ) -> MixtureModel {
    try! MixtureModel(
      structuralName: "one-compartment bolus",
      effects: [
        RandomEffect(name: "V", distribution: distribution, membership: .shared),
        RandomEffect(name: "k", distribution: distribution, membership: .mixture),
      ], residual: residual, componentCount: components, mixtureCovariance: .diagonal,
      sharedCovariance: .diagonal, covarianceSharing: .perComponent)
  }

  static let truth = PopulationParameters(
    weights: [0.8, 0.2], means: [[20, 0.3], [20, 0.6]],
    covariances: [
      SymmetricMatrix(diagonal: [4, 0.0036]), SymmetricMatrix(diagonal: [4, 0.0036]),
    ], residualVariance: 0.01)

  /// Where a fit of one component starts.
  static let onePopulation = PopulationParameters(
    weights: [1], means: [[20, 0.36]], covariances: [SymmetricMatrix(diagonal: [4, 0.018])],
    residualVariance: 0.01)

  static func data(subjects: Int, set number: Int, seed: UInt64 = 2007) -> [Subject] {
    let trial = SimulatedTrial(
      model: model(components: 2),
      design: TrialDesign(
        subjectCount: subjects, doses: [TrialDesign.Dose(time: 0, amount: 100)], times: times),
      parameters: truth, seed: seed)!
    return trial.draw(number).subjects
  }

  /// The maximum likelihood fit of so many components.
  static func fit(_ subjects: [Subject], components: Int) throws -> FitResult {
    let dataset = Dataset(name: "simulated", subjects: subjects)
    let settings = EstimationSettings(
      method: .exact, nodes: .gaussHermite, samples: 81, iterations: 2000, tolerance: 1e-5,
      seed: 1, envelopeInflation: 1)
    return try ExpectationMaximization(
      model: model(components: components), dataset: dataset,
      subjects: Array(subjects.indices), settings: settings, communicator: SerialCommunicator()
    ).fit(from: components == 1 ? onePopulation : truth)
  }
}

extension FittedModel {
  init(_ result: FitResult) { self.init(model: result.model, estimates: result.estimates) }

  /// The model that the data were drawn from.
  static let true2007 = FittedModel(
    model: PublishedTrial.model(components: 2), estimates: PublishedTrial.truth)
}

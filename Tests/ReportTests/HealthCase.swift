import Estimation
import Inference
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import Report

/// h(t) = 10 exp(−k t), where k may be a product of two parameters.
struct Decline: StructuralModel {
  let parameterNames: [String]

  var name: String { "decline" }
  var parameterKinds: [ParameterKind] { parameterNames.map { _ in .rate } }

  func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    for v in 0..<count {
      var rate = parameters[v]
      for j in 1..<max(1, parameterNames.count) { rate *= parameters[j * count + v] }
      var time = 0.0
      var place = v
      for step in program.steps {
        time += step.elapsed
        guard step.action == .observe else { continue }
        predictions[place] = 10 * exp(-rate * time)
        place += count
      }
    }
  }

  func validate(_ subject: Subject, residual: ResidualErrorModel) {}
}

/// Subjects of a mixture in log k, and fits of them.
struct HealthCase {
  /// How many subjects have which distribution of log k.
  var groups: [(count: Int, mean: Double, deviation: Double)] = [(60, -1.6, 0.2), (40, -0.5, 0.15)]
  /// Standard deviation of the observations of subject i.
  var noise: (Int) -> Double = { _ in 0.2 }
  var effects = ["k"]
  var sharing = CovarianceSharing.perComponent
  var fixesWeights = false
  /// Of these effects the variances stay.
  var fixedVariances: [Int] = []
  /// The start: weights, means and variances of each component.
  var start: [(weight: Double, means: [Double], variances: [Double])] = [
    (0.5, [-1.5], [0.05]), (0.5, [-0.6], [0.05]),
  ]
  var iterations = 2000
  var prior = ParameterPrior.none

  var dataset: Dataset {
    let times = [0.5, 1, 2, 3, 4, 6, 8, 10]
    var subjects: [Subject] = []
    for group in groups {
      for _ in 0..<group.count {
        let i = subjects.count
        let effect = RandomAddress(key: 3, purpose: .simulatedEffects, subject: i)
        let residuals = RandomAddress(key: 3, purpose: .simulatedResiduals, subject: i)
        let rate = exp(group.mean + group.deviation * effect.normal(sample: 0, dimension: 0))
        let observations = times.indices.map { j in
          Observation(
            time: times[j],
            value: 10 * exp(-rate * times[j]) + noise(i)
              * residuals.normal(sample: j, dimension: 0),
            precedingDoses: 1)
        }
        subjects.append(
          Subject(
            id: "\(i + 1)", index: i,
            occasions: [
              Occasion(doses: [DoseRecord(time: 0, amount: 1)], observations: observations)
            ]))
      }
    }
    return Dataset(name: "health", subjects: subjects)
  }

  func fit() throws -> FitResult {
    var fixed = FixedParameters(componentCount: start.count, effectCount: effects.count)
    fixed.weights = fixesWeights
    for k in start.indices {
      for j in fixedVariances { fixed.variances[k][j] = true }
    }
    let model = MixtureModel(
      structural: Decline(parameterNames: effects),
      effects: effects.map {
        RandomEffect(name: $0, distribution: .lognormal, membership: .mixture)
      },
      residual: .additive, componentCount: start.count, mixtureCovariance: .diagonal,
      sharedCovariance: .diagonal, covarianceSharing: sharing, fixed: fixed,
      structuralPlace: Array(effects.indices))
    let dataset = dataset
    var settings = EstimationSettings(
      // The rule is exact along a ridge, where the posterior is normal.
      method: .exact, nodes: effects.count > 1 ? .gaussHermite : .lattice,
      samples: effects.count > 1 ? 81 : 64, iterations: iterations, tolerance: 1e-6,
      seed: 1, envelopeInflation: 3)
    settings.prior = prior
    return try ExpectationMaximization(
      model: model, dataset: dataset, subjects: Array(dataset.subjects.indices),
      settings: settings, communicator: SerialCommunicator()
    ).fitAndDescribe(
      from: PopulationParameters(
        weights: start.map(\.weight), means: start.map(\.means),
        covariances: start.map { SymmetricMatrix(diagonal: $0.variances) }, residualVariance: 0.05))
  }

  func warnings() throws -> [FitWarning] { FitWarning.warnings(of: try fit()) }
}

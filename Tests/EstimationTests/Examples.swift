import Estimation
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Testing

/// A model with parameter values and data simulated from it: small, and between them with every
/// kind of parameter.
struct Example: Sendable, CustomTestStringConvertible {
  let name: String
  let model: MixtureModel
  let parameters: PopulationParameters
  let dataset: Dataset

  var testDescription: String { name }

  init(
    _ name: String, _ model: MixtureModel, _ parameters: PopulationParameters,
    subjectCount: Int = 24
  ) {
    self.name = name
    self.model = model
    self.parameters = parameters
    dataset = simulate(model, parameters, subjectCount: subjectCount, seed: 7)
  }

  static let all: [Example] = [
    proportional, threeComponents, fullLognormal, equalFull, sharedOnly, oneEffect, threeShared,
    threeMixing,
  ]

  /// The published example: V shared, k mixing, normal, proportional error.
  static let proportional = Example(
    "V shared, k mixing",
    bolus(["V": .shared, "k": .mixture], .normal, .proportional, components: 2),
    PopulationParameters(
      weights: [0.8, 0.2], means: [[20, 0.3], [20, 0.6]],
      covariances: diagonals([[4, 0.0036], [4, 0.0049]]), residualVariance: 0.01))

  static let threeComponents = Example(
    "three components",
    bolus(["V": .shared, "k": .mixture], .normal, .additive, components: 3),
    PopulationParameters(
      weights: [0.3, 0.45, 0.25], means: [[20, 0.15], [20, 0.3], [20, 0.65]],
      covariances: diagonals([[4, 0.0009], [4, 0.002], [4, 0.0081]]), residualVariance: 0.04))

  static let fullLognormal = Example(
    "full covariances of lognormal effects, additive error",
    bolus(["CL": .mixture, "V": .mixture], .lognormal, .additive, components: 2, form: .full),
    PopulationParameters(
      weights: [0.65, 0.35], means: [[0.7, 3], [1.8, 3.2]],
      covariances: [
        SymmetricMatrix(dimension: 2, elements: [0.09, 0.03, 0.04]),
        SymmetricMatrix(dimension: 2, elements: [0.04, -0.01, 0.03]),
      ], residualVariance: 0.04))

  static let equalFull = Example(
    "one full covariance for all components",
    bolus(
      ["V": .mixture, "k": .mixture], .normal, .proportional, components: 2, form: .full,
      sharing: .equal),
    PopulationParameters(
      weights: [0.7, 0.3], means: [[20, 0.3], [24, 0.6]],
      covariances: [SymmetricMatrix](
        repeating: SymmetricMatrix(dimension: 2, elements: [4, 0.05, 0.0036]), count: 2),
      residualVariance: 0.01))

  static let sharedOnly = Example(
    "one component, all effects shared",
    bolus(["CL": .shared, "V": .shared], .lognormal, .proportional, components: 1, form: .full),
    PopulationParameters(
      weights: [1], means: [[1, 3]],
      covariances: [SymmetricMatrix(dimension: 2, elements: [0.09, 0.04, 0.06])],
      residualVariance: 0.02))

  /// p = 1
  static let oneEffect = Example(
    "one effect",
    testModel(
      Decline(), [("k", .lognormal, .mixture)], .additive, components: 2),
    PopulationParameters(
      weights: [0.6, 0.4], means: [[-1.6], [-0.4]], covariances: diagonals([[0.04], [0.02]]),
      residualVariance: 0.05))

  /// p = 3, a full block of shared effects beside a mixing one between them
  static let threeShared = Example(
    "two shared effects beside a mixing one",
    testModel(
      BolusWithBaseline(),
      [("V", .lognormal, .shared), ("k", .lognormal, .mixture), ("base", .normal, .shared)],
      .additive, components: 3, form: .full),
    PopulationParameters(
      weights: [0.4, 0.35, 0.25], means: [[3, -2, 2], [3, -1.1, 2], [3, -0.3, 2]],
      covariances: [0.04, 0.03, 0.02].map {
        SymmetricMatrix(dimension: 3, elements: [0.04, 0, $0, 0.03, 0, 0.09])
      }, residualVariance: 0.03))

  /// p = 3, one full block, equal for all components
  static let threeMixing = Example(
    "three mixing effects with one full covariance",
    testModel(
      BolusWithBaseline(),
      [("V", .lognormal, .mixture), ("k", .lognormal, .mixture), ("base", .lognormal, .mixture)],
      .proportional, components: 2, form: .full, sharing: .equal),
    PopulationParameters(
      weights: [0.55, 0.45], means: [[3, -1.5, 0.5], [3.3, -0.5, 0.6]],
      covariances: [SymmetricMatrix](
        repeating: SymmetricMatrix(dimension: 3, elements: [0.04, 0.01, 0.05, -0.01, 0.015, 0.06]),
        count: 2), residualVariance: 0.01))

  /// An E-step over all subjects whose envelopes have settled at `parameters`.
  func settledStep(_ settings: EstimationSettings) -> ExpectationStep {
    let step = ExpectationStep(
      model: model, dataset: dataset, subjects: Array(dataset.subjects.indices),
      settings: settings)
    _ = step.run(at: parameters, iteration: 0, envelopes: .modes)
    _ = step.run(at: parameters, iteration: 1, envelopes: .previousMoments)
    return step
  }

  /// - Parameter centres: the means at which the E-step was taken, if not those of `parameters`.
  func statistics(
    _ step: ExpectationStep, _ sums: ExactAccumulator, centres: [[Double]]? = nil
  ) -> SufficientStatistics {
    SufficientStatistics(
      layout: step.statisticsLayout, subjectCount: dataset.subjects.count,
      observationCount: dataset.observationCount, centres: centres ?? parameters.means,
      values: sums.values)
  }
}

func diagonals(_ values: [[Double]]) -> [SymmetricMatrix] {
  values.map { SymmetricMatrix(diagonal: $0) }
}

/// A one-compartment model with effects in alphabetical order of the letters V and k, or CL and V.
func bolus(
  _ effects: [String: EffectMembership], _ distribution: EffectDistribution,
  _ residual: ResidualErrorModel, components: Int, form: CovarianceForm = .diagonal,
  sharing: CovarianceSharing = .perComponent, fixed: FixedParameters? = nil
) -> MixtureModel {
  try! MixtureModel(
    structuralName: "one-compartment bolus",
    effects: effects.sorted { $0.key < $1.key }.map {
      RandomEffect(name: $0.key, distribution: distribution, membership: $0.value)
    },
    residual: residual, componentCount: components, mixtureCovariance: form,
    sharedCovariance: form, covarianceSharing: sharing, fixed: fixed)
}

func testModel(
  _ structural: any StructuralModel,
  _ effects: [(String, EffectDistribution, EffectMembership)], _ residual: ResidualErrorModel,
  components: Int, form: CovarianceForm = .diagonal, sharing: CovarianceSharing = .perComponent
) -> MixtureModel {
  MixtureModel(
    structural: structural,
    effects: effects.map { RandomEffect(name: $0.0, distribution: $0.1, membership: $0.2) },
    outputs: [OutputModel(error: residual)], componentCount: components, mixtureCovariance: form,
    sharedCovariance: form, covarianceSharing: sharing,
    fixed: FixedParameters(componentCount: components, effectCount: effects.count),
    structuralPlace: effects.map { structural.parameterNames.firstIndex(of: $0.0)! })
}

/// h(t) = 10 exp(−k t) after any dose.
struct Decline: StructuralModel {
  let name = "test model"

  var parameterNames: [String] { ["k"] }
  var parameterKinds: [ParameterKind] { [.rate] }

  func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    for v in 0..<count {
      var time = 0.0
      var place = v
      for step in program.steps {
        time += step.elapsed
        guard step.action == .observe else { continue }
        predictions[place] = 10 * exp(-parameters[v] * time)
        place += count
      }
    }
  }

  func validate(_ subject: Subject, residual: ResidualErrorModel) {}
}

/// A bolus above a constant level.
struct BolusWithBaseline: StructuralModel {
  let name = "test model"

  var parameterNames: [String] { ["base", "V", "k"] }
  var parameterKinds: [ParameterKind] { [.volume, .volume, .rate] }

  func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    OneCompartmentBolus(.volumeAndRate).predict(
      program, parameters: parameters + count, count: count, predictions: predictions)
    for v in 0..<count {
      for j in program.observed.indices { predictions[j * count + v] += parameters[v] }
    }
  }

  func validate(_ subject: Subject, residual: ResidualErrorModel) {}
}

/// Subjects with a dose of 100 at time 0, every third one with another dose at 3.5, and six
/// observations.
func simulate(
  _ model: MixtureModel, _ parameters: PopulationParameters, subjectCount: Int, seed: UInt64
) -> Dataset {
  let times = [0.5, 1.5, 2, 3, 4, 5.5]
  let subjects = (0..<subjectCount).map { i in
    let effects = RandomAddress(key: seed, purpose: .simulatedEffects, subject: i)
    let u = effects.uniform(sample: 0, dimension: model.effectCount)
    var k = 0
    var cumulative = parameters.weights[0]
    while k < parameters.componentCount - 1, u > cumulative {
      k += 1
      cumulative += parameters.weights[k]
    }
    let factor = CholeskyFactor(parameters.covariances[k])!
    let z = (0..<model.effectCount).map { effects.normal(sample: 0, dimension: $0) }
    var theta = [Lanes](repeating: Lanes.all(0), count: model.effectCount)
    for j in 0..<model.effectCount {
      var phi = parameters.means[k][j]
      for l in 0...j { phi += factor.elements[SymmetricMatrix.index(j, l)] * z[l] }
      theta[model.structuralPlace[j]] = Lanes.all(model.effects[j].distribution.natural(phi))
    }
    var doses = [DoseRecord(time: 0, amount: 100)]
    if i % 3 == 0 { doses.append(DoseRecord(time: 3.5, amount: 60)) }
    func subject(_ values: [Double]) -> Subject {
      let observations = zip(times, values).map { time, value in
        Observation(time: time, value: value, precedingDoses: doses.count { $0.time < time })
      }
      return Subject(
        id: "\(i + 1)", index: i, occasions: [Occasion(doses: doses, observations: observations)])
    }
    var predictions = [Lanes](repeating: Lanes.all(0), count: times.count)
    model.structural.predict(
      EventProgram(subject(times), for: model.structural), parameters: theta, count: 1,
      predictions: &predictions)
    let noise = RandomAddress(key: seed, purpose: .simulatedResiduals, subject: i)
    return subject(
      times.indices.map { j in
        let h = predictions[j][0]
        let sd =
          parameters.sigma2.squareRoot() * (model.residual == .proportional ? h : 1)
        return h + sd * noise.normal(sample: j, dimension: 0)
      })
  }
  return Dataset(name: "simulated", subjects: subjects)
}

/// A size for changes of a parameter: standard deviations for means, products of them for
/// covariances.
func scale(of parameter: FreeParameter, in parameters: PopulationParameters) -> Double {
  switch parameter {
  case .mean(let effect, let component):
    return parameters.covariances[component ?? 0][effect, effect].squareRoot()
  case .covariance(let row, let column, let component):
    let omega = parameters.covariances[component ?? 0]
    return (omega[row, row] * omega[column, column]).squareRoot()
  case .weight(let component): return parameters.weights[component]
  case .residualVariance: return parameters.sigma2
  case .coefficient, .weightCoefficient: return 1
  case .direct(let place, let component): return abs(parameters.direct[component ?? 0][place])
  }
}

import NumericKernels
import PopulationData
import PopulationModel
import Simulation
import StructuralModels
import Testing

/// Models in equations whose draws have moments in closed form.
enum SimulationModels {
  /// - Parameters:
  ///   - effects: in any order; those of components are correlated.
  ///   - fixed: the other parameters of the structural model.
  static func model(
    _ structural: any StructuralModel, effects: [RandomEffect], fixed: [FixedEffect] = [],
    outputs: [OutputModel], covariates: [CovariateEffect] = [],
    weightCovariates: [WeightCovariate] = [], ties: [[Int]] = [], components: Int = 1
  ) -> MixtureModel {
    MixtureModel(
      structural: structural, effects: effects, fixedEffects: fixed, outputs: outputs,
      covariateEffects: covariates, weightCovariates: weightCovariates, tiedVariances: ties,
      componentCount: components, mixtureCovariance: .full, sharedCovariance: .diagonal,
      covarianceSharing: .perComponent,
      fixed: FixedParameters(componentCount: components, effectCount: effects.count),
      structuralPlace: effects.map { structural.parameterNames.firstIndex(of: $0.name)! })
  }

  static func effect(
    _ name: String, _ distribution: EffectDistribution = .normal,
    _ membership: EffectMembership = .mixture
  ) -> RandomEffect {
    RandomEffect(name: name, distribution: distribution, membership: membership)
  }

  /// Two components of two correlated effects of one distribution.
  static func pair(
    _ distribution: EffectDistribution, means: [[Double]], error: ResidualErrorModel = .additive,
    direct: [[Double]]? = nil
  ) throws -> Simulator {
    let model = model(
      try EquationModel("y = a + b", parameters: ["b", "a"]),
      effects: [effect("a", distribution), effect("b", distribution)],
      outputs: [OutputModel(error: error)], components: 2)
    return Simulator(
      model,
      PopulationParameters(
        weights: [0.3, 0.7], means: means,
        covariances: [
          SymmetricMatrix(dimension: 2, elements: [0.09, 0.03, 0.04]),
          SymmetricMatrix(dimension: 2, elements: [0.04, -0.02, 0.16]),
        ], residualVariance: direct == nil ? 0.01 : nil, direct: direct))
  }

  /// A bolus into a compartment with saturable elimination, and observations at times.
  static func saturable() throws -> Simulator {
    let structural = try EquationModel(
      "d/dt(A) = -Vmax*(A/V)/(Km + A/V)\nconc = A/V", parameters: ["Km", "V", "Vmax"])
    let model = model(
      structural, effects: [effect("V", .lognormal), effect("Vmax", .lognormal)],
      fixed: [FixedEffect(name: "Km", distribution: .lognormal, isPerComponent: true)],
      outputs: [OutputModel(error: .combined)], components: 2)
    return Simulator(
      model,
      PopulationParameters(
        weights: [0.5, 0.5], means: [[3, 1], [3, 3]],
        covariances: [
          SymmetricMatrix(diagonal: [0.1, 0.3]), SymmetricMatrix(diagonal: [0.1, 0.3]),
        ], residualVariance: nil, direct: [[0.01, 0.04, 0.5], [0.01, 0.04, -1]]))
  }

  /// A subject with a dose at time 0 and observations behind it, all with covariates of their own
  /// rows if there are any.
  static func subject(
    _ observations: [(time: Double, output: Int)], covariates: [[Double]] = Subject.noCovariates
  ) -> Subject {
    Subject(
      id: "1", index: 0,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0, amount: 100)],
          observations: observations.enumerated().map { row, own in
            Observation(
              time: own.time, value: 0, precedingDoses: 1, output: own.output,
              covariates: min(row, covariates.count - 1))
          })
      ], covariates: covariates)
  }

  static func subject(times: [Double]) -> Subject { subject(times.map { ($0, 0) }) }
}

extension Simulator {
  /// Draws 0, 1, … of a subject.
  func draws(_ count: Int, of subject: Subject, seed: UInt64 = 1) -> [SubjectDraw] {
    (0..<count).map { draw(subject, at: .replicates(seed: seed, place: 5), number: $0) }
  }
}

extension SubjectDraw {
  var values: [Double] { subject.occasions.flatMap { $0.observations.map(\.value) } }
}

/// Whether numbers have a mean and a variance, both within five of their standard errors; the
/// fourth moment is that of the numbers.
func expectMoments(
  _ x: [Double], mean: Double, variance: Double, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let n = Double(x.count)
  let error = (variance / n).squareRoot()
  let found = x.reduce(0, +) / n
  #expect(
    abs(found - mean) < 5 * error, "\(what): mean \(found)", sourceLocation: sourceLocation)
  expectMean(
    x.map { ($0 - mean) * ($0 - mean) }, variance, "\(what): variance",
    sourceLocation: sourceLocation)
}

/// Whether numbers have a mean within five standard errors of it, as the numbers show them.
func expectMean(
  _ x: [Double], _ mean: Double, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let n = Double(x.count)
  let found = x.reduce(0, +) / n
  let error = (x.reduce(0) { $0 + ($1 - found) * ($1 - found) } / n / n).squareRoot()
  #expect(
    abs(found - mean) < 5 * error, "\(what) \(found) instead of \(mean) ± \(error)",
    sourceLocation: sourceLocation)
}

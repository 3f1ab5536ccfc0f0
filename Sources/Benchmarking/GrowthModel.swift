import Glibc
import NumericKernels
package import PopulationData
package import PopulationModel
import StructuralModels
import Study

/// A model whose fits can be made larger in every direction: K components with true values, and
/// data sets drawn from them.
package struct GrowthModel: Sendable {
  package let name: String
  /// p
  package let effectCount: Int
  private let times: @Sendable (Int) -> [Double]
  private let build: @Sendable (Int) throws -> (MixtureModel, PopulationParameters)

  /// - Parameters:
  ///   - times: of m observations after the dose.
  ///   - build: the model with K components, and its true values.
  package init(
    name: String, effectCount: Int,
    times: @escaping @Sendable (Int) -> [Double] = GrowthModel.evenTimes,
    build: @escaping @Sendable (Int) throws -> (MixtureModel, PopulationParameters)
  ) {
    self.name = name
    self.effectCount = effectCount
    self.times = times
    self.build = build
  }

  /// Those of the published example: from 1.5 to 5.5.
  @Sendable
  package static func evenTimes(_ count: Int) -> [Double] {
    (0..<count).map { 1.5 + 4 * Double($0) / Double(max(1, count - 1)) }
  }

  /// From a quarter of an hour to a day.
  @Sendable
  private static func geometricTimes(_ count: Int) -> [Double] {
    (0..<count).map { 0.25 * Glibc.pow(96, Double($0) / Double(max(1, count - 1))) }
  }

  /// All models, the published example's first.
  package static let all = [volumeAndRate, clearanceAndVolume]

  /// The published example's, with elimination rates that double from component to component.
  package static let volumeAndRate = GrowthModel(name: "V, k normal", effectCount: 2) { count in
    let rates = (0..<count).map { 0.3 * Double(1 << $0) / (count > 2 ? 2 : 1) }
    return (
      try PublishedExample.model(componentCount: count),
      PopulationParameters(
        weights: [Double](repeating: 1 / Double(count), count: count),
        means: rates.map { [20, $0] },
        covariances: rates.map { SymmetricMatrix(diagonal: [4, 0.04 * $0 * $0]) },
        residualVariance: 0.01)
    )
  }

  /// Lognormal clearance and volume that follow the mixture together, with full covariances.
  package static let clearanceAndVolume = GrowthModel(name: "CL, V lognormal", effectCount: 2) {
    count in
    let model = try MixtureModel(
      structuralName: "one-compartment bolus",
      effects: [
        RandomEffect(name: "CL", distribution: .lognormal, membership: .mixture),
        RandomEffect(name: "V", distribution: .lognormal, membership: .mixture),
      ], residual: .proportional, componentCount: count, mixtureCovariance: .full,
      sharedCovariance: .diagonal, covarianceSharing: .perComponent)
    let covariance = SymmetricMatrix(dimension: 2, elements: [0.04, 0.01, 0.04])
    return (
      model,
      PopulationParameters(
        weights: [Double](repeating: 1 / Double(count), count: count),
        means: (0..<count).map { [0.7 * Double($0 + 1), 3] },
        covariances: [SymmetricMatrix](repeating: covariance, count: count),
        residualVariance: 0.01)
    )
  }

  /// Two compartments with four lognormal random effects of 30 %, one dose and observations over a
  /// day; not among `all`, as a fit takes long.
  package static let twoCompartments = GrowthModel(
    name: "two compartments, CL V1 Q V2", effectCount: 4,
    times: geometricTimes
  ) { count in
    let model = try MixtureModel(
      structuralName: "two-compartment",
      effects: ["CL", "V1", "Q", "V2"].map {
        RandomEffect(name: $0, distribution: .lognormal, membership: .mixture)
      }, residual: .proportional, componentCount: count, mixtureCovariance: .diagonal,
      sharedCovariance: .diagonal, covarianceSharing: .perComponent)
    let covariance = SymmetricMatrix(diagonal: [Double](repeating: 0.09, count: 4))
    return (
      model,
      PopulationParameters(
        weights: [Double](repeating: 1 / Double(count), count: count),
        means: (0..<count).map { k in [5 * Double(k + 1), 20, 8, 40].map { Glibc.log($0) } },
        covariances: [SymmetricMatrix](repeating: covariance, count: count),
        residualVariance: 0.01)
    )
  }

  /// A data set of `subjects` subjects with one dose and `observations` observations each.
  /// - Throws: `ModelError` if the model cannot be made.
  package func problem(subjects: Int, observations: Int, components: Int) throws -> Problem {
    let (model, truth) = try build(components)
    let design = TrialDesign(
      subjectCount: subjects, doses: [TrialDesign.Dose(time: 0, amount: 100)],
      times: times(observations))
    let trial = SimulatedTrial(model: model, design: design, parameters: truth, seed: 1)!
    return Problem(
      model: model, dataset: Dataset(name: name, subjects: trial.draw(1).subjects), truth: truth)
  }

  /// A model, a data set drawn from it, and the true values, from which its fits start.
  package struct Problem: Sendable {
    package let model: MixtureModel
    package let dataset: Dataset
    package let truth: PopulationParameters
  }
}

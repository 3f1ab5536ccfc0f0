import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel

/// Starting values as far as the user gave them.
public struct StartingValues: Sendable, Equatable {
  public var weights: [Double]?
  /// `means[k][j]` on the scale where effect j is normal; `nil` where not given.
  public var means: [[Double?]]
  /// `variances[k][j]`, likewise.
  public var variances: [[Double?]]
  /// Correlations of pairs i > j of effects in component k; 0 where not given.
  public var correlations: [(component: Int, row: Int, column: Int, value: Double)] = []
  /// σ²; a model with direct parameters has none.
  public var residualVariance: Double?
  /// `direct[k][a]`, of the direct parameters; structural ones on the scale on which they are estimated.
  public var direct: [[Double?]]
  /// `coefficients[k][c]` and `weightCoefficients[k][c]`; 0 where not given.
  public var coefficients: [[Double]]
  public var weightCoefficients: [[Double]]

  /// Nothing is given.
  public init(_ model: MixtureModel) {
    self.init(componentCount: model.componentCount, effectCount: model.effectCount)
    let components = 0..<model.componentCount
    direct = components.map { _ in model.direct.map { _ in nil } }
    coefficients = components.map { _ in model.covariateEffects.map { _ in 0 } }
    weightCoefficients = components.map { _ in model.weightCovariates.map { _ in 0 } }
    for j in model.tiedVariances.joined() { for k in components { means[k][j] = 0 } }
  }

  public init(componentCount: Int, effectCount: Int) {
    direct = [[Double?]](repeating: [], count: componentCount)
    coefficients = [[Double]](repeating: [], count: componentCount)
    weightCoefficients = coefficients
    let none = [[Double?]](
      repeating: [Double?](repeating: nil, count: effectCount), count: componentCount)
    means = none
    variances = none
  }

  public static func == (a: StartingValues, b: StartingValues) -> Bool {
    a.weights == b.weights && a.means == b.means && a.variances == b.variances
      && a.residualVariance == b.residualVariance && a.direct == b.direct
      && a.coefficients == b.coefficients && a.weightCoefficients == b.weightCoefficients
      && a.correlations.elementsEqual(b.correlations, by: ==)
  }

  /// Whether nothing is left to be found from the data.
  public var isComplete: Bool {
    (weights != nil || means.count == 1)
      && (residualVariance != nil || !direct.joined().isEmpty)
      && !means.joined().contains(nil) && !variances.joined().contains(nil)
      && !direct.joined().contains(nil)
  }

  /// The parameters, with `found` where nothing was given.
  public func completed(with found: PopulationParameters?) -> PopulationParameters {
    let components = means.indices
    let p = means[0].count
    func filled(_ k: Int) -> SymmetricMatrix {
      var omega = SymmetricMatrix(
        diagonal: (0..<p).map { variances[k][$0] ?? found!.covariances[k][$0, $0] })
      for correlation in correlations where correlation.component == k {
        omega[correlation.row, correlation.column] =
          correlation.value
          * (omega[correlation.row, correlation.row] * omega[correlation.column, correlation.column])
          .squareRoot()
      }
      return omega
    }
    return PopulationParameters(
      weights: weights ?? (components.count == 1 ? [1] : found!.weights),
      means: components.map { k in (0..<p).map { means[k][$0] ?? found!.means[k][$0] } },
      covariances: components.map(filled),
      residualVariance: residualVariance ?? found?.residualVariance,
      direct: components.map { k in
        direct[k].indices.map { direct[k][$0] ?? found!.direct[k][$0] }
      }, coefficients: coefficients, weightCoefficients: weightCoefficients)
  }
}

/// Starting values from the data, by a rule in three steps.
///
/// 1. One parameter vector for all subjects: the best of a lattice over six decades around the size that the data's units
///    give to each parameter, refined four times; best is the least mean squared difference of log observations from log
///    predictions.
/// 2. One population: some EM iterations from there with one component, which gives each subject's conditional means, the
///    variances and σ².
/// 3. K components: the conditional means of the mixture's effects are split by k-means (started from quantiles and from far
///    points, the better one kept); means, variances and weights are those of the clusters.
///
/// At most 400 subjects, evenly spaced, are looked at. The rule is deterministic and every rank follows it for itself.
public struct StartingPoints {
  /// How many subjects are looked at.
  public static let subjectLimit = 400
  let model: MixtureModel
  let sample: Dataset
  let seed: UInt64
  /// What the user gave; models whose parameters have no known size need it.
  private let given: StartingValues?

  /// - Parameters:
  ///   - sample: the subjects to look at, at most `subjectLimit` of them.
  ///   - given: values that the user gave, which a model without `parameterKinds` begins at.
  public init(
    model: MixtureModel, sample: [Subject], seed: UInt64, given: StartingValues? = nil
  ) {
    self.model = model
    self.given = given
    self.sample = Dataset(name: "sample", subjects: sample)
    self.seed = seed
  }

  /// Looks at a data set that is here as a whole.
  public init(model: MixtureModel, dataset: Dataset, seed: UInt64) {
    let n = dataset.subjects.count
    let places =
      n > Self.subjectLimit
      ? (0..<Self.subjectLimit).map { $0 * n / Self.subjectLimit } : Array(0..<n)
    self.init(model: model, sample: places.map { dataset.subjects[$0] }, seed: seed)
  }

  /// - Throws: `EstimationError.noStart` if no parameters predict anything near the data.
  public func find() throws -> PopulationParameters {
    let pooled = try pooledParameters(sample)
    let population = try onePopulation(sample, from: pooled)
    return model.componentCount == 1
      ? expanded(population.estimates)
      : split(population)
  }

  // MARK: One parameter vector

  /// Natural values of the structural parameters, in the structural model's order.
  private func pooledParameters(_ sample: Dataset) throws -> [Double] {
    if let known = givenParameters() { return known }
    let programs = sample.subjects.map { EventProgram($0, for: model.structural) }
    let search = PooledSearch(structural: model.structural, programs: programs)
    guard let best = search.best(centre: logScales(sample)) else { throw EstimationError.noStart }
    var values = best.map { exp($0) }
    // Deviations of occasions are about 0, and what has bounds stays between them.
    for (j, effect) in model.effects.enumerated() {
      let place = model.structuralPlace[j]
      if model.tie(of: j) != nil { values[place] = 0 }
      values[place] = Self.inside(effect.distribution, values[place])
    }
    for effect in model.fixedEffects {
      guard let place = model.structural.parameterNames.firstIndex(of: effect.name) else {
        continue
      }
      values[place] = Self.inside(effect.distribution, values[place])
    }
    return values
  }

  private static func inside(_ distribution: EffectDistribution, _ value: Double) -> Double {
    guard case .logitNormal(let lower, let upper) = distribution else { return value }
    let margin = 0.05 * (upper - lower)
    return min(max(value, lower + margin), upper - margin)
  }

  /// The values that the user gave, the mean of the components'; `nil` if some are missing.
  private func givenParameters() -> [Double]? {
    guard let given else { return nil }
    var values = model.structural.parameterNames.map { _ in Double.nan }
    let components = 0..<model.componentCount
    func mean(_ of: (Int) -> Double?) -> Double? {
      let known = components.compactMap(of)
      return known.count == components.count
        ? known.reduce(0, +) / Double(known.count) : nil
    }
    for (j, effect) in model.effects.enumerated() {
      guard let phi = mean({ given.means[$0][j] }) else { return nil }
      values[model.structuralPlace[j]] = effect.distribution.natural(phi)
    }
    for (a, parameter) in model.direct.enumerated() {
      guard case .structural(let place, let distribution) = parameter.kind else { continue }
      guard let value = mean({ given.direct[$0][a] }) else { return nil }
      values[place] = distribution.natural(value)
    }
    return values
  }

  /// Log of the size that each structural parameter has by the units of the data.
  private func logScales(_ sample: Dataset) -> [Double] {
    var amounts = LogMean()
    var values = LogMean()
    var times = LogMean()
    for subject in sample.subjects {
      for occasion in subject.occasions {
        for dose in occasion.doses { amounts.add(dose.amount) }
        let start = occasion.doses.first?.time ?? 0
        for observation in occasion.observations {
          values.add(observation.value)
          times.add(observation.time - start)
        }
      }
    }
    let volume = amounts.mean - values.mean
    return model.structural.parameterKinds.map { kind in
      switch kind {
      case .volume: volume
      case .rate: -times.mean
      case .clearance: volume - times.mean
      case .perVolume: -volume
      case .amountRate: amounts.mean - times.mean
      // Lags and infusions are mostly short against the times of observations.
      case .time: times.mean - log(10)
      case .fraction: log(0.8)
      case .number: 0
      }
    }
  }

  // MARK: One population

  /// A fit with one component and independent random effects, from wide variances.
  private func onePopulation(_ sample: Dataset, from pooled: [Double]) throws -> FitResult {
    let single = model.with(
      componentCount: 1,
      effects: model.effects.map {
        RandomEffect(name: $0.name, distribution: $0.distribution, membership: .mixture)
      },
      mixtureCovariance: .diagonal)
    let natural = model.structuralPlace.map { pooled[$0] }
    let means = zip(model.effects, natural).map { $0.distribution.normalScale($1) }
    let variances = zip(model.effects, natural).map { effect, value in
      if model.tiedVariances.joined().contains(model.effects.firstIndex(of: effect)!) {
        return 0.04
      }
      return effect.distribution == .normal ? 0.16 * value * value : 0.16
    }
    let residual = ResidualStart(model: model, sample: sample)
    let start = PopulationParameters(
      weights: [1], means: [means], covariances: [SymmetricMatrix(diagonal: variances)],
      residualVariance: residual.variance, direct: [residual.direct(structural: pooled)],
      coefficients: [model.covariateEffects.map { _ in 0 }],
      weightCoefficients: [model.weightCovariates.map { _ in 0 }])
    let settings = EstimationSettings(
      method: .exact, nodes: .lattice, samples: 128, iterations: 60, tolerance: 1e-3,
      seed: seed, envelopeInflation: 3)
    return try ExpectationMaximization(
      model: single, dataset: sample, subjects: Array(sample.subjects.indices),
      settings: settings, communicator: SerialCommunicator()
    ).fit(from: start)
  }

  /// The parameters of one population as those of each component.
  private func expanded(_ one: PopulationParameters) -> PopulationParameters {
    let components = 0..<model.componentCount
    return PopulationParameters(
      weights: components.map { _ in 1 / Double(components.count) },
      means: components.map { _ in one.means[0] },
      covariances: components.map { _ in one.covariances[0] },
      residualVariance: one.residualVariance, direct: components.map { _ in one.direct[0] },
      coefficients: components.map { _ in one.coefficients[0] },
      weightCoefficients: components.map { _ in model.weightCovariates.map { _ in 0 } })
  }

  // MARK: Components

  private func split(_ population: FitResult) -> PopulationParameters {
    let effects = model.mixtureEffects
    let points = population.posteriors.map { posterior in effects.map { posterior.mean(0)[$0] } }
    let clusters = KMeans(points: points, clusterCount: model.componentCount).best()
    var result = expanded(population.estimates)
    let n = Double(points.count)
    // A cluster has a say however small it is, so that EM can let it grow.
    let floor = 0.1 / Double(model.componentCount)
    var weights = clusters.centres.indices.map { k in
      max(floor, Double(clusters.assignment.count { $0 == k }) / n)
    }
    let total = weights.reduce(0, +)
    for k in weights.indices { weights[k] /= total }
    result.weights = weights
    for (k, centre) in clusters.centres.enumerated() {
      for (place, effect) in effects.enumerated() {
        result.means[k][effect] = centre[place]
        let members = clusters.assignment.indices.filter { clusters.assignment[$0] == k }
        let overall = population.estimates.covariances[0][effect, effect]
        var spread = 0.0
        for i in members {
          let distance = points[i][place] - centre[place]
          spread += distance * distance + population.posteriors[i].covariance(0)[effect, effect]
        }
        let within = members.isEmpty ? overall : spread / Double(members.count)
        result.covariances[k][effect, effect] = min(max(within, 0.02 * overall), overall)
      }
    }
    if model.covarianceSharing == .equal {
      for effect in effects {
        let pooled = weights.indices.reduce(0) {
          $0 + weights[$1] * result.covariances[$1][effect, effect]
        }
        for k in weights.indices { result.covariances[k][effect, effect] = pooled }
      }
    }
    return result.permuted(result.stableOrder(mixtureEffects: effects))
  }
}

/// Mean of the logarithms of positive numbers; 0 without any.
private struct LogMean {
  private var sum = 0.0
  private var count = 0

  mutating func add(_ value: Double) {
    guard value > 0, value.isFinite else { return }
    sum += log(value)
    count += 1
  }

  var mean: Double { count == 0 ? 0 : sum / Double(count) }
}

import NumericKernels
import PopulationData
import PopulationModel

/// The search for one parameter vector in the terms of a model: which parameters are looked for,
/// and what a vector says of a population.
struct PooledStart {
  let pooled: PooledModel
  private let model: MixtureModel
  private let given: StartingValues
  /// For each place among the structural parameters, the coordinate.
  private let coordinate: [Int: Int]
  private let scales: ObservationScales

  init(model: MixtureModel, given: StartingValues, subjects: [Subject]) {
    self.model = model
    self.given = given
    let structural = model.structural
    let sizes = DataSizes(subjects)
    scales = ObservationScales(model, subjects: subjects)
    let isLibrary = structural.equations == nil
    let components = 0..<model.componentCount
    func mean(_ of: (Int) -> Double?) -> Double? {
      let known = components.compactMap(of)
      return known.count == components.count ? known.reduce(0, +) / Double(known.count) : nil
    }
    var held: [Int: Double] = [:]
    var coordinates: [PooledModel.Coordinate] = []
    var coordinate: [Int: Int] = [:]
    func place(_ place: Int, _ distribution: EffectDistribution, _ value: Double?) {
      if let value {
        held[place] = distribution.natural(value)
        return
      }
      coordinate[place] = coordinates.count
      coordinates.append(
        PooledModel.Coordinate(
          place: place, distribution: distribution,
          logSizes: sizes.logSizes(structural.parameterKinds[place]),
          isSigned: distribution == .normal && !isLibrary))
    }
    for (j, effect) in model.effects.enumerated() {
      // Deviations of occasions are about 0.
      let value = model.tie(of: j) != nil ? 0 : mean { given.means[$0][j] }
      place(model.structuralPlace[j], effect.distribution, value)
    }
    for (a, parameter) in model.direct.enumerated() {
      guard case .structural(let own, let distribution) = parameter.kind else { continue }
      place(own, distribution, mean { given.direct[$0][a] })
    }
    self.coordinate = coordinate
    pooled = PooledModel(
      structural: structural, coordinates: coordinates, held: held,
      programs: subjects.map { EventProgram($0, for: structural) }, scales: scales)
  }

  /// Names of the parameters that are looked for.
  var names: [String] { pooled.coordinates.map { model.structural.parameterNames[$0.place] } }

  /// Whether a vector predicts anything near the data: logarithms to within a factor of 20, of
  /// outputs whose errors are relative; and whether the predictions depend on the parameters at
  /// all.
  func predicts(_ end: PooledDescent.End) -> Bool {
    guard end.x.isEmpty || end.sensitivity.contains(where: { $0 > 0 }) else { return false }
    var sum = 0.0
    var count = 0
    for row in pooled.predictions(end.x) where scales.scale(of: row.output).isRelative {
      let ratio = row.predicted / row.observed
      let logarithm = ratio > 0 ? log(ratio) : .infinity
      sum += min(logarithm * logarithm, 9)
      count += 1
    }
    return count == 0 || sum < 9 * 0.999 * Double(count)
  }

  /// One component about a vector, with wide variances.
  /// - Parameter single: the model with one component; what the user gave stays if it is the model
  ///   itself.
  func population(from end: PooledDescent.End, single: MixtureModel) -> PopulationParameters {
    let natural = pooled.natural(end.x)
    let residual = ResidualStart(model: model, rows: pooled.predictions(end.x))
    var means: [Double] = []
    var variances: [Double] = []
    for (j, effect) in model.effects.enumerated() {
      let place = model.structuralPlace[j]
      means.append(effect.distribution.normalScale(natural[place]))
      variances.append(
        model.tie(of: j) != nil ? 0.04 : variance(effect.distribution, natural[place], place, end))
    }
    let found = PopulationParameters(
      weights: [1], means: [means], covariances: [SymmetricMatrix(diagonal: variances)],
      residualVariance: residual.variance, direct: [residual.direct(structural: natural)],
      coefficients: [model.covariateEffects.map { _ in 0 }],
      weightCoefficients: [model.weightCovariates.map { _ in 0 }])
    return single.componentCount == model.componentCount ? given.completed(with: found) : found
  }

  /// Of a random effect: a coefficient of variation of 40 %; of one of either sign what would
  /// explain a quarter of what the vector leaves, if that is more.
  private func variance(
    _ distribution: EffectDistribution, _ value: Double, _ place: Int, _ end: PooledDescent.End
  ) -> Double {
    let relative = distribution.variance(squaredCoefficient: 0.16, at: value)
    guard distribution.isUnbounded else { return relative }
    guard let d = coordinate[place] else { return relative > 0 ? relative : 0.16 }
    let own = pooled.coordinates[d]
    guard own.isSigned else { return relative }
    let size = exp(own.logSize)
    let largest = max(4 * value * value, size * size)
    let explaining = 0.25 * end.value / end.sensitivity[d] * size * size
    let variance = max(relative, explaining.isFinite ? min(explaining, largest) : 0)
    return variance > 0 ? variance : 0.16 * size * size
  }

  /// Natural values of the parameters that are looked for, the means over the components.
  func typical(_ parameters: PopulationParameters) -> [Double] {
    let components = 0..<parameters.componentCount
    func mean(_ of: (Int) -> Double) -> Double {
      components.reduce(0) { $0 + parameters.weights[$1] * of($1) }
    }
    return pooled.coordinates.map { coordinate in
      if let j = model.structuralPlace.firstIndex(of: coordinate.place) {
        return model.effects[j].distribution.natural(mean { parameters.means[$0][j] })
      }
      for (a, parameter) in model.direct.enumerated() {
        if case .structural(coordinate.place, let distribution) = parameter.kind {
          return distribution.natural(mean { parameters.direct[$0][a] })
        }
      }
      return .nan
    }
  }

  /// The coordinates of given parameters; `nil` where one has none, as a negative value of a
  /// positive parameter.
  func searched(_ parameters: PopulationParameters) -> [Double]? {
    let x = zip(pooled.coordinates, typical(parameters)).map { $0.searched($1) }
    return x.allSatisfy(\.isFinite) ? x : nil
  }

  /// Parameters of which all components move as from one vector to another.
  func moved(
    _ parameters: PopulationParameters, from a: [Double], to b: [Double]
  ) -> PopulationParameters {
    let (before, after) = (pooled.natural(a), pooled.natural(b))
    var result = parameters
    for k in 0..<parameters.componentCount {
      for (j, effect) in model.effects.enumerated() where model.tie(of: j) == nil {
        let place = model.structuralPlace[j]
        guard !model.fixed.means[k][j] else { continue }
        result.means[k][j] +=
          effect.distribution.normalScale(after[place])
          - effect.distribution.normalScale(before[place])
        // The deviation of a normal effect goes with its size.
        guard effect.distribution == .normal, !model.fixed.variances[k][j], before[place] != 0
        else { continue }
        let ratio = after[place] / before[place]
        for i in 0..<model.effectCount {
          let entry = (max(i, j), min(i, j))
          result.covariances[k][entry.0, entry.1] *= i == j ? ratio * ratio : ratio
        }
      }
      for (a, parameter) in model.direct.enumerated() {
        guard case .structural(let place, let distribution) = parameter.kind,
          !model.fixed.direct.contains(parameter.base)
        else { continue }
        result.direct[k][a] +=
          distribution.normalScale(after[place]) - distribution.normalScale(before[place])
      }
    }
    return result
  }
}

import NumericKernels
package import PopulationModel

/// The closed-form M-step: W07 (7)–(10) and the Appendix; with a prior the maximum of Q + log p(ϕ),
/// where a prior of Σ or σ² acts as a sum of squares Ψ from c more subjects or observations, and
/// one of the weights as a_k more subjects in each component.
package struct MaximizationStep: Sendable {
  let model: MixtureModel
  let prior: ParameterPrior

  /// A variance that is 0 for all purposes, relative to the square of the mean and 1.
  private static let vanished = 1e-24

  /// Means under a normal prior and Σ are maximised in turn: the largest change, as in
  /// `scaledStep`, that is none, and a limit of turns.
  private static let settled = 1e-13
  private static let turnLimit = 60

  package init(model: MixtureModel, prior: ParameterPrior = .none) {
    self.model = model
    self.prior = prior
  }

  /// The parameters that maximise Q, or with a prior Q + log p(ϕ), given the statistics of an
  /// E-step at `previous`.
  /// - Throws: `DegenerateComponent` if a component is empty, a covariance singular or σ² 0.
  package func maximize(_ statistics: SufficientStatistics, from previous: PopulationParameters)
    throws(DegenerateComponent) -> PopulationParameters
  {
    try maximize(statistics, from: previous, weightScales: [])
  }

  /// The same with the standard deviations of the covariates of the weights; empty: 1.
  func maximize(
    _ statistics: SufficientStatistics, from previous: PopulationParameters,
    weightScales: [Double]
  ) throws(DegenerateComponent) -> PopulationParameters {
    let layout = statistics.layout
    let components = 0..<model.componentCount
    var result = previous
    for k in components
    where !(statistics.membership(k) > 1e-8) && !prior.determines(k, FreeParameters(model)) {
      throw DegenerateComponent(component: k, kind: .empty)
    }
    if !model.weightCovariates.isEmpty {
      LogisticStep(model: model, scales: weightScales).apply(statistics, to: &result)
    } else if !model.fixed.weights {
      let counts = prior.pseudoCounts ?? components.map { _ in 0 }
      let total = components.reduce(0) { $0 + statistics.membership($1) + counts[$1] }
      for k in components { result.weights[k] = (statistics.membership(k) + counts[k]) / total }
    }
    if model.covariateEffects.isEmpty, !prior.hasNormalMeans {
      placeMoments(statistics, from: previous, in: &result)
      tieVariances(statistics, in: &result)
      try requireRegular(result)
    } else {
      // Means that depend on Σ, by priors of their own, settle with it.
      let turns = prior.hasNormalMeans ? Self.turnLimit : 1
      var last = previous
      for _ in 0..<turns {
        try RegressionStep(model: model, prior: prior).apply(
          statistics, from: previous, covariances: last.covariances, to: &result)
        tieVariances(statistics, in: &result)
        try requireRegular(result)
        if turns > 1, scaledStep(from: last, to: result) < Self.settled { break }
        last = result
      }
    }
    if !model.isFactored {
      DirectStep(model: model, prior: prior).apply(statistics, to: &result)
    } else if !model.fixed.residualVariance {
      let known = prior.scatter(of: .residualVariance) ?? (sum: 0, count: 0)
      let variance =
        (statistics.values[layout.residualSquares] + known.sum)
        / (Double(statistics.observationCount) + known.count)
      if !(variance > 0) {
        throw DegenerateComponent(component: 0, kind: .perfectFit)
      }
      result.residualVariance = variance
    }
    return result
  }

  /// Means and covariances as weighted moments.
  private func placeMoments(
    _ statistics: SufficientStatistics, from previous: PopulationParameters,
    in result: inout PopulationParameters
  ) {
    let n = Double(statistics.subjectCount)
    let components = 0..<model.componentCount
    let mixture = model.mixtureEffects
    let shared = model.sharedEffects
    /// How far the mean of effect i moves; 0 if it is fixed.
    func shift(_ m: Moments, _ i: Int, _ k: Int) -> Double {
      model.fixed.means[k][i] ? 0 : m.first(i)
    }
    /// Second moment about the new means: S − d fᵀ − f dᵀ + d dᵀ, where d = f unless a mean is
    /// fixed.
    func central(_ m: Moments, _ i: Int, _ j: Int, _ k: Int) -> Double {
      let di = shift(m, i, k)
      let dj = shift(m, j, k)
      return m.second(i, j) - di * m.first(j) - m.first(i) * dj + di * dj
    }
    /// With what the prior adds to a mean square of so many subjects.
    func value(_ mean: Double, _ count: Double, _ i: Int, _ j: Int, _ component: Int?) -> Double {
      guard model.tie(of: i) == nil, let known = prior.scatter(i, j, component) else {
        return mean
      }
      return (count * mean + known.sum) / (count + known.count)
    }

    var pooled = SymmetricMatrix(dimension: model.effectCount)
    for k in components {
      let count = statistics.membership(k)
      let own = Moments(statistics, k..<k + 1, total: count)
      for i in mixture {
        result.means[k][i] = previous.means[k][i] + shift(own, i, k)
        for j in mixture where j <= i && model.isInBlock(i, j) {
          switch model.covarianceSharing {
          case .perComponent where !isFixed(i, j, k):
            result.covariances[k][i, j] = value(
              central(own, i, j, k), count, i, j, components.count > 1 ? k : nil)
          case .equal: pooled[i, j] += count / n * central(own, i, j, k)
          default: break
          }
        }
      }
    }
    let all = Moments(statistics, components, total: n)
    for k in components {
      if model.covarianceSharing == .equal {
        for i in mixture {
          for j in mixture where j <= i && model.isInBlock(i, j) && !isFixed(i, j, k) {
            result.covariances[k][i, j] = value(pooled[i, j], n, i, j, nil)
          }
        }
      }
      for i in shared {
        result.means[k][i] = previous.means[k][i] + shift(all, i, 0)
        for j in shared where j <= i && model.isInBlock(i, j) && !isFixed(i, j, 0) {
          result.covariances[k][i, j] = value(central(all, i, j, 0), n, i, j, nil)
        }
      }
    }
  }

  private func isFixed(_ i: Int, _ j: Int, _ k: Int) -> Bool {
    model.fixed.variances[k][i] || model.fixed.variances[k][j]
  }

  /// Effects with one variance in common get the mean of theirs.
  private func tieVariances(
    _ statistics: SufficientStatistics, in result: inout PopulationParameters
  ) {
    for tie in model.tiedVariances {
      let isShared =
        model.effects[tie[0]].membership == .shared || model.covarianceSharing == .equal
      for k in 0..<model.componentCount where !model.fixed.variances[k][tie[0]] {
        var mean = tie.reduce(0) { $0 + result.covariances[k][$1, $1] } / Double(tie.count)
        let label = isShared || model.componentCount == 1 ? nil : k
        if let known = prior.scatter(tie[0], tie[0], label) {
          let subjects =
            isShared ? Double(statistics.subjectCount) : statistics.membership(k)
          let count = subjects * Double(tie.count)
          mean = (count * mean + known.sum) / (count + known.count)
        }
        for j in tie { result.covariances[k][j, j] = mean }
      }
    }
  }

  private func requireRegular(_ result: PopulationParameters) throws(DegenerateComponent) {
    for k in 0..<model.componentCount {
      let hasVanished = model.effects.indices.contains { j in
        let scale = 1 + result.means[k][j] * result.means[k][j]
        return !isFixed(j, j, k) && result.covariances[k][j, j] < Self.vanished * scale
      }
      if hasVanished || CholeskyFactor(result.covariances[k]) == nil {
        throw DegenerateComponent(component: k, kind: .collapsed)
      }
    }
  }
}

/// Mean over the subjects, given component weights that sum to `total`, of φ − c and (φ − c)(φ −
/// c)ᵀ.
private struct Moments {
  private let values: [Double]
  private let layout: StatisticsLayout
  private let components: Range<Int>
  private let total: Double

  init(_ statistics: SufficientStatistics, _ components: Range<Int>, total: Double) {
    values = statistics.values
    layout = statistics.layout
    self.components = components
    self.total = total
  }

  func first(_ i: Int) -> Double {
    var sum = 0.0
    for k in components { sum += values[layout.first(k) + i] }
    return sum / total
  }

  /// - Parameter j: not above i.
  func second(_ i: Int, _ j: Int) -> Double {
    let element = SymmetricMatrix.index(i, j)
    var sum = 0.0
    for k in components { sum += values[layout.second(k) + element] }
    return sum / total
  }
}

/// Why an M-step has no regular maximum.
package struct DegenerateComponent: Error, Equatable, Sendable, Codable {
  package enum Kind: Sendable, Codable {
    /// No subject belongs to the component.
    case empty
    /// Its covariance is singular.
    case collapsed
    /// All observations are predicted exactly: σ² = 0.
    case perfectFit
  }
  /// From 0.
  package let component: Int
  package let kind: Kind

  package init(component: Int, kind: Kind) {
    self.component = component
    self.kind = kind
  }
}

/// The largest change of a parameter between two iterates, in its natural scale: means in standard
/// deviations of the random effect, variances, σ² and direct parameters relative, covariances as
/// correlations, weights and coefficients absolute.
func scaledStep(
  from a: PopulationParameters, to b: PopulationParameters
) -> Double {
  var largest = 0.0
  if let x = a.residualVariance, let y = b.residualVariance { largest = abs(y - x) / y }
  for k in 0..<a.componentCount {
    largest = max(largest, abs(b.weights[k] - a.weights[k]))
    let (before, after) = (a.covariances[k], b.covariances[k])
    let sd = after.diagonal.map { $0.squareRoot() }
    for i in sd.indices {
      largest = max(largest, abs(b.means[k][i] - a.means[k][i]) / sd[i])
      for j in 0...i {
        let change = abs(after[i, j] - before[i, j])
        largest = max(largest, change / (sd[i] * sd[j]))
      }
    }
    for (x, y) in zip(a.direct[k], b.direct[k]) {
      largest = max(largest, abs(y - x) / max(abs(y), 1e-3))
    }
    for (x, y) in zip(
      a.coefficients[k] + a.weightCoefficients[k], b.coefficients[k] + b.weightCoefficients[k])
    { largest = max(largest, abs(y - x)) }
  }
  return largest
}

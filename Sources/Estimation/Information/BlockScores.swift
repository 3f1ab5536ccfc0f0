import CVector
import KernelInterface
package import NumericKernels
package import PopulationModel

/// Scores of eight subjects side by side: W07 section 5, with the print's errors mended.
///
/// - s_μk = Σ_k⁻¹ τ_i(k) (E[φ | k] − μ_k); the sum over k for a mean that components share.
/// - s_Σk: the elements of ½ τ_i(k) Σ_k⁻¹ (E[(φ−μ_k)(φ−μ_k)ᵀ | k] − Σ_k) Σ_k⁻¹, twice those off the
///   diagonal, because a covariance stands in two places (the print takes them once); the sum over
///   k where components share Σ.
/// - s_wk = τ_i(k)/w_k − τ_i(K)/w_K (the print repeats k).
/// - s_γ = x_i times the score of the mean; s_ψ = Σ_k τ_i(k) E[∂ log p(Y | φ)/∂ψ | k].
/// - With covariates of the weights s_ζk = (τ_i(k) − w_ik)x_i, and s_wk follows by w_k = w_ik at x
///   = 0.
/// - s_σ² = Σ_k τ_i(k) (−m_i/(2σ²) + E[rᵀH⁻¹r | k]/(2σ⁴)).
///
/// The class owns its memory; nothing is allocated while it works.
package final class BlockScores {
  /// One component's results as the E-step leaves them: vectors in the order of `PosteriorLayout`,
  /// and τ.
  package struct Source {
    let results: UnsafePointer<Lanes>
    let membership: Lanes

    package init(results: UnsafePointer<Lanes>, membership: Lanes) {
      self.results = results
      self.membership = membership
    }
  }

  /// Which numbers of a block make up the score of one free parameter.
  private enum Term {
    case mean(effect: Int, components: ClosedRange<Int>)
    case covariance(elements: [Int], isDiagonal: Bool, components: ClosedRange<Int>)
    case weight(Int)
    case weightCoefficient(covariate: Int, component: Int)
    case coefficient(place: Int, effect: Int, components: ClosedRange<Int>)
    case direct(place: Int, components: ClosedRange<Int>)
    case residualVariance
  }

  let count: Int
  private let terms: [Term]
  private let parameters: PopulationParameters
  private let p: Int
  private let packed: Int
  private let precision: UnsafeMutablePointer<Double>
  private let means: UnsafeMutablePointer<Double>
  /// By component: p of the means, then the packed ones of the covariances.
  private let scratch: UnsafeMutablePointer<Lanes>
  private let memberships: UnsafeMutablePointer<Lanes>
  private let whitened: UnsafeMutablePointer<Lanes>
  /// w_ik, and the mean of the component at hand.
  private let weights: UnsafeMutablePointer<Lanes>
  private let priorMean: UnsafeMutablePointer<Lanes>
  private let covariateEffects: [Int]
  private let weightCovariateCount: Int
  /// Takes the place of what moments say of effects that do not vary.
  var pinned: PinnedScores?

  /// - Parameter parameters: where the scores are taken; all Σ_k positive definite.
  package init(free: FreeParameters, parameters: PopulationParameters) {
    let components = parameters.componentCount
    let model = free.model
    covariateEffects = model.covariateEffects.map(\.effect)
    weightCovariateCount = model.weightCovariates.count
    p = parameters.means[0].count
    packed = SymmetricMatrix.elementCount(p)
    self.parameters = parameters
    count = free.count
    func range(_ component: Int?) -> ClosedRange<Int> {
      component.map { $0...$0 } ?? 0...(components - 1)
    }
    terms = free.list.map { parameter in
      switch parameter {
      case .mean(let effect, let component):
        .mean(effect: effect, components: range(component))
      case .covariance(let row, let column, let component):
        .covariance(
          elements: row == column
            ? (model.tie(of: row) ?? [row]).map { SymmetricMatrix.index($0, $0) }
            : [SymmetricMatrix.index(row, column)],
          isDiagonal: row == column, components: range(component))
      case .weight(let k): .weight(k)
      case .weightCoefficient(let place, let component):
        .weightCoefficient(covariate: place, component: component)
      case .coefficient(let place, let component):
        .coefficient(
          place: place, effect: model.covariateEffects[place].effect,
          components: range(component))
      case .direct(let place, let component):
        .direct(place: place, components: range(component))
      case .residualVariance: .residualVariance
      }
    }
    precision = .allocate(capacity: components * p * p)
    means = .allocate(capacity: components * p)
    for k in 0..<components {
      guard let factor = CholeskyFactor(parameters.covariances[k]) else {
        preconditionFailure("covariances are positive definite")
      }
      let inverse = factor.inverse
      for i in 0..<p {
        (means + k * p + i).initialize(to: parameters.means[k][i])
        for j in 0..<p { (precision + (k * p + i) * p + j).initialize(to: inverse[i, j]) }
      }
    }
    scratch = .allocate(capacity: components * (p + packed))
    scratch.initialize(repeating: Lanes.all(0), count: components * (p + packed))
    memberships = .allocate(capacity: components)
    memberships.initialize(repeating: Lanes.all(0), count: components)
    whitened = .allocate(capacity: p)
    whitened.initialize(repeating: Lanes.all(0), count: p)
    weights = .allocate(capacity: components)
    weights.initialize(repeating: Lanes.all(0), count: components)
    priorMean = .allocate(capacity: p)
    priorMean.initialize(repeating: Lanes.all(0), count: p)
  }

  deinit {
    precision.deallocate()
    means.deallocate()
    scratch.deallocate()
    memberships.deallocate()
    whitened.deallocate()
    weights.deallocate()
    priorMean.deallocate()
  }

  /// Computes the scores s_i of a block.
  /// - Parameters:
  ///   - covariates: of the means, and behind them of the weights.
  ///   - source: the results of component k.
  ///   - scores: where they go, in the order of the free parameters.
  package func fill(
    _ scores: UnsafeMutablePointer<Lanes>, observationCounts: Lanes,
    covariates: UnsafePointer<Lanes>, source: (Int) -> Source
  ) {
    fill(
      scores, observationCounts: observationCounts, covariates: covariates, pinned: nil,
      source: source)
  }

  /// The same, with a block's scores of effects that do not vary.
  /// - Parameter place: the block, and the component that the E-step has in place of each.
  func fill(
    _ scores: UnsafeMutablePointer<Lanes>, observationCounts: Lanes,
    covariates: UnsafePointer<Lanes>, pinned place: (block: Int, order: [Int])?,
    source: (Int) -> Source
  ) {
    let components = parameters.componentCount
    let variance = parameters.residualVariance ?? 1
    var residual = Lanes.all(0)
    for k in 0..<components {
      let part = source(k)
      let tau = part.membership
      memberships[k] = tau
      residual += tau * (part.results[3] / variance - observationCounts)
      let mean = part.results + 4
      let covariance = mean + p
      for j in 0..<p { priorMean[j] = Lanes.all(means[k * p + j]) }
      for (c, effect) in covariateEffects.enumerated() {
        priorMean[effect] += parameters.coefficients[k][c] * covariates[c]
      }
      let own = precision + k * p * p
      for i in 0..<p {
        var sum = Lanes.all(0)
        for j in 0..<p { sum += own[i * p + j] * (mean[j] - priorMean[j]) }
        whitened[i] = sum
        scratch[k * (p + packed) + i] = sum * tau
      }
      // Σ⁻¹(C + d dᵀ − Σ)Σ⁻¹ = Σ⁻¹CΣ⁻¹ + (Σ⁻¹d)(Σ⁻¹d)ᵀ − Σ⁻¹
      for i in 0..<p {
        for j in 0...i {
          var sum = Lanes.all(-own[i * p + j])
          for a in 0..<p {
            for b in 0..<p {
              let e = a >= b ? SymmetricMatrix.index(a, b) : SymmetricMatrix.index(b, a)
              sum += (own[i * p + a] * own[b * p + j]) * covariance[e]
            }
          }
          sum += whitened[i] * whitened[j]
          scratch[k * (p + packed) + p + SymmetricMatrix.index(i, j)] = 0.5 * tau * sum
        }
      }
    }
    if let place, let pinned {
      for cell in pinned.cells {
        guard let k = place.order.firstIndex(of: cell.component) else { continue }
        let own = scratch + k * (p + packed)
        own[cell.effect] = cell.above[place.block]
        own[p + SymmetricMatrix.index(cell.effect, cell.effect)] = cell.below[place.block]
      }
    }
    let weightCovariates = covariates + covariateEffects.count
    if weightCovariateCount > 0 { fillWeights(weightCovariates) }
    let first = parameters.weights.startIndex
    let last = components - 1
    for (place, term) in terms.enumerated() {
      var score = Lanes.all(0)
      switch term {
      case .mean(let effect, let range):
        for k in range { score += scratch[k * (p + packed) + effect] }
      case .covariance(let elements, let isDiagonal, let range):
        for k in range {
          for element in elements { score += scratch[k * (p + packed) + p + element] }
        }
        if !isDiagonal { score *= 2 }
      case .weight(let k) where weightCovariateCount > 0:
        for l in first..<last {
          score += (memberships[l] - weights[l]) / parameters.weights[last]
        }
        score += (memberships[k] - weights[k]) / parameters.weights[k]
      case .weightCoefficient(let c, let k):
        score = weightCovariates[c] * (memberships[k] - weights[k])
      case .coefficient(let c, let effect, let range):
        for k in range { score += scratch[k * (p + packed) + effect] }
        score *= covariates[c]
      case .direct(let a, let range):
        let column = 6 + p + packed + DirectColumns.gradient + a
        for k in range { score += memberships[k] * source(k).results[column] }
      case .weight(let k):
        score =
          memberships[k] / parameters.weights[k]
          - memberships[components - 1] / parameters.weights[components - 1]
      case .residualVariance: score = residual / (2 * variance)
      }
      scores[place] = score
    }
  }
}

extension BlockScores {
  /// w_ik
  private func fillWeights(_ x: UnsafePointer<Lanes>) {
    var total = Lanes.all(0)
    for k in parameters.weights.indices {
      var shift = Lanes.all(0)
      for (c, value) in parameters.weightCoefficients[k].enumerated() { shift += value * x[c] }
      weights[k] = parameters.weights[k] * exp(shift)
      total += weights[k]
    }
    for k in parameters.weights.indices { weights[k] /= total }
  }
}

/// Scores of one subject at a time.
package struct ScoreFunction {
  package let free: FreeParameters
  private let scores: BlockScores

  /// - Parameter parameters: where the scores are taken; all Σ_k positive definite.
  package init(free: FreeParameters, parameters: PopulationParameters) {
    self.free = free
    scores = BlockScores(free: free, parameters: parameters)
  }

  /// s_i = ∂ log p(Y_i | ϕ)/∂ϕ of one subject, in the order of the free parameters.
  /// - Parameter covariates: of the means, and behind them of the weights, as they count.
  package func score(
    _ posterior: SubjectPosterior, observationCount: Int, covariates: [Double] = []
  ) -> [Double] {
    let covariates = (covariates + [0]).map { Lanes.all($0) }
    let values = posterior.values.map { Lanes.all($0) }
    let tau = posterior.membership
    var result = [Lanes](repeating: Lanes.all(0), count: scores.count)
    values.withUnsafeBufferPointer { values in
      result.withUnsafeMutableBufferPointer { result in
        guard let target = result.baseAddress else { return }
        scores.fill(
          target, observationCounts: Lanes.all(Double(observationCount)),
          covariates: covariates
        ) { k in
          BlockScores.Source(
            results: values.baseAddress! + posterior.layout.logIntegral(k),
            membership: Lanes.all(tau[k]))
        }
      }
    }
    return result.map { $0[0] }
  }
}

import MessagePassing
import NumericKernels
import PopulationModel

/// Scores of the subjects and the covariance of the estimates: W07 section 5, with the print's errors mended.
public struct ScoreFunction: Sendable {
  public let free: FreeParameters
  private let parameters: PopulationParameters
  private let precisions: [SymmetricMatrix]

  /// - Parameter parameters: where the scores are taken; all Σ_k positive definite.
  public init(free: FreeParameters, parameters: PopulationParameters) {
    self.free = free
    self.parameters = parameters
    precisions = parameters.covariances.map { covariance in
      guard let factor = CholeskyFactor(covariance) else {
        preconditionFailure("covariances are positive definite")
      }
      return factor.inverse
    }
  }

  /// s_i = ∂ log p(Y_i | ϕ)/∂ϕ of one subject, in the order of the free parameters.
  ///
  /// - s_μk = Σ_k⁻¹ τ_i(k) (E[φ | k] − μ_k); the sum over k for a mean that components share.
  /// - s_Σk: the elements of ½ τ_i(k) Σ_k⁻¹ (E[(φ−μ_k)(φ−μ_k)ᵀ | k] − Σ_k) Σ_k⁻¹, twice those off the diagonal, because a
  ///   covariance stands in two places (the print takes them once); the sum over k where components share Σ.
  /// - s_wk = τ_i(k)/w_k − τ_i(K)/w_K (the print repeats k).
  /// - s_σ² = Σ_k τ_i(k) (−m_i/(2σ²) + E[rᵀH⁻¹r | k]/(2σ⁴)).
  public func score(_ posterior: SubjectPosterior, observationCount: Int) -> [Double] {
    let tau = posterior.membership
    let last = tau.count - 1
    var meanScores: [[Double]] = []
    var covarianceScores: [SymmetricMatrix] = []
    for k in tau.indices {
      let (mean, covariance) = componentScores(posterior, k, tau: tau[k])
      meanScores.append(mean)
      covarianceScores.append(covariance)
    }
    func components(_ component: Int?) -> ClosedRange<Int> { component.map { $0...$0 } ?? 0...last }
    return free.list.map { parameter in
      switch parameter {
      case .mean(let effect, let component):
        return components(component).reduce(0) { $0 + meanScores[$1][effect] }
      case .covariance(let row, let column, let component):
        let sum = components(component).reduce(0) { $0 + covarianceScores[$1][row, column] }
        return row == column ? sum : 2 * sum
      case .weight(let k):
        return tau[k] / parameters.weights[k] - tau[last] / parameters.weights[last]
      case .residualVariance:
        let variance = parameters.residualVariance
        return tau.indices.reduce(0) { sum, k in
          sum + tau[k]
            * (posterior.residualSquares(k) / variance - Double(observationCount))
            / (2 * variance)
        }
      }
    }
  }

  private func componentScores(_ posterior: SubjectPosterior, _ k: Int, tau: Double)
    -> (mean: [Double], covariance: SymmetricMatrix)
  {
    let p = parameters.means[k].count
    let precision = precisions[k]
    let distance = zip(posterior.mean(k), parameters.means[k]).map { $0 - $1 }
    let whitened = (0..<p).map { i in
      (0..<p).reduce(0) { $0 + precision[i, $1] * distance[$1] }
    }
    let within = posterior.covariance(k)
    // Σ⁻¹(C + d dᵀ − Σ)Σ⁻¹ = Σ⁻¹CΣ⁻¹ + (Σ⁻¹d)(Σ⁻¹d)ᵀ − Σ⁻¹
    var covariance = SymmetricMatrix(dimension: p)
    for i in 0..<p {
      for j in 0...i {
        var sum = 0.0
        for a in 0..<p {
          for b in 0..<p { sum += precision[i, a] * within[a, b] * precision[b, j] }
        }
        covariance[i, j] =
          0.5 * tau * (sum + whitened[i] * whitened[j] - precision[i, j])
      }
    }
    return (whitened.map { $0 * tau }, covariance)
  }
}

/// Covariance of the estimates from the outer product of the scores, (Σ_i s_i s_iᵀ)⁻¹.
public struct EstimateCovariance: Sendable, Equatable {
  /// Σ_i s_i, which is 0 at the maximum.
  public let gradient: [Double]
  /// Σ_i s_i s_iᵀ
  public let information: SymmetricMatrix
  /// Its inverse; `nil` if it is singular to working precision, or the fit ended away from a maximum.
  public let covariance: SymmetricMatrix?
  /// The largest divided by the smallest eigenvalue of the information, scaled to a unit diagonal.
  public let conditionNumber: Double?

  /// - Parameter sums: Σ_i s_i, then the packed lower triangle of Σ_i s_i s_iᵀ.
  init(sums: ArraySlice<Double>, count q: Int, isAtMaximum: Bool) {
    gradient = Array(sums.prefix(q))
    information = SymmetricMatrix(dimension: q, elements: Array(sums.dropFirst(q)))
    covariance =
      q > 0 && isAtMaximum ? DenseAlgebra.inverse(ofPositiveDefinite: information) : nil
    var scaled = information
    let diagonal = information.diagonal
    for i in 0..<q {
      for j in 0...i { scaled[i, j] /= (diagonal[i] * diagonal[j]).squareRoot() }
    }
    if let values = DenseAlgebra.eigenvalues(of: scaled), let low = values.first, low > 0 {
      conditionNumber = values.last! / low
    } else {
      conditionNumber = nil
    }
  }

  /// Standard errors in the order of the free parameters; `nil` if the information is singular.
  public var standardErrors: [Double]? { covariance?.diagonal.map { $0.squareRoot() } }

  /// The step to the maximum that the scores still ask for, in standard errors: √(gᵀ Cov g).
  public var remainingDistance: Double? {
    guard let covariance else { return nil }
    var sum = 0.0
    for i in gradient.indices {
      for j in gradient.indices { sum += gradient[i] * covariance[i, j] * gradient[j] }
    }
    return max(0, sum).squareRoot()
  }

  /// Doubles that one subject adds to the sums.
  static func sumCount(_ q: Int) -> Int { q + SymmetricMatrix.elementCount(q) }

  /// A subject's s_i and packed s_i s_iᵀ.
  static func terms(_ score: [Double]) -> [Double] {
    var terms = score
    terms.reserveCapacity(sumCount(score.count))
    for i in score.indices { for j in 0...i { terms.append(score[i] * score[j]) } }
    return terms
  }
}

import MessagePassing
package import NumericKernels
import PopulationModel

/// Where the covariance of the estimates comes from.
package enum StandardErrorKind: String, Sendable, CaseIterable {
  /// (Σ_i s_i s_iᵀ)⁻¹: W07 section 5.
  case outerProduct = "outer-product"
  /// I⁻¹ with the observed information I = −∂²log L/∂ϕ∂ϕᵀ: Louis 1982.
  case observed
  /// I⁻¹ (Σ_i s_i s_iᵀ) I⁻¹, which holds where the model is wrong, too.
  case sandwich
}

/// Covariance of the estimates in three ways: from the outer product of the scores, from the
/// observed information, and from both.
///
/// With a prior the gradient is that of log L + log p(ϕ), and P = −∂²log p/∂ϕ∂ϕᵀ is added to the
/// outer product and to the observed information: at the posterior's maximum the inverse of the
/// latter is Laplace's approximation of the posterior covariance. In the sandwich the outer product
/// has P as well, since the prior's mean varies about the true parameters as the prior says.
package struct EstimateCovariance: Sendable, Equatable, Codable {
  /// Σ_i s_i, with a prior + ∂log p/∂ϕ, which is 0 at the maximum.
  package let gradient: [Double]
  /// Σ_i s_i s_iᵀ, with a prior + P.
  package let information: SymmetricMatrix
  /// Its inverse; `nil` if it is singular to working precision, or the fit ended away from a
  /// maximum.
  package private(set) var covariance: SymmetricMatrix?
  /// The inverse of the observed information; `nil` if that is not positive definite, or the fit
  /// ended away from a maximum.
  package internal(set) var observed: SymmetricMatrix?
  /// The largest divided by the smallest eigenvalue of the information, scaled to a unit diagonal.
  package private(set) var conditionNumber: Double?

  /// The condition number beyond which a direction has no curvature that integrals could tell from
  /// none.
  package static let singularity = 1e6

  /// - Parameters:
  ///   - sums: Σ_i s_i, then the packed lower triangle of Σ_i s_i s_iᵀ.
  ///   - prior: at the estimates; `nil` without a prior.
  ///   - held: places of parameters at the end of their range, which have no standard error: the
  ///     covariance is that of the others, and 0 for these.
  init(
    sums: ArraySlice<Double>, count q: Int, isAtMaximum: Bool, prior: PriorDerivatives? = nil,
    held: Set<Int> = []
  ) {
    var gradient = Array(sums.prefix(q))
    var information = SymmetricMatrix(dimension: q, elements: Array(sums.dropFirst(q)))
    if let prior {
      for a in 0..<q { gradient[a] += prior.gradient[a] }
      information.add(prior.information)
    }
    self.gradient = gradient
    self.information = information
    covariance =
      q > 0 && isAtMaximum ? information.inverse(without: held) : nil
    conditionNumber = information.without(held).conditionNumber
  }

  /// The same with the covariance that a boundary leaves.
  mutating func replaceCovariance(_ covariance: SymmetricMatrix?) { self.covariance = covariance }

  /// The same of estimates where the likelihood has no maximum: scores, and no standard errors.
  var withoutInverses: EstimateCovariance {
    var result = self
    (result.covariance, result.observed, result.conditionNumber) = (nil, nil, nil)
    return result
  }

  /// Standard errors in the order of the free parameters; `nil` if the information is singular.
  package var standardErrors: [Double]? { covariance?.diagonal.map { $0.squareRoot() } }

  /// I⁻¹ (Σ_i s_i s_iᵀ) I⁻¹; `nil` without `observed`.
  package var sandwich: SymmetricMatrix? {
    guard let observed else { return nil }
    let q = observed.dimension
    let half = (0..<q).map { i in
      (0..<q).map { j in (0..<q).reduce(0) { $0 + observed[i, $1] * information[$1, j] } }
    }
    var product = SymmetricMatrix(dimension: q)
    for i in 0..<q {
      for j in 0...i {
        product[i, j] = (0..<q).reduce(0) { $0 + half[i][$1] * observed[$1, j] }
      }
    }
    return product
  }

  /// The covariance of that kind.
  package func covariance(_ kind: StandardErrorKind) -> SymmetricMatrix? {
    switch kind {
    case .outerProduct: covariance
    case .observed: observed
    case .sandwich: sandwich
    }
  }

  /// The step to the maximum that the scores still ask for, in standard errors: √(gᵀ Cov g).
  package var remainingDistance: Double? { covariance.map { distance($0) } }

  /// The same by another covariance of the estimates.
  func distance(_ covariance: SymmetricMatrix) -> Double {
    var sum = 0.0
    for i in gradient.indices {
      for j in gradient.indices { sum += gradient[i] * covariance[i, j] * gradient[j] }
    }
    return max(0, sum).squareRoot()
  }

  /// The direction, among parameters in units in which each alone is as well known as any other, of
  /// which the data say least: the eigenvector of the least eigenvalue of the information, scaled
  /// to a unit diagonal. Where the scores of a parameter are all 0 it is that parameter.
  /// - Returns: a unit vector in the order of the free parameters; `nil` without parameters, and
  ///   where the scores are not finite.
  package var weakestDirection: [Double]? {
    let diagonal = information.diagonal
    if let silent = diagonal.firstIndex(of: 0) {
      return diagonal.indices.map { $0 == silent ? 1 : 0 }
    }
    return DenseAlgebra.leastEigenvector(of: information.correlations)
  }

  /// Doubles that one subject adds to the sums.
  static func sumCount(_ q: Int) -> Int { q + SymmetricMatrix.elementCount(q) }

  /// Puts the packed x xᵀ of eight vectors x, whose q elements are at the beginning, behind them.
  static func appendProducts(_ x: UnsafeMutablePointer<Lanes>, count q: Int) {
    var place = q
    for i in 0..<q {
      for j in 0...i {
        x[place] = x[i] * x[j]
        place += 1
      }
    }
  }
}

extension SymmetricMatrix {
  /// The rows and columns that are left without some.
  func without(_ places: Set<Int>) -> SymmetricMatrix {
    places.isEmpty ? self : block((0..<dimension).filter { !places.contains($0) })
  }

  /// The inverse of what is left without some rows and columns, in which those are 0.
  /// - Returns: `nil` if it is not positive definite to working precision.
  func inverse(without places: Set<Int>) -> SymmetricMatrix? {
    let left = (0..<dimension).filter { !places.contains($0) }
    guard let inverse = DenseAlgebra.inverse(ofPositiveDefinite: without(places)) else {
      return nil
    }
    guard !places.isEmpty else { return inverse }
    var result = SymmetricMatrix(dimension: dimension)
    for (a, i) in left.enumerated() {
      for (b, j) in left[...a].enumerated() { result[i, j] = inverse[a, b] }
    }
    return result
  }

  mutating func add(_ other: SymmetricMatrix) {
    for e in elements.indices { elements[e] += other.elements[e] }
  }

  /// The largest divided by the smallest eigenvalue, scaled to a unit diagonal; `nil` if it is not
  /// positive definite.
  var conditionNumber: Double? {
    guard let values = DenseAlgebra.eigenvalues(of: correlations), let low = values.first, low > 0
    else { return nil }
    return values.last! / low
  }

  /// The matrix scaled to a unit diagonal.
  fileprivate var correlations: SymmetricMatrix {
    var scaled = self
    let diagonal = self.diagonal
    for i in 0..<dimension {
      for j in 0...i { scaled[i, j] /= (diagonal[i] * diagonal[j]).squareRoot() }
    }
    return scaled
  }
}

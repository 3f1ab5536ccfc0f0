import NumericKernels

/// The density q_ik from which one subject's samples of one component are drawn: N(m, LLᵀ), L packed lower triangle.
struct Envelope: Sendable, Equatable {
  var mean: [Double]
  var factor: [Double]

  /// - Returns: `nil` if the inflated covariance is not positive definite or the mean not finite.
  init?(mean: [Double], covariance: SymmetricMatrix, inflation: Double) {
    guard mean.allSatisfy(\.isFinite) else { return nil }
    var inflated = covariance
    for i in inflated.elements.indices { inflated.elements[i] *= inflation }
    guard let factor = CholeskyFactor(inflated) else { return nil }
    self.mean = mean
    self.factor = factor.elements
  }
}

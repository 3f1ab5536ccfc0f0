import NumericKernels
import PopulationModel

/// The density w_k N(φ; μ_k, Σ_k) of one component, prepared for the kernels.
struct ComponentDensity: Sendable {
  /// μ_k
  let mean: [Double]
  /// Λ with Σ_k = ΛΛᵀ
  let factor: CholeskyFactor
  /// Λ⁻¹, packed lower triangle
  let inverseFactor: [Double]
  /// log w_k − log |Λ|
  let logScale: Double

  /// - Returns: `nil` if Σ_k is not positive definite.
  init?(weight: Double, mean: [Double], covariance: SymmetricMatrix) {
    guard let factor = CholeskyFactor(covariance) else { return nil }
    self.mean = mean
    self.factor = factor
    let p = mean.count
    var inverse = [Double](repeating: 0, count: SymmetricMatrix.elementCount(p))
    for j in 0..<p {
      var unit = [Double](repeating: 0, count: p)
      unit[j] = 1
      let column = factor.whiten(unit)
      for i in j..<p { inverse[SymmetricMatrix.index(i, j)] = column[i] }
    }
    inverseFactor = inverse
    logScale = log(weight) - factor.logDeterminantOfFactor
  }

  /// All components of a mixture.
  /// - Returns: `nil` if some Σ_k is not positive definite.
  static func all(_ parameters: PopulationParameters) -> [ComponentDensity]? {
    var densities: [ComponentDensity] = []
    for k in 0..<parameters.componentCount {
      guard
        let density = ComponentDensity(
          weight: parameters.weights[k], mean: parameters.means[k],
          covariance: parameters.covariances[k])
      else { return nil }
      densities.append(density)
    }
    return densities
  }

  /// log N(φ; μ_k, Σ_k) without the constant −(p/2) log 2π and log w_k.
  func logDensity(_ phi: [Double]) -> Double {
    let u = factor.whiten(zip(phi, mean).map { $0 - $1 })
    return -factor.logDeterminantOfFactor - 0.5 * u.reduce(0) { $0 + $1 * $1 }
  }
}

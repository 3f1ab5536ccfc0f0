import NumericKernels
import PopulationModel

extension PopulationParameters {
  /// Starting values in the neighbourhood of these, to look for other maxima of the likelihood.
  ///
  /// Means move by a standard normal times the spread of the effect in the population, √(mean of its variances over the components +
  /// variance of its means between them); variances and σ² are multiplied by e^{z/2}, weights by e^{z/2} before they are made to sum
  /// to 1. What components share moves together, correlations stay, and so does what is fixed.
  /// - Parameter number: of the start, from 1; the first is these values.
  public func perturbed(_ number: Int, model: MixtureModel, seed: UInt64) -> PopulationParameters {
    guard number > 1 else { return self }
    let address = RandomAddress(
      key: RandomAddress.key(mixing: seed, UInt64(number)), purpose: .startingValues)
    let p = model.effectCount
    let components = 0..<componentCount
    func z(_ component: Int, _ place: Int) -> Double {
      address.normal(sample: component, dimension: place)
    }
    /// The component whose random number an effect follows.
    func source(_ k: Int, _ j: Int, isCovariance: Bool) -> Int {
      let isCommon =
        model.effects[j].membership == .shared
        || isCovariance && model.covarianceSharing == .equal
      return isCommon ? 0 : k
    }
    var result = self
    for j in 0..<p {
      let mean = components.reduce(0) { $0 + weights[$1] * means[$1][j] }
      let spread = components.reduce(0) { sum, k in
        let distance = means[k][j] - mean
        return sum + weights[k] * (covariances[k][j, j] + distance * distance)
      }.squareRoot()
      for k in components where !model.fixed.means[k][j] {
        result.means[k][j] += spread * z(source(k, j, isCovariance: false), j)
      }
      for k in components where !model.fixed.variances[k][j] {
        let factor = exp(0.25 * z(source(k, j, isCovariance: true), p + j))
        for i in 0..<p {
          let entry = (max(i, j), min(i, j))
          result.covariances[k][entry.0, entry.1] *= i == j ? factor * factor : factor
        }
      }
    }
    if !model.fixed.weights {
      result.weights = components.map { weights[$0] * exp(0.5 * z($0, 2 * p)) }
      let total = result.weights.reduce(0, +)
      for k in components { result.weights[k] /= total }
    }
    if !model.fixed.residualVariance { result.residualVariance *= exp(0.5 * z(0, 2 * p + 1)) }
    return result
  }
}

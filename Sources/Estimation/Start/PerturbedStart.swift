import NumericKernels
package import PopulationModel

extension PopulationParameters {
  /// Starting values in the neighbourhood of these, to look for other maxima of the likelihood.
  ///
  /// Each parameter moves on the scale on which it is estimated, by a standard normal z:
  ///
  /// - means by z times the spread of the effect in the population, √(mean of its variances over
  ///   the components + variance of its means between them);
  /// - variances, σ² and the variances of residual errors by the factor e^{z/2}, their standard
  ///   deviations by e^{z/4}, exponents by z/4;
  /// - structural parameters without random effect by 0.4 z, on a normal scale by 0.4 z times their
  ///   size;
  /// - coefficients of covariates by z/2 times the spread of the effect over that of the covariate,
  ///   those of weights by z/2 over that of the covariate;
  /// - weights by the factor e^{z/2} before they are made to sum to 1.
  ///
  /// What components share moves together, correlations stay, and so does what is fixed.
  /// - Parameters:
  ///   - number: of the start, from 1; the first is these values.
  ///   - spread: of the covariates; without it their coefficients stay.
  package func perturbed(
    _ number: Int, model: MixtureModel, seed: UInt64, spread covariates: CovariateSpread? = nil
  ) -> PopulationParameters {
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
    /// Effects with one variance in common follow the first of them.
    func leader(_ j: Int) -> Int { model.tie(of: j)?.first ?? j }
    var result = self
    var spreads = [Double](repeating: 0, count: p)
    for j in 0..<p {
      let mean = components.reduce(0) { $0 + weights[$1] * means[$1][j] }
      let spread = components.reduce(0) { sum, k in
        let distance = means[k][j] - mean
        return sum + weights[k] * (covariances[k][j, j] + distance * distance)
      }.squareRoot()
      spreads[j] = spread
      // Deviations of occasions are about 0.
      for k in components where !model.fixed.means[k][j] && model.tie(of: j) == nil {
        result.means[k][j] += spread * z(source(k, j, isCovariance: false), j)
      }
      for k in components where !model.fixed.variances[k][j] {
        let factor = exp(0.25 * z(source(k, j, isCovariance: true), p + leader(j)))
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
    if let variance = residualVariance, model.isFactored, !model.fixed.residualVariance {
      result.residualVariance = variance * exp(0.5 * z(0, 2 * p + 1))
    }
    var place = 2 * p + 2
    for (a, parameter) in model.direct.enumerated() {
      for k in components where !model.fixed.direct.contains(parameter.base) {
        let own = z(parameter.isPerComponent ? k : 0, place + a)
        result.direct[k][a] = parameter.moved(direct[k][a], by: own)
      }
    }
    guard let covariates else { return result }
    place += model.direct.count
    for (c, effect) in model.covariateEffects.enumerated() where covariates.means[c] > 0 {
      let unit = spreads[effect.effect] / covariates.means[c]
      for k in components {
        result.coefficients[k][c] += 0.5 * unit * z(effect.isPerComponent ? k : 0, place + c)
      }
    }
    place += model.covariateEffects.count
    for c in model.weightCovariates.indices where covariates.weights[c] > 0 {
      // The last component's are 0.
      for k in components.dropLast() {
        result.weightCoefficients[k][c] += 0.5 / covariates.weights[c] * z(k, place + c)
      }
    }
    return result
  }
}

extension DirectParameter {
  /// A value at so many units from another one.
  fileprivate func moved(_ value: Double, by z: Double) -> Double {
    switch kind {
    case .variance: value * exp(0.5 * z)
    case .deviation: value * exp(0.25 * z)
    case .exponent: value + 0.25 * z
    case .structural(_, let distribution): distribution.moved(value, by: 0.4 * z)
    }
  }
}

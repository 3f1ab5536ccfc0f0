/// Values of the parameters of a population; nil or absent is what was not given.
///
/// Effects of the mixture have one value per component, shared effects have one value.
package struct PopulationValues: Sendable, Equatable {
  /// Correlation of two effects of one block.
  package struct Correlation: Sendable, Equatable {
    /// The one that comes first in the order of the effects.
    package var first: String
    package var second: String
    package var values: [Double]

    package init(first: String, second: String, values: [Double]) {
      self.first = first
      self.second = second
      self.values = values
    }
  }

  /// One weight per component; they are positive and sum to 1.
  package var weights: [Double]?
  /// Typical values by the name of the effect, in natural units; positive for lognormal effects.
  package var typical: [String: [Double]] = [:]
  /// Variances by the name of the effect, on the scale where it is normal.
  package var variance: [String: [Double]] = [:]
  /// Correlations in the order of the file; a pair that is not given has none, or starts at 0.
  package var correlation: [Correlation] = []
  /// Standard deviation of the residual error: a fraction when proportional, else in units of DV.
  package var sigma: Double?
  /// Parts of residual errors by the name of the output, or of the only one by an empty name:
  /// standard deviations under `additive`, `proportional` or `sigma`, and an exponent under
  /// `power`; of each one value, or one for each component.
  package var residuals: [String: [String: [Double]]] = [:]
  /// Coefficients of covariates, one or one for each component, by effect and then by the label of
  /// the covariate.
  package var coefficients: [String: [String: [Double]]] = [:]

  package init() {}

  /// With values of another start where this one leaves them out.
  func completed(by other: PopulationValues) -> PopulationValues {
    var values = self
    values.weights = weights ?? other.weights
    values.typical.merge(other.typical) { own, _ in own }
    values.variance.merge(other.variance) { own, _ in own }
    if correlation.isEmpty { values.correlation = other.correlation }
    values.sigma = sigma ?? other.sigma
    values.residuals.merge(other.residuals) { own, _ in own }
    values.coefficients.merge(other.coefficients) { own, _ in own }
    return values
  }
}

/// Parameters that keep their start values, by the names of the job file.
///
/// In a block with a full covariance matrix the correlations are fixed together with the variances.
package struct FixedValues: Sendable, Equatable {
  package var weights = false
  package var sigma = false
  /// Numbers of the components, from 1, by the name of the effect; {1} for a shared effect.
  package var typical: [String: Set<Int>] = [:]
  /// As `typical`.
  package var variance: [String: Set<Int>] = [:]

  package init() {}

  /// What is fixed and differs between two starts.
  func firstDifference(of other: PopulationValues, from start: PopulationValues) -> String? {
    if weights, other.weights != start.weights { return "'weights'" }
    if sigma, other.sigma != start.sigma || other.residuals != start.residuals { return "'sigma'" }
    func differ(_ a: [Double]?, _ b: [Double]?, _ numbers: Set<Int>) -> Bool {
      guard let a, let b, a.count == b.count else { return a != b }
      return numbers.contains {
        (a.count == 1 ? a[0] : a[$0 - 1]) != (b.count == 1 ? b[0] : b[$0 - 1])
      }
    }
    for (name, numbers) in typical.sorted(by: { $0.key < $1.key })
    where differ(other.typical[name], start.typical[name], numbers) {
      return "'typical.\(name)'"
    }
    for (name, numbers) in variance.sorted(by: { $0.key < $1.key })
    where differ(other.variance[name], start.variance[name], numbers) {
      return "'variance.\(name)'"
    }
    return nil
  }
}

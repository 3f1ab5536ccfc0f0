/// What is known of parameters before the data, as the job file says it; what is not given is not
/// known.
///
/// Effects of the mixture have one number for all components or one for each; shared effects have
/// one.
package struct PriorSpecification: Sendable, Equatable {
  /// A normal distribution, of a typical value on the scale where the effect is normal.
  package struct Normal: Sendable, Equatable {
    /// Of a typical value in natural units.
    package var values: [Double]
    package var standardDeviations: [Double]
  }

  /// An inverse Wishart or inverse gamma distribution with these modes.
  package struct Variance: Sendable, Equatable {
    package var values: [Double]
    package var degreesOfFreedom: [Double]
  }

  /// Of a residual error's parameter.
  package enum Residual: Sendable, Equatable {
    /// Inverse gamma of σ², whose mode is the square of this σ.
    case deviation(value: Double, degreesOfFreedom: Double)
    /// Normal, of an exponent.
    case exponent(value: Double, standardDeviation: Double)
  }

  /// By the name of the effect, random or fixed.
  package var typical: [String: Normal] = [:]
  /// By the name of the effect, then by the label of the covariate.
  package var coefficients: [String: [String: Normal]] = [:]
  /// By the name of the effect.
  package var variance: [String: Variance] = [:]
  /// Of the variance between occasions, by the name of the effect.
  package var occasions: [String: Variance] = [:]
  /// One for each component, not below 0.
  package var pseudoCounts: [Double]?
  /// By the name of the output, empty for the only one, then by the part: `sigma`, `additive`,
  /// `proportional` or `power`.
  package var residuals: [String: [String: Residual]] = [:]

  package init() {}
}

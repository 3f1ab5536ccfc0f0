/// What is known of parameters before the data, as the job file says it; what is not given is not
/// known.
///
/// Effects of the mixture have one number for all components or one for each; shared effects have
/// one.
public struct PriorSpecification: Sendable, Equatable {
  /// A normal distribution, of a typical value on the scale where the effect is normal.
  public struct Normal: Sendable, Equatable {
    /// Of a typical value in natural units.
    public var values: [Double]
    public var standardDeviations: [Double]
  }

  /// An inverse Wishart or inverse gamma distribution with these modes.
  public struct Variance: Sendable, Equatable {
    public var values: [Double]
    public var degreesOfFreedom: [Double]
  }

  /// Of a residual error's parameter.
  public enum Residual: Sendable, Equatable {
    /// Inverse gamma of σ², whose mode is the square of this σ.
    case deviation(value: Double, degreesOfFreedom: Double)
    /// Normal, of an exponent.
    case exponent(value: Double, standardDeviation: Double)
  }

  /// By the name of the effect, random or fixed.
  public var typical: [String: Normal] = [:]
  /// By the name of the effect, then by the label of the covariate.
  public var coefficients: [String: [String: Normal]] = [:]
  /// By the name of the effect.
  public var variance: [String: Variance] = [:]
  /// Of the variance between occasions, by the name of the effect.
  public var occasions: [String: Variance] = [:]
  /// One for each component, not below 0.
  public var pseudoCounts: [Double]?
  /// By the name of the output, empty for the only one, then by the part: `sigma`, `additive`,
  /// `proportional` or `power`.
  public var residuals: [String: [String: Residual]] = [:]

  public init() {}
}

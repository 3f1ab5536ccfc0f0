import NumericKernels

/// Distribution of a random effect: the elementwise map g with θ = g(φ), where φ is normal within a
/// component.
///
/// What the program knows of a distribution is in this file, but for its words in job files
/// (`JobFiles/Read/DistributionReader.swift`) and g for vectors
/// (`EStepKernels/EffectTransform.swift`). A new distribution is a case here, there and there.
public enum EffectDistribution: Sendable, Equatable, BitwiseCopyable {
  /// θ = φ. Not truncated: a normal volume has a little mass below 0.
  case normal
  /// θ = exp φ.
  case lognormal
  /// θ = a + (b − a)/(1 + e^−φ), between the bounds a and b.
  case logitNormal(lower: Double, upper: Double)
  /// θ = (1 + λφ)^(1/λ), λ ≠ 0: Box and Cox's transform (1964) of θ is normal. Where 1 + λφ ≤ 0
  /// there is no θ.
  case boxCox(power: Double)

  /// What job files and results call it.
  public var name: String {
    switch self {
    case .normal: "normal"
    case .lognormal: "lognormal"
    case .logitNormal: "logit-normal"
    case .boxCox: "box-cox"
    }
  }

  /// g: from the scale where the effect is normal to natural units; NaN where there is no θ.
  public func natural(_ phi: Double) -> Double {
    switch self {
    case .normal: phi
    case .lognormal: exp(phi)
    case .logitNormal(let lower, let upper): lower + (upper - lower) / (1 + exp(-phi))
    case .boxCox(let power): 1 + power * phi > 0 ? exp(log(1 + power * phi) / power) : .nan
    }
  }

  /// g⁻¹; −∞ or NaN outside g's range.
  public func normalScale(_ theta: Double) -> Double {
    switch self {
    case .normal: theta
    case .lognormal: log(theta)
    case .logitNormal(let lower, let upper): log((theta - lower) / (upper - theta))
    case .boxCox(let power): (exp(power * log(theta)) - 1) / power
    }
  }

  /// dg/dφ, for the delta method.
  public func derivative(_ phi: Double) -> Double {
    switch self {
    case .normal: return 1
    case .lognormal: return exp(phi)
    case .logitNormal(let lower, let upper):
      let share = 1 / (1 + exp(-phi))
      return (upper - lower) * share * (1 - share)
    case .boxCox(let power):
      let theta = natural(phi)
      return theta / (1 + power * phi)
    }
  }

  /// Natural values that θ may have, as an open interval.
  public var range: (lower: Double, upper: Double) {
    switch self {
    case .normal: (-.infinity, .infinity)
    case .lognormal, .boxCox: (0, .infinity)
    case .logitNormal(let lower, let upper): (lower, upper)
    }
  }

  /// The bounds of θ where there are two.
  public var bounds: (lower: Double, upper: Double)? {
    range.lower.isFinite && range.upper.isFinite ? range : nil
  }

  /// Whether θ may have either sign.
  public var isUnbounded: Bool { range.lower == -.infinity && range.upper == .infinity }

  /// Whether φ is the logarithm of θ, so that confidence intervals are made there.
  public var isLogarithmic: Bool {
    switch self {
    case .lognormal: true
    case .normal, .logitNormal, .boxCox: false
    }
  }

  /// What results say of it beside its name and bounds: λ.
  public var power: Double? {
    switch self {
    case .boxCox(let power): power
    case .normal, .lognormal, .logitNormal: nil
    }
  }

  /// The variance of φ that makes about a given coefficient of variation of θ; of a bounded θ it is
  /// that of its logit.
  /// - Parameters:
  ///   - squared: the squared coefficient of variation.
  ///   - theta: the typical value, in natural units.
  public func variance(squaredCoefficient squared: Double, at theta: Double) -> Double {
    switch self {
    case .normal: squared * theta * theta
    case .lognormal, .logitNormal: squared
    // dφ = θ^λ d log θ
    case .boxCox(let power): squared * exp(2 * power * log(theta))
    }
  }

  /// φ of another start: at a relative distance of θ, or one of its logit.
  public func moved(_ phi: Double, by distance: Double) -> Double {
    switch self {
    case .normal: phi + distance * max(abs(phi), 1e-3)
    case .lognormal, .logitNormal: phi + distance
    // θ moves by a factor; φ has a bound, beyond which there is no θ.
    case .boxCox: normalScale(natural(phi) * exp(distance))
    }
  }

  /// g(g⁻¹(θ) + κ) as an expression of the language of model equations.
  /// - Parameters:
  ///   - own: the expression of θ.
  ///   - deviation: that of κ.
  public func expression(_ own: String, deviatingBy deviation: String) -> String {
    switch self {
    case .normal: return "\(own) + \(deviation)"
    case .lognormal: return "\(own)*exp(\(deviation))"
    case .logitNormal(let lower, let upper):
      let share = "(\(own) - (\(lower)))/(\(upper - lower))"
      return "(\(lower)) + (\(upper - lower))*expit(logit(\(share)) + \(deviation))"
    case .boxCox(let power):
      let transformed = "(\(own)^(\(power)) - 1)/(\(power)) + \(deviation)"
      return "(1 + (\(power))*(\(transformed)))^(1/(\(power)))"
    }
  }
}

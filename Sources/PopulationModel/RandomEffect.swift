import NumericKernels

/// Distribution of a random effect: the elementwise map g with θ = g(φ), where φ is normal within a
/// component.
public enum EffectDistribution: Sendable, Equatable {
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
}

/// Whether a random effect follows the mixture or one normal distribution that all components
/// share.
public enum EffectMembership: String, Sendable, CaseIterable {
  case mixture, shared
}

/// A random effect θ of the model, by the name of the structural model's parameter.
public struct RandomEffect: Sendable, Equatable {
  public let name: String
  public let distribution: EffectDistribution
  public let membership: EffectMembership

  public init(name: String, distribution: EffectDistribution, membership: EffectMembership) {
    self.name = name
    self.distribution = distribution
    self.membership = membership
  }
}

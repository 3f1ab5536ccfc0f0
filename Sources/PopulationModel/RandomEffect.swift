import NumericKernels

/// Distribution of a random effect: the elementwise map g with θ = g(φ), where φ is normal within a component.
public enum EffectDistribution: String, Sendable, CaseIterable {
  /// θ = φ. Not truncated: a normal volume has a little mass below 0.
  case normal
  /// θ = exp φ.
  case lognormal

  /// g: from the scale where the effect is normal to natural units.
  public func natural(_ phi: Double) -> Double {
    switch self {
    case .normal: phi
    case .lognormal: exp(phi)
    }
  }

  /// g⁻¹; −∞ or NaN outside g's range.
  public func normalScale(_ theta: Double) -> Double {
    switch self {
    case .normal: theta
    case .lognormal: log(theta)
    }
  }

  /// dg/dφ, for the delta method.
  public func derivative(_ phi: Double) -> Double {
    switch self {
    case .normal: 1
    case .lognormal: exp(phi)
    }
  }
}

/// Whether a random effect follows the mixture or one normal distribution that all components share.
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

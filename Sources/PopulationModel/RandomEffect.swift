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

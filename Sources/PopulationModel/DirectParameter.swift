/// A parameter that the likelihood of a subject's observations given its random effects depends on
/// itself: of a residual error whose variance is no factor of all, or a structural parameter that
/// does not vary between subjects.
public struct DirectParameter: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// σ², above 0
    case variance
    /// σ, above 0
    case deviation
    /// An exponent.
    case exponent
    /// A structural parameter θ = g(ψ), in that place among the structural model's.
    case structural(place: Int, EffectDistribution)
  }

  /// Its name without the number of the component.
  public let base: String
  public let kind: Kind
  public let isPerComponent: Bool

  public init(base: String, kind: Kind, isPerComponent: Bool) {
    self.base = base
    self.kind = kind
    self.isPerComponent = isPerComponent
  }

  /// Whether it is above 0.
  public var isPositive: Bool { kind == .variance || kind == .deviation }

  /// Whether it is a structural parameter.
  public var isStructural: Bool {
    if case .structural = kind { true } else { false }
  }
}

/// A structural parameter that is the same for all subjects, or for all of a component: NONMEM's
/// THETA without an ETA.
public struct FixedEffect: Sendable, Equatable {
  public let name: String
  /// The scale on which it is estimated.
  public let distribution: EffectDistribution
  public let isPerComponent: Bool

  public init(name: String, distribution: EffectDistribution, isPerComponent: Bool) {
    self.name = name
    self.distribution = distribution
    self.isPerComponent = isPerComponent
  }
}

import Glibc
public import NumericKernels

/// Which nodes to draw.
public struct NodeRequest {
  public enum Kind {
    case independent
    case lattice
    case sobol
  }

  /// The density of the nodes.
  public enum Tails {
    case normal
    /// Student's t, bivariate for each pair of dimensions; `constant` of an odd last dimension is
    /// 1/√(2π) over the density's value at 0.
    case student(degreesOfFreedom: Double, constant: Double)

    /// The tails of Student's t.
    public static func student(degreesOfFreedom nu: Double) -> Tails {
      let logRatio = lgamma(nu / 2) - lgamma((nu + 1) / 2)
      return .student(
        degreesOfFreedom: nu, constant: NumericKernels.exp(logRatio) * (nu / 2).squareRoot())
    }
  }

  public var kind: Kind
  public var tails: Tails
  /// T; a power of two for `lattice` and `sobol`.
  public var samples: Int
  /// Of the samples, or of the lattice's shift and the scrambling.
  public var address: RandomAddress
  /// The share of the component's own density among the samples, and that density; `nil`: none.
  public var prior: PriorShare?

  public init(
    kind: Kind, tails: Tails, samples: Int, address: RandomAddress, prior: PriorShare?
  ) {
    self.kind = kind
    self.tails = tails
    self.samples = samples
    self.address = address
    self.prior = prior
  }

  /// T in vectors.
  public var vectors: Int { (samples + 7) / 8 }

  /// Whether the nodes come with their densities.
  public var hasDensity: Bool {
    if prior != nil || samples % 8 != 0 { return true }
    if case .student = tails { return true }
    return false
  }
}

/// A share of samples from the component's density N(μ, ΛΛᵀ), in the envelope's variable z.
public struct PriorShare {
  /// ε, above 0 and below 1.
  public let share: Double
  /// L⁻¹(μ − m) and L⁻¹Λ: the prior's standardised variable to z.
  public let offset: UnsafePointer<Double>
  public let factor: UnsafePointer<Double>
  /// Λ⁻¹(m − μ) and Λ⁻¹L: back again.
  public let backOffset: UnsafePointer<Double>
  public let backFactor: UnsafePointer<Double>
  /// |L|/|Λ|
  public let scale: Double

  public init(
    share: Double, offset: UnsafePointer<Double>, factor: UnsafePointer<Double>,
    backOffset: UnsafePointer<Double>, backFactor: UnsafePointer<Double>, scale: Double
  ) {
    self.share = share
    self.offset = offset
    self.factor = factor
    self.backOffset = backOffset
    self.backFactor = backFactor
    self.scale = scale
  }
}

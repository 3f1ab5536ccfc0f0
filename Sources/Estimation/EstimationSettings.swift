/// How the E-step's integrals are sampled and when the iterations end.
public struct EstimationSettings: Sendable, Equatable {
  public enum Method: String, Sendable, CaseIterable {
    /// W07 as printed: fresh independent samples in each iteration, a fixed number of iterations.
    case paper
    /// The same addressed samples in all iterations, which makes EM a deterministic map; it ends on a tolerance.
    case fixedSamples = "fixed-samples"
  }

  /// Where the samples of the standard normal come from, before the envelope's affine map.
  public enum Nodes: String, Sendable, CaseIterable {
    case independent
    /// A rank-1 lattice with its own random shift for each subject and component.
    case lattice
    /// Sobol' points with an Owen scrambling of their own for each subject and component.
    case sobol
    /// The product of Gauss–Hermite rules, adapted to each subject by its envelope: T is the order to the power of p.
    case gaussHermite = "gauss-hermite"
  }

  public var method: Method
  public var nodes: Nodes
  /// T, samples per subject and component.
  public var samples: Int
  /// Number of iterations (`paper`), or their limit (`fixedSamples`).
  public var iterations: Int
  /// `fixedSamples` ends when the estimated distance to the fixed point, in standard deviations of the random effects and
  /// relative for variances, is below this.
  public var tolerance: Double
  public var seed: UInt64
  /// Factor on the covariance of the envelope.
  public var envelopeInflation: Double

  public init(
    method: Method, nodes: Nodes, samples: Int, iterations: Int, tolerance: Double, seed: UInt64,
    envelopeInflation: Double
  ) {
    self.method = method
    self.nodes = nodes
    self.samples = samples
    self.iterations = iterations
    self.tolerance = tolerance
    self.seed = seed
    self.envelopeInflation = envelopeInflation
  }
}

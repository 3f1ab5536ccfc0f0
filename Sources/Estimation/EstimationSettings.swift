/// How the E-step's integrals are sampled and when the iterations end.
public struct EstimationSettings: Sendable, Equatable, Codable {
  /// Where the samples of the standard normal come from, before the envelope's affine map.
  public enum Nodes: String, Sendable, CaseIterable, Codable {
    /// A rank-1 lattice with its own random shift for each subject and component.
    case lattice
    /// Sobol' points with an Owen scrambling of their own for each subject and component.
    case sobol
    /// The product of Gauss–Hermite rules, adapted to each subject by its envelope: T is the order
    /// to the power of p.
    case gaussHermite = "gauss-hermite"
    /// Independent random numbers.
    case independent
  }

  public var method: EstimationMethod
  public var nodes: Nodes
  /// T, samples per subject and component; with `precision` where it starts.
  public var samples: Int
  /// Number of iterations, or their limit where the maximum ends them.
  public var iterations: Int
  /// The iterations end when the estimated distance to the fixed point, in standard deviations of
  /// the random effects and relative for variances, is below this.
  public var tolerance: Double
  public var seed: UInt64
  /// Factor on the covariance of the envelope.
  public var envelopeInflation: Double
  /// Degrees of freedom of an envelope with the tails of Student's t; `nil` for the normal.
  public var envelopeDegreesOfFreedom: Double?
  /// Share of the samples that is drawn from the component's own density, from 0 to below 1.
  public var priorShare: Double
  /// T is raised until the error that the nodes leave is below this: in standard errors for
  /// each estimate, and in units of −2 log L. `nil`: T stays as it is.
  public var precision: Double?
  /// Whether EM is accelerated.
  public var isAccelerated: Bool
  /// Bytes that a rank may use to keep what is known of its nodes; beyond, it is computed again in
  /// each iteration.
  public var memoryLimit: Int
  /// The iterations also end when the last iterations have raised log L by less than this, however far
  /// the estimates may still go, and looks for no more precision than that of log L: for fits of
  /// which nothing else is wanted.
  public var leastGain: Double?
  /// Whether the end is verified by independent integration. Measurements of what that costs leave
  /// it out.
  public var verifies = true
  /// What gets intervals by profile likelihood.
  public var profiles = ProfileRequest.none
  /// How wide these are.
  public var profileQuantile = ProfileQuantile.student
  /// What is known of parameters before the data.
  public var prior = ParameterPrior.none

  public init(
    method: EstimationMethod, nodes: Nodes, samples: Int, iterations: Int, tolerance: Double,
    seed: UInt64,
    envelopeInflation: Double, envelopeDegreesOfFreedom: Double? = nil, priorShare: Double = 0,
    precision: Double? = nil, isAccelerated: Bool = true, memoryLimit: Int = 1 << 30
  ) {
    self.method = method
    self.nodes = nodes
    self.samples = samples
    self.iterations = iterations
    self.tolerance = tolerance
    self.seed = seed
    self.envelopeInflation = envelopeInflation
    self.envelopeDegreesOfFreedom = envelopeDegreesOfFreedom
    self.priorShare = priorShare
    self.precision = precision
    self.isAccelerated = isAccelerated
    self.memoryLimit = memoryLimit
  }
}

/// How the E-step's integrals are sampled and when the iterations end.
package struct EstimationSettings: Sendable, Equatable, Codable {
  /// Where the samples of the standard normal come from, before the envelope's affine map.
  package enum Nodes: String, Sendable, CaseIterable, Codable {
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

  package var method: EstimationMethod
  package var nodes: Nodes
  /// T, samples per subject and component; with `precision` where it starts.
  package var samples: Int
  /// Number of iterations, or their limit where the maximum ends them.
  package var iterations: Int
  /// The iterations end when the estimated distance to the fixed point, in standard deviations of
  /// the random effects and relative for variances, is below this.
  package var tolerance: Double
  package var seed: UInt64
  /// Factor on the covariance of the envelope.
  package var envelopeInflation: Double
  /// Degrees of freedom of an envelope with the tails of Student's t; `nil` for the normal.
  package var envelopeDegreesOfFreedom: Double?
  /// Share of the samples that is drawn from the component's own density, from 0 to below 1.
  package var priorShare: Double
  /// T is raised until the error that the nodes leave is below this: in standard errors for
  /// each estimate, and in units of −2 log L. `nil`: T stays as it is.
  package var precision: Double?
  /// Whether EM is accelerated.
  package var isAccelerated: Bool
  /// Bytes that a rank may use to keep what is known of its nodes; beyond, it is computed again in
  /// each iteration.
  package var memoryLimit: Int
  /// The iterations also end when the last ones have raised log L by less than this, however far
  /// the estimates may still go, and no more precision is looked for than that of log L: for fits
  /// of which nothing else is wanted.
  package var leastGain: Double?
  /// Whether the end is verified by independent integration. Measurements of what that costs leave
  /// it out.
  package var verifies = true
  /// What gets intervals by profile likelihood.
  package var profiles = ProfileRequest.none
  /// How wide these are.
  package var profileQuantile = ProfileQuantile.student
  /// What is known of parameters before the data.
  package var prior = ParameterPrior.none

  package init(
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

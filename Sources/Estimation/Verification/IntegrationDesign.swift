import KernelInterface

/// How many nodes of which kind `IndependentIntegration` takes: a function of the number of random effects alone.
///
/// With one and two effects lattice points under a density four times as wide as the posterior are nearly spectral; with more, scrambled
/// Sobol' points do better, under the moments that a pilot has found. Measured for the published example (p = 2, n = 100), error of
/// −2 log L: 0.0014 with 64 points and a factor of 4, 0.0037 with a factor of 3, 0.019 with 2.
struct IntegrationDesign {
  let kind: NodeRequest.Kind
  /// Randomisations.
  let replicateCount: Int
  /// T of the first density in one randomisation: of the first round, and of the one after a pilot.
  let firstSamples: Int
  let samples: Int
  /// Whether the first round finds moments only.
  let hasPilot: Bool
  /// The largest T.
  let sampleLimit: Int
  /// Rounds after the first.
  let roundLimit: Int
  /// Factors on the covariances from modes, and from moments.
  let modeInflation: Double
  let inflation: Double
  /// Standard error of a subject's log-likelihood above which it gets more nodes. Far above what is to be expected: with a limit that
  /// is passed or not by chance the errors of those that pass it would be underestimated.
  let precision: Double
  /// Effective sample size from which moments make a density.
  let leastSize: Double

  /// - Parameters:
  ///   - asked: T of the fit's nodes: who asks for more than the default wants to know log L better.
  ///   - asksForPrecision: the `precision` of the settings; what is smaller than the default asks for smaller errors of each subject.
  init(effectCount p: Int, asked: Int, asksForPrecision: Double?) {
    let usesLattice = p <= 2
    kind = usesLattice ? .lattice : .sobol
    hasPilot = !usesLattice
    replicateCount = usesLattice ? 2 : 4
    let usual =
      switch p {
      case ...1: 32
      case 2: 64
      case 3...5: 256
      default: 512
      }
    var samples = usual
    while samples < asked, samples < Self.askedLimit { samples *= 2 }
    self.samples = samples
    firstSamples = usesLattice ? samples : 64
    sampleLimit = usesLattice ? 4096 : 8192
    roundLimit = 4
    modeInflation = usesLattice ? 4 : 2
    inflation = usesLattice ? 4 : 1.3
    let usualPrecision = usesLattice ? 3e-4 : 0.02
    precision =
      if let asksForPrecision, asksForPrecision < 0.002 {
        usesLattice ? asksForPrecision / 30 : usualPrecision * asksForPrecision / 0.002
      } else {
        usualPrecision
      }
    leastSize = 2 * Double(p + 1)
  }

  private static let askedLimit = 2048

  /// Nodes under the component's own density beside T under the first.
  func priorSamples(_ samples: Int) -> Int { max(8, samples / 8) }
}

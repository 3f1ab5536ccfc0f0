import KernelInterface

/// How many nodes of which kind `IndependentIntegration` takes: a function of the number of random
/// effects alone.
///
/// With one and two effects shifted grids about a density four times as wide as the posterior
/// (`GridNodes`); with more, scrambled Sobol' points do better, under the moments that a pilot has
/// found.
struct IntegrationDesign {
  /// Whether the densities about modes are shifted grids; else they are normal with Sobol' points.
  let usesGrid: Bool
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
  /// Standard error of a subject's log-likelihood above which it gets more nodes. Far above what is
  /// to be expected: with a limit that is passed or not by chance the errors of those that pass it
  /// would be underestimated.
  let precision: Double
  /// Effective sample size from which moments make a density.
  let leastSize: Double

  /// - Parameters:
  ///   - asked: T of the fit's nodes: who asks for more than the default wants to know log L
  ///     better.
  ///   - asksForPrecision: the `precision` of the settings; what is smaller than the default asks
  ///     for smaller errors of each subject.
  init(effectCount p: Int, asked: Int, asksForPrecision: Double?) {
    usesGrid = p <= GridNodes.dimensionLimit
    hasPilot = !usesGrid
    replicateCount = usesGrid ? 2 : 4
    let usual =
      switch p {
      case ...2: GridNodes.usualCount(p)
      case 3...5: 256
      default: 512
      }
    var samples = usual
    while samples < asked, samples < Self.askedLimit { samples *= 2 }
    // Errors of the estimates follow from those of scores, which no limit for a subject looks at.
    if usesGrid, let asksForPrecision, asksForPrecision < 0.002 {
      samples = max(samples, 2 * usual)
    }
    self.samples = samples
    firstSamples = usesGrid ? samples : 64
    sampleLimit = usesGrid ? 4096 : 8192
    roundLimit = 4
    modeInflation = usesGrid ? 4 : 2
    inflation = usesGrid ? 4 : 1.3
    let usualPrecision = usesGrid ? 2e-4 : 0.02
    precision =
      if let asksForPrecision, asksForPrecision < 0.002 {
        usesGrid ? asksForPrecision / 50 : usualPrecision * asksForPrecision / 0.002
      } else {
        usualPrecision
      }
    leastSize = 2 * Double(p + 1)
  }

  private static let askedLimit = 2048

  /// Nodes under the component's own density beside T under the first.
  func priorSamples(_ samples: Int) -> Int {
    var count = 8
    while 2 * count <= samples / 8 { count *= 2 }
    return count
  }
}

import Estimation
import Report
import Testing

@Suite("What the nodes leave open")
struct SamplingErrorTests {
  static func error(_ minusTwoLogLikelihood: Double, share: Double?, _ samples: ClosedRange<Int>)
    -> SamplingError
  {
    SamplingError(
      minusTwoLogLikelihood: minusTwoLogLikelihood, estimates: share.map { [$0] },
      largestShare: share, samples: samples)
  }

  static func settings(_ nodes: EstimationSettings.Nodes, precision: Double?) -> EstimationSettings
  {
    EstimationSettings(
      method: .exact, nodes: nodes, samples: 64, iterations: 100, tolerance: 1e-6, seed: 1,
      envelopeInflation: 3, precision: precision)
  }

  static let texts: [(SamplingError, String)] = [
    (
      error(0.001, share: 0.000312, 25...49),
      "nodes: 25 to 49 a subject and component; their error is at most 0.00031 standard errors of an "
        + "estimate"
    ),
    (
      error(0.001, share: 0.04, 64...64),
      "nodes: 64 a subject and component; their error is at most 0.040 standard errors of an estimate"
    ),
    (error(0.001, share: nil, 64...128), "nodes: 64 to 128 a subject and component"),
  ]

  @Test("is said in one line, beside the number of nodes", arguments: texts)
  func text(error: SamplingError, text: String) { #expect(error.text == text) }

  static let bounds: [(Double, share: Double?, precision: Double?, Bool)] = [
    (0.0019, 0.0019, 0.002, false), (0.0021, 0.0019, 0.002, true), (0.0019, 0.0021, 0.002, true),
    (0.0021, nil, 0.002, true), (0.9, 0.049, nil, false), (0.9, 0.051, nil, true),
    (1.1, 0.049, nil, true), (0, 0.06, 0.1, true), (0, nil, nil, false),
  ]

  @Test(
    "is too much above the precision asked for, and above 0.05 standard errors in any case",
    arguments: bounds)
  func exceeds(error: Double, share: Double?, precision: Double?, isTooMuch: Bool) {
    #expect(Self.error(error, share: share, 64...64).exceeds(precision) == isTooMuch)
  }

  static let warnings: [(FitWarning, String)] = [
    (
      .imprecise(
        error(0.0012, share: 0.0045, 25...961), settings: settings(.gaussHermite, precision: 0.002)),
      "the nodes leave errors of 0.0045 standard errors of an estimate and 0.0012 units of -2 log L, "
        + "more than the precision of 0.002 that was asked for; raise `order`, or look at the subjects "
        + "with the least `ess` in subjects.csv."
    ),
    (
      .imprecise(error(1.5, share: nil, 64...64), settings: settings(.sobol, precision: nil)),
      "the nodes leave errors of 1.5 units of -2 log L; give a `precision`, or raise `samples`."
    ),
    (
      .imprecise(error(0.01, share: 0.06, 64...64), settings: settings(.sobol, precision: 0.1)),
      "the nodes leave errors of 0.060 standard errors of an estimate and 0.010 units of -2 log L; give "
        + "a smaller `precision`, or raise `samples`."
    ),
    (
      .poorSamples(count: 3, settings: settings(.lattice, precision: nil)),
      "3 integrals of subjects rest on few of their samples (column ess of subjects.csv); look at "
        + "these subjects' data, or raise `samples`."
    ),
  ]

  @Test("is warned of with what to do", arguments: warnings)
  func warning(warning: FitWarning, text: String) { #expect(warning.description == text) }
}

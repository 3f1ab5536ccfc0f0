import NumericKernels
package import PopulationData
package import PopulationModel

/// Normalised prediction distribution errors (NPDE): K. Brendel, E. Comets, C. Laffont, C. Laveille
/// & F. Mentré, Pharm Res 23 (2006) 2036–2049; E. Comets, K. Brendel & F. Mentré, Comput Methods
/// Programs Biomed 90 (2008) 154–166.
///
/// R replicates of a subject's m observations are drawn from the fitted mixture. With their mean E
/// and covariance V = LLᵀ the observed and the replicated vectors are decorrelated, y* = L⁻¹(y −
/// E). The share of replicates with a smaller value than the observation's is its prediction
/// distribution error pd, 1/(2R) where it would be 0 and 1 − 1/(2R) where it would be 1; npde =
/// Φ⁻¹(pd). If the model is right, npde are standard normal.
///
/// Values that are known by a limit only are drawn beyond it, observed and replicated ones alike:
/// `ReplicateCloud.drawCensored`.
///
/// One departure from the papers: V is the covariance of the replicates and the observed vector, R
/// + 1 in all. So the observed one is treated as each of the others, and its place among them is
/// equally likely to be any, exactly and for any R. With V of the replicates alone, which fits
/// these better than a new vector, npde of a right model have a variance of about 1 + m/R: with a
/// hundred observations a subject and a thousand replicates, 1.1. Where m/R is small the difference
/// is far below the simulation error. (E changes no pd.)
///
/// Decorrelated is not independent: m observations share a subject's random effects, and V removes
/// the correlation only, which is not all there is in a mixture or a nonlinear model. So tests that
/// take npde as independent reject a right model too often. With the true parameters of the
/// published design (five observations a subject) the tests at 5 % reject in 4 to 5 % (mean), 10 to
/// 14 % (variance), 5 % (normality) and 5 to 6 % (all three) of 200 data sets of 100 and of 400
/// subjects; with one observation a subject in 5 %. Parameters estimated from the same data work
/// the other way, and more strongly: one of 200 fits is rejected by all three together.
///
/// pd are multiples of 1/R, which a test of normality notices when there are many more numbers than
/// replicates. So R grows with the data, and the test takes at most R numbers.
package struct PredictionDistributionErrors: Sendable {
  /// npde by subject and observation; empty for a subject that was not looked at, NaN where there
  /// is none: where predictions are not finite, or replicates do not differ.
  package let values: [[Double]]
  /// R, a multiple of eight.
  package let replicates: Int
  /// Subjects that were looked at: large data sets are thinned evenly, to 2000 subjects and 25
  /// million drawn values.
  package let subjectsUsed: Int
  /// Whether the data lack values below limits, which replicates have (`below-limit: conditional`).
  package let leavesOutBelowLimits: Bool
  /// Of all npde: their mean and variance, and tests against the standard normal.
  package let summary: NormalSummary

  /// - Parameter replicates: R, which is raised to a multiple of eight; if left out
  ///   `SubjectSimulation.replicates(forObservations:)` of all subjects.
  package init(
    _ fit: FittedModel, subjects: [Subject], replicates: Int? = nil, seed: UInt64 = 1
  ) {
    precondition(replicates ?? 1 > 0)
    let places = SubjectSample.places(
      Array(subjects.indices), of: subjects,
      replicates: replicates ?? SubjectSimulation.leastReplicates)
    let observations = subjects.reduce(0) { $0 + $1.observationCount }
    let simulation = SubjectSimulation(
      fit,
      replicates: replicates ?? SubjectSimulation.replicates(forObservations: observations),
      limits: CensoringLimits(subjects), seed: seed)
    var values = [[Double]](repeating: [], count: subjects.count)
    for place in places {
      values[place] = simulation.observations(of: subjects[place], place: place).errors
    }
    self.values = values
    self.replicates = simulation.replicates
    subjectsUsed = places.count
    leavesOutBelowLimits = subjects.contains { subject in
      subject.occasions.contains { $0.observations.contains { $0.limit != nil } }
    }
    summary = NormalSummary(
      values.flatMap { $0.filter(\.isFinite) }, normalityLimit: simulation.replicates)
  }

  /// Number of npde.
  package var count: Int { summary.count }
  package var mean: Double { summary.mean }
  package var variance: Double { summary.variance }
  /// Of Student's test that the mean is 0.
  package var meanPValue: Double? { summary.meanPValue }
  /// Of the χ² test that the variance is 1.
  package var variancePValue: Double? { summary.variancePValue }
  /// Of Shapiro and Wilk's test.
  package var normalityPValue: Double? { summary.normalityPValue }
  /// The least of the three, times three (Bonferroni).
  package var globalPValue: Double? { summary.globalPValue }
}

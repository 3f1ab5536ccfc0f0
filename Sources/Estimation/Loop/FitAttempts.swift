import DataPartition
import PopulationModel

/// The ways in which a fit is tried: where the nodes of a rule have failed, others follow.
///
/// Posteriors far from normal, or so narrow that nodes miss them, can hold the few nodes of a rule
/// at a wrong place, and its error large, whatever its order. Tried in turn, until the error is
/// small: the rule again from the estimates, where modes are searched for anew; many lattice points
/// from the start, and from the estimates. Another way is taken if log L is certain to be higher
/// there, or it is no lower and leaves less than half of the error. From a start that was far from
/// its end, as one ten times off, the points are not doubled.
struct FitAttempts: Codable {
  let start: PopulationParameters
  let startFromData: Bool
  /// How the start was found from the data; `nil` where the user gave it, and in checkpoints of
  /// earlier versions.
  let search: StartSearchSummary?
  /// Of the present attempt, from 0.
  private(set) var number = 0
  /// Iterations of the attempts before.
  private(set) var earlierIterations = 0
  /// Where the first attempt ended.
  private var firstEstimates: PopulationParameters?
  /// log L or the log posterior of the best attempt so far, and the error of −2 log L there.
  private var best = -Double.infinity
  private var bestError = Double.infinity
  /// Whether the start was far from the first end.
  private var startWasFar: Bool?
  private static let count = 4

  init(start: PopulationParameters, startFromData: Bool, search: StartSearchSummary? = nil) {
    self.start = start
    self.startFromData = startFromData
    self.search = search
  }

  /// Whether it can be resumed, as what was read from a file may not.
  func isConsistent(hasKept: Bool, _ isOwn: (PopulationParameters) -> Bool) -> Bool {
    (0...Self.count).contains(number) && (0...1 << 40).contains(earlierIterations)
      && (number == 0 || hasKept) && isOwn(start) && firstEstimates.map(isOwn) ?? true
  }

  /// Settings and starting values of the present attempt; `nil` when all is done.
  func plan(_ settings: EstimationSettings) -> (EstimationSettings, PopulationParameters)? {
    guard number < Self.count else { return nil }
    var plan = settings
    if number >= 2 {
      plan.nodes = .lattice
      plan.samples = 1024
      plan.envelopeInflation = 3
      // Where a poor start has led, points may be doubled for minutes and tell no more of it.
      if startWasFar == true { plan.precision = nil }
    }
    return (plan, number % 2 == 0 ? start : firstEstimates ?? start)
  }

  /// Takes note of what the present attempt has come to.
  /// - Parameter end: the parameters where its iterations ended.
  /// - Returns: whether it is the best so far.
  mutating func take(_ fit: FitResult, end: PopulationParameters) -> Bool {
    earlierIterations += fit.iterations.count
    // Where nothing but log L is wanted, or known, it is its error that counts.
    let isOnlyOfLikelihood = fit.settings.leastGain != nil || fit.stopReason.isFlat
    let isSmall =
      isOnlyOfLikelihood
      ? fit.samplingError.map { $0.minusTwoLogLikelihood < 0.1 } : fit.samplingError?.isSmall
    let isGood = fit.stopReason.isRegular && isSmall ?? true
    guard number > 0 else {
      firstEstimates = end
      startWasFar = fit.startWasFar
      let settings = fit.settings
      let mayBeRepaired =
        settings.method.endsAtMaximum && settings.nodes == .gaussHermite
        && settings.precision != nil
      // Better nodes do not bring a fit nearer that has lost its way from a poor start.
      let isLost = fit.stopReason.isIterationLimit && fit.startWasFar
      guard mayBeRepaired, !isGood, !isLost, fit.stopReason.unbounded.isEmpty,
        let error = fit.samplingError
      else {
        number = Self.count
        return true
      }
      (best, bestError) = (fit.logPosterior ?? fit.logLikelihood, error.minusTwoLogLikelihood)
      number = 1
      return true
    }
    guard let error = fit.samplingError else {
      number += 1
      return false
    }
    // Small errors of a worse maximum are no reason to take it.
    let own = fit.logPosterior ?? fit.logLikelihood
    let chance = error.minusTwoLogLikelihood + bestError
    let isBetter =
      !fit.stopReason.isDegenerate
      && (own > best + chance
        || own > best - chance - 0.01 && error.minusTwoLogLikelihood < 0.5 * bestError)
    if isBetter { (best, bestError) = (own, error.minusTwoLogLikelihood) }
    // Small errors of a worse place are no reason to stop looking either.
    number = isGood && isBetter ? Self.count : number + 1
    return isBetter
  }

  /// The present attempt has failed.
  mutating func skip() { number += 1 }
}

/// A fit without the subjects' posteriors.
struct FitSummary: Codable {
  let settings: EstimationSettings
  let start: PopulationParameters
  let startFromData: Bool
  let iterations: [IterationRecord]
  let stopReason: StopReason
  let estimates: PopulationParameters
  let logLikelihood: Double
  let standardError: Double
  let bias: Double
  let samplingError: SamplingError?
  let covariance: EstimateCovariance
  let classes: ClassCounts
  let imbalance: Double
  let moves: Int

  init(_ fit: FitResult) {
    settings = fit.settings
    start = fit.start
    startFromData = fit.startFromData
    iterations = fit.iterations
    stopReason = fit.stopReason
    estimates = fit.estimates
    logLikelihood = fit.logLikelihood
    standardError = fit.logLikelihoodError.standardError
    bias = fit.logLikelihoodError.bias
    samplingError = fit.samplingError
    covariance = fit.covariance
    classes = fit.classes
    imbalance = fit.imbalance
    moves = fit.moves
  }

  /// The whole fit.
  /// - Parameter posteriors: of the subjects of the rank's share.
  func fit(model: MixtureModel, share: DatasetShare, posteriors: SubjectPosteriors) -> FitResult {
    FitResult(
      model: model, settings: settings, subjectCount: share.subjectCount,
      observationCount: share.observationCount, measuredCount: share.measuredCount,
      limits: share.limits, start: start, startFromData: startFromData,
      iterations: iterations, stopReason: stopReason, estimates: estimates,
      logLikelihood: logLikelihood, logLikelihoodError: (standardError, bias),
      samplingError: samplingError, covariance: covariance, classes: classes,
      subjects: share.subjects, posteriors: posteriors, imbalance: imbalance, moves: moves)
  }
}

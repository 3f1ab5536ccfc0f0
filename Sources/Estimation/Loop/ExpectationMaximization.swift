package import DataPartition
package import MessagePassing
import NumericKernels
package import PopulationData
package import PopulationModel

/// EM of one data set by a group of ranks: W07 section 3.
///
/// Each rank integrates its own subjects, one sum over the ranks makes the statistics known to all,
/// and every rank takes the same M-step. The sums are exact, so that the number of ranks changes no
/// bit.
package final class ExpectationMaximization {
  let model: MixtureModel
  /// The rank's subjects.
  package private(set) var share: DatasetShare
  package let settings: EstimationSettings
  package let communicator: any Communicator
  private(set) var expectation: ExpectationStep
  private(set) var balancer: LoadBalancer
  private let maximization: MaximizationStep
  /// What may leave the likelihood without a maximum; `nil` before the iterations.
  private var watch: UnboundednessWatch?
  /// What may interrupt the attempt, which one it is, and the best of those before.
  var interruption: (control: any FitControl, attempts: FitAttempts, kept: FitResult?)?
  /// See `prepareToStop`.
  var referencesBefore: [Double]?
  /// What any rank wished after the last step.
  var wishes: FitWishes = []
  /// How long the last E-step took that made envelopes anew, the mean over the ranks.
  private var renewalSeconds = Double.infinity
  /// The fit before a step that may be left; `nil` at other times.
  var before: Before?

  /// - Parameters:
  ///   - share: this rank's subjects; each subject is on one rank.
  ///   - balancer: decides when subjects move to other ranks.
  package init(
    model: MixtureModel, share: DatasetShare, settings: EstimationSettings,
    communicator: any Communicator, balancer: LoadBalancer = LoadBalancer(movesSubjects: false)
  ) {
    self.balancer = balancer
    self.model = model
    self.share = share
    self.settings = settings
    self.communicator = communicator
    expectation = ExpectationStep(model: model, share: share, settings: settings)
    maximization = MaximizationStep(model: model, prior: settings.prior)
  }

  /// Of a data set that every rank has as a whole.
  /// - Parameter subjects: numbers of this rank's subjects, into `dataset.subjects`; each subject
  ///   is on one rank.
  package convenience init(
    model: MixtureModel, dataset: Dataset, subjects: [Int], settings: EstimationSettings,
    communicator: any Communicator
  ) {
    self.init(
      model: model, share: DatasetShare(dataset, places: subjects), settings: settings,
      communicator: communicator)
  }

  /// Whether steps that make envelopes anew are so short that none is worth leaving: one that
  /// searches for all modes takes some tens of times as long as one that does not.
  private var renewsAtOnce: Bool { renewalSeconds < 0.01 }

  /// Moves subjects to other ranks where some have taken much longer than others; collective, and
  /// the same decision on all ranks.
  private func balance() throws {
    guard balancer.asksForMove else { return }
    let load = share.subjects.indices.reduce(0.0) { $0 + expectation.work(of: $1) }
    let perUnit = load > 0 ? balancer.lastSeconds / load : 0
    let first = share.firstIndex
    let moved = try share.balanced(communicator: communicator) { subject in
      perUnit * expectation.work(of: subject.index - first)
    }
    expectation = try expectation.moved(from: share, to: moved, communicator: communicator)
    share = moved
    balancer.moved()
  }

  /// A fit that has not begun, to be stepped.
  package func begin(from start: PopulationParameters) -> IterationState {
    IterationState(
      model: model, settings: settings, start: start, subjectCount: share.subjectCount)
  }

  /// One iteration: an E-step, the sum over the ranks, the M-step or one of Newton's, and whether
  /// that is the end of the iterations; collective.
  ///
  /// It leaves at most one more record in the state: none where an accelerated step is taken back
  /// that cannot be evaluated.
  /// - Throws: `EstimationError` if the likelihood is 0, `FitStopped`, `CommunicationError`.
  package func step(_ run: inout IterationState) throws {
    precondition(run.stop == nil, "the iterations have not ended")
    // Before anything is integrated: what is infinite is refused by its name.
    let weightScales = try unboundednessWatch(from: run.start).weightScales
    try heedWishes(run)
    try balance()
    if run.schedule.renews { run.renewed() }
    mayLeave(run, isLong: run.schedule.source != .kept && !renewsAtOnce)
    defer { mustEnd() }
    if run.newton != nil {
      try newtonIteration(&run)
    } else {
      try emIteration(&run, weightScales: weightScales)
    }
  }

  /// A step of EM, accelerated or not.
  /// - Parameter weightScales: see `MaximizationStep.maximize`.
  private func emIteration(_ run: inout IterationState, weightScales: [Double]) throws {
    let iteration = run.records.count
    let statistics: SufficientStatistics
    do {
      statistics = try expect(run, iteration: iteration)
      if run.schedule.source != .kept { renewalSeconds = balancer.meanSeconds }
    } catch let error as EstimationError {
      // An accelerated step may lead to where nothing is possible.
      guard let next = run.guarded.reject() else { throw error }
      run.parameters = next
      return
    }
    let image: PopulationParameters
    do {
      image = try maximization.maximize(
        statistics, from: run.parameters, weightScales: weightScales)
    } catch {
      run.records.append(record(statistics, iteration, run.parameters, step: nil))
      if let next = run.guarded.reject() {
        run.parameters = next
      } else {
        run.stop = .degenerate(error, iteration: iteration + 1)
      }
      return
    }
    let step = scaledStep(from: run.parameters, to: image)
    let isConverged = run.advance(
      image: image, step: step, record: record(statistics, iteration, run.parameters, step: step))
    run.stop = stopReason(run, isConverged: isConverged)
    run.stop = try unboundedStop(run, statistics) ?? run.stop
    if run.stop == nil, run.creeps { run.startNewton() }
  }

  /// Made once; collective, and the same on all ranks.
  func unboundednessWatch(from start: PopulationParameters) throws -> UnboundednessWatch {
    if let watch { return watch }
    let made = try UnboundednessWatch(
      model: model, prior: settings.prior, share: share, start: start, communicator: communicator)
    watch = made
    return made
  }

  private func stopReason(_ run: IterationState, isConverged: Bool) -> StopReason? {
    let iterations = run.records.count
    switch settings.method.end {
    case .count:
      return iterations >= settings.iterations ? .iterationsCompleted(iterations) : nil
    case .maximum:
      if isConverged { return .converged(iterations: iterations, distance: run.distance) }
      if let least = settings.leastGain, hasGained(less: least, in: Self.briefly, run) {
        return .converged(iterations: iterations, distance: run.distance)
      }
      if hasGained(less: Self.flatGain, in: Self.longWhile, run) {
        return .flat(iterations: iterations, distance: run.distance)
      }
      return iterations >= settings.iterations
        ? .iterationLimit(iterations, distance: run.distance) : nil
    }
  }

  /// Whether log L, or the log posterior, has risen by less than so much in the last iterations.
  private func hasGained(less least: Double, in count: Int, _ run: IterationState) -> Bool {
    guard run.records.count >= count, let last = run.records.last, !last.isRejected else {
      return false
    }
    var lowest = last.logPosterior
    for record in run.records.suffix(count) where !record.isRejected {
      lowest = min(lowest, record.logPosterior)
    }
    return last.logPosterior - lowest < least
  }

  /// Iterations over which a gain of log L is looked at where nothing else is wanted: a slow start
  /// is no end.
  private static let briefly = 15
  /// The same of any fit: what is left of log L then is of the order of this gain, and the
  /// estimates are within some thousandths of a standard error of where they are going, where the
  /// data determine them.
  private static let longWhile = 100
  private static let flatGain = 1e-7

  /// The E-step of an iteration; from new mode searches for all subjects where moments have made
  /// envelopes that lose likelihood.
  ///
  /// EM's steps do not lose any: a fall says that integrals are wrong, as when σ has become so
  /// small that nodes under the envelopes of the iteration before miss the posteriors.
  private func expect(_ run: IterationState, iteration: Int) throws -> SufficientStatistics {
    let source = run.schedule.source
    guard settings.method.keepsNodes, source != .modes, let last = run.lastLogPosterior else {
      return try expect(at: run.parameters, iteration: iteration, envelopes: source)
    }
    do {
      let statistics = try expect(at: run.parameters, iteration: iteration, envelopes: source)
      let isWorse =
        source == .previousMoments
        && statistics.logLikelihood + (logPrior(at: run.parameters) ?? 0)
          < last - 10 - Self.bearableLoss * Double(share.subjectCount)
      if !isWorse { return statistics }
    } catch EstimationError.impossibleSubjects {}
    return try expect(at: run.parameters, iteration: iteration, envelopes: .modes)
  }

  /// What the renewal of envelopes may take from log L, for each subject: modes are no exact
  /// envelopes either.
  private static let bearableLoss = 0.5

  /// One E-step and the sum over the ranks, to which each adds how long its part has taken.
  private func expect(
    at parameters: PopulationParameters, iteration: Int, envelopes: ExpectationStep.EnvelopeSource
  ) throws -> SufficientStatistics {
    try expect(at: parameters, iteration: iteration, envelopes: envelopes, scores: nil).0
  }

  /// The same, with the sums of scores and of their products, if there are any.
  func expect(
    at parameters: PopulationParameters, iteration: Int,
    envelopes: ExpectationStep.EnvelopeSource, scores: BlockScores?
  ) throws -> (SufficientStatistics, [Double]) {
    let count = expectation.statisticsLayout.count
    let wishPlace = count + LoadBalancer.sumCount
    let scoreCount = scores.map { EstimateCovariance.sumCount($0.count) } ?? 0
    var sums = ExactAccumulator(count: wishPlace + 1 + scoreCount)
    let seconds = balancer.measure {
      guard let scores else {
        expectation.run(
          at: parameters, iteration: iteration, envelopes: envelopes, addingTo: &sums)
        return
      }
      scores.pinned = expectation.runWithPins(
        at: parameters, iteration: iteration, envelopes: envelopes, addingTo: &sums)
      addScores(
        scores, order: Array(0..<model.componentCount), to: &sums, at: wishPlace + 1)
    }
    balancer.add(seconds, to: &sums, at: count)
    sums.add(wishOrLeave(after: .iteration), to: wishPlace)
    try sums.combine(with: communicator)
    let values = sums.values
    balancer.note(values[count..<wishPlace], rankCount: communicator.size)
    noteWishes(values[wishPlace])
    try stopIfLeft()
    let statistics = SufficientStatistics(
      layout: expectation.statisticsLayout, subjectCount: share.subjectCount,
      observationCount: share.observationCount, centres: parameters.means,
      values: Array(values.prefix(count)))
    if statistics.impossibleSubjects > 0 {
      throw try impossible(statistics, at: parameters, iteration: iteration)
    }
    return (statistics, Array(values[(wishPlace + 1)...]))
  }
}

import DataPartition
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel

/// EM of one data set by a group of ranks: W07 section 3.
///
/// Each rank integrates its own subjects, one sum over the ranks makes the statistics known to all, and every rank takes the
/// same M-step. The sums are exact, so that the number of ranks changes no bit.
public final class ExpectationMaximization {
  let model: MixtureModel
  /// The rank's subjects.
  private(set) var share: DatasetShare
  let settings: EstimationSettings
  let communicator: any Communicator
  private(set) var expectation: ExpectationStep
  private(set) var balancer: LoadBalancer
  private let maximization: MaximizationStep
  /// What may leave the likelihood without a maximum; `nil` before the iterations.
  private var watch: UnboundednessWatch?
  /// What may interrupt the attempt, which one it is, and the best of those before.
  private(set) var interruption: (control: any FitControl, attempts: FitAttempts, kept: FitResult?)?
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
  public init(
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
  /// - Parameter subjects: numbers of this rank's subjects, into `dataset.subjects`; each subject is on one rank.
  public convenience init(
    model: MixtureModel, dataset: Dataset, subjects: [Int], settings: EstimationSettings,
    communicator: any Communicator
  ) {
    self.init(
      model: model, share: DatasetShare(dataset, places: subjects), settings: settings,
      communicator: communicator)
  }

  /// Fits from `start`, where the nodes fail in other ways too; see `FitAttempts`.
  /// - Parameters:
  ///   - search: how the start was found from the data.
  ///   - control: saves the fit and stops it, if there is any.
  ///   - observe: is told of each iteration, on all ranks.
  /// - Throws: `EstimationError` if the likelihood is 0, `FitStopped` if `control` stops it, `CommunicationError` if a rank is lost.
  public func fit(
    from start: PopulationParameters, startFromData: Bool = false,
    search: StartSearchSummary? = nil, control: (any FitControl)? = nil,
    observe: (IterationRecord) -> Void = { _ in }
  ) throws -> FitResult {
    for (k, covariance) in start.covariances.enumerated() where CholeskyFactor(covariance) == nil {
      throw EstimationError.startNotPositiveDefinite(component: k)
    }
    if let (a, b) = start.alikeComponents(mixtureEffects: model.mixtureEffects) {
      throw EstimationError.componentsStartAlike(a, b)
    }
    return try fit(
      FitAttempts(start: start, startFromData: startFromData, search: search), from: nil,
      control: control, observe: observe)
  }

  /// Goes on with a fit that was saved, to the same bits as if it had never stopped.
  public func fit(
    resuming saved: SavedFit, control: (any FitControl)? = nil,
    observe: (IterationRecord) -> Void = { _ in }
  ) throws -> FitResult {
    try fit(saved.state.attempts, from: saved, control: control, observe: observe)
  }

  private func fit(
    _ attempts: FitAttempts, from saved: SavedFit?, control: (any FitControl)?,
    observe: (IterationRecord) -> Void
  ) throws -> FitResult {
    var attempts = attempts
    var saved = saved
    var lastRun = saved?.state.run
    var profiles = saved?.state.profiles ?? []
    var keptShare = share
    var kept = saved?.state.kept?.fit(
      model: model, share: share,
      posteriors: SubjectPosteriors(layout: expectation.layout, values: saved?.keptRows ?? []))
    while let (settings, start) = attempts.plan(settings) {
      let attempt =
        attempts.number == 0
        ? self
        : ExpectationMaximization(
          model: model, share: share, settings: settings, communicator: communicator)
      attempt.interruption = control.map { ($0, attempts, kept) }
      attempt.wishes = wishes
      var run: IterationState
      if let state = saved?.state, let states = saved?.subjectStates {
        run = state.run
        attempt.expectation.restore(
          states, comparisons: state.comparisons, adoptions: run.adoptions, own: share.subjects)
        saved = nil
      } else {
        run = IterationState(
          model: model, settings: settings, start: start, subjectCount: share.subjectCount)
      }
      do {
        defer { wishes = attempt.wishes }
        let fit = try attempt.finish(&run, startFromData: attempts.startFromData, observe: observe)
        lastRun = run
        if attempts.take(fit, end: run.parameters) { (kept, keptShare) = (fit, attempt.share) }
      } catch let error as EstimationError {
        guard attempts.number > 0 else { throw error }
        attempts.skip()
      }
    }
    guard var kept, let lastRun else {
      preconditionFailure("the first attempt is kept, or has thrown")
    }
    interruption = control.map { ($0, attempts, kept) }
    do {
      try addProfiles(of: kept, to: &profiles)
    } catch is ProfileLikelihood.Stopped {
      try control?.save(
        FitSnapshot(
          state: FitState(
            attempts: attempts, run: lastRun, comparisons: expectation.comparisons,
            kept: FitSummary(kept), profiles: profiles),
          firstSubject: share.firstIndex, expectation: expectation, kept: kept),
        stopping: true)
      throw FitStopped()
    }
    kept.profiles = kept.withDerived(profiles)
    kept.search = attempts.search
    try describeSubjects(of: &kept, share: keptShare)
    kept.zeroValues = try zeroValues(kept, in: keptShare)
    return kept
  }

  /// Adds the intervals by profile likelihood that were asked for and are not there yet; collective.
  /// - Throws: `ProfileLikelihood.Stopped` between two of them, or within one, which is lost then.
  private func addProfiles(of fit: FitResult, to profiles: inout [ProfileInterval]) throws {
    guard settings.method == .exact, settings.profiles != .none, fit.stopReason.isRegular
    else { return }
    let quantities = fit.quantities(settings.profiles)
    guard profiles.count < quantities.count else { return }
    let likelihood = try ProfileLikelihood(
      fit, share: share, communicator: communicator, wish: { self.wish(after: .iteration) },
      mustStop: { FitWishes(sum: $0).contains(.stop) }, mustLeave: { self.mustStop })
    for quantity in quantities.dropFirst(profiles.count) {
      profiles.append(
        try likelihood?.interval(of: quantity)
          ?? ProfileInterval(name: quantity.name, low: nil, high: nil, gain: 0))
    }
  }

  /// Iterates to the end of an attempt.
  private func finish(
    _ run: inout IterationState, startFromData: Bool, observe: (IterationRecord) -> Void
  ) throws -> FitResult {
    var evaluation: Evaluation
    var check: IntegrationCheck?
    repeat {
      while run.stop == nil {
        try iterate(&run, observe: observe)
        if run.isDueForCheck { try verifyMidway(&run) }
      }
      try heedWishes(run)
      prepareToStop()
      // Differences of scores take two steps for each parameter.
      let takesDifferences = !model.hasLinearScores || !run.boundary.pins.isEmpty
      mayLeave(run, isLong: run.schedule.finalSource != .kept || takesDifferences)
      defer { mustEnd() }
      evaluation = try evaluate(at: run.parameters, iteration: run.records.count, run: run)
      mustEnd()
      check = nil
    } while try goesOn(&run, after: evaluation, verifying: &check)
    return try result(run, evaluation, check, startFromData: startFromData, observe: observe)
  }

  /// Whether steps that make envelopes anew are so short that none is worth leaving: one that
  /// searches for all modes takes some tens of times as long as one that does not.
  private var renewsAtOnce: Bool { renewalSeconds < 0.01 }

  /// Moves subjects to other ranks where some have taken much longer than others; collective, and the same decision on all ranks.
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

  /// Iterates until there is a reason to stop.
  private func iterate(_ run: inout IterationState, observe: (IterationRecord) -> Void) throws {
    let weightScales = try unboundednessWatch(from: run.start).weightScales
    let maximization = maximization
    while run.stop == nil, !(run.isDueForCheck && verifiesMidway) {
      try heedWishes(run)
      try balance()
      let iteration = run.records.count
      if run.schedule.renews { run.renewed() }
      mayLeave(run, isLong: run.schedule.source != .kept && !renewsAtOnce)
      defer { mustEnd() }
      if run.newton != nil {
        let count = run.records.count
        try newtonIteration(&run)
        if run.records.count > count { observe(run.records.last!) }
        continue
      }
      let statistics: SufficientStatistics
      do {
        statistics = try expect(run, iteration: iteration)
        if run.schedule.source != .kept { renewalSeconds = balancer.meanSeconds }
      } catch let error as EstimationError {
        // An accelerated step may lead to where nothing is possible.
        guard let next = run.guarded.reject() else { throw error }
        run.parameters = next
        continue
      }
      let image: PopulationParameters
      do {
        image = try maximization.maximize(
          statistics, from: run.parameters, weightScales: weightScales)
      } catch {
        run.records.append(record(statistics, iteration, run.parameters, step: nil))
        observe(run.records.last!)
        if let next = run.guarded.reject() {
          run.parameters = next
        } else {
          run.stop = .degenerate(error, iteration: iteration + 1)
        }
        continue
      }
      let step = scaledStep(from: run.parameters, to: image)
      let isConverged = run.advance(
        image: image, step: step,
        record: record(statistics, iteration, run.parameters, step: step))
      observe(run.records.last!)
      run.stop = stopReason(run, isConverged: isConverged)
      run.stop = try unboundedStop(run, statistics) ?? run.stop
      if run.stop == nil, run.creeps { run.startNewton() }
    }
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
    switch settings.method {
    case .paper:
      return iterations >= settings.iterations ? .iterationsCompleted(iterations) : nil
    case .exact:
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

  /// Iterations over which a gain of log L is looked at where nothing else is wanted: a slow start is no end.
  private static let briefly = 15
  /// The same of any fit: what is left of log L then is of the order of this gain, and the estimates are within some thousandths of a
  /// standard error of where they are going, where the data determine them.
  private static let longWhile = 100
  private static let flatGain = 1e-7

  /// Whether the iterations have to go on after they have converged: because envelopes had missed a posterior, the scores say that the
  /// maximum is elsewhere, or the nodes leave a larger error than was asked for, which more nodes make smaller.
  /// - Parameter check: what the independent integration says of the end, where there is one.
  private func goesOn(
    _ run: inout IterationState, after evaluation: Evaluation,
    verifying check: inout IntegrationCheck?
  ) throws -> Bool {
    guard settings.method == .exact, let stop = run.stop, !stop.isDegenerate, stop.unbounded.isEmpty
    else { return false }
    guard stop.isRegular, run.records.count < settings.iterations else {
      if settings.leastGain == nil, settings.verifies { check = try verify(run, evaluation) }
      return false
    }
    if evaluation.missed > 0, run.recoveries < Self.recoveryLimit {
      run.massRecovered()
      return true
    }
    if newtonGoesOn(run, after: evaluation) {
      run.startNewton()
      return true
    }
    if settings.leastGain == nil, !stop.isFlat,
      let distance = evaluation.covariance.remainingDistance,
      distance > max(Self.scoreTolerance, settings.tolerance), run.tightenings < 3
    {
      run.tighten()
      return true
    }
    if try refine(run, evaluation) {
      run.nodesChanged()
      return true
    }
    // Fits of which nothing but log L is wanted are compared with each other, by the same nodes.
    guard settings.leastGain == nil, settings.verifies else { return false }
    check = try verify(run, evaluation)
    guard let found = check, !found.isPassed, run.adoptions.count < Self.adoptionLimit else {
      return false
    }
    guard try adopt(found, at: run.parameters) else { return false }
    run.adopted(at: run.parameters)
    return true
  }

  /// How often nodes are adopted from the independent integration.
  static let adoptionLimit = 4

  /// How often the iterations go on because envelopes had missed a posterior.
  private static let recoveryLimit = 5

  /// Distance to the maximum by the scores, in standard errors, that is as good as none.
  private static let scoreTolerance = 1e-4

  /// The E-step of an iteration; from new mode searches for all subjects where moments have made envelopes that lose likelihood.
  ///
  /// EM's steps do not lose any: a fall says that integrals are wrong, as when σ has become so small that nodes under the
  /// envelopes of the iteration before miss the posteriors.
  private func expect(_ run: IterationState, iteration: Int) throws -> SufficientStatistics {
    let source = run.schedule.source
    guard settings.method == .exact, source != .modes, let last = run.lastLogPosterior else {
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

  /// What the renewal of envelopes may take from log L, for each subject: modes are no exact envelopes either.
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

  private func result(
    _ run: IterationState, _ evaluation: Evaluation, _ check: IntegrationCheck?,
    startFromData: Bool, observe: (IterationRecord) -> Void
  ) throws -> FitResult {
    let record = check?.record(evaluation.record) ?? evaluation.record
    observe(record)
    let blocks = check == nil ? expectation.blocks : expectation.otherBlocks
    let order = evaluation.order
    var stop = try separatedStop(
      run.stop!.permuted(order), evaluation.statistics, order: order,
      iterations: run.records.count, from: run.start)
    if stop.unbounded.isEmpty, let check {
      stop = try check.stopReason(run.stop!, share: share, communicator: communicator)
        .permuted(order)
    }
    let posteriors = SubjectPosteriors(
      layout: expectation.layout, values: expectation.posteriorRows(order: order, in: blocks))
    return FitResult(
      model: model, settings: settings, subjectCount: share.subjectCount,
      observationCount: share.observationCount, measuredCount: share.measuredCount,
      limits: share.limits, start: run.start.permuted(order),
      startFromData: startFromData,
      iterations: (run.records + [record]).map { $0.permuted(order) },
      stopReason: stop, estimates: evaluation.estimates,
      logLikelihood: record.logLikelihood,
      logLikelihoodError: check.map { ($0.logLikelihoodError, 0) }
        ?? evaluation.statistics.logLikelihoodError,
      samplingError: check.map {
        $0.samplingError(
          evaluation.samplingError,
          samples: evaluation.samplingError?.samples ?? expectation.sampleRange,
          standardErrors: evaluation.covariance.standardErrors)
      } ?? evaluation.samplingError,
      covariance: stop.unbounded.isEmpty
        ? evaluation.covariance : evaluation.covariance.withoutInverses,
      classes: try ClassCounts(
        of: posteriors, componentCount: model.componentCount, communicator: communicator),
      subjects: share.subjects, posteriors: posteriors, imbalance: balancer.imbalance,
      moves: balancer.moves)
  }
}

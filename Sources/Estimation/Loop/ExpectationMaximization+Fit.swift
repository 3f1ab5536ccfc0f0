import DataPartition
import MessagePassing
import NumericKernels
import PopulationData
package import PopulationModel

// A fit from its start to its result: attempts, the end of each, and what stands above the
// iterations.
extension ExpectationMaximization {
  /// Fits from `start`, where the nodes fail in other ways too; see `FitAttempts`.
  /// - Parameters:
  ///   - search: how the start was found from the data.
  ///   - begun: the state of this fit from the same start, where it has been stepped.
  ///   - control: saves the fit and stops it, if there is any.
  ///   - observe: is told of each iteration, on all ranks.
  /// - Throws: `EstimationError` if the likelihood is 0, `FitStopped` if `control` stops it,
  ///   `CommunicationError` if a rank is lost.
  package func fitToEnd(
    from start: PopulationParameters, startFromData: Bool = false,
    search: StartSearchSummary? = nil, begun: IterationState? = nil,
    control: (any FitControl)? = nil, observe: (IterationRecord) -> Void = { _ in }
  ) throws -> EndedFit {
    precondition(
      begun == nil || begun?.start == start, "the state belongs to a fit from this start")
    for (k, covariance) in start.covariances.enumerated() where CholeskyFactor(covariance) == nil {
      throw EstimationError.startNotPositiveDefinite(component: k)
    }
    if let (a, b) = start.alikeComponents(mixtureEffects: model.mixtureEffects) {
      throw EstimationError.componentsStartAlike(a, b)
    }
    return try fitToEnd(
      FitAttempts(start: start, startFromData: startFromData, search: search), from: nil,
      begun: begun, control: control, observe: observe)
  }

  /// The result of `fitToEnd` alone.
  package func fit(
    from start: PopulationParameters, startFromData: Bool = false,
    control: (any FitControl)? = nil, observe: (IterationRecord) -> Void = { _ in }
  ) throws -> FitResult {
    try fitToEnd(from: start, startFromData: startFromData, control: control, observe: observe)
      .result
  }

  /// Resumes a saved fit, to the same bits as without the interruption.
  package func fitToEnd(
    resuming saved: SavedFit, control: (any FitControl)? = nil,
    observe: (IterationRecord) -> Void = { _ in }
  ) throws -> EndedFit {
    try fitToEnd(
      saved.state.attempts, from: saved, begun: nil, control: control, observe: observe)
  }

  private func fitToEnd(
    _ attempts: FitAttempts, from saved: SavedFit?, begun: IterationState?,
    control: (any FitControl)?, observe: (IterationRecord) -> Void
  ) throws -> EndedFit {
    var attempts = attempts
    var saved = saved
    var lastRun = saved?.state.run
    let profiles = saved?.state.profiles ?? []
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
        run =
          attempts.number == 0
          ? begun ?? attempt.begin(from: start) : attempt.begin(from: start)
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
    kept.search = attempts.search
    kept.zeroValues = try zeroValues(kept, in: keptShare)
    return EndedFit(
      result: kept, share: keptShare, profiles: profiles, estimation: self,
      attempts: attempts, lastRun: lastRun)
  }

  /// Iterates to the end of an attempt.
  private func finish(
    _ run: inout IterationState, startFromData: Bool, observe: (IterationRecord) -> Void
  ) throws -> FitResult {
    var evaluation: Evaluation
    var check: IntegrationCheck?
    repeat {
      while run.stop == nil {
        // Also where a fit goes on that was stopped in the middle of it.
        if run.isDueForCheck, verifiesMidway {
          try verifyMidway(&run)
          continue
        }
        let count = run.records.count
        try step(&run)
        if run.records.count > count { observe(run.records[count]) }
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

  /// Whether the iterations have to go on after they have converged: because envelopes had missed a
  /// posterior, the scores say that the maximum is elsewhere, or the nodes leave a larger error
  /// than was asked for, which more nodes make smaller.
  /// - Parameter check: what the independent integration says of the end, where there is one.
  private func goesOn(
    _ run: inout IterationState, after evaluation: Evaluation,
    verifying check: inout IntegrationCheck?
  ) throws -> Bool {
    guard settings.method.endsAtMaximum, let stop = run.stop, !stop.isDegenerate,
      stop.unbounded.isEmpty
    else { return false }
    guard stop.isRegular, run.records.count < settings.iterations else {
      if settings.leastGain == nil, settings.verifies { check = try verify(run, evaluation) }
      return false
    }
    if evaluation.missed > 0, run.recoveries < IterationState.recoveryLimit {
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

  /// Distance to the maximum by the scores, in standard errors, that is as good as none.
  private static let scoreTolerance = 1e-4

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

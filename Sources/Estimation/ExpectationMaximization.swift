import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel

/// EM of one data set by a group of ranks: W07 section 3.
///
/// Each rank integrates its own subjects, one sum over the ranks makes the statistics known to all, and every rank takes the
/// same M-step. The sums are exact, so that the number of ranks changes no bit.
public struct ExpectationMaximization {
  let model: MixtureModel
  let dataset: Dataset
  let settings: EstimationSettings
  let communicator: any Communicator
  private let observationCount: Int
  private let expectation: ExpectationStep
  private let maximization: MaximizationStep

  /// - Parameter subjects: numbers of this rank's subjects, into `dataset.subjects`; each subject is on one rank.
  public init(
    model: MixtureModel, dataset: Dataset, subjects: [Int], settings: EstimationSettings,
    communicator: any Communicator
  ) {
    self.model = model
    self.dataset = dataset
    self.settings = settings
    self.communicator = communicator
    observationCount = dataset.observationCount
    expectation = ExpectationStep(
      model: model, dataset: dataset, subjects: subjects, settings: settings)
    maximization = MaximizationStep(model: model)
  }

  /// Iterates from `start` to the end.
  /// - Parameter observe: is told of each iteration, on all ranks.
  /// - Throws: `EstimationError` if the likelihood is 0, `CommunicationError` if a rank is lost.
  public func fit(
    from start: PopulationParameters, startFromData: Bool = false,
    observe: (IterationRecord) -> Void = { _ in }
  ) throws -> FitResult {
    for (k, covariance) in start.covariances.enumerated() where CholeskyFactor(covariance) == nil {
      throw EstimationError.startNotPositiveDefinite(component: k)
    }
    if let (a, b) = start.alikeComponents(mixtureEffects: model.mixtureEffects) {
      throw EstimationError.componentsStartAlike(a, b)
    }
    var run = Run(model: model, settings: settings, start: start)
    var evaluation: Evaluation
    repeat {
      try iterate(&run, observe: observe)
      evaluation = try evaluate(at: run.parameters, iteration: run.records.count, run: run)
    } while try goesOn(&run, after: evaluation)
    if let other = try fitByLattice(
      insteadOf: run, evaluation, startFromData: startFromData, observe: observe)
    {
      return other
    }
    return try finish(run, evaluation, startFromData: startFromData, observe: observe)
  }

  /// The fit by many lattice points, where the nodes of a rule have failed: posteriors far from normal can hold its few nodes at
  /// a wrong place, and its error large, whatever its order.
  /// - Returns: `nil` if the rule's fit is good, or the lattice leaves no smaller error.
  private func fitByLattice(
    insteadOf run: Run, _ evaluation: Evaluation, startFromData: Bool,
    observe: (IterationRecord) -> Void
  ) throws -> FitResult? {
    guard settings.method == .exact, settings.nodes == .gaussHermite, settings.precision != nil,
      let stop = run.stop, let error = evaluation.samplingError
    else { return nil }
    let isGood =
      stop.isRegular && error.minusTwoLogLikelihood <= 1 && error.largestShare ?? 0 <= 0.05
    if isGood { return nil }
    var lattice = settings
    lattice.nodes = .lattice
    lattice.samples = 1024
    lattice.envelopeInflation = 3
    do {
      let fit = try ExpectationMaximization(
        model: model, dataset: dataset, subjects: expectation.subjects, settings: lattice,
        communicator: communicator
      ).fit(from: run.start, startFromData: startFromData, observe: observe)
      guard let other = fit.samplingError?.minusTwoLogLikelihood,
        other < 0.5 * error.minusTwoLogLikelihood
      else { return nil }
      return fit
    } catch is EstimationError {
      return nil
    }
  }

  /// Iterates until there is a reason to stop.
  private func iterate(_ run: inout Run, observe: (IterationRecord) -> Void) throws {
    run.stop = nil
    while run.stop == nil {
      let iteration = run.records.count
      if run.schedule.renews { run.renewed() }
      let statistics: SufficientStatistics
      do {
        statistics = try expect(run, iteration: iteration)
      } catch let error as EstimationError {
        // An accelerated step may lead to where nothing is possible.
        guard let next = run.guarded.reject() else { throw error }
        run.parameters = next
        continue
      }
      let image: PopulationParameters
      do {
        image = try maximization.maximize(statistics, from: run.parameters)
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
        logLikelihood: statistics.logLikelihood, image: image, step: step,
        record: record(statistics, iteration, run.parameters, step: step))
      observe(run.records.last!)
      run.stop = stopReason(run, isConverged: isConverged)
    }
  }

  private func stopReason(_ run: Run, isConverged: Bool) -> StopReason? {
    let iterations = run.records.count
    switch settings.method {
    case .paper:
      return iterations >= settings.iterations ? .iterationsCompleted(iterations) : nil
    case .exact:
      if isConverged { return .converged(iterations: iterations, distance: run.distance) }
      return iterations >= settings.iterations
        ? .iterationLimit(iterations, distance: run.distance) : nil
    }
  }

  /// Whether the iterations have to go on after they have converged: because the scores say that the maximum is elsewhere, or the
  /// nodes leave a larger error than was asked for, which more nodes make smaller.
  private func goesOn(_ run: inout Run, after evaluation: Evaluation) throws -> Bool {
    guard settings.method == .exact, case .converged = run.stop,
      run.records.count < settings.iterations
    else { return false }
    if let distance = evaluation.covariance.remainingDistance,
      distance > max(Self.scoreTolerance, settings.tolerance), run.tightenings < 3
    {
      run.tighten()
      return true
    }
    guard try refine(run, evaluation) else { return false }
    run.nodesChanged()
    return true
  }

  /// Distance to the maximum by the scores, in standard errors, that is as good as none.
  private static let scoreTolerance = 1e-4

  /// Takes more nodes where they are needed.
  /// - Returns: whether any subject of any rank has taken some.
  private func refine(_ run: Run, _ evaluation: Evaluation) throws -> Bool {
    guard let errors = evaluation.errors, let error = evaluation.samplingError else {
      return false
    }
    var chosen = Set<Int>()
    if let precision = settings.precision,
      !(error.minusTwoLogLikelihood <= precision && error.largestShare ?? 0 <= precision)
    {
      chosen.formUnion(
        errors.worst(
          response: evaluation.response, standardErrors: evaluation.covariance.standardErrors,
          precision: precision, subjectCount: dataset.subjects.count))
    }
    for local in expectation.subjects.indices {
      for k in 0..<model.componentCount where expectation.isPoor(local, k) {
        chosen.insert(local)
        if run.refinements >= 2 { expectation.thicken(local, k) }
      }
    }
    var refined = 0.0
    for local in chosen.sorted() where expectation.refine(local) { refined += 1 }
    var total = ExactAccumulator(count: 1)
    total.add([refined])
    try total.combine(with: communicator)
    expectation.limitMemory()
    return total.values[0] > 0
  }

  /// The E-step of an iteration; from new mode searches for all subjects where moments have made envelopes that lose likelihood.
  ///
  /// EM's steps do not lose any: a fall says that integrals are wrong, as when σ has become so small that nodes under the
  /// envelopes of the iteration before miss the posteriors.
  private func expect(_ run: Run, iteration: Int) throws -> SufficientStatistics {
    let source = run.schedule.source
    guard settings.method == .exact, source != .modes, let last = run.lastLogLikelihood else {
      return try expect(at: run.parameters, iteration: iteration, envelopes: source)
    }
    do {
      let statistics = try expect(at: run.parameters, iteration: iteration, envelopes: source)
      let isWorse =
        source == .previousMoments
        && statistics.logLikelihood
          < last - 10 - Self.bearableLoss * Double(dataset.subjects.count)
      if !isWorse { return statistics }
    } catch EstimationError.impossibleSubjects {}
    return try expect(at: run.parameters, iteration: iteration, envelopes: .modes)
  }

  /// What the renewal of envelopes may take from log L, for each subject: modes are no exact envelopes either.
  private static let bearableLoss = 0.5

  /// One E-step and the sum over the ranks.
  private func expect(
    at parameters: PopulationParameters, iteration: Int, envelopes: ExpectationStep.EnvelopeSource
  ) throws -> SufficientStatistics {
    var sums = expectation.run(at: parameters, iteration: iteration, envelopes: envelopes)
    try sums.combine(with: communicator)
    let statistics = SufficientStatistics(
      layout: expectation.statisticsLayout, subjectCount: dataset.subjects.count,
      observationCount: observationCount, centres: parameters.means, values: sums.values)
    if statistics.impossibleSubjects > 0 {
      throw EstimationError.impossibleSubjects(
        ids: try impossibleSubjects(), iteration: iteration + 1)
    }
    return statistics
  }

  /// IDs of the subjects whose likelihood is 0, the same on all ranks.
  private func impossibleSubjects() throws -> [String] {
    var numbers: [Double] = []
    for (local, subject) in expectation.subjects.enumerated()
    where !expectation.posterior(local).logLikelihood.isFinite {
      numbers.append(Double(subject))
    }
    var all = try communicator.gather(numbers, root: 0)?.flatMap { $0 } ?? []
    try communicator.broadcast(&all, root: 0)
    return all.sorted().map { dataset.subjects[Int($0)].id }
  }

  private func record(
    _ statistics: SufficientStatistics, _ iteration: Int, _ parameters: PopulationParameters,
    step: Double?
  ) -> IterationRecord {
    IterationRecord(
      iteration: iteration, logLikelihood: statistics.logLikelihood,
      logLikelihoodError: statistics.logLikelihoodError.standardError, parameters: parameters,
      effectiveSampleSizes: (0..<model.componentCount).map(statistics.effectiveSampleSize),
      poorComponents: statistics.poorComponents, remedies: statistics.remedies, step: step)
  }

  /// The evaluation at the estimates: log L, posteriors, scores and what other nodes change in them, by one sum over the ranks.
  private func evaluate(at parameters: PopulationParameters, iteration: Int, run: Run) throws
    -> Evaluation
  {
    let order = componentOrder(parameters)
    let estimates = parameters.permuted(order)
    let free = FreeParameters(model)
    let scores = BlockScores(free: free, parameters: estimates)
    // One message for all: statistics, scores, errors of the nodes, scores beside the estimates.
    let isExact = settings.method == .exact
    let q = free.count
    let scorePlace = expectation.statisticsLayout.count
    let errorPlace = scorePlace + EstimateCovariance.sumCount(q)
    let differencePlace = errorPlace + (isExact ? NodeErrors.sumCount(q) : 0)
    var sums = ExactAccumulator(count: differencePlace + (isExact ? q * q : 0))
    let differences =
      isExact
      ? scoreDifferences(
        at: estimates, order: order, iteration: iteration, addingTo: &sums, at: differencePlace)
      : nil
    expectation.run(
      at: parameters, iteration: iteration, envelopes: run.schedule.finalSource, addingTo: &sums)
    expectation.measureTails(iteration: iteration)
    addScores(scores, order: order, hasProducts: true, to: &sums, at: scorePlace)
    var errors: NodeErrors?
    if isExact {
      errors = NodeErrors(
        expectation, scores: scores, order: order, addingTo: &sums, at: errorPlace)
    }
    try sums.combine(with: communicator)
    let values = sums.values
    let statistics = SufficientStatistics(
      layout: expectation.statisticsLayout, subjectCount: dataset.subjects.count,
      observationCount: observationCount, centres: parameters.means,
      values: Array(values.prefix(scorePlace)))
    if statistics.impossibleSubjects > 0 {
      throw EstimationError.impossibleSubjects(
        ids: try impossibleSubjects(), iteration: iteration + 1)
    }
    let covariance = EstimateCovariance(
      sums: values[scorePlace..<errorPlace], count: q,
      isAtMaximum: run.stop?.isDegenerate != true)
    errors?.complete(values[errorPlace..<differencePlace])
    let response = differences.flatMap {
      $0.inverseInformation(
        sums: values.dropFirst(differencePlace), gradient: covariance.gradient)
    }
    return Evaluation(
      order: order, estimates: estimates, statistics: statistics,
      record: record(statistics, iteration, parameters, step: nil), covariance: covariance,
      errors: errors, response: response ?? covariance.covariance,
      samplingError: try errors.map {
        $0.samplingError(
          response: response ?? covariance.covariance,
          standardErrors: covariance.standardErrors, samples: try sampleRange())
      })
  }

  /// The total score at parameters beside the estimates, one of which has moved: by differences it gives the observed information,
  /// which says how far an error of the scores moves the estimates. Kept nodes make that cheap.
  private func scoreDifferences(
    at estimates: PopulationParameters, order: [Int], iteration: Int,
    addingTo sums: inout ExactAccumulator, at place: Int
  ) -> ScoreDifferences {
    let free = FreeParameters(model)
    let differences = ScoreDifferences(free, at: estimates)
    var places = order
    for (new, old) in order.enumerated() { places[old] = new }
    for (number, shifted) in differences.points.enumerated() {
      expectation.reweigh(at: shifted.permuted(places), iteration: iteration)
      addScores(
        BlockScores(free: free, parameters: shifted), order: order, hasProducts: false,
        to: &sums, at: place + number * free.count)
    }
    return differences
  }

  /// Adds the scores s of the rank's subjects.
  /// - Parameter hasProducts: whether the s sᵀ follow them.
  private func addScores(
    _ scores: BlockScores, order: [Int], hasProducts: Bool, to sums: inout ExactAccumulator,
    at place: Int
  ) {
    let count = hasProducts ? EstimateCovariance.sumCount(scores.count) : scores.count
    let blocks = expectation.blocks
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: max(1, count)) { memory in
      guard let row = memory.baseAddress else { return }
      for block in 0..<blocks.blockCount {
        blocks.fillScores(row, block, scores, order: order)
        if hasProducts { EstimateCovariance.appendProducts(row, count: scores.count) }
        sums.add(
          columns: blocks.width(block),
          of: UnsafeRawPointer(row).assumingMemoryBound(to: Double.self),
          to: place..<place + count)
      }
    }
  }

  /// The least and the largest T on all ranks.
  private func sampleRange() throws -> ClosedRange<Int> {
    let own = expectation.sampleRange
    guard communicator.size > 1 else { return own }
    let all = try communicator.gather(
      [Double(own.lowerBound), Double(own.upperBound)], root: 0)
    var range = [
      all?.map { $0[0] }.min() ?? 0, all?.map { $0[1] }.max() ?? 0,
    ]
    try communicator.broadcast(&range, root: 0)
    return Int(range[0])...Int(range[1])
  }

  private func finish(
    _ run: Run, _ evaluation: Evaluation, startFromData: Bool, observe: (IterationRecord) -> Void
  ) throws -> FitResult {
    observe(evaluation.record)
    let order = evaluation.order
    return FitResult(
      model: model, settings: settings, subjectCount: dataset.subjects.count,
      observationCount: observationCount, start: run.start.permuted(order),
      startFromData: startFromData,
      iterations: (run.records + [evaluation.record]).map { $0.permuted(order) },
      stopReason: run.stop!.permuted(order), estimates: evaluation.estimates,
      logLikelihood: evaluation.statistics.logLikelihood,
      logLikelihoodError: evaluation.statistics.logLikelihoodError,
      samplingError: evaluation.samplingError, covariance: evaluation.covariance,
      posteriors: try gatherPosteriors(
        expectation.subjects.indices.flatMap {
          expectation.posterior($0).permuted(order).values
        }))
  }

  /// The stable order of the components, or the user's where fixed values give them a meaning of their own.
  private func componentOrder(_ parameters: PopulationParameters) -> [Int] {
    let fixed = model.fixed
    let isAlike = (1..<max(1, model.componentCount)).allSatisfy {
      fixed.means[$0] == fixed.means[0] && fixed.variances[$0] == fixed.variances[0]
    }
    return isAlike
      && (!fixed.weights || Set(parameters.weights).count == 1)
      ? parameters.stableOrder(mixtureEffects: model.mixtureEffects)
      : Array(0..<model.componentCount)
  }

  /// All subjects' rows on the first rank, in the order of the data set.
  private func gatherPosteriors(_ rows: [Double]) throws -> [SubjectPosterior] {
    let numbers = try communicator.gather(expectation.subjects.map(Double.init), root: 0)
    let parts = try communicator.gather(rows, root: 0)
    guard let numbers, let parts else { return [] }
    let width = expectation.layout.count
    var result = [SubjectPosterior?](repeating: nil, count: dataset.subjects.count)
    for (owner, part) in zip(numbers, parts) {
      for (local, number) in owner.enumerated() {
        result[Int(number)] = SubjectPosterior(
          layout: expectation.layout,
          values: Array(part[local * width..<(local + 1) * width]))
      }
    }
    return result.map { $0! }
  }
}

/// What a fit found at the parameters where its iterations stopped.
private struct Evaluation {
  /// Old places of the components in their stable order, and the parameters in that order.
  let order: [Int]
  let estimates: PopulationParameters
  let statistics: SufficientStatistics
  let record: IterationRecord
  let covariance: EstimateCovariance
  let errors: NodeErrors?
  /// How estimates follow an error of the total score.
  let response: SymmetricMatrix?
  let samplingError: SamplingError?
}

/// The state of the iterations.
private struct Run {
  let start: PopulationParameters
  var parameters: PopulationParameters
  var records: [IterationRecord] = []
  var stop: StopReason?
  var schedule: EnvelopeSchedule
  var guarded: GuardedAcceleration
  private(set) var tightenings = 0
  private(set) var refinements = 0
  /// Estimated distance to the fixed point.
  private(set) var distance = Double.infinity
  private let scale: WorkingScale
  private let isAccelerated: Bool
  private var tolerance: Double
  private var renewedAt: [Double] = []
  /// log L of the last iteration that was not taken back.
  var lastLogLikelihood: Double? { records.last { !$0.isRejected }?.logLikelihood }
  private var steps = StepHistory()

  init(model: MixtureModel, settings: EstimationSettings, start: PopulationParameters) {
    self.start = start
    parameters = start
    schedule = EnvelopeSchedule(method: settings.method)
    scale = WorkingScale(model: model, reference: start)
    guarded = GuardedAcceleration(scale: scale)
    isAccelerated = settings.method == .exact && settings.isAccelerated
    tolerance = settings.tolerance
  }

  /// Envelopes are made for the parameters at hand.
  mutating func renewed() {
    renewedAt = scale.coordinates(of: parameters)
    guarded.rebase()
  }

  /// Takes a step.
  /// - Returns: whether the fit has converged.
  mutating func advance(
    logLikelihood: Double, image: PopulationParameters, step: Double, record: IterationRecord
  ) -> Bool {
    records.append(record)
    records[records.count - 1].hasNewEnvelopes = schedule.renews
    steps.append(step)
    var next = image
    distance = steps.distance
    if isAccelerated {
      let decision = guarded.advance(
        at: parameters, logLikelihood: logLikelihood, image: image)
      records[records.count - 1].isRejected = decision.isRejected
      if decision.isRejected {
        parameters = decision.next
        return false
      }
      distance = max(decision.distance, step)
      // While envelopes are still to settle, EM's own steps are safer.
      if schedule.source == .kept { next = decision.next }
    }
    let moved = scale.distance(scale.coordinates(of: parameters), renewedAt)
    let isConverged = schedule.advance(
      moved: moved.isNaN ? .infinity : moved, distance: distance, tolerance: tolerance)
    // The evaluation at the end is at EM's own step, which is nearest to the fixed point.
    parameters = isConverged ? image : next
    return isConverged
  }

  /// The same again with a smaller tolerance.
  mutating func tighten() {
    tightenings += 1
    tolerance /= 10
  }

  mutating func nodesChanged() {
    refinements += 1
    guarded.rebase()
  }
}

/// The last steps of EM, from which the distance still to go is estimated: EM converges linearly, so with a ratio r between
/// steps what is left after a step s is s·r/(1 − r).
private struct StepHistory {
  private var last: Double?
  private(set) var distance = Double.infinity

  mutating func append(_ step: Double) {
    if let last, last > 0 {
      let ratio = step / last
      // Never less than the step itself: early ratios can be small by chance. Steps that do not shrink tell nothing.
      distance = ratio < 1 ? step * max(1, ratio / (1 - ratio)) : .infinity
    }
    // Nothing moves, as with all parameters fixed.
    if step == 0 { distance = 0 }
    last = step
  }
}

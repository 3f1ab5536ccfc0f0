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
    var parameters = start
    var records: [IterationRecord] = []
    var stop: StopReason?
    var steps = StepHistory()
    var schedule = EnvelopeSchedule(method: settings.method)
    while stop == nil {
      let iteration = records.count
      let statistics = try expect(
        at: parameters, iteration: iteration, envelopes: schedule.source)
      do {
        let next = try maximization.maximize(statistics, from: parameters)
        let step = scaledStep(from: parameters, to: next)
        steps.append(step)
        records.append(record(statistics, iteration, parameters, step: step))
        parameters = next
      } catch {
        records.append(record(statistics, iteration, parameters, step: nil))
        stop = .degenerate(error, iteration: iteration + 1)
        break
      }
      observe(records.last!)
      let isConverged = schedule.advance(
        step: records.last!.step!, isNear: steps.distance < settings.tolerance)
      stop = stopReason(
        after: records.count, distance: steps.distance, isConverged: isConverged)
    }
    return try finish(
      at: parameters, start: start, startFromData: startFromData, records: records,
      stop: stop!, envelopes: schedule.finalSource, observe: observe)
  }

  private func stopReason(after iterations: Int, distance: Double, isConverged: Bool)
    -> StopReason?
  {
    switch settings.method {
    case .paper:
      iterations >= settings.iterations ? .iterationsCompleted(iterations) : nil
    case .exact:
      if isConverged {
        .converged(iterations: iterations, distance: distance)
      } else if iterations >= settings.iterations {
        .iterationLimit(iterations, distance: distance)
      } else {
        nil
      }
    }
  }

  /// One E-step and the sum over the ranks.
  private func expect(
    at parameters: PopulationParameters, iteration: Int, envelopes: ExpectationStep.EnvelopeSource
  ) throws -> SufficientStatistics {
    var sums = expectation.run(at: parameters, iteration: iteration, envelopes: envelopes)
    try sums.combine(with: communicator)
    let statistics = SufficientStatistics(
      layout: expectation.statisticsLayout, subjectCount: dataset.subjects.count,
      observationCount: dataset.observationCount, centres: parameters.means, values: sums.values)
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

  /// The evaluation at the estimates: log L, posteriors and scores, by one E-step and one sum.
  private func finish(
    at parameters: PopulationParameters, start: PopulationParameters, startFromData: Bool,
    records: [IterationRecord], stop: StopReason, envelopes: ExpectationStep.EnvelopeSource,
    observe: (IterationRecord) -> Void
  ) throws -> FitResult {
    let iteration = records.count
    let order = componentOrder(parameters)
    let estimates = parameters.permuted(order)
    let free = FreeParameters(model)
    let scores = ScoreFunction(free: free, parameters: estimates)
    var sums = expectation.run(
      at: parameters, iteration: iteration, envelopes: envelopes)
    let statisticsCount = expectation.statisticsLayout.count
    var scoreSums = ExactAccumulator(count: EstimateCovariance.sumCount(free.count))
    var rows: [Double] = []
    rows.reserveCapacity(expectation.subjects.count * expectation.layout.count)
    for local in expectation.subjects.indices {
      let posterior = expectation.posterior(local).permuted(order)
      rows += posterior.values
      guard posterior.logLikelihood.isFinite else { continue }
      let score = scores.score(
        posterior,
        observationCount: dataset.subjects[expectation.subjects[local]].observationCount)
      scoreSums.add(EstimateCovariance.terms(score))
    }
    sums.append(scoreSums)
    try sums.combine(with: communicator)
    let values = sums.values
    let statistics = SufficientStatistics(
      layout: expectation.statisticsLayout, subjectCount: dataset.subjects.count,
      observationCount: dataset.observationCount, centres: parameters.means,
      values: Array(values.prefix(statisticsCount)))
    if statistics.impossibleSubjects > 0 {
      throw EstimationError.impossibleSubjects(
        ids: try impossibleSubjects(), iteration: iteration + 1)
    }
    let last = record(statistics, iteration, parameters, step: nil)
    observe(last)
    return FitResult(
      model: model, settings: settings, subjectCount: dataset.subjects.count,
      observationCount: dataset.observationCount, start: start.permuted(order),
      startFromData: startFromData,
      iterations: (records + [last]).map { $0.permuted(order) },
      stopReason: stop.permuted(order), estimates: estimates,
      logLikelihood: statistics.logLikelihood, logLikelihoodError: statistics.logLikelihoodError,
      samplingError: nil,
      covariance: EstimateCovariance(
        sums: values.dropFirst(statisticsCount), count: free.count, isAtMaximum: !stop.isDegenerate),
      posteriors: try gatherPosteriors(rows))
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

import DataPartition
import MessagePassing
import NumericKernels
import PopulationModel

/// What a fit found at the parameters where its iterations stopped.
struct Evaluation {
  /// Old places of the components in their stable order, and the parameters in that order.
  let order: [Int]
  let estimates: PopulationParameters
  let statistics: SufficientStatistics
  let record: IterationRecord
  let covariance: EstimateCovariance
  let errors: NodeErrors?
  /// Whether the scores say where each estimate has its maximum.
  let isDetermined: Bool
  /// How estimates follow an error of the total score.
  let response: SymmetricMatrix?
  let samplingError: SamplingError?
  /// What log L gains where envelopes had missed some of a posterior, and are elsewhere now: 0 where none had.
  let missed: Double

  /// The step to the maximum that the scores still ask for, in standard errors: √(gᵀ Cov g), with
  /// the observed information where there are too few subjects for the outer product; `nil` where
  /// both are singular.
  var remainingDistance: Double? {
    covariance.remainingDistance ?? response.map { covariance.distance($0) }
  }
}

extension ExpectationMaximization {
  /// The evaluation at the estimates: log L, posteriors, scores and what other nodes change in them, by one sum over the ranks.
  func evaluate(at parameters: PopulationParameters, iteration: Int, run: IterationState) throws
    -> Evaluation
  {
    let order = componentOrder(parameters)
    let estimates = parameters.permuted(order)
    let free = FreeParameters(model)
    let scores = BlockScores(free: free, parameters: estimates)
    let information =
      model.hasLinearScores ? ObservedInformation(model: model, parameters: estimates) : nil
    // One message for all: statistics, scores, errors of the nodes, products of the complete data's scores.
    let isExact = settings.method == .exact
    let q = free.count
    let scorePlace = expectation.statisticsLayout.count
    let errorPlace = scorePlace + EstimateCovariance.sumCount(q)
    let productPlace = errorPlace + (isExact ? NodeErrors.sumCount(q) : 0)
    let missedPlace = productPlace + (information?.sumCount ?? 0)
    let wishPlace = missedPlace + (isExact ? 1 : 0)
    var sums = ExactAccumulator(count: wishPlace + 1)
    expectation.pins = run.boundary.pins
    scores.pinned = expectation.runWithPins(
      at: parameters, iteration: iteration, envelopes: run.schedule.finalSource, addingTo: &sums)
    let held = run.boundary.held(free, order: order)
    expectation.measureTails(iteration: iteration)
    addScores(scores, order: order, to: &sums, at: scorePlace)
    var errors: NodeErrors?
    information?.add(
      expectation, order: order, iteration: iteration, to: &sums, at: productPlace)
    if isExact {
      errors = NodeErrors(
        expectation, scores: scores, order: order, addingTo: &sums, at: errorPlace)
      for gain in expectation.recoverMissedMass(iteration: iteration) where gain > 0 {
        sums.add(gain, to: missedPlace)
      }
    }
    sums.add(wishOrLeave(after: .evaluation), to: wishPlace)
    try sums.combine(with: communicator)
    let values = sums.values
    noteWishes(values[wishPlace])
    try stopIfLeft()
    let statistics = SufficientStatistics(
      layout: expectation.statisticsLayout, subjectCount: share.subjectCount,
      observationCount: share.observationCount, centres: parameters.means,
      values: Array(values.prefix(scorePlace)))
    if statistics.impossibleSubjects > 0 {
      throw try impossible(statistics, at: parameters, iteration: iteration)
    }
    let prior =
      settings.prior.isEmpty ? nil : settings.prior.derivatives(at: estimates, free)
    var covariance = EstimateCovariance(
      sums: values[scorePlace..<errorPlace], count: q,
      isAtMaximum: run.stop?.isDegenerate != true, prior: prior, held: held)
    let isSingular = run.boundary.pins.contains { $0.singularBlock != nil }
    if isSingular, run.stop?.isDegenerate != true {
      let slopes = WorkingScaleSlopes(run.scale, free: free, at: estimates)
      covariance.replaceCovariance(
        slopes.covariance(
          covariance.information, without: run.boundary.coordinates(run.scale, free, order: order)))
    }
    errors?.complete(values[errorPlace..<productPlace])
    // The observed information also says how far an error of the scores moves the estimates.
    let response: SymmetricMatrix?
    if isSingular {
      // The curvature within a singular covariance matrix is not known.
      response = nil
    } else if let information, held.isEmpty {
      response = information.inverse(
        sums: values[productPlace..<missedPlace],
        scoreProducts: SymmetricMatrix(
          dimension: q, elements: Array(values[scorePlace + q..<errorPlace])),
        observationCount: share.observationCount, prior: prior?.information)
    } else if let standardErrors = covariance.standardErrors {
      response = try numericalCovariance(
        at: parameters, estimates: estimates, order: order, iteration: iteration,
        standardErrors: standardErrors, prior: prior?.information, held: held)
      try agreeToStopIfLeft()
    } else {
      response = nil
    }
    if run.stop?.isDegenerate != true { covariance.observed = response }
    let missed = isExact ? values[missedPlace] : 0
    return Evaluation(
      order: order, estimates: estimates, statistics: statistics,
      record: record(statistics, iteration, parameters, step: nil), covariance: covariance,
      errors: errors,
      isDetermined: isDetermined(
        free, covariance, response ?? covariance.covariance, held: held, run.scale),
      response: response ?? covariance.covariance,
      samplingError: try errors.map {
        $0.samplingError(
          response: response ?? covariance.covariance,
          standardErrors: covariance.standardErrors, samples: try sampleRange(),
          missed: missed)
      }, missed: missed)
  }

  /// Whether the scores say where each estimate has its maximum: one of which no subject says
  /// anything is 0 everywhere, and where some direction has no curvature, to the precision of
  /// integrals, any place on it is as good. The outer product of the scores of few subjects is
  /// singular whatever the data say.
  /// - Parameter held: places of parameters at the end of their range, which are left out.
  private func isDetermined(
    _ free: FreeParameters, _ covariance: EstimateCovariance, _ inverse: SymmetricMatrix?,
    held: Set<Int>, _ scale: WorkingScale
  ) -> Bool {
    let isSilent = free.list.indices.contains { a in
      guard !held.contains(a) else { return false }
      let information = covariance.information[a, a]
      guard let unit = scale.unit(free.list[a]) else { return !(information > 0) }
      return !(information * unit * unit > Self.leastInformation)
    }
    guard !isSilent, free.count > held.count else { return !isSilent }
    let isRegular = covariance.conditionNumber.map { $0 <= EstimateCovariance.singularity } ?? false
    // With as many parameters as subjects only the observed information says something, where it does
    // not need standard errors for its differences.
    if share.subjectCount <= free.count {
      return inverse != nil || !model.hasLinearScores || !held.isEmpty
    }
    return isRegular || share.subjectCount < 2 * free.count && inverse != nil
  }

  /// Of a parameter in its natural unit; a standard error of ten thousand units is none.
  private static let leastInformation = 1e-8

  /// Adds the scores s of the rank's subjects, and the s sᵀ behind them.
  func addScores(
    _ scores: BlockScores, order: [Int], to sums: inout ExactAccumulator, at place: Int
  ) {
    let count = EstimateCovariance.sumCount(scores.count)
    let blocks = expectation.blocks
    let blockSums = BlockSums(count: count)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: max(1, count)) { memory in
      guard let row = memory.baseAddress else { return }
      for block in 0..<blocks.blockCount {
        blocks.fillScores(row, block, scores, order: order)
        EstimateCovariance.appendProducts(row, count: scores.count)
        blockSums.add(row, chosen: expectation.lanes(of: block), to: &sums, at: place)
      }
    }
    blockSums.finish(&sums, at: place)
  }

  /// The least and the largest T on all ranks.
  private func sampleRange() throws -> ClosedRange<Int> {
    let own = expectation.sampleRange
    let all = try communicator.collected([own.lowerBound, own.upperBound]).joined()
    return (all.min() ?? own.lowerBound)...(all.max() ?? own.upperBound)
  }
}

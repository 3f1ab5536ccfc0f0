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
  /// Whether they do not because a variance is too near 0.
  let hasVanished: Bool
  /// How estimates follow an error of the total score.
  let response: SymmetricMatrix?
  let samplingError: SamplingError?
  /// What log L gains where envelopes had missed some of a posterior, and are elsewhere now: 0
  /// where none had.
  let missed: Double

  /// The step to the maximum that the scores still ask for, in standard errors: √(gᵀ Cov g), with
  /// the observed information where there are too few subjects for the outer product; `nil` where
  /// both are singular.
  var remainingDistance: Double? {
    covariance.remainingDistance ?? response.map { covariance.distance($0) }
  }
}

extension ExpectationMaximization {
  /// The evaluation at the estimates: log L, posteriors, scores and what other nodes change in
  /// them, by one sum over the ranks.
  func evaluate(at parameters: PopulationParameters, iteration: Int, run: IterationState) throws
    -> Evaluation
  {
    let order = componentOrder(parameters)
    let estimates = parameters.permuted(order)
    let free = FreeParameters(model)
    let scores = BlockScores(free: free, parameters: estimates)
    let information =
      model.hasLinearScores ? ObservedInformation(model: model, parameters: estimates) : nil
    // One message for all: statistics, scores, errors of the nodes, products of the complete data's
    // scores.
    let isExact = settings.method.endsAtMaximum
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
    let observed: SymmetricMatrix?
    if isSingular {
      // The curvature within a singular covariance matrix is not known.
      observed = nil
    } else if let information, held.isEmpty {
      observed = information.inverse(
        sums: values[productPlace..<missedPlace],
        scoreProducts: SymmetricMatrix(
          dimension: q, elements: Array(values[scorePlace + q..<errorPlace])),
        observationCount: share.observationCount, prior: prior?.information)
    } else if let standardErrors = covariance.standardErrors {
      observed = try numericalCovariance(
        at: parameters, estimates: estimates, order: order, iteration: iteration,
        standardErrors: standardErrors, prior: prior?.information, held: held)
      try agreeToStopIfLeft()
    } else {
      observed = nil
    }
    if run.stop?.isDegenerate != true { covariance.observed = observed }
    let response = response(observed, covariance, free)
    let missed = isExact ? values[missedPlace] : 0
    return Evaluation(
      order: order, estimates: estimates, statistics: statistics,
      record: record(statistics, iteration, parameters, step: nil), covariance: covariance,
      errors: errors,
      isDetermined: isDetermined(
        free, covariance, observed ?? covariance.covariance, held: held, run.scale, estimates),
      hasVanished: run.hasVanishedVariance, response: response,
      samplingError: try errors.map {
        $0.samplingError(
          response: response,
          standardErrors: covariance.standardErrors, samples: try sampleRange(),
          missed: missed)
      }, missed: missed)
  }

  /// How far an error of the total score moves the estimates: by the observed information, unless
  /// the curvature of a variance is a hundred times that of the scores of enough subjects. Then it
  /// is one of kept nodes and not of log L, as where a variance is small, and the data say little
  /// of it next to the nodes.
  private func response(
    _ observed: SymmetricMatrix?, _ covariance: EstimateCovariance, _ free: FreeParameters
  ) -> SymmetricMatrix? {
    guard let observed, let own = covariance.covariance, isRegular(covariance),
      share.subjectCount >= 2 * own.dimension
    else { return observed ?? covariance.covariance }
    let isOfNodes = free.list.indices.contains { a in
      guard case .covariance(let row, let column, _) = free.list[a], row == column else {
        return false
      }
      return observed[a, a] < 0.01 * own[a, a]
    }
    return isOfNodes ? own : observed
  }

  /// Whether the scores say where each estimate has its maximum: one of which no subject says
  /// anything is 0 everywhere, and where some direction has no curvature, to the precision of
  /// integrals, any place on it is as good. The outer product of the scores of few subjects is
  /// singular whatever the data say.
  /// - Parameter held: places of parameters at the end of their range, which are left out.
  private func isDetermined(
    _ free: FreeParameters, _ covariance: EstimateCovariance, _ inverse: SymmetricMatrix?,
    held: Set<Int>, _ scale: WorkingScale, _ estimates: PopulationParameters
  ) -> Bool {
    let isSilent = free.list.indices.contains { a in
      guard !held.contains(a) else { return false }
      let information = covariance.information[a, a]
      guard let unit = scale.unit(free.list[a], at: estimates) else { return !(information > 0) }
      return !(information * unit * unit > Self.leastInformation)
    }
    guard !isSilent, free.count > held.count else { return !isSilent }
    // With as many parameters as subjects only the observed information says something, where its
    // differences do not need standard errors.
    if share.subjectCount <= free.count {
      return inverse != nil || !model.hasLinearScores || !held.isEmpty
    }
    return isRegular(covariance) || share.subjectCount < 2 * free.count && inverse != nil
  }

  private func isRegular(_ covariance: EstimateCovariance) -> Bool {
    covariance.conditionNumber.map { $0 <= EstimateCovariance.singularity } ?? false
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
    var ends = [-Int64(own.lowerBound), Int64(own.upperBound)]
    try communicator.allReduceMax(&ends)
    return Int(-ends[0])...Int(ends[1])
  }
}

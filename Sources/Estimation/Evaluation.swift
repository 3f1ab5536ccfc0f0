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
  /// How estimates follow an error of the total score.
  let response: SymmetricMatrix?
  let samplingError: SamplingError?
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
}

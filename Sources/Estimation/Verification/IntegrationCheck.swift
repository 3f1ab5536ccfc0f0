import CVector
import DataPartition
import MessagePassing
import NumericKernels
import PopulationModel

/// What the independent integration says of the place where a fit has ended: log L there with its
/// error, subjects whose integrals the fit's nodes have wrong, and how far the maximum is by the
/// scores.
struct IntegrationCheck {
  /// Differences of a subject's log-likelihood, beyond five of their standard errors, that are no
  /// matter of chance.
  private static let bearable = 0.02
  private static let chance = 5.0
  /// Standard error of a subject's log-likelihood beyond which its integral is not known.
  private static let unknown = 0.15
  /// Distance from the maximum in standard errors of an estimate, beyond four of its own errors,
  /// that more nodes should make smaller, and the one with which a fit is not verified.
  private static let bearableShift = 0.02
  private static let wrongShift = 0.1

  /// log L at the estimates.
  let logLikelihood: Double
  /// Its standard error.
  let logLikelihoodError: Double
  /// How far the scores by these nodes move each estimate from where the fit's nodes have put it,
  /// and the standard errors of that; `nil` without an information.
  let shifts: (values: [Double], errors: [Double])?
  /// The largest of the shifts that is not a matter of chance, in standard errors of the estimate;
  /// 0 if there is none.
  let largestShift: Double
  /// The rank's subjects with wrong integrals, and those whose integrals are not known well enough.
  private let wrong: [Int]
  private let uncertain: [Int]
  /// The rank's subjects by what they shift the estimates, in standard errors.
  private let movers: [Int]
  /// What the fit's scores leave to go to the maximum, in standard errors; `nil` where they do not
  /// say it.
  private let remainingDistance: Double?
  /// Whether the scores determine all estimates.
  private let isDetermined: Bool
  /// Whether they do not because a variance is too near 0.
  private let hasVanished: Bool
  /// Numbers of both kinds on all ranks.
  let wrongCount: Int
  let uncertainCount: Int

  /// Whether the fit may end here.
  var isPassed: Bool { wrongCount == 0 && largestShift == 0 }

  /// The rank's subjects that should get other nodes.
  var candidates: [Int] {
    var list = Set(wrong)
    if largestShift > 0 { list.formUnion(movers) }
    return list.sorted()
  }

  /// A rank wanted to stop before all its subjects were integrated.
  struct Interrupted: Error {}

  /// Integrates all subjects of the group's ranks at the parameters of the last run; collective.
  /// - Parameter mustStop: whether this rank wants to stop at once.
  /// - Throws: `Interrupted` on all ranks if one wants to stop, `CommunicationError` if a rank is
  ///   lost.
  init(
    _ integration: IndependentIntegration, evaluation: Evaluation, scores: BlockScores,
    share: DatasetShare, communicator: any Communicator, mustStop: () -> Bool
  ) throws {
    let expectation = integration.expectation
    let q = scores.count
    let width = q + 1
    let packed = SymmetricMatrix.elementCount(width)
    let order = evaluation.order
    let count = integration.replicateCount
    let rowCount = 2 * width + packed
    let blocks = expectation.blocks
    let total = integration.total
    var sums = ExactAccumulator(count: rowCount + 3)
    var isInterrupted = false
    let blockSums = BlockSums(count: rowCount)
    var differences = [Double](repeating: 0, count: expectation.subjects.count * width)
    var (wrong, uncertain): ([Int], [Int]) = ([], [])
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: rowCount + (count + 1) * width) {
      memory in
      guard let row = memory.baseAddress else { return }
      let mean = row + rowCount
      for block in 0..<blocks.blockCount {
        if mustStop() {
          isInterrupted = true
          break
        }
        integration.integrate(block)
        if expectation.isLeft() {
          isInterrupted = true
          break
        }
        var chosen = expectation.lanes(of: block)
        // Values and scores, then what they differ by from those of the fit's nodes.
        row[0] = total.logLikelihood[block]
        total.fillScores(row + 1, block, scores, order: order)
        mean[0] = blocks.logLikelihood[block]
        blocks.fillScores(mean + 1, block, scores, order: order)
        for a in 0..<width { row[width + a] = row[a] - mean[a] }
        Self.fillVariances(
          row + 2 * width, integration.replicates, scores, order: order, scratch: mean)
        let variance = integration.variance
        row[2 * width] = larger(row[2 * width], variance)
        if count == 2 { row[2 * width] = Self.pooled(row[2 * width], row[width]) }
        for lane in 0..<blocks.width(block) {
          let local = 8 * block + lane
          let difference = row[width][lane]
          let deviation = variance[lane].squareRoot()
          if !(deviation <= Self.unknown) { uncertain.append(local) }
          if !(abs(difference) <= Self.bearable + Self.chance * deviation) { wrong.append(local) }
          if !(row[0][lane].isFinite && difference.isFinite && deviation.isFinite) {
            chosen[lane] = 0
          }
          for a in 0..<width { differences[local * width + a] = row[width + a][lane] }
        }
        blockSums.add(row, chosen: chosen, to: &sums, at: 0)
      }
    }
    blockSums.finish(&sums, at: 0)
    sums.add(Double(wrong.count), to: rowCount)
    sums.add(Double(uncertain.count), to: rowCount + 1)
    sums.add(isInterrupted ? 1 : 0, to: rowCount + 2)
    try sums.combine(with: communicator)
    let values = sums.values
    if values[rowCount + 2] > 0 { throw Interrupted() }
    self.wrong = wrong
    self.uncertain = uncertain
    remainingDistance = evaluation.remainingDistance
    isDetermined = evaluation.isDetermined
    hasVanished = evaluation.hasVanished
    wrongCount = Int(values[rowCount])
    uncertainCount = Int(values[rowCount + 1])
    logLikelihood = values[0]
    logLikelihoodError = max(0, values[2 * width]).squareRoot()
    let variances = SymmetricMatrix(
      dimension: width, elements: Array(values[2 * width..<2 * width + packed]))
    // Moments of effects that do not vary say nothing of their means.
    guard expectation.pins.isEmpty, let response = evaluation.response,
      values[width..<2 * width].allSatisfy(\.isFinite), variances.elements.allSatisfy(\.isFinite)
    else {
      (shifts, largestShift, movers) = (nil, 0, [])
      return
    }
    let standardErrors =
      evaluation.covariance.standardErrors ?? response.diagonal.map { $0.squareRoot() }
    func shift(_ j: Int, by score: (Int) -> Double) -> Double {
      (0..<q).reduce(0) { $0 + response[j, $1] * score($1) }
    }
    var (found, errors): ([Double], [Double]) = ([], [])
    var largest = 0.0
    for j in 0..<q {
      found.append(shift(j) { values[width + 1 + $0] })
      let variance = (0..<q).reduce(0) { sum, a in
        sum + response[j, a] * shift(j) { variances[max(a, $0) + 1, min(a, $0) + 1] }
      }
      errors.append(max(0, variance).squareRoot())
      guard standardErrors[j] > 0 else { continue }
      let (own, chance) = (abs(found[j]) / standardErrors[j], errors[j] / standardErrors[j])
      // The nodes of the fit have an error of the same kind.
      if own > max(Self.bearableShift, 4 * 1.4142 * chance) { largest = max(largest, own) }
    }
    shifts = (found, errors)
    largestShift = largest
    let limit = Self.bearableShift / Double(max(1, share.subjectCount)).squareRoot()
    movers =
      largest == 0
      ? []
      : expectation.subjects.indices.filter { local in
        (0..<q).contains { j in
          guard standardErrors[j] > 0 else { return false }
          let own = shift(j) { differences[local * width + 1 + $0] }
          return !(abs(own) / standardErrors[j] <= limit)
        }
      }
  }

  /// The variance of a subject's log-likelihood where two randomisations say little of it: the
  /// nodes of the fit, which are a rule's most often, are a third opinion, as long as they do not
  /// contradict.
  private static func pooled(_ variance: Lanes, _ difference: Lanes) -> Lanes {
    let square = difference * difference
    let isSmall = cvector_select_less(
      square, Lanes.all(bearable * bearable) + chance * chance * variance, Lanes.all(1),
      Lanes.all(0))
    return select(isSmall, 0.5 * (variance + square), variance)
  }

  /// The variances and covariances of the means over the randomisations, packed: of log S, then of
  /// the scores.
  private static func fillVariances(
    _ target: UnsafeMutablePointer<Lanes>, _ replicates: [SubjectBlocks], _ scores: BlockScores,
    order: [Int], scratch: UnsafeMutablePointer<Lanes>
  ) {
    let width = scores.count + 1
    let count = Double(replicates.count)
    for a in 0..<width { scratch[a] = Lanes.all(0) }
    for (r, replicate) in replicates.enumerated() {
      let row = scratch + (1 + r) * width
      row[0] = replicate.logLikelihood.pointee
      replicate.fillScores(row + 1, 0, scores, order: order)
      for a in 0..<width { scratch[a] += row[a] / count }
    }
    for e in 0..<SymmetricMatrix.elementCount(width) { target[e] = Lanes.all(0) }
    for r in replicates.indices {
      let row = scratch + (1 + r) * width
      for a in 0..<width { row[a] -= scratch[a] }
      var place = 0
      for a in 0..<width {
        for b in 0...a {
          target[place] += row[a] * row[b] / (count * (count - 1))
          place += 1
        }
      }
    }
  }

  /// The record of the evaluation with log L by these nodes.
  func record(_ record: IterationRecord) -> IterationRecord {
    IterationRecord(
      iteration: record.iteration, logLikelihood: logLikelihood,
      logLikelihoodError: logLikelihoodError, parameters: record.parameters,
      effectiveSampleSizes: record.effectiveSampleSizes, poorComponents: record.poorComponents,
      remedies: record.remedies, step: record.step, isRejected: record.isRejected,
      hasNewEnvelopes: true, logPrior: record.logPrior)
  }

  /// The errors of −2 log L and of the estimates: of each estimate what the scores move it by, or
  /// the error of that if it is larger.
  /// - Parameter fit: what the fit's nodes say of themselves, which has to do where independent
  ///   scores are not to be had.
  func samplingError(
    _ fit: SamplingError?, samples: ClosedRange<Int>, standardErrors: [Double]?
  ) -> SamplingError {
    let estimates =
      shifts.map { zip($0.values, $0.errors).map { max(abs($0), $1) } } ?? fit?.estimates
    return SamplingError(
      minusTwoLogLikelihood: 2 * logLikelihoodError, estimates: estimates,
      largestShare: standardErrors.flatMap { standardErrors in
        estimates.map {
          zip($0, standardErrors).filter { $1 > 0 }.map { $0 / $1 }.max() ?? 0
        }
      }, samples: samples, isIndependent: true)
  }

  /// The reason why the fit ends, which is another one where the end is not verified; collective.
  func stopReason(_ reason: StopReason, share: DatasetShare, communicator: any Communicator)
    throws -> StopReason
  {
    let distance = max(largestShift, remainingDistance ?? 0)
    guard reason.isRegular, wrongCount + uncertainCount > 0 || !(distance <= Self.wrongShift) else {
      if isDetermined || !reason.isRegular { return reason }
      return hasVanished
        ? .notVerified(UnverifiedEnd(iterations: reason.iterations, hasVanished: true))
        : reason.withoutMaximum
    }
    let ids = try share.firstIDs(
      of: Set(wrong + uncertain).sorted(), limit: EstimationError.namedSubjects,
      communicator: communicator)
    return .notVerified(
      UnverifiedEnd(
        iterations: reason.iterations, subjects: ids,
        subjectCount: max(wrongCount, uncertainCount),
        shift: distance > Self.wrongShift ? distance : 0))
  }
}

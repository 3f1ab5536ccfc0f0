import MessagePassing
import NumericKernels
import PopulationModel

/// What other nodes change in each subject's log-likelihood and score, and in the figures that are
/// made of them.
///
/// A subject's nodes are randomised independently of all others', so that the errors e_i of the
/// subjects add up like independent ones: Var Σe_i is estimated by ½Σd_i² from the differences d_i
/// between two randomisations. The differences from a rule of higher order are not random: they may
/// all have one sign, and their sum counts where it is larger.
struct NodeErrors {
  /// q + 1: log S, then the scores.
  private let width: Int
  private let isRandom: Bool
  /// Differences of the rank's subjects, one after another.
  private let differences: [Double]
  /// Σd and the packed Σd dᵀ over all subjects.
  private var sums: [Double] = []

  /// Integrates all subjects of the rank with other nodes, and compares.
  /// - Parameters:
  ///   - order: the component in place k of `scores`' parameters.
  ///   - total: to which the rank's sums are added, from `place` on.
  init(
    _ expectation: ExpectationStep, scores: BlockScores, order: [Int],
    addingTo total: inout ExactAccumulator, at place: Int
  ) {
    expectation.reintegrate()
    let q = scores.count
    let width = q + 1
    self.width = width
    isRandom = expectation.settings.nodes != .gaussHermite
    var differences = [Double](repeating: 0, count: expectation.subjects.count * width)
    let own = expectation.blocks
    let other = expectation.otherBlocks
    let rowCount = Self.sumCount(q)
    let blockSums = BlockSums(count: rowCount)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: rowCount + width) { memory in
      guard let row = memory.baseAddress else { return }
      let second = row + rowCount
      for block in 0..<own.blockCount {
        row[0] = own.logLikelihood[block]
        second[0] = other.logLikelihood[block]
        own.fillScores(row + 1, block, scores, order: order)
        other.fillScores(second + 1, block, scores, order: order)
        for a in 0..<width { row[a] -= second[a] }
        EstimateCovariance.appendProducts(row, count: width)
        blockSums.add(row, chosen: expectation.lanes(of: block), to: &total, at: place)
        for lane in 0..<own.width(block) {
          let place = (8 * block + lane) * width
          for a in 0..<width { differences[place + a] = row[a][lane] }
        }
      }
    }
    blockSums.finish(&total, at: place)
    self.differences = differences
  }

  static func sumCount(_ q: Int) -> Int { q + 1 + SymmetricMatrix.elementCount(q + 1) }

  /// Takes the sums over all ranks.
  mutating func complete(_ sums: ArraySlice<Double>) { self.sums = Array(sums) }

  /// The error of a linear combination of log L and the total score.
  private func error(_ weights: [Double], offset: Int) -> Double {
    var linear = 0.0
    var square = 0.0
    for (a, weight) in weights.enumerated() {
      linear += weight * sums[offset + a]
      for (b, other) in weights.enumerated() {
        let place =
          a >= b
          ? SymmetricMatrix.index(offset + a, offset + b)
          : SymmetricMatrix.index(offset + b, offset + a)
        square += weight * other * sums[width + place]
      }
    }
    // A subject that is impossible with one of the two sets of nodes.
    guard linear.isFinite, square.isFinite else { return .infinity }
    square = max(0, square)
    guard isRandom else { return max(abs(linear), square.squareRoot()) }
    // Differences with one sign, beyond what chance allows, are no independent errors.
    return linear * linear > 9 * square
      ? abs(linear) : (square / 2).squareRoot()
  }

  /// - Parameters:
  ///   - response: an error e of the total score moves the estimates by its product with e.
  ///   - standardErrors: of the estimates.
  ///   - missed: what log L lacks where envelopes have missed some of a posterior.
  func samplingError(
    response: SymmetricMatrix?, standardErrors: [Double]?, samples: ClosedRange<Int>,
    missed: Double
  ) -> SamplingError {
    let q = width - 1
    let estimates = response.map { response in
      (0..<q).map { j in error((0..<q).map { response[j, $0] }, offset: 1) }
    }
    let shares = standardErrors.flatMap { standardErrors in
      estimates.map { zip($0, standardErrors).filter { $1 > 0 }.map { $0 / $1 } }
    }
    return SamplingError(
      minusTwoLogLikelihood: 2 * max(error([1], offset: 0), missed), estimates: estimates,
      largestShare: shares?.max(), samples: samples)
  }

  /// The rank's subjects that have more than their share of an error above `precision`, and how
  /// often each should take more nodes at once.
  ///
  /// A rule's error falls to about a thousandth from one order to the fourth above, and the squared
  /// error of other nodes to about a quarter when T is doubled: subjects that are far above their
  /// share skip steps which would not do.
  func worst(
    response: SymmetricMatrix?, standardErrors: [Double]?, precision: Double, subjectCount: Int
  ) -> [(local: Int, steps: Int)] {
    let q = width - 1
    let limit = 0.5 / Double(subjectCount)
    let gain = isRandom ? 4.0 : 1000.0
    return (0..<differences.count / width).compactMap { local in
      let d = differences[local * width..<(local + 1) * width]
      func share(_ error: Double) -> Double {
        isRandom ? 0.5 * error * error / (precision * precision) : abs(error) / precision
      }
      var largest = share(2 * d.first!)
      if let response, let standardErrors {
        for j in 0..<q where standardErrors[j] > 0 {
          var shift = 0.0
          for a in 0..<q { shift += response[j, a] * d[d.startIndex + 1 + a] }
          let own = share(shift / standardErrors[j])
          if !(own <= largest) { largest = own }
        }
      }
      if largest <= limit { return nil }
      var steps = 1
      var left = largest / (limit * gain)
      while steps < 3, left > 1 {
        steps += 1
        left /= gain
      }
      return (local, steps)
    }
  }
}

extension SubjectBlocks {
  /// Scores of a block, components in the order of the scores' parameters.
  func fillScores(
    _ target: UnsafeMutablePointer<Lanes>, _ block: Int, _ scores: BlockScores, order: [Int]
  ) {
    scores.fill(
      target, observationCounts: observationCounts[block], covariates: meanCovariates(block),
      pinned: scores.pinned == nil ? nil : (block, order)
    ) { k in
      let record = record(block, order[k])
      return BlockScores.Source(
        results: UnsafePointer(record + layout.results), membership: record[layout.membership])
    }
  }
}

package import MessagePassing
package import PopulationData

extension DatasetShare {
  /// Up to which imbalance shares stay as they are.
  static let tolerableImbalance = 1.03

  /// What each rank has to do for its subjects; collective.
  /// - Parameter cost: of a subject, ≥ 0 and finite, in any unit.
  package func loads(
    communicator: any Communicator, cost: (Subject) -> Double
  ) throws(CommunicationError) -> LoadBalance {
    try loads(ofOwn: subjects.reduce(0) { $0 + cost($1) }, communicator)
  }

  private func loads(
    ofOwn load: Double, _ communicator: any Communicator
  ) throws(CommunicationError) -> LoadBalance {
    precondition(load >= 0 && load.isFinite, "costs are numbers from 0")
    let bits = try communicator.allGather(Int64(bitPattern: load.bitPattern))
    return LoadBalance(loads: bits.map { Double(bitPattern: UInt64(bitPattern: $0)) })
  }

  /// The same data set with its subjects moved between the ranks so that loads are as even as the
  /// order of the subjects allows, see `ContiguousAssignment`; collective.
  ///
  /// Nothing is moved if the largest load is at most 3 % above the mean. Subjects are sent once,
  /// from the rank that has them to the rank that shall.
  /// - Parameter cost: of a subject, ≥ 0 and finite, in any unit.
  package func balanced(
    communicator: any Communicator, cost: (Subject) -> Double
  ) throws(CommunicationError) -> DatasetShare {
    // The sums of own costs, so that the last of them is the load bit by bit.
    var sums = [0.0]
    sums.reserveCapacity(subjects.count + 1)
    for subject in subjects { sums.append(sums.last! + cost(subject)) }
    let balance = try loads(ofOwn: sums.last!, communicator)
    if balance.imbalance <= Self.tolerableImbalance, balance.loads.contains(where: { $0 > 0 }) {
      return self
    }
    // Places of the ranks' first costs in the total, and the total.
    var starts = [0.0]
    for load in balance.loads { starts.append(starts.last! + load) }
    let parts = CostParts(total: starts.last!, rankCount: communicator.size)
    let start = starts[communicator.rank]
    var ranges = [Range<Int>](repeating: 0..<0, count: communicator.size)
    // Rounding keeps the order, within a rank and from one to the next, so that owners ascend.
    var place = 0
    while place < subjects.count {
      let first = place
      func owner(_ place: Int) -> Int {
        parts.rank(
          from: start + sums[place], to: start + sums[place + 1], place: firstIndex + place,
          subjectCount: subjectCount)
      }
      let rank = owner(first)
      while place < subjects.count, owner(place) == rank { place += 1 }
      ranges[rank] = first..<place
    }
    return try moved(ranges, communicator)
  }

  /// Sends ranges of the own subjects to other ranks.
  /// - Parameter ranges: by receiver, in ascending order.
  private func moved(
    _ ranges: [Range<Int>], _ communicator: any Communicator
  ) throws(CommunicationError) -> DatasetShare {
    let rank = communicator.rank
    var blocks: [[UInt8]] = []
    for (receiver, range) in ranges.enumerated() {
      blocks.append(receiver == rank ? [] : SubjectCodec.encode(subjects[range]))
    }
    let received = try communicator.exchange(blocks)
    var share = self
    share.subjects = []
    for (sender, block) in received.enumerated() {
      share.subjects += sender == rank ? Array(subjects[ranges[rank]]) : SubjectCodec.decode(block)
    }
    let counts = try communicator.allGather(Int64(share.subjects.count))
    share.firstIndex = Int(counts[..<rank].reduce(0, +))
    return share
  }

  /// Subjects at even distances in the whole data set, the same on all ranks; collective.
  ///
  /// - Parameter limit: how many at most.
  /// - Returns: the subjects at the places ⌊i n / limit⌋ for i from 0 to limit − 1 if there are n >
  ///   limit subjects, else all of them.
  package func spacedSample(
    limit: Int, communicator: any Communicator
  ) throws(CommunicationError) -> [Subject] {
    precondition(limit > 0, "there is a sample")
    let count = min(limit, subjectCount)
    let own = (0..<count).lazy.map { $0 * subjectCount / count - firstIndex }
      .filter { subjects.indices.contains($0) }
    let bytes = SubjectCodec.encode(own.map { subjects[$0] })
    return SubjectCodec.decode(try communicator.concatenated(bytes))
  }
}

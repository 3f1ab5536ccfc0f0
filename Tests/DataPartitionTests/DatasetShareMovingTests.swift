import DataPartition
import MessagePassing
import PopulationData
import Testing

@Suite("shares of given subjects")
struct DatasetShareMovingTests {
  /// Random subjects with at most as many observations as `randomSubject` gives.
  static func subjects(_ count: Int, seed: UInt64) -> [Subject] {
    var generator = SplitMix(state: seed)
    return (0..<count).map { randomSubject(&generator, index: $0) }
  }

  /// Uneven cuts of a list for a number of ranks.
  static func cuts(_ count: Int, ranks: Int, seed: UInt64) -> [Range<Int>] {
    var generator = SplitMix(state: seed)
    let inner = (1..<ranks).map { _ in Int.random(in: 0...count, using: &generator) }.sorted()
    return zip([0] + inner, inner + [count]).map { $0..<$1 }
  }

  @Test("shares of given subjects know the whole as the data set does", arguments: 1...20)
  func givenSubjects(seed: UInt64) throws {
    let subjects = Self.subjects(37, seed: seed)
    let dataset = Dataset(name: "given", subjects: subjects)
    for ranks in rankCounts {
      let cuts = Self.cuts(subjects.count, ranks: ranks, seed: seed)
      let shares = try onRanks(ranks) {
        try DatasetShare(
          name: "given", subjects: Array(subjects[cuts[$0.rank]]), communicator: $0)
      }.map { try $0.get() }
      #expect(WholeReading(shares) == WholeReading(dataset))
    }
    #expect(WholeReading([DatasetShare(dataset)]) == WholeReading(dataset))
  }

  @Test("balancing moves subjects and changes nothing else", arguments: 1...20)
  func balancing(seed: UInt64) throws {
    let subjects = Self.subjects(60, seed: seed)
    let dataset = Dataset(name: "given", subjects: subjects)
    let costs = subjects.map { Double(4 + $0.observationCount + $0.doseCount) }
    let cost = { @Sendable (subject: Subject) in costs[subject.index] }
    for ranks in rankCounts {
      let cuts = Self.cuts(subjects.count, ranks: ranks, seed: seed)
      let results = try onRanks(ranks) { communicator in
        let share = try DatasetShare(
          name: "given", subjects: Array(subjects[cuts[communicator.rank]]),
          communicator: communicator)
        let before = try share.loads(communicator: communicator, cost: cost)
        let balanced = try share.balanced(communicator: communicator, cost: cost)
        let after = try balanced.loads(communicator: communicator, cost: cost)
        let again = try balanced.balanced(communicator: communicator, cost: cost)
        #expect(again == balanced, "balancing a second time moves nothing")
        return (share: balanced, before: before, after: after)
      }.map { try $0.get() }
      #expect(WholeReading(results.map(\.share)) == WholeReading(dataset))
      let assignment = ContiguousAssignment(costs: costs, rankCount: ranks)
      if results[0].before.imbalance > 1.03 {
        #expect(results.map(\.share.subjects.count) == assignment.ranges.map(\.count))
        #expect(results[0].after.imbalance == assignment.balance.imbalance)
      }
    }
  }

  @Test("shares that are even within 3 % stay as they are")
  func nearlyEven() throws {
    let subjects = (0..<203).map { Subject(id: "\($0)", index: $0, occasions: []) }
    let results = try onRanks(2) { communicator in
      let own = communicator.rank == 0 ? subjects[..<100] : subjects[100...]
      let share = try DatasetShare(
        name: "given", subjects: Array(own), communicator: communicator)
      return try share.balanced(communicator: communicator) { _ in 1 }.subjects.count
    }.map { try $0.get() }
    #expect(results == [100, 103])
  }

  @Test("costs that are no whole numbers, with all subjects on one rank", arguments: 1...10)
  func fractions(seed: UInt64) throws {
    let subjects = Self.subjects(500, seed: 3)
    var generator = SplitMix(state: seed)
    let costs = subjects.map { _ in Double.random(in: 0...1, using: &generator) }
    for ranks in [2, 5, 8] {
      let shares = try onRanks(ranks) { communicator in
        let isHolder = communicator.rank == Int(seed) % communicator.size
        return try DatasetShare(
          name: "given", subjects: isHolder ? subjects : [], communicator: communicator
        ).balanced(communicator: communicator) { costs[$0.index] }
      }.map { try $0.get() }
      #expect(WholeReading(shares) == WholeReading(Dataset(name: "given", subjects: subjects)))
      let mean = costs.reduce(0, +) / Double(ranks)
      for share in shares {
        #expect(abs(share.subjects.reduce(0) { $0 + costs[$1.index] } - mean) <= 1)
      }
    }
  }

  @Test(
    "a spaced sample is the same on all ranks and for any number of them",
    arguments: [1, 7, 36, 37, 50])
  func spacedSample(limit: Int) throws {
    let subjects = Self.subjects(37, seed: 11)
    let expected =
      limit < 37 ? (0..<limit).map { subjects[$0 * 37 / limit] } : subjects
    for ranks in rankCounts {
      let cuts = Self.cuts(subjects.count, ranks: ranks, seed: 5)
      for sample in onRanks(
        ranks,
        {
          try DatasetShare(
            name: "given", subjects: Array(subjects[cuts[$0.rank]]), communicator: $0
          ).spacedSample(limit: limit, communicator: $0)
        })
      { #expect(try sample.get() == expected) }
    }
  }
}

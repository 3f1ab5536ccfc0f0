import JobControl
import MessagePassing
import Synchronization
import Testing

@Suite("Work for groups of ranks")
struct ScheduleTests {
  static let counts = [1, 2, 3, 4, 5, 7, 8, 13, 64, 100]

  @Test(
    "the groups of each level are all ranks, and each is halved by the next level",
    arguments: counts)
  func tree(rankCount: Int) {
    let tree = GroupTree(rankCount: rankCount)
    for level in 0...tree.depth {
      let groups = tree.groups(level: level)
      #expect(groups.flatMap { Array(tree.ranks(of: $0, level: level)) } == Array(0..<rankCount))
      for group in groups {
        let ranks = tree.ranks(of: group, level: level)
        #expect(ranks.allSatisfy { tree.group(of: $0, level: level) == group })
        #expect(
          ranks.count - tree.size(level: level) <= 1 && ranks.count >= tree.size(level: level))
        if level > 0 {
          let parent = tree.ranks(of: group / 2, level: level - 1)
          #expect(parent.lowerBound <= ranks.lowerBound && ranks.upperBound <= parent.upperBound)
        }
      }
    }
    #expect(tree.groups(level: tree.depth).count == rankCount)
  }

  static func cost(_ work: Double) -> PieceCost {
    PieceCost(subjects: work * 1e5, serial: 0, work: work, steps: 20, payload: 10_000)
  }

  /// Sizes from 10⁻³ to 10³ seconds, in no order.
  static let unequal = (0..<200).map { cost(pow10(Double($0 * 37 % 200) / 33 - 3)) }

  private static func pow10(_ x: Double) -> Double {
    var result = 1.0
    for _ in 0..<Int((x + 3) * 33 + 0.5) { result *= 1.072267222 }
    return result / 1000
  }

  @Test("every piece is done once, those of a level from the longest on", arguments: counts)
  func assignment(rankCount: Int) {
    for costs in [Self.unequal, [Self.cost(1)], [], (0..<50).map { _ in Self.cost(0.002) }] {
      let schedule = Schedule(costs: costs, rankCount: rankCount)
      #expect(schedule.levels.joined().sorted() == Array(costs.indices))
      for (level, pieces) in schedule.levels.enumerated() {
        let size = schedule.tree.size(level: level)
        let times = pieces.map { costs[$0].seconds(ranks: size, network: .usual) }
        #expect(times == times.sorted(by: >))
      }
    }
  }

  @Test("it is done nearly as soon as all ranks together could", arguments: [2, 4, 8, 64])
  func makespan(rankCount: Int) {
    let schedule = Schedule(costs: Self.unequal, rankCount: rankCount)
    let all = Self.unequal.reduce(0) { $0 + $1.seconds(ranks: 1, network: .usual) }
    #expect(schedule.makespan >= all / Double(rankCount))
    #expect(schedule.makespan < 1.1 * all / Double(rankCount))
    #expect(schedule.occupation > 0.9)
  }

  @Test("small pieces are not divided, one large piece is done by all")
  func sizes() {
    let small = Schedule(costs: (0..<200).map { _ in Self.cost(0.002) }, rankCount: 8)
    #expect(small.usedLevels == [3])
    let large = Schedule(costs: [Self.cost(100)], rankCount: 8)
    #expect(large.usedLevels == [0])
    #expect(large.makespan < 13)
    // Beside a large one small ones wait until it is done, and then go to single ranks.
    let both = Schedule(
      costs: (0..<200).map { Self.cost($0 == 100 ? 100 : 0.01) }, rankCount: 8)
    #expect(both.levels[0] == [100] && both.levels[3].count == 199)
  }

  @Test("ranks take every piece once, whatever they are", arguments: [1, 2, 3, 5, 8])
  func groups(rankCount: Int) throws {
    let costs = Self.unequal
    let schedule = Schedule(costs: costs, rankCount: rankCount)
    let levels = Dictionary(
      uniqueKeysWithValues: schedule.levels.enumerated().flatMap { level, pieces in
        pieces.map { ($0, level) }
      })
    let done = Mutex<[Int: Int]>([:])
    let results = ThreadCommunicator.run(ranks: rankCount) { communicator in
      let world = MeteredCommunicator(communicator)
      var last = 0
      let times = try RankGroups(schedule: schedule, world: world).run { piece, group in
        // All ranks of a group work on the same piece.
        var numbers = [Int64(piece), 1]
        try group.allReduceSum(&numbers)
        precondition(numbers == [Int64(piece * group.size), Int64(group.size)])
        precondition(
          group.size
            == schedule.tree.ranks(
              of: schedule.tree.group(of: communicator.rank, level: levels[piece]!),
              level: levels[piece]!
            ).count)
        if group.rank == 0 { done.withLock { $0[piece, default: 0] += 1 } }
        return (true, group.rank == 0 ? piece : nil)
      } finished: { _, count in
        last = max(last, count)
      }
      precondition(times.working >= 0 && times.waiting >= 0)
      return last
    }
    let counts = try results.map { try $0.get() }
    #expect(counts.max() == costs.count)
    #expect(done.withLock { $0 } == Dictionary(uniqueKeysWithValues: costs.indices.map { ($0, 1) }))
  }

  @Test("when a rank says that there is no use in going on nobody begins another piece")
  func stop() throws {
    let schedule = Schedule(costs: (0..<1000).map { _ in Self.cost(0.001) }, rankCount: 3)
    let done = Mutex(0)
    let results = ThreadCommunicator.run(ranks: 3) { communicator in
      _ = try RankGroups(schedule: schedule, world: MeteredCommunicator(communicator)).run {
        piece, group in
        done.withLock { $0 += 1 }
        return (piece < 10, nil as Int?)
      } finished: { _, _ in
      }
    }
    for result in results { try result.get() }
    #expect(done.withLock { $0 } < 30)
  }
}

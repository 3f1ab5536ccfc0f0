import DataPartition
import TestSupport
import Testing

@Suite("neighbours to ranks")
struct ContiguousAssignmentTests {
  static func costs(_ seed: UInt64) -> [Double] {
    var generator = SplitMix64(seed: seed)
    let count = [0, 1, 2, 5, 40, 300].randomElement(using: &generator)!
    let isHeavyTailed = Bool.random(using: &generator)
    return (0..<count).map { _ in
      let share = Double.random(in: 0..<1, using: &generator)
      return isHeavyTailed ? 1 / (share + 0.001) : (10 * share).rounded()
    }
  }

  @Test("every subject is assigned once and in order", arguments: 1...60)
  func once(seed: UInt64) {
    let costs = Self.costs(seed)
    for ranks in [1, 2, 3, 5, 8, 64] {
      let assignment = ContiguousAssignment(costs: costs, rankCount: ranks)
      #expect(assignment.ranges.count == ranks)
      #expect(assignment.ranges.flatMap { Array($0) } == Array(costs.indices))
      for (range, load) in zip(assignment.ranges, assignment.balance.loads) {
        #expect(abs(costs[range].reduce(0, +) - load) <= 1e-9 * load)
      }
    }
  }

  @Test("no load exceeds the mean by more than the largest cost", arguments: 1...60)
  func bounded(seed: UInt64) {
    let costs = Self.costs(seed)
    guard let largest = costs.max() else { return }
    for ranks in [1, 2, 3, 5, 8, 64] {
      let balance = ContiguousAssignment(costs: costs, rankCount: ranks).balance
      let mean = balance.loads.reduce(0, +) / Double(ranks)
      #expect(balance.loads.max()! <= (mean + largest) * (1 + 1e-12))
    }
  }

  @Test("equal costs in even numbers are shared evenly, also if they are 0", arguments: [0.0, 2.5])
  func equal(cost: Double) {
    let assignment = ContiguousAssignment(
      costs: [Double](repeating: cost, count: 24), rankCount: 8)
    #expect(assignment.ranges.allSatisfy { $0.count == 3 })
    #expect(assignment.balance.imbalance == 1)
  }

  @Test("imbalance is the largest load divided by the mean")
  func imbalance() {
    #expect(LoadBalance(loads: [1, 2, 6]).imbalance == 2)
    #expect(LoadBalance(loads: [0, 0]).imbalance == 1)
  }
}

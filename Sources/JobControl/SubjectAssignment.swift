import Estimation
import PopulationData
import PopulationModel

/// Which rank has which subjects: a pure function of costs and the number of ranks.
public struct SubjectAssignment: Sendable, Equatable {
  /// Numbers of each rank's subjects, ascending.
  public let subjects: [[Int]]
  /// The sum of each rank's costs.
  public let loads: [Double]

  /// Longest first: each subject, from the most costly on, goes to the rank with the least to do so far.
  /// - Parameter costs: one for each subject, ≥ 0, in any unit.
  public init(costs: [Double], rankCount: Int) {
    precondition(rankCount > 0)
    var subjects = [[Int]](repeating: [], count: rankCount)
    var heap = RankHeap(rankCount: rankCount)
    let order = costs.indices.sorted { (-costs[$0], $0) < (-costs[$1], $1) }
    for subject in order { subjects[heap.give(costs[subject])].append(subject) }
    self.subjects = subjects.map { $0.sorted() }
    loads = heap.loads
  }

  /// Work of a subject: predictions and events, by the number of samples, which all subjects share.
  public static func cost(of subject: Subject) -> Double {
    // What a sample costs beside its predictions is about as much as four of them.
    Double(4 + subject.observationCount + subject.doseCount)
  }

  /// The largest load divided by the mean load; 1 is perfect.
  public var imbalance: Double {
    let mean = loads.reduce(0, +) / Double(loads.count)
    return mean > 0 ? loads.max()! / mean : 1
  }
}

/// The ranks by load, least first; equal loads by rank.
private struct RankHeap {
  private(set) var loads: [Double]
  private var heap: [Int]

  init(rankCount: Int) {
    loads = [Double](repeating: 0, count: rankCount)
    heap = Array(0..<rankCount)
  }

  /// Adds a cost to the least loaded rank, and says which it was.
  mutating func give(_ cost: Double) -> Int {
    let rank = heap[0]
    loads[rank] += cost
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2]
      where child < heap.count && isLess(heap[child], heap[least]) { least = child }
      if least == place { return rank }
      heap.swapAt(place, least)
      place = least
    }
  }

  private func isLess(_ a: Int, _ b: Int) -> Bool { (loads[a], a) < (loads[b], b) }
}

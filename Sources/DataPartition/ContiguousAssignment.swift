/// Which rank has which subjects, if each has neighbours in the order of the data set: a pure
/// function of costs and the number of ranks.
///
/// With C(i) the sum of the costs of all subjects before i and total cost C, a subject of cost c
/// goes to rank ⌊(C(i) + c/2) n / C⌋ of n, the one in whose even part of the total its middle lies.
/// Hence no load exceeds the mean by more than the largest cost.
package struct ContiguousAssignment: Sendable, Equatable {
  /// Each rank's subjects; one after the other they are all subjects.
  package let ranges: [Range<Int>]
  /// The sum of each rank's costs.
  package let balance: LoadBalance

  /// - Parameter costs: one for each subject, ≥ 0, in any unit.
  package init(costs: [Double], rankCount: Int) {
    precondition(rankCount > 0, "there is a rank")
    let parts = CostParts(total: costs.reduce(0, +), rankCount: rankCount)
    var counts = [Int](repeating: 0, count: rankCount)
    var loads = [Double](repeating: 0, count: rankCount)
    var sum = 0.0
    for (place, cost) in costs.enumerated() {
      let rank = parts.rank(
        from: sum, to: sum + cost, place: place, subjectCount: costs.count)
      counts[rank] += 1
      loads[rank] += cost
      sum += cost
    }
    var start = 0
    ranges = counts.map { count in
      defer { start += count }
      return start..<start + count
    }
    balance = LoadBalance(loads: loads)
  }
}

/// The even parts of a total cost.
struct CostParts {
  let total: Double
  let rankCount: Int

  /// The rank in whose part the middle of a subject's cost lies.
  ///
  /// - Parameters:
  ///   - before: costs of all subjects before it.
  ///   - after: the same with its own.
  ///   - place: its place among all `subjectCount` subjects, which counts if nothing has a cost.
  func rank(from before: Double, to after: Double, place: Int, subjectCount: Int) -> Int {
    if total <= 0 { return place * rankCount / subjectCount }
    let middle = before + (after - before) / 2
    return min(max(Int(middle / total * Double(rankCount)), 0), rankCount - 1)
  }
}

/// What ranks have to do.
package struct LoadBalance: Sendable, Equatable {
  /// The sum of the costs of each rank's subjects.
  package let loads: [Double]

  package init(loads: [Double]) {
    self.loads = loads
  }

  /// The largest load divided by the mean load; 1 is perfect.
  package var imbalance: Double {
    let mean = loads.reduce(0, +) / Double(loads.count)
    return mean > 0 ? loads.max()! / mean : 1
  }
}

/// Which piece of work is done by groups of which size, and in which order: a pure function of
/// costs and the number of ranks.
///
/// Pieces that take a large share of the whole time are shared by many ranks, small ones are done
/// by one rank each. Each level of the tree of groups has a list of pieces, the longest first; an
/// idle group takes the next one of its level until none is left, and then divides itself. How
/// large is "large" is found by trying some limits and taking the one whose work would be done
/// first.
package struct Schedule: Sendable, Equatable {
  package let tree: GroupTree
  /// Numbers of the pieces of each level, longest first.
  package let levels: [[Int]]
  /// Seconds of each piece in a group of its level, as expected.
  package let seconds: [Double]
  /// Seconds until each piece can be stopped without losing it.
  let secondsToFirstStep: [Double]
  /// Seconds until all is done, as expected.
  package let makespan: Double
  /// The share of the ranks' time that is spent on a piece, 0 … 1, as expected; what is lost within
  /// pieces is not counted.
  package let occupation: Double

  package init(costs: [PieceCost], rankCount: Int, network: Network = .usual) {
    let tree = GroupTree(rankCount: rankCount)
    let mean = costs.reduce(0) { $0 + $1.seconds(ranks: 1, network: network) } / Double(rankCount)
    var best: Schedule?
    for limit in [Double.infinity, 1, 0.5, 0.25, 0.1, 0.05, 0.02] {
      let candidate = Schedule(
        costs: costs, limit: limit * mean, tree: tree, network: network)
      // One percent is not worth a division into smaller groups.
      if candidate.makespan < 0.99 * (best?.makespan ?? .infinity) { best = candidate }
    }
    self = best ?? Schedule(costs: costs, limit: .infinity, tree: tree, network: network)
  }

  /// - Parameter limit: seconds that a piece may take.
  private init(costs: [PieceCost], limit: Double, tree: GroupTree, network: Network) {
    self.tree = tree
    var levels = [[Int]](repeating: [], count: tree.depth + 1)
    let sizes = (0...tree.depth).map { tree.size(level: $0) }
    for (number, cost) in costs.enumerated() {
      let times = sizes.map { cost.seconds(ranks: $0, network: network) }
      // The smallest groups that are fast enough; where none is, the fastest.
      let level =
        times.lastIndex { $0 <= limit }
        ?? times.indices.reversed().min { times[$0] < times[$1] } ?? tree.depth
      levels[level].append(number)
    }
    for level in levels.indices {
      let size = sizes[level]
      levels[level].sort { a, b in
        (-costs[a].seconds(ranks: size, network: network), a)
          < (-costs[b].seconds(ranks: size, network: network), b)
      }
    }
    self.levels = levels
    var seconds = [Double](repeating: 0, count: costs.count)
    var first = seconds
    for (level, pieces) in levels.enumerated() {
      for piece in pieces {
        seconds[piece] = costs[piece].seconds(ranks: sizes[level], network: network)
        first[piece] = costs[piece].secondsToFirstStep(ranks: sizes[level], network: network)
      }
    }
    self.seconds = seconds
    secondsToFirstStep = first
    (makespan, occupation) = Self.simulate(levels, costs, tree, network)
  }

  /// How long the work takes when idle groups take the next piece, and the share of the time in
  /// which ranks have one.
  private static func simulate(
    _ levels: [[Int]], _ costs: [PieceCost], _ tree: GroupTree, _ network: Network
  ) -> (makespan: Double, occupation: Double) {
    var free = [Double](repeating: 0, count: tree.rankCount)
    var busy = 0.0
    for (level, pieces) in levels.enumerated() where !pieces.isEmpty {
      var groups = LoadHeap(
        tree.groups(level: level).map { group in
          let ranks = tree.ranks(of: group, level: level)
          return (load: free[ranks.lowerBound], ranks: ranks)
        })
      for piece in pieces {
        let ranks = groups.least.ranks
        let seconds = costs[piece].seconds(ranks: ranks.count, network: network)
        groups.add(seconds)
        busy += seconds * Double(ranks.count)
      }
      for group in groups.all { for rank in group.ranks { free[rank] = group.load } }
    }
    let makespan = free.max() ?? 0
    return (makespan, makespan > 0 ? busy / (makespan * Double(tree.rankCount)) : 1)
  }

  /// The levels that have any pieces, the largest groups first.
  package var usedLevels: [Int] { levels.indices.filter { !levels[$0].isEmpty } }
}

/// Groups by the time at which they are free, the earliest first; the lower ranks first among
/// equals.
private struct LoadHeap {
  typealias Group = (load: Double, ranks: Range<Int>)
  private(set) var all: [Group]

  init(_ groups: [Group]) {
    // A sorted array is a heap.
    all = groups.sorted { Self.isLess($0, $1) }
  }

  var least: Group { all[0] }

  /// Gives the first one something to do.
  mutating func add(_ seconds: Double) {
    all[0].load += seconds
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2]
      where child < all.count && Self.isLess(all[child], all[least]) { least = child }
      if least == place { return }
      all.swapAt(place, least)
      place = least
    }
  }

  private static func isLess(_ a: Group, _ b: Group) -> Bool {
    (a.load, a.ranks.lowerBound) < (b.load, b.ranks.lowerBound)
  }
}

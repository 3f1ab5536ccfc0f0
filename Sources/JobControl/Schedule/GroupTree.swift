/// Groups of ranks by halving: at level 0 all ranks are one group, and each group has two of the
/// next level, until every rank is alone.
///
/// A group that has no more work of its level divides itself without waiting for any other group.
package struct GroupTree: Sendable, Equatable {
  package let rankCount: Int
  /// The level at which every rank is alone.
  package let depth: Int

  package init(rankCount: Int) {
    precondition(rankCount > 0)
    self.rankCount = rankCount
    var depth = 0
    while 1 << depth < rankCount { depth += 1 }
    self.depth = depth
  }

  /// The first rank of a group; of the group after the last one, the number of ranks.
  private func first(_ group: Int, level: Int) -> Int { (rankCount * group) >> level }

  /// The ranks of a group; none at the deepest level for some of the 2^level, unless the number of
  /// ranks is a power of two.
  package func ranks(of group: Int, level: Int) -> Range<Int> {
    first(group, level: level)..<first(group + 1, level: level)
  }

  /// The group of a rank.
  package func group(of rank: Int, level: Int) -> Int {
    // The last group that begins at this rank or before it.
    var group = (rank << level) / rankCount
    while first(group + 1, level: level) <= rank { group += 1 }
    return group
  }

  /// The numbers of groups with any ranks.
  package func groups(level: Int) -> [Int] {
    (0..<1 << level).filter { !ranks(of: $0, level: level).isEmpty }
  }

  /// Ranks of the smallest group of a level.
  package func size(level: Int) -> Int { max(1, rankCount >> level) }
}

import Study
import Testing

@Suite("Alignment of labels")
struct AlignmentTests {
  /// Numbers that look random, the same on every machine.
  private static func gains(_ count: Int, seed: UInt64) -> [[Double]] {
    var state = seed
    return (0..<count).map { _ in
      (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 40)
      }
    }
  }

  private static func permutations(_ items: [Int]) -> [[Int]] {
    items.isEmpty
      ? [[]]
      : items.flatMap { item in permutations(items.filter { $0 != item }).map { [item] + $0 } }
  }

  @Test("the assignment is the best of all permutations", arguments: 1...6)
  func best(count: Int) {
    for seed in 1...40 {
      let gains = Self.gains(count, seed: UInt64(seed))
      func total(_ columns: [Int]) -> Double {
        columns.enumerated().reduce(0) { $0 + gains[$1.offset][$1.element] }
      }
      let found = optimalAssignment(gains)
      #expect(found.sorted() == Array(0..<count))
      let best = Self.permutations(Array(0..<count)).map(total).max()
      #expect(total(found) == best)
    }
  }

  @Test("64 components are assigned at once, however they are shuffled")
  func many() {
    let shuffled = (0..<64).map { ($0 * 37 + 11) % 64 }
    let gains = shuffled.map { target in (0..<64).map { $0 == target ? 1.0 : 0.5 } }
    #expect(optimalAssignment(gains) == shuffled)
  }

  @Test("labels that a fit has swapped are found by the posterior probabilities")
  func swapped() {
    let components = [0, 0, 0, 1, 1]
    let memberships = [[0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.9, 0.1], [1, 0]]
    let alignment = LabelAlignment(
      components: components, memberships: memberships, componentCount: 2)
    #expect(alignment.order == [1, 0])
    #expect(!alignment.isIdentity)
    // Only the third subject is in another class than its component.
    #expect(alignment.misclassified(components: components, classes: [1, 1, 0, 0, 0]) == 1)
  }

  @Test("posterior probabilities that are no numbers count for nothing")
  func notNumbers() {
    let alignment = LabelAlignment(
      components: [0, 1, 0], memberships: [[1, 0], [0, 1], [.nan, .nan]], componentCount: 2)
    #expect(alignment.isIdentity)
  }
}

/// Which component of a fit is which of a reference, a truth or another fit: of all ways to pair
/// them the one that gives the subjects' components of the reference the largest total of posterior
/// probabilities.
package struct LabelAlignment: Sendable, Equatable, Codable {
  /// The fit's component, from 0, for each of the reference.
  package let order: [Int]
  /// How clear it is which is which, from 0, where two components could as well be exchanged, to 1,
  /// where all subjects are sure: the least over all pairs of components of what their exchange
  /// would lose, as a share of what the reference has in the two.
  package let margin: Double

  /// Below this margin it is left open which component is which: an exchange of two would lose less
  /// than a tenth of their subjects.
  package static let leastMargin = 0.1

  /// Whether two components cannot be told apart by their subjects.
  package var isAmbiguous: Bool { margin < Self.leastMargin }

  /// As it was found before.
  package init(order: [Int], margin: Double) {
    self.order = order
    self.margin = margin
  }

  /// - Parameter gains: Σ_i r_i(k) τ_i(l), K × K, of the reference's probabilities r and the fit's
  ///   τ.
  package init(gains: [[Double]]) {
    order = optimalAssignment(gains)
    var margin = 1.0
    for a in gains.indices {
      for b in gains.indices where b > a {
        let total = (gains[a] + gains[b]).reduce(0, +)
        let kept = gains[a][order[a]] + gains[b][order[b]]
        let exchanged = gains[a][order[b]] + gains[b][order[a]]
        margin = min(margin, total > 0 ? max(0, kept - exchanged) / total : 0)
      }
    }
    self.margin = margin
  }

  /// - Parameters:
  ///   - components: of the truth, from 0, of each subject.
  ///   - memberships: τ of each subject, K values.
  package init(components: [Int], memberships: [[Double]], componentCount: Int) {
    var gains = [[Double]](
      repeating: [Double](repeating: 0, count: componentCount), count: componentCount)
    for (truth, membership) in zip(components, memberships) {
      for (k, tau) in membership.enumerated() where tau.isFinite { gains[truth][k] += tau }
    }
    self.init(gains: gains)
  }

  /// Whether the fit's labels are those of the reference.
  package var isIdentity: Bool { order == Array(order.indices) }

  /// How many subjects the fit puts into another component than that of the truth.
  /// - Parameter classes: the fit's component of each subject, from 0.
  package func misclassified(components: [Int], classes: [Int]) -> Int {
    zip(components, classes).count { order[$0] != $1 }
  }
}

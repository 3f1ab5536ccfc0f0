/// Which component of a fit is which of the truth: of all ways to pair them the one that gives the subjects' true components the
/// largest total of posterior probabilities.
public struct LabelAlignment: Sendable, Equatable {
  /// The fit's component, from 0, for each of the truth.
  public let order: [Int]

  /// - Parameters:
  ///   - components: of the truth, from 0, of each subject.
  ///   - memberships: τ of each subject, K values.
  public init(components: [Int], memberships: [[Double]], componentCount: Int) {
    var gains = [[Double]](
      repeating: [Double](repeating: 0, count: componentCount), count: componentCount)
    for (truth, membership) in zip(components, memberships) {
      for (k, tau) in membership.enumerated() where tau.isFinite { gains[truth][k] += tau }
    }
    order = optimalAssignment(gains)
  }

  /// Whether the fit's labels are those of the truth.
  public var isIdentity: Bool { order == Array(order.indices) }

  /// How many subjects the fit puts into another component than that of the truth.
  /// - Parameter classes: the fit's component of each subject, from 0.
  public func misclassified(components: [Int], classes: [Int]) -> Int {
    zip(components, classes).count { order[$0] != $1 }
  }
}

import MessagePassing
import NumericKernels

/// The component to which a subject most probably belongs: W07 section 4.
public struct Classification: Sendable, Equatable {
  /// arg max_k τ(k), from 0; the first of equals.
  public let component: Int
  /// −Σ_k τ(k) log τ(k): 0 if the class is certain, log K if nothing is known.
  public let entropy: Double

  /// - Parameter membership: posterior probabilities τ, `K` values that sum to 1.
  public init(membership: [Double]) {
    var best = 0
    for k in membership.indices where membership[k] > membership[best] { best = k }
    component = best
    // Not below 0, which a τ that is rounded above 1 would give.
    entropy = max(0, membership.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 })
  }
}

/// How all subjects of a data set are classified.
public struct ClassCounts: Sendable, Equatable, Codable {
  /// Number of subjects in each class.
  public let subjects: [Int]
  /// Σ_i (1 − max_k τ_i(k)): how many subjects are in the wrong class, as the model expects.
  public let expectedMisclassifications: Double

  /// Counts the subjects of all ranks; collective.
  init(of posteriors: SubjectPosteriors, componentCount: Int, communicator: any Communicator) throws
  {
    var sums = ExactAccumulator(count: componentCount + 1)
    for posterior in posteriors {
      let membership = posterior.membership
      sums.add(1, to: Classification(membership: membership).component)
      sums.add(1 - (membership.max() ?? 1), to: componentCount)
    }
    try sums.combine(with: communicator)
    let values = sums.values
    subjects = values.prefix(componentCount).map { Int($0) }
    expectedMisclassifications = values[componentCount]
  }
}

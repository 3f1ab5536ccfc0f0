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

/// How all subjects of a data set are classified, and what their data leave open.
public struct ClassCounts: Sendable, Equatable, Codable {
  /// Number of subjects in each class.
  public let subjects: [Int]
  /// Σ_i (1 − max_k τ_i(k)): how many subjects are in the wrong class, as the model expects.
  public let expectedMisclassifications: Double
  /// E = −Σ_i Σ_k τ_i(k) log τ_i(k): 0 if all classes are certain, n log K if nothing is known.
  public let entropy: Double
  /// Σ_i τ_i(k), how many subjects are in each component, as the model expects.
  public var memberships: [Double] { variances.memberships }
  /// What the subjects' data leave open of their random effects.
  let variances: PosteriorVariances

  /// Counts the subjects of all ranks; collective.
  init(of posteriors: SubjectPosteriors, componentCount: Int, communicator: any Communicator) throws
  {
    let layout = posteriors.layout
    let first = componentCount + 2
    var sums = ExactAccumulator(count: first + PosteriorVariances.sumCount(layout))
    for posterior in posteriors {
      let membership = posterior.membership
      let classification = Classification(membership: membership)
      sums.add(1, to: classification.component)
      sums.add(1 - (membership.max() ?? 1), to: componentCount)
      sums.add(classification.entropy, to: componentCount + 1)
      PosteriorVariances.add(posterior, membership: membership, to: &sums, at: first)
    }
    try sums.combine(with: communicator)
    let values = sums.values
    subjects = values.prefix(componentCount).map { Int($0) }
    expectedMisclassifications = values[componentCount]
    entropy = values[componentCount + 1]
    variances = PosteriorVariances(sums: values[first...], layout)
  }
}

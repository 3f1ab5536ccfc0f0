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

extension FitResult {
  /// Number of subjects in each class.
  public var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: model.componentCount)
    for posterior in posteriors {
      counts[Classification(membership: posterior.membership).component] += 1
    }
    return counts
  }

  /// Σ_i (1 − max_k τ_i(k)): how many subjects are in the wrong class, as the model expects.
  public var expectedMisclassifications: Double {
    posteriors.reduce(0) { $0 + 1 - ($1.membership.max() ?? 1) }
  }
}

import CVector
import MessagePassing
import NumericKernels

/// The component to which a subject most probably belongs: W07 section 4.
package struct Classification: Sendable, Equatable {
  /// arg max_k τ(k), from 0; the first of equals.
  package let component: Int
  /// −Σ_k τ(k) log τ(k): 0 if the class is certain, log K if nothing is known.
  package let entropy: Double

  /// - Parameter membership: posterior probabilities τ, `K` values that sum to 1.
  package init(membership: [Double]) {
    var best = 0
    for k in membership.indices where membership[k] > membership[best] { best = k }
    component = best
    // Not below 0, which a τ that is rounded above 1 would give.
    entropy = max(0, membership.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 })
  }
}

/// How all subjects of a data set are classified, and what their data leave open.
package struct ClassCounts: Sendable, Equatable, Codable {
  /// Number of subjects in each class.
  package let subjects: [Int]
  /// Σ_i (1 − max_k τ_i(k)): how many subjects are in the wrong class, as the model expects.
  package let expectedMisclassifications: Double
  /// E = −Σ_i Σ_k τ_i(k) log τ_i(k): 0 if all classes are certain, n log K if nothing is known.
  package let entropy: Double
  /// Σ_i τ_i(k), how many subjects are in each component, as the model expects.
  package var memberships: [Double] { variances.memberships }
  /// What the subjects' data leave open of their random effects.
  package let variances: PosteriorVariances

  /// Whether it has the shape of rows of posteriors, as what was read from a file may not.
  func isConsistent(_ layout: PosteriorLayout) -> Bool {
    subjects.count == layout.componentCount && subjects.allSatisfy { $0 >= 0 }
      && variances.isConsistent(layout)
  }

  /// Counts the subjects of all ranks; collective.
  init(of posteriors: SubjectPosteriors, componentCount: Int, communicator: any Communicator) throws
  {
    let layout = posteriors.layout
    let first = componentCount + 2
    var sums = ExactAccumulator(count: first + PosteriorVariances.sumCount(layout))
    // One array each for all subjects.
    var addends = [Double](repeating: 0, count: sums.count)
    var membership = [Double](repeating: 0, count: componentCount)
    var block = [Lanes](repeating: Lanes.all(0), count: sums.count)
    let blockSums = BlockSums(count: sums.count)
    var place = 0
    posteriors.forEachRow { row in
      for k in 0..<componentCount {
        membership[k] = exp(row[layout.logIntegral(k)] - row[layout.logLikelihood])
        addends[k] = 0
      }
      let classification = Classification(membership: membership)
      addends[classification.component] = 1
      addends[componentCount] = 1 - (membership.max() ?? 1)
      addends[componentCount + 1] = classification.entropy
      PosteriorVariances.fill(&addends, from: first, row, layout, membership: membership)
      // Eight subjects side by side are added at once.
      for e in addends.indices { block[e][place % 8] = addends[e] }
      place += 1
      if place % 8 == 0 || place == posteriors.count {
        let width = Lanes.all(Double((place - 1) % 8 + 1))
        let chosen = cvector_select_less(
          Lanes(0, 1, 2, 3, 4, 5, 6, 7), width, Lanes.all(1), Lanes.all(0))
        blockSums.add(block, chosen: chosen, to: &sums, at: 0)
      }
    }
    blockSums.finish(&sums, at: 0)
    try sums.combine(with: communicator)
    let values = sums.values
    subjects = values.prefix(componentCount).map { Int($0) }
    expectedMisclassifications = values[componentCount]
    entropy = values[componentCount + 1]
    variances = PosteriorVariances(sums: values[first...], layout)
  }
}

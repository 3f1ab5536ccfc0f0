import NumericKernels

/// Values of the population parameters ϕ: w, μ, Σ and σ², on the scale φ where the random effects are normal.
public struct PopulationParameters: Sendable, Equatable, Codable {
  /// w_k, K values that sum to 1.
  public var weights: [Double]
  /// μ_k: K vectors of p values.
  public var means: [[Double]]
  /// Σ_k (NONMEM's OMEGA): K matrices p × p, with their zeros between blocks.
  public var covariances: [SymmetricMatrix]
  /// σ²
  public var residualVariance: Double

  public init(
    weights: [Double], means: [[Double]], covariances: [SymmetricMatrix], residualVariance: Double
  ) {
    precondition(weights.count == means.count && means.count == covariances.count)
    self.weights = weights
    self.means = means
    self.covariances = covariances
    self.residualVariance = residualVariance
  }

  /// K
  public var componentCount: Int { weights.count }

  /// The parameters with component `order[k]` in place k.
  public func permuted(_ order: [Int]) -> PopulationParameters {
    PopulationParameters(
      weights: order.map { weights[$0] }, means: order.map { means[$0] },
      covariances: order.map { covariances[$0] }, residualVariance: residualVariance)
  }

  /// Two components whose effects of the mixture have the same mean and covariance, if there are such.
  public func alikeComponents(mixtureEffects: [Int]) -> (Int, Int)? {
    for b in weights.indices {
      for a in 0..<b {
        let isAlike = mixtureEffects.allSatisfy { i in
          means[a][i] == means[b][i]
            && mixtureEffects.allSatisfy { covariances[a][i, $0] == covariances[b][i, $0] }
        }
        if isAlike { return (a, b) }
      }
    }
    return nil
  }

  /// The stable order of the components: ascending mean of the first effect of the mixture, then of the next ones.
  public func stableOrder(mixtureEffects: [Int]) -> [Int] {
    (0..<componentCount).sorted { a, b in
      for effect in mixtureEffects where means[a][effect] != means[b][effect] {
        return means[a][effect] < means[b][effect]
      }
      return a < b
    }
  }
}

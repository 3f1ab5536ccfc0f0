public import NumericKernels

/// Values of the population parameters ϕ: w, μ, Σ and σ², on the scale φ where the random effects
/// are normal.
public struct PopulationParameters: Sendable, Equatable, Codable {
  /// w_k, K values that sum to 1.
  public var weights: [Double]
  /// μ_k: K vectors of p values.
  public var means: [[Double]]
  /// Σ_k (NONMEM's OMEGA): K matrices p × p, with their zeros between blocks.
  public var covariances: [SymmetricMatrix]
  /// σ², where it is a factor of all residual variances; `nil` in a model whose residual errors
  /// have direct parameters.
  public var residualVariance: Double?
  /// ψ_k: K vectors of the model's direct parameters, structural ones on the scale on which they
  /// are estimated.
  public var direct: [[Double]]
  /// γ_k: K vectors of the coefficients of covariates.
  public var coefficients: [[Double]]
  /// ζ_k: K vectors of what covariates add to log w_k/w_K; the last are 0.
  public var weightCoefficients: [[Double]]

  /// - Parameters:
  ///   - direct: none if left out, as `coefficients` and `weightCoefficients`.
  public init(
    weights: [Double], means: [[Double]], covariances: [SymmetricMatrix], residualVariance: Double?,
    direct: [[Double]]? = nil, coefficients: [[Double]]? = nil,
    weightCoefficients: [[Double]]? = nil
  ) {
    let none = [[Double]](repeating: [], count: weights.count)
    precondition(weights.count == means.count && means.count == covariances.count)
    self.weights = weights
    self.means = means
    self.covariances = covariances
    self.residualVariance = residualVariance
    self.direct = direct ?? none
    self.coefficients = coefficients ?? none
    self.weightCoefficients = weightCoefficients ?? none
  }

  /// σ² of a model that has it, one with `isFactored`.
  public var sigma2: Double {
    guard let residualVariance else {
      preconditionFailure("a model with direct parameters has no σ²")
    }
    return residualVariance
  }

  /// K
  public var componentCount: Int { weights.count }

  /// The parameters with component `order[k]` in place k.
  public func permuted(_ order: [Int]) -> PopulationParameters {
    PopulationParameters(
      weights: order.map { weights[$0] }, means: order.map { means[$0] },
      covariances: order.map { covariances[$0] }, residualVariance: residualVariance,
      direct: order.map { direct[$0] }, coefficients: order.map { coefficients[$0] },
      weightCoefficients: order.map { k in
        // Relative to the component that is the last now.
        zip(weightCoefficients[k], weightCoefficients[order.last ?? k]).map { $0 - $1 }
      })
  }

  /// Two components whose effects of the mixture have the same mean and covariance, if there are
  /// such.
  public func alikeComponents(mixtureEffects: [Int]) -> (Int, Int)? {
    for b in weights.indices {
      for a in 0..<b {
        let isAlike =
          mixtureEffects.allSatisfy { i in
            means[a][i] == means[b][i]
              && mixtureEffects.allSatisfy { covariances[a][i, $0] == covariances[b][i, $0] }
          } && direct[a] == direct[b] && coefficients[a] == coefficients[b]
        if isAlike { return (a, b) }
      }
    }
    return nil
  }

  /// The stable order of the components: ascending mean of the first effect of the mixture, then of
  /// the next ones.
  public func stableOrder(mixtureEffects: [Int]) -> [Int] {
    (0..<componentCount).sorted { a, b in
      for effect in mixtureEffects where means[a][effect] != means[b][effect] {
        return means[a][effect] < means[b][effect]
      }
      return a < b
    }
  }
}

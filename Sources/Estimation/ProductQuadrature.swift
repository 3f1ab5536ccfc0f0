import NumericKernels

/// The product of one Gauss–Hermite rule in each dimension, as nodes and weights of the importance sampler: with the weights ω_l
/// of the rule in place of 1/T, the same sums give the integrals. Under an envelope with the posterior's moments this is adaptive
/// Gauss–Hermite quadrature (Naylor & Smith, Appl Stat 31 (1982) 214–225).
struct ProductQuadrature {
  /// T in vectors of eight, the last filled up.
  let vectorCount: Int
  /// z: dimension d of vector v at `d * vectorCount + v`.
  let nodes: [Lanes]
  /// log(T ω_l)
  let logWeights: [Lanes]
  /// The effective sample size under a perfect envelope, 1/Σ ω_l².
  let idealSize: Double

  /// - Parameter nodeCount: T, the `dimensions`-th power of the order.
  init(nodeCount: Int, dimensions: Int) {
    guard let order = Self.order(nodeCount: nodeCount, dimensions: dimensions) else {
      preconditionFailure("the number of nodes is a power of the order")
    }
    let rule = GaussHermite(order: order)
    vectorCount = (nodeCount + 7) / 8
    var nodes = [Lanes](repeating: Lanes.all(0), count: dimensions * vectorCount)
    var logWeights = [Lanes](repeating: Lanes.all(0), count: vectorCount)
    for l in 0..<nodeCount {
      var rest = l
      var logWeight = log(Double(nodeCount))
      for d in 0..<dimensions {
        nodes[d * vectorCount + l / 8][l % 8] = rule.nodes[rest % order]
        logWeight += log(rule.weights[rest % order])
        rest /= order
      }
      logWeights[l / 8][l % 8] = logWeight
    }
    self.nodes = nodes
    self.logWeights = logWeights
    idealSize = Self.idealSize(rule, dimensions: dimensions)
  }

  /// The order n with nᵖ = T, if there is one.
  static func order(nodeCount: Int, dimensions: Int) -> Int? {
    (1...GaussHermite.orderLimit).first { n in
      (0..<dimensions).reduce(1) { power, _ in power * n } == nodeCount
    }
  }

  private static func idealSize(_ rule: GaussHermite, dimensions: Int) -> Double {
    let one = 1 / rule.weights.reduce(0) { $0 + $1 * $1 }
    return (0..<dimensions).reduce(1) { power, _ in power * one }
  }
}

extension EstimationSettings {
  /// The effective sample size of a perfect envelope: T, but less for a Gauss–Hermite rule, whose outer nodes weigh little.
  func idealSampleSize(effectCount: Int) -> Double {
    guard nodes == .gaussHermite else { return Double(samples) }
    return ProductQuadrature(nodeCount: samples, dimensions: effectCount).idealSize
  }
}

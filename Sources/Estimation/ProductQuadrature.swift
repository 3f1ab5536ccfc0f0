import KernelInterface
import NumericKernels

/// Products of one Gauss–Hermite rule in each dimension, as nodes of the importance sampler: with the weights ω_l of the rule in
/// place of 1/T the same sums give the integrals. Under an envelope with the posterior's moments this is adaptive Gauss–Hermite
/// quadrature (Naylor & Smith, Appl Stat 31 (1982) 214–225).
final class ProductQuadrature {
  let order: Int
  /// T = orderᵖ
  let nodeCount: Int
  let nodes: NodeSet
  /// The effective sample size under a perfect envelope, 1/Σ ω_l².
  let idealSize: Double

  init(order: Int, dimensions p: Int) {
    let rule = GaussHermite(order: order)
    self.order = order
    nodeCount = (0..<p).reduce(1) { power, _ in power * order }
    let vectors = (nodeCount + 7) / 8
    let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: (p + 1) * vectors)
    memory.initialize(repeating: Lanes.all(0), count: (p + 1) * vectors)
    nodes = NodeSet(
      vectors: vectors, z: memory, stride: vectors, inverseDensity: memory + p * vectors)
    for l in 0..<nodeCount {
      var rest = l
      var logWeight = log(Double(nodeCount))
      for d in 0..<p {
        let z = rule.nodes[rest % order]
        memory[d * vectors + l / 8][l % 8] = z
        logWeight += log(rule.weights[rest % order]) + 0.5 * z * z
        rest /= order
      }
      memory[p * vectors + l / 8][l % 8] = exp(logWeight)
    }
    let one = 1 / rule.weights.reduce(0) { $0 + $1 * $1 }
    idealSize = (0..<p).reduce(1) { power, _ in power * one }
  }

  deinit { nodes.z.deallocate() }

  /// The order n with nᵖ = T, if there is one.
  static func order(nodeCount: Int, dimensions: Int) -> Int? {
    (1...GaussHermite.orderLimit).first { n in
      (0..<dimensions).reduce(1) { power, _ in power * n } == nodeCount
    }
  }
}

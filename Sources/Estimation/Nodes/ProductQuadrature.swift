import KernelInterface
import NumericKernels

/// Products of one Gauss–Hermite rule in each dimension, as nodes of the importance sampler: with
/// the weights ω_l of the rule in place of 1/T the same sums give the integrals. Under an envelope
/// with the posterior's moments this is adaptive Gauss–Hermite quadrature (Naylor & Smith, Appl
/// Stat 31 (1982) 214–225).
final class ProductQuadrature {
  let order: Int
  /// T = orderᵖ
  let nodeCount: Int
  let rule: QuadratureRule
  /// The effective sample size under a perfect envelope, 1/Σ ω_l².
  let idealSize: Double

  init(order: Int, dimensions p: Int) {
    let line = GaussHermite(order: order)
    self.order = order
    nodeCount = (0..<p).reduce(1) { power, _ in power * order }
    let vectors = (nodeCount + 7) / 8
    // An odd number of vectors from one quantity to the next, so that they do not all fall on the
    // same lines of the cache.
    let stride = nodeCount | 1
    let count = (p + 1) * (vectors + stride)
    let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: count)
    memory.initialize(repeating: Lanes.all(0), count: count)
    let spread = memory + (p + 1) * vectors
    rule = QuadratureRule(
      count: nodeCount,
      nodes: NodeSet(
        vectors: vectors, z: memory, stride: vectors, inverseDensity: memory + p * vectors),
      spread: NodeSet(
        vectors: nodeCount, z: spread, stride: stride, inverseDensity: spread + p * stride))
    func place(_ value: Double, _ quantity: Int, _ l: Int) {
      memory[quantity * vectors + l / 8][l % 8] = value
      spread[quantity * stride + l] = Lanes.all(value)
    }
    let logWeights = line.weights.map { log($0) }
    for l in 0..<nodeCount {
      var rest = l
      var logWeight = log(Double(nodeCount))
      for d in 0..<p {
        let z = line.nodes[rest % order]
        place(z, d, l)
        logWeight += logWeights[rest % order] + 0.5 * z * z
        rest /= order
      }
      place(exp(logWeight), p, l)
    }
    let one = 1 / line.weights.reduce(0) { $0 + $1 * $1 }
    idealSize = (0..<p).reduce(1) { power, _ in power * one }
  }

  deinit { rule.nodes.z.deallocate() }

  /// The order n with nᵖ = T, if there is one.
  static func order(nodeCount: Int, dimensions: Int) -> Int? {
    (1...GaussHermite.orderLimit).first { n in
      (0..<dimensions).reduce(1) { power, _ in power * n } == nodeCount
    }
  }
}

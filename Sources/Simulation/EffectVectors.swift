import NumericKernels

/// Memory for what is behind vectors of eight draws of a subject: value i of vector v stands at
/// `i * count + v`.
struct EffectVectors {
  /// The number of vectors.
  let count: Int
  /// From 0, as numbers.
  let components: UnsafeMutablePointer<Lanes>
  /// φ
  let phi: UnsafeMutablePointer<Lanes>
  /// θ, in natural units and the structural model's order.
  let parameters: UnsafeMutablePointer<Lanes>
  /// p standard normal numbers of the vector at hand.
  let z: UnsafeMutablePointer<Lanes>

  /// Calls a function with the memory, all 0.
  static func withMemory(
    vectors count: Int, effects p: Int, parameters width: Int, _ body: (EffectVectors) -> Void
  ) {
    let total = count + p * count + width * count + p
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: max(1, total)) { memory in
      let base = memory.baseAddress!
      base.initialize(repeating: Lanes.all(0), count: total)
      let phi = base + count
      let parameters = phi + p * count
      body(
        EffectVectors(
          count: count, components: base, phi: phi, parameters: parameters,
          z: parameters + width * count))
    }
  }
}

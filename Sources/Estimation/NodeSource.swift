import NumericKernels

/// The standard normal nodes z from which an envelope's affine map makes samples: independent, or points that fill the space evenly
/// with a randomisation of their own for each subject and component, or those of a quadrature rule.
///
/// The class owns its buffers; nothing is allocated while it works.
final class NodeSource {
  /// The batch: dimension d of vector v at `d * count + v`.
  let nodes: UnsafeMutablePointer<Lanes>
  /// The rule with its weights, where the nodes are one's.
  let quadrature: ProductQuadrature?
  private let settings: EstimationSettings
  private let p: Int
  private let shift: UnsafeMutablePointer<Double>
  private let scrambles: UnsafeMutablePointer<SIMD2<UInt32>>

  /// - Parameter capacity: the largest batch, in vectors of eight.
  init(settings: EstimationSettings, dimensions: Int, capacity: Int) {
    let needsPowerOfTwo = settings.nodes == .lattice || settings.nodes == .sobol
    precondition(settings.samples > 0, "there are samples")
    precondition(
      !needsPowerOfTwo || settings.samples & (settings.samples - 1) == 0,
      "a lattice and Sobol' points are a power of two")
    self.settings = settings
    p = dimensions
    quadrature =
      settings.nodes == .gaussHermite
      ? ProductQuadrature(nodeCount: settings.samples, dimensions: p) : nil
    // One dimension more than there are, as independent nodes come in pairs.
    nodes = .allocate(capacity: (p + 1) * capacity)
    nodes.initialize(repeating: Lanes.all(0), count: (p + 1) * capacity)
    shift = .allocate(capacity: p)
    shift.initialize(repeating: 0, count: p)
    scrambles = .allocate(capacity: p + 1)
    scrambles.initialize(repeating: SIMD2(0, 0), count: p + 1)
  }

  deinit {
    nodes.deallocate()
    shift.deallocate()
    scrambles.deallocate()
  }

  /// The lattice's shift or the scrambling of the Sobol' points, of one subject and component.
  func randomize(_ address: RandomAddress) {
    switch settings.nodes {
    case .independent, .gaussHermite: break
    case .lattice:
      var shiftAddress = address
      shiftAddress.purpose = .latticeShift
      for pair in 0..<(p + 1) / 2 {
        let (even, odd) = shiftAddress.uniforms(firstSample: 0, pair: pair)
        shift[2 * pair] = even[0]
        if 2 * pair + 1 < p { shift[2 * pair + 1] = odd[0] }
      }
    case .sobol:
      var scrambleAddress = address
      scrambleAddress.purpose = .sobolScramble
      for pair in 0..<(p + 1) / 2 {
        let words = scrambleAddress.words(sample: 0, pair: pair)
        scrambles[2 * pair] = words.lowHalf
        scrambles[2 * pair + 1] = words.highHalf
      }
    }
  }

  /// Standard normal nodes z of the batch, into `nodes`.
  func draw(firstVector: Int, count: Int, address: RandomAddress) {
    switch settings.nodes {
    case .independent:
      for pair in 0..<(p + 1) / 2 {
        // With an odd number of dimensions the last of these goes to a place that nothing reads.
        let even = nodes + 2 * pair * count
        let odd = even + count
        for v in 0..<count {
          let (u, w) = address.uniforms(firstSample: 8 * (firstVector + v), pair: pair)
          (even[v], odd[v]) = boxMuller(u, w)
        }
      }
    case .gaussHermite:
      guard let quadrature else { preconditionFailure("the rule is there") }
      for d in 0..<p {
        quadrature.nodes.withUnsafeBufferPointer { table in
          (nodes + d * count).update(
            from: table.baseAddress! + d * quadrature.vectorCount + firstVector, count: count)
        }
      }
    case .sobol:
      for d in 0..<p {
        let target = nodes + d * count
        let table = SobolSequence.table(dimension: d)
        for v in 0..<count {
          target[v] = normalQuantile(
            SobolSequence.scrambled(
              first: 8 * (firstVector + v), table: table, seed: scrambles[d]))
        }
      }
    case .lattice:
      for d in 0..<p {
        let target = nodes + d * count
        let step = Lattice.generator(dimension: d)
        for v in 0..<count {
          target[v] = normalQuantile(
            Lattice.coordinates(
              first: 8 * (firstVector + v), step: step, count: settings.samples, shift: shift[d]))
        }
      }
    }
  }
}

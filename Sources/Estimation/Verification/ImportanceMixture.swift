import CVector
import KernelInterface
import NumericKernels

/// The nodes of one subject and component under several normal densities q_m = N(c_m, L_m L_mᵀ), of which each has its own randomised
/// set of T_m nodes, and the component's own density N(μ_ik, Σ_k) is one:
///
///     ∫ f dφ ≈ Σ_m 1/T_m Σ_l w_m(φ_l) f(φ_l)/q_m(φ_l),  w_m = (c_m q_m)²/Σ_j (c_j q_j)²
///
/// the power heuristic of E. Veach & L. J. Guibas, SIGGRAPH 1995, 419–428. The w_m sum to 1 everywhere, so that it is exact in the
/// mean whatever the densities are; where a density is far better than the others its nodes alone count, and as the w_m are smooth, each
/// part keeps the accuracy of its node set. No weight exceeds max p(Y | θ)/c of the component's own density by more than a constant, however wrong the
/// other parts are.
///
/// The class owns its memory, which grows with the largest set asked for.
final class ImportanceMixture {
  private struct Part {
    /// T_m
    var samples = 0
    /// c_m
    var share = 1.0
    /// |L|/|L_m|
    var scale = 1.0
  }

  private let p: Int
  private let packed: Int
  /// The first density is that of the records, whose standard normal variable is z; its maps are the identity.
  private var parts: [Part] = []
  private var count = 0
  /// Of each part the affine map from its standard normal variable to z, and back: offset, factor, offset and factor.
  private var maps: UnsafeMutablePointer<Double>
  private var memory: UnsafeMutablePointer<Lanes>
  private var capacity: Int

  init(dimension p: Int) {
    self.p = p
    packed = SymmetricMatrix.elementCount(p)
    maps = .allocate(capacity: 2 * (p + packed))
    maps.initialize(repeating: 0, count: 2 * (p + packed))
    capacity = 64
    memory = .allocate(capacity: (p + 2) * capacity)
    memory.initialize(repeating: Lanes.all(0), count: (p + 2) * capacity)
  }

  deinit {
    maps.deallocate()
    memory.deallocate()
  }

  /// T
  private(set) var sampleCount = 0

  /// Begins with the first density alone.
  /// - Parameter samples: a multiple of 8 and a power of two.
  func begin(samples: Int) {
    if parts.isEmpty { parts.append(Part()) }
    parts[0].samples = samples
    count = 1
    sampleCount = samples
  }

  private func map(_ m: Int) -> UnsafeMutablePointer<Double> { maps + 2 * m * (p + packed) }

  /// Adds a density.
  /// - Parameters:
  ///   - samples: a multiple of 8 and a power of two.
  ///   - share: c_m; that of the first is 1.
  ///   - centre: c_m; element j at `stride * j`.
  ///   - own: L_m, packed; element e at `factorStride * e`.
  ///   - envelope: m and L of the first.
  func add(
    samples: Int, share: Double, centre: UnsafePointer<Double>, stride: Int,
    factor own: UnsafePointer<Double>, factorStride: Int, envelope: EnvelopeView
  ) {
    if parts.count == count {
      parts.append(Part())
      let size = 2 * (p + packed)
      let larger = UnsafeMutablePointer<Double>.allocate(capacity: (count + 1) * size)
      larger.initialize(repeating: 0, count: (count + 1) * size)
      larger.update(from: maps, count: count * size)
      maps.deallocate()
      maps = larger
    }
    let offset = map(count)
    let factor = offset + p
    let backOffset = factor + packed
    let backFactor = backOffset + p
    func l(_ i: Int, _ j: Int) -> Double { envelope.factor[8 * SymmetricMatrix.index(i, j)] }
    func lambda(_ i: Int, _ j: Int) -> Double { own[factorStride * SymmetricMatrix.index(i, j)] }
    var scale = 1.0
    // L x = c − m, L X = L_m, and L_m y = m − c, L_m Y = L, by forward substitution.
    for i in 0..<p {
      scale *= l(i, i) / lambda(i, i)
      let distance = centre[stride * i] - envelope.mean[8 * i]
      var (sum, back) = (distance, -distance)
      for j in 0..<i {
        sum -= l(i, j) * offset[j]
        back -= lambda(i, j) * backOffset[j]
      }
      offset[i] = sum / l(i, i)
      backOffset[i] = back / lambda(i, i)
      for column in 0...i {
        var sum = lambda(i, column)
        var back = l(i, column)
        for j in column..<max(i, column) {
          sum -= l(i, j) * factor[SymmetricMatrix.index(j, column)]
          back -= lambda(i, j) * backFactor[SymmetricMatrix.index(j, column)]
        }
        factor[SymmetricMatrix.index(i, column)] = sum / l(i, i)
        backFactor[SymmetricMatrix.index(i, column)] = back / lambda(i, i)
      }
    }
    parts[count] = Part(samples: samples, share: share, scale: scale)
    count += 1
    sampleCount += samples
  }

  /// Draws the nodes of all densities, in the variable z of the first, with what takes the place of the inverse density there.
  /// - Parameters:
  ///   - kind: of the node sets.
  ///   - address: of their randomisation; the densities have components of their own.
  /// - Returns: nodes in memory that is the mixture's until the next call.
  func draw(_ kernel: any SubjectKernel, kind: NodeRequest.Kind, address: RandomAddress)
    -> NodeSet
  {
    let vectors = sampleCount / 8
    grow(to: vectors)
    let stride = capacity
    var first = 0
    for m in 0..<count {
      let own = parts[m].samples / 8
      var address = address
      address.component += UInt32(m)
      kernel.draw(
        NodeRequest(
          kind: kind, tails: .normal, samples: parts[m].samples, address: address, prior: nil),
        into: NodeSet(vectors: own, z: memory + first, stride: stride, inverseDensity: nil))
      if m > 0 { place(map(m), first, own, stride) }
      first += own
    }
    let density = memory + p * stride
    weigh(density, vectors, stride)
    return NodeSet(vectors: vectors, z: memory, stride: stride, inverseDensity: density)
  }

  private func grow(to vectors: Int) {
    guard vectors > capacity else { return }
    memory.deallocate()
    while capacity < vectors { capacity *= 2 }
    memory = .allocate(capacity: (p + 2) * capacity)
    memory.initialize(repeating: Lanes.all(0), count: (p + 2) * capacity)
  }

  /// Maps the standard normal variables of one density to z.
  private func place(_ offset: UnsafePointer<Double>, _ first: Int, _ own: Int, _ stride: Int) {
    let factor = offset + p
    for v in first..<first + own {
      // An element is needed until all behind it are done.
      var i = p - 1
      while i >= 0 {
        var sum = Lanes.all(offset[i])
        for j in 0...i {
          sum = fma(memory[j * stride + v], Lanes.all(factor[SymmetricMatrix.index(i, j)]), sum)
        }
        memory[i * stride + v] = sum
        i -= 1
      }
    }
  }

  /// What takes the place of 1/((2π)^(p/2) q(z)): T/T_m · c_m D_m/Σ_j D_j² for a node of density m, with D_m = c_m q_m.
  private func weigh(_ target: UnsafeMutablePointer<Lanes>, _ vectors: Int, _ stride: Int) {
    let own = target + stride
    var first = 0
    for m in 0..<count {
      let part = parts[m]
      let share = part.share * part.scale
      let factor = Double(sampleCount) / Double(part.samples) * part.share
      let end = first + part.samples / 8
      let map = map(m) + p + packed
      for v in 0..<vectors {
        let square = m == 0 ? square(v, stride) : square(v, stride, map)
        let density = share * exp(-0.5 * square)
        target[v] = m == 0 ? density * density : fma(density, density, target[v])
        if v >= first && v < end { own[v] = factor * density }
      }
      first = end
    }
    for v in 0..<vectors { target[v] = own[v] / target[v] }
  }

  /// |z|²
  @inline(__always)
  private func square(_ v: Int, _ stride: Int) -> Lanes {
    var square = Lanes.all(0)
    for d in 0..<p { square = fma(memory[d * stride + v], memory[d * stride + v], square) }
    return square
  }

  /// |L_m⁻¹(φ − c_m)|²
  @inline(__always)
  private func square(_ v: Int, _ stride: Int, _ offset: UnsafePointer<Double>) -> Lanes {
    let factor = offset + p
    var square = Lanes.all(0)
    for i in 0..<p {
      var u = Lanes.all(offset[i])
      for j in 0...i {
        u = fma(memory[j * stride + v], Lanes.all(factor[SymmetricMatrix.index(i, j)]), u)
      }
      square = fma(u, u, square)
    }
    return square
  }
}

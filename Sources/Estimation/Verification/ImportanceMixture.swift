import CVector
import KernelInterface
import NumericKernels

/// The nodes of one subject and component under several densities q_m about c_m with scale L_m, of
/// which each has its own randomised set of T_m nodes, and the component's own density N(μ_ik, Σ_k)
/// is one:
///
///     ∫ f dφ ≈ Σ_m 1/T_m Σ_l w_m(φ_l) f(φ_l)/q_m(φ_l),  w_m = (c_m q_m)²/Σ_j (c_j q_j)²
///
/// With few dimensions the densities about modes are shifted grids (`GridNodes`), whose nodes count
/// by their volumes instead of 1/q_m and whose window takes the place of exp(−½|z|²) in the w_m;
/// else they are normal. The w_m are the power heuristic of E. Veach & L. J. Guibas, SIGGRAPH 1995,
/// 419–428. The w_m sum to 1 everywhere, so that it is exact in the mean whatever the densities
/// are; where a density is far better than the others its nodes alone count, and as the w_m are
/// smooth, each part keeps the accuracy of its node set. No weight exceeds max p(Y | θ)/c of the
/// component's own density by more than a constant, however wrong the other parts are.
///
/// The class owns its memory, which grows with the largest set asked for.
final class ImportanceMixture {
  let p: Int
  let packed: Int
  /// `nil`: the densities about modes are normal, too.
  let grids: Grids?
  /// The first density is that of the records, whose standard normal variable is z; its maps are
  /// the identity.
  private var parts: UnsafeMutablePointer<MixturePart>
  var count = 0
  /// Of each part the affine map from its standard normal variable to z, and back: offset, factor,
  /// offset and factor.
  private var maps: UnsafeMutablePointer<Double>
  /// Of the slot at hand: z, and behind it what is made of it; see `draw`.
  private var memory: UnsafeMutablePointer<Lanes>
  private var storage: UnsafeMutablePointer<Lanes>
  private var capacity: Int

  /// Randomisations whose grids are kept from one component of a subject to the next. Other nodes
  /// all have the same room.
  private static let slotCount = 4

  init(dimension p: Int) {
    self.p = p
    grids = p <= GridNodes.dimensionLimit ? Grids(dimension: p) : nil
    packed = SymmetricMatrix.elementCount(p)
    maps = .allocate(capacity: 2 * (p + packed))
    maps.initialize(repeating: 0, count: 2 * (p + packed))
    parts = .allocate(capacity: 1)
    parts.initialize(to: MixturePart())
    capacity = 16
    let count = (grids == nil ? 1 : Self.slotCount) * (p + MixtureNodes.extra) * capacity
    storage = .allocate(capacity: count)
    storage.initialize(repeating: Lanes.all(0), count: count)
    memory = storage
    randomizations = .allocate(capacity: Self.slotCount)
    randomizations.initialize(repeating: Randomization(), count: Self.slotCount)
  }

  deinit {
    maps.deallocate()
    parts.deallocate()
    storage.deallocate()
    randomizations.deallocate()
  }

  /// What has been made of a random address.
  struct Randomization {
    var address: RandomAddress?
    var u = Lanes.all(0)
    var v = Lanes.all(0)
    /// T of the first density's grid, if it is in the slot's memory; else 0.
    var gridSamples = 0
    /// Normal numbers of the first two dimensions.
    var hasNormals = false
    var x = Lanes.all(0)
    var y = Lanes.all(0)
  }
  let randomizations: UnsafeMutablePointer<Randomization>

  /// T
  private(set) var sampleCount = 0

  /// Begins with the first density alone.
  /// - Parameter samples: a multiple of 8; of normal numbers a power of two.
  func begin(samples: Int) {
    if parts[0].samples != samples {
      parts[0].samples = samples
      parts[0].grid = grids?.grid(samples)
    }
    count = 1
    sampleCount = samples
  }

  private var partCapacity = 1

  private func growParts() {
    let size = 2 * (p + packed)
    let larger = UnsafeMutablePointer<Double>.allocate(capacity: (count + 1) * size)
    larger.initialize(repeating: 0, count: (count + 1) * size)
    larger.update(from: maps, count: count * size)
    maps.deallocate()
    maps = larger
    let more = UnsafeMutablePointer<MixturePart>.allocate(capacity: count + 1)
    more.initialize(from: parts, count: count)
    (more + count).initialize(to: MixturePart())
    parts.deallocate()
    parts = more
    for m in 1..<count { parts[m].map = UnsafePointer(map(m) + p + packed) }
    partCapacity = count + 1
  }

  private func map(_ m: Int) -> UnsafeMutablePointer<Double> { maps + 2 * m * (p + packed) }

  /// Adds a density.
  /// - Parameters:
  ///   - samples: a multiple of 8; of normal numbers a power of two.
  ///   - isNormal: whether its nodes are normal numbers in any case.
  ///   - share: c_m; that of the first is 1.
  ///   - centre: c_m; element j at `stride * j`.
  ///   - own: L_m, packed; element e at `factorStride * e`.
  ///   - envelope: m and L of the first.
  func add(
    samples: Int, isNormal: Bool, share: Double, centre: UnsafePointer<Double>, stride: Int,
    factor own: UnsafePointer<Double>, factorStride: Int, envelope: EnvelopeView
  ) {
    if partCapacity == count { growParts() }
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
    parts[count] = MixturePart(
      samples: samples, share: share, scale: scale, grid: isNormal ? nil : grids?.grid(samples),
      map: UnsafePointer(backOffset))
    count += 1
    sampleCount += samples
  }

  /// Draws the nodes of all densities, in the variable z of the first, with what takes the place of
  /// the inverse density there.
  /// - Parameters:
  ///   - address: of their randomisation, which is another one for each density.
  ///   - slot: where what is made of the address is kept, as all components of a subject ask for
  ///     it.
  /// - Returns: nodes in memory that is the mixture's until the next call.
  func draw(_ kernel: any SubjectKernel, address: RandomAddress, slot: Int) -> NodeSet {
    let vectors = sampleCount / 8
    grow(to: vectors)
    let stride = capacity
    if grids != nil {
      randomize(address, slot)
      memory = storage + slot * (p + MixtureNodes.extra) * stride
    }
    let nodes = MixtureNodes(vectors: vectors, memory: memory, stride: stride, effectCount: p)
    var first = 0
    for m in 0..<count {
      let own = parts[m].samples / 8
      let z = memory + first
      if let grid = parts[m].grid {
        // All components of a subject have the same shifts.
        if m > 0 || randomizations[slot].gridSamples != grid.count {
          kernel.draw(
            grid, shift: (randomizations[slot].u[m], randomizations[slot].v[m]), into: nodes,
            first: first)
        }
        if m == 0 { randomizations[slot].gridSamples = grid.count }
      } else if grids != nil {
        drawNormals(parts[m].samples, slot, z, stride)
      } else {
        var address = address
        address.component += UInt32(m)
        kernel.draw(
          NodeRequest(
            kind: .sobol, tails: .normal, samples: parts[m].samples, address: address, prior: nil),
          into: NodeSet(vectors: own, z: z, stride: stride, inverseDensity: nil))
      }
      if m > 0 { place(map(m), first, own, stride) }
      first += own
    }
    kernel.weigh(nodes, parts, count: count, samples: sampleCount)
    return NodeSet(
      vectors: vectors, z: memory, stride: stride, inverseDensity: nodes.inverseDensity)
  }

  private func grow(to vectors: Int) {
    guard vectors > capacity else { return }
    storage.deallocate()
    while capacity < vectors { capacity *= 2 }
    let count = (grids == nil ? 1 : Self.slotCount) * (p + MixtureNodes.extra) * capacity
    storage = .allocate(capacity: count)
    storage.initialize(repeating: Lanes.all(0), count: count)
    memory = storage
    for slot in 0..<Self.slotCount { randomizations[slot].gridSamples = 0 }
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
}

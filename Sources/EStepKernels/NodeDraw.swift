import CVector
import KernelInterface
import NumericKernels

/// Draws nodes batch by batch: uniforms that are independent or fill the cube evenly, with a
/// randomisation of their own for each subject and component; from them the standardised variable
/// under the density asked for.
final class NodeDraw {
  /// p
  private let dimensions: Int
  /// Uniforms of a batch, with one more dimension for the choice of the prior and one as
  /// independent ones come in pairs.
  private let uniforms: UnsafeMutablePointer<Lanes>
  private let shifts: UnsafeMutablePointer<Double>
  private let steps: UnsafeMutablePointer<Int64>
  private let scrambles: UnsafeMutablePointer<SIMD2<UInt32>>
  private let sobolTables: UnsafeMutablePointer<UnsafePointer<UInt32>>
  /// Random words of a batch.
  private let radiusWords: UnsafeMutablePointer<SIMD8<UInt64>>
  private let angleWords: UnsafeMutablePointer<SIMD8<UInt64>>
  /// For numbers in a dimension that there is not, as normal ones come in pairs.
  private let spare: UnsafeMutablePointer<Lanes>
  /// One vector of the prior's standardised variable.
  private let priorNode: UnsafeMutablePointer<Lanes>

  init(dimensions: Int, capacity: Int) {
    self.dimensions = dimensions
    uniforms = .allocate(capacity: (dimensions + 2) * capacity)
    uniforms.initialize(repeating: Lanes.all(0), count: (dimensions + 2) * capacity)
    shifts = .allocate(capacity: dimensions + 2)
    shifts.initialize(repeating: 0, count: dimensions + 2)
    steps = .allocate(capacity: dimensions + 2)
    scrambles = .allocate(capacity: dimensions + 2)
    scrambles.initialize(repeating: SIMD2(0, 0), count: dimensions + 2)
    sobolTables = .allocate(capacity: dimensions + 2)
    for d in 0..<dimensions + 2 {
      (steps + d).initialize(
        to: d < Lattice.dimensionLimit ? Lattice.generator(dimension: d) : 0)
      (sobolTables + d).initialize(
        to: SobolSequence.table(dimension: min(d, SobolSequence.dimensionLimit - 1)))
    }
    radiusWords = .allocate(capacity: capacity + 1)
    radiusWords.initialize(repeating: SIMD8(repeating: 0), count: capacity + 1)
    angleWords = .allocate(capacity: capacity + 1)
    angleWords.initialize(repeating: SIMD8(repeating: 0), count: capacity + 1)
    spare = .allocate(capacity: capacity)
    spare.initialize(repeating: Lanes.all(0), count: capacity)
    priorNode = .allocate(capacity: 2 * dimensions)
    priorNode.initialize(repeating: Lanes.all(0), count: 2 * dimensions)
  }

  deinit {
    uniforms.deallocate()
    shifts.deallocate()
    steps.deallocate()
    scrambles.deallocate()
    sobolTables.deallocate()
    priorNode.deallocate()
    spare.deallocate()
    radiusWords.deallocate()
    angleWords.deallocate()
  }

  /// Coordinates that a node takes: its own, and one that chooses between the envelope and the
  /// prior.
  private func coordinateCount(_ request: NodeRequest) -> Int {
    choice(request) + (request.prior == nil ? 0 : 1)
  }

  /// The place of the coordinate that chooses.
  private func choice(_ request: NodeRequest) -> Int {
    if case .student = request.tails { return (dimensions + 1) / 2 * 2 }
    return dimensions
  }

  /// Prepares the shift of the lattice or the scrambling of the Sobol' points.
  func randomize(_ request: NodeRequest) {
    let pairs = (coordinateCount(request) + 1) / 2
    var address = request.address
    switch request.kind {
    case .independent: break
    case .lattice:
      address.purpose = .latticeShift
      for pair in 0..<pairs {
        let (even, odd) = address.uniforms(firstSample: 0, pair: pair)
        shifts[2 * pair] = even[0]
        shifts[2 * pair + 1] = odd[0]
      }
    case .sobol:
      address.purpose = .sobolScramble
      for pair in 0..<pairs {
        let words = address.words(sample: 0, pair: pair)
        scrambles[2 * pair] = words.lowHalf
        scrambles[2 * pair + 1] = words.highHalf
      }
    }
  }

  /// Draws the vectors `first … first + count − 1`.
  /// - Parameters:
  ///   - z: dimension d of vector v at `d * stride + v`.
  ///   - inverseDensity: see `NodeSet`; there if `request.hasDensity`.
  func draw(
    _ request: NodeRequest, first: Int, count: Int, z: UnsafeMutablePointer<Lanes>, stride: Int,
    inverseDensity: UnsafeMutablePointer<Lanes>?
  ) {
    if request.isPlain {
      drawNormals(request, first: first, count: count, z: z, stride: stride)
    } else {
      drawUniforms(request, first: first, count: count)
      place(request, count: count, z: z, stride: stride)
    }
    if let prior = request.prior { choosePrior(prior, request, count, z, stride) }
    guard let inverseDensity else { return }
    switch request.tails {
    case .normal: normalDensity(z, stride, count, inverseDensity)
    case .student(let nu, let constant):
      studentDensity(nu, constant, z, stride, count, inverseDensity)
    }
    if let prior = request.prior { mix(prior, z, stride, count, inverseDensity) }
    let beyond = 8 * (first + count) - request.samples
    if beyond > 0 {
      for lane in (8 - beyond)..<8 { inverseDensity[count - 1][lane] = 0 }
    }
  }

  private func drawUniforms(_ request: NodeRequest, first: Int, count: Int) {
    let coordinates = coordinateCount(request)
    switch request.kind {
    case .independent:
      // Sixteen samples at a time: batches begin at even vectors.
      for pair in 0..<(coordinates + 1) / 2 {
        let even = uniforms + 2 * pair * count
        let odd = even + count
        var v = 0
        while v < count {
          let (a, b) = request.address.coarseUniforms(firstSample: 8 * (first + v), pair: pair)
          (even[v], odd[v]) = a
          if v + 1 < count { (even[v + 1], odd[v + 1]) = b }
          v += 2
        }
      }
    case .lattice:
      for d in 0..<coordinates {
        for v in 0..<count {
          uniforms[d * count + v] = Lattice.coordinates(
            first: 8 * (first + v), step: steps[d], count: request.samples, shift: shifts[d])
        }
      }
    case .sobol:
      for d in 0..<coordinates {
        for v in 0..<count {
          uniforms[d * count + v] = SobolSequence.scrambled(
            first: 8 * (first + v), table: sobolTables[d], seed: scrambles[d])
        }
      }
    }
  }

  /// Uniforms to the standardised variable.
  private func place(
    _ request: NodeRequest, count: Int, z: UnsafeMutablePointer<Lanes>, stride: Int
  ) {
    switch request.tails {
    case .normal:
      for d in 0..<dimensions {
        for v in 0..<count { z[d * stride + v] = normalQuantile(uniforms[d * count + v]) }
      }
    case .student(let nu, _):
      // R. W. Bailey, "Polar generation of random variates with the t-distribution", Math Comput 62
      // (1994) 779–781: the radius √(ν(u^(−2/ν) − 1)) and a uniform angle are bivariate t; an odd
      // last dimension is a marginal of it.
      for pair in 0..<(dimensions + 1) / 2 {
        let isWhole = 2 * pair + 1 < dimensions
        for v in 0..<count {
          let u = uniforms[2 * pair * count + v]
          let growth = exp2Clamped(log(u) * (-4 * halfLog2e / nu))
          let radius = cvector_sqrt(nu * (growth - 1))
          let (sine, cosine) = sineAndCosineOfTurns(uniforms[(2 * pair + 1) * count + v])
          z[2 * pair * stride + v] = radius * cosine
          if isWhole { z[(2 * pair + 1) * stride + v] = radius * sine }
        }
      }
    }
  }

  /// Independent normal numbers. Words first, sixteen samples at a time as batches begin at even
  /// vectors, then −ln u, then the numbers: these are long chains of operations, of which more are
  /// under way at a time when they are apart.
  private func drawNormals(
    _ request: NodeRequest, first: Int, count: Int, z: UnsafeMutablePointer<Lanes>, stride: Int
  ) {
    for pair in 0..<(dimensions + 1) / 2 {
      let even = z + 2 * pair * stride
      let odd = 2 * pair + 1 < dimensions ? even + stride : spare
      let address = request.address
      var v = 0
      while v < count {
        let (a, b) = address.sampleWords(firstSample: 8 * (first + v), pair: pair)
        (radiusWords[v], angleWords[v]) = a
        (radiusWords[v + 1], angleWords[v + 1]) = b
        v += 2
      }
      for v in 0..<count { even[v] = exponentialNumber(radiusWords[v]) }
      for v in 0..<count {
        (even[v], odd[v]) = normalPair(exponential: even[v], angleWords[v])
      }
    }
  }

  /// Puts samples of the prior where the last coordinate says so.
  private func choosePrior(
    _ prior: PriorShare, _ request: NodeRequest, _ count: Int, _ z: UnsafeMutablePointer<Lanes>,
    _ stride: Int
  ) {
    let chooser = uniforms + choice(request) * count
    let share = Lanes.all(prior.share)
    for v in 0..<count {
      for d in 0..<dimensions { priorNode[d] = normalQuantile(uniforms[d * count + v]) }
      for i in 0..<dimensions {
        var x = Lanes.all(prior.offset[i])
        for j in 0...i {
          let element = prior.factor[SymmetricMatrix.index(i, j)]
          x = fma(Lanes.all(element), priorNode[j], x)
        }
        z[i * stride + v] = cvector_select_less(chooser[v], share, x, z[i * stride + v])
      }
    }
  }

  /// The density of the mixture of envelope and prior.
  private func mix(
    _ prior: PriorShare, _ z: UnsafePointer<Lanes>, _ stride: Int, _ count: Int,
    _ inverseDensity: UnsafeMutablePointer<Lanes>
  ) {
    for v in 0..<count {
      var energy = Lanes.all(0)
      for i in 0..<dimensions {
        var u = Lanes.all(prior.backOffset[i])
        for j in 0...i {
          let element = prior.backFactor[SymmetricMatrix.index(i, j)]
          u = fma(Lanes.all(element), z[j * stride + v], u)
        }
        energy = fma(u, u, energy)
      }
      let density = exp2Clamped(energy * -halfLog2e) * (prior.share * prior.scale)
      inverseDensity[v] = 1 / ((1 - prior.share) / inverseDensity[v] + density)
    }
  }

  private func normalDensity(
    _ z: UnsafePointer<Lanes>, _ stride: Int, _ count: Int,
    _ inverseDensity: UnsafeMutablePointer<Lanes>
  ) {
    for v in 0..<count {
      var energy = Lanes.all(0)
      for d in 0..<dimensions { energy = fma(z[d * stride + v], z[d * stride + v], energy) }
      inverseDensity[v] = exp2Clamped(energy * halfLog2e)
    }
  }

  /// A pair's density is (1 + r²/ν)^(−(ν+2)/2)/2π.
  private func studentDensity(
    _ nu: Double, _ constant: Double, _ z: UnsafePointer<Lanes>, _ stride: Int, _ count: Int,
    _ inverseDensity: UnsafeMutablePointer<Lanes>
  ) {
    for v in 0..<count {
      var power = Lanes.all(0)
      for pair in 0..<(dimensions + 1) / 2 {
        let x = z[2 * pair * stride + v]
        var square = x * x
        let isWhole = 2 * pair + 1 < dimensions
        if isWhole {
          let y = z[(2 * pair + 1) * stride + v]
          square = fma(y, y, square)
        }
        let exponent = halfLog2e * (nu + (isWhole ? 2 : 1))
        power = fma(log(1 + square / nu), Lanes.all(exponent), power)
      }
      var inverse = exp2Clamped(power)
      if dimensions % 2 == 1 { inverse *= constant }
      inverseDensity[v] = inverse
    }
  }
}

extension NodeRequest {
  /// Whether the nodes are independent normal numbers and nothing else is to be drawn.
  fileprivate var isPlain: Bool {
    if case .independent = kind, case .normal = tails { return prior == nil }
    return false
  }
}

import CVector
import KernelInterface
import NumericKernels
import PopulationModel

/// The modes of p(Y_i | g(φ)) N(φ; μ_ik, Σ_k) of eight subjects, searched for from several places that have nothing to do with the
/// course of a fit: the best points of a lattice under the component's density, the component's mean, and the modes given the other
/// components. A climb begins where the density is not what the parabolas about the modes that are known have there.
///
/// What is found depends on the parameters and the subject's records alone. The class owns its memory.
final class PosteriorModes {
  /// Points under the component's density that are looked at.
  static let pointCount = 32
  /// Of the lattice's points the best, and the best that is farther from it than this, in standard deviations, are starts.
  private static let apart = 1.0
  /// Squared distances, in the curvature at a mode: within the first a climb need not begin whatever the density, within the second two
  /// climbs have ended at the same mode.
  private static let near = 6.25
  private static let same = 1.0
  /// Modes of other components that are looked at.
  private static let otherLimit = 3

  private let expectation: ExpectationStep
  private let p: Int
  private let packed: Int
  private let componentCount: Int
  /// Modes kept for each component.
  let capacity: Int
  private let memory: UnsafeMutablePointer<Lanes>
  private let size: Int
  /// 1 in the lanes where a place holds a mode.
  private let isThere: UnsafeMutablePointer<Lanes>
  private let scratch: UnsafeMutablePointer<Lanes>
  /// Standard normal coordinates of the lattice's points: dimension d of point q at `d * pointCount + q`.
  private let lattice: UnsafeMutablePointer<Double>
  /// 1 at `q * pointCount + r` where the points q and r are apart.
  private let areApart: UnsafeMutablePointer<Double>

  init(_ expectation: ExpectationStep) {
    self.expectation = expectation
    p = expectation.model.effectCount
    packed = SymmetricMatrix.elementCount(p)
    componentCount = expectation.model.componentCount
    capacity = 3 + min(Self.otherLimit, componentCount - 1)
    size = ModeSlopes.Point.size(p)
    let places = componentCount * capacity
    memory = .allocate(capacity: places * size)
    memory.initialize(repeating: Lanes.all(0), count: places * size)
    isThere = .allocate(capacity: places)
    isThere.initialize(repeating: Lanes.all(0), count: places)
    scratch = .allocate(capacity: 3 * p + 2)
    scratch.initialize(repeating: Lanes.all(0), count: 3 * p + 2)
    let count = Self.pointCount
    lattice = .allocate(capacity: p * count)
    for d in 0..<p {
      for first in stride(from: 0, to: Self.pointCount, by: 8) {
        let u =
          p <= Lattice.dimensionLimit
          ? Lattice.coordinates(
            first: first, step: Lattice.generator(dimension: d), count: Self.pointCount,
            shift: 0.5 / Double(Self.pointCount))
          : RandomAddress(key: 0, purpose: .sobolScramble, subject: d)
            .uniforms(firstSample: first, pair: 0).0
        let z = normalQuantile(u)
        for lane in 0..<8 { (lattice + d * count + first + lane).initialize(to: z[lane]) }
      }
      // The first is the mean.
      lattice[d * count] = 0
    }
    areApart = .allocate(capacity: count * count)
    for q in 0..<count {
      for r in 0..<count {
        var square = 0.0
        for d in 0..<p {
          let difference = lattice[d * count + q] - lattice[d * count + r]
          square += difference * difference
        }
        (areApart + q * count + r).initialize(to: square > Self.apart * Self.apart ? 1 : 0)
      }
    }
  }

  deinit {
    memory.deallocate()
    isThere.deallocate()
    scratch.deallocate()
    lattice.deallocate()
    areApart.deallocate()
  }

  /// The mode in place m of component k; see `isThere`.
  func mode(_ k: Int, _ m: Int) -> ModeSlopes.Point {
    ModeSlopes.Point(memory + (k * capacity + m) * size, effectCount: p)
  }

  /// 1 in the lanes where there is a mode in place m of component k.
  func isThere(_ k: Int, _ m: Int) -> Lanes { isThere[k * capacity + m] }

  /// Finds the modes of a block for all components.
  /// - Parameters:
  ///   - chosen: above 0 in the lanes to search for.
  ///   - blocks: have the means μ_ik of the parameters at hand.
  func find(_ block: Int, chosen: Lanes, in blocks: SubjectBlocks) {
    for place in 0..<componentCount * capacity { isThere[place] = Lanes.all(0) }
    for k in 0..<componentCount {
      expectation.use(k, keepsPredictions: false)
      placeStarts(block, k, chosen, blocks)
      for m in 0..<3 { climb(block, k, m, chosen, blocks) }
    }
    guard componentCount > 1 else { return }
    for k in 0..<componentCount {
      expectation.use(k, keepsPredictions: false)
      for (m, l) in others(k).enumerated() {
        let point = mode(k, 3 + m)
        point.position.update(from: highest(l), count: p)
        point.value.pointee = density(block, k, at: point.position, chosen, blocks)
        climb(block, k, 3 + m, chosen, blocks)
      }
    }
  }

  /// The log density of component k at one point.
  private func density(
    _ block: Int, _ k: Int, at position: UnsafePointer<Lanes>, _ chosen: Lanes,
    _ blocks: SubjectBlocks
  ) -> Lanes {
    let (kernel, densities) = (expectation.kernel, expectation.densities)
    let mean = blocks.record(block, k) + blocks.layout.priorMean
    let inverse = densities.inverseFactor + k * packed
    var square = Lanes.all(0)
    for i in 0..<p {
      kernel.points[i] = position[i]
      var u = Lanes.all(0)
      for j in 0...i { u += inverse[SymmetricMatrix.index(i, j)] * (position[j] - mean[j]) }
      square += u * u
    }
    var chosen = chosen
    kernel.evaluate(
      block: block, count: 1, halfPrecision: 0.5 / densities.residualVariance, chosen: &chosen)
    return kernel.logLikelihoods[0] - 0.5 * square
  }

  /// The components whose modes are looked at for component k: its neighbours in the order of the components.
  private func others(_ k: Int) -> [Int] {
    var list: [Int] = []
    var distance = 1
    while list.count < Self.otherLimit, distance < componentCount {
      for l in [k - distance, k + distance]
      where l >= 0 && l < componentCount && list.count < Self.otherLimit { list.append(l) }
      distance += 1
    }
    return list
  }

  /// The highest of the first three modes of a component.
  private func highest(_ l: Int) -> UnsafeMutablePointer<Lanes> {
    let target = scratch
    let first = mode(l, 0)
    target.update(from: first.position, count: p)
    var value = select(isThere(l, 0), first.value.pointee, Lanes.all(-.infinity))
    for m in 1...2 {
      let other = mode(l, m)
      let isHigher = cvector_select_less(value, other.value.pointee, isThere(l, m), Lanes.all(0))
      for j in 0..<p { target[j] = select(isHigher, other.position[j], target[j]) }
      value = select(isHigher, other.value.pointee, value)
    }
    return target
  }

  /// Climbs from the position in place m of component k, where its density is known, in the lanes where no mode that is there accounts
  /// for that; a mode that is there already is not kept again.
  private func climb(_ block: Int, _ k: Int, _ m: Int, _ chosen: Lanes, _ blocks: SubjectBlocks) {
    let point = mode(k, m)
    var rest = chosen
    for other in 0..<m { rest = select(rest, isUnexplained(point, k, other), rest) }
    guard rest.largest > 0 else { return }
    var isNew = expectation.modeSearch.climb(
      block, component: k, chosen: rest, densities: expectation.densities, blocks: blocks, point)
    for other in 0..<m {
      let isSame = select(isNew, 1 - isFar(point, k, other), Lanes.all(0))
      // The higher end of two climbs to the same mode is kept.
      let isHigher = cvector_select_less(
        mode(k, other).value.pointee, point.value.pointee, isSame, Lanes.all(0))
      mode(k, other).take(point, isHigher)
      isNew -= isSame
    }
    isThere[k * capacity + m] = isNew
  }

  /// |Lᵀd|² with the curvature LLᵀ at the mode in another place.
  private func squaredDistance(_ point: ModeSlopes.Point, _ k: Int, _ other: Int) -> Lanes {
    let mode = mode(k, other)
    var square = Lanes.all(0)
    for j in 0..<p {
      var sum = Lanes.all(0)
      for i in j..<p {
        sum +=
          mode.curvature[SymmetricMatrix.index(i, j)] * (point.position[i] - mode.position[i])
      }
      square += sum * sum
    }
    return square
  }

  /// 1 in the lanes where the density at a point is not what the parabola about the mode in another place has there: another mode may be
  /// near.
  private func isUnexplained(_ point: ModeSlopes.Point, _ k: Int, _ other: Int) -> Lanes {
    let square = squaredDistance(point, k, other)
    let difference = point.value.pointee - mode(k, other).value.pointee + 0.5 * square
    let (zero, one) = (Lanes.all(0), Lanes.all(1))
    let isHigh = cvector_select_less(2 + 0.25 * square, difference, one, zero)
    let isUnlike = cvector_select_less(difference, -2 - 0.5 * square, one, isHigh)
    let isOff = cvector_select_less(Lanes.all(Self.near), square, isUnlike, zero)
    return select(isThere(k, other), isOff, one)
  }

  /// 1 in the lanes where a point is far from the mode in another place, or there is none.
  private func isFar(_ point: ModeSlopes.Point, _ k: Int, _ other: Int) -> Lanes {
    let isFar = cvector_select_less(
      Lanes.all(Self.same), squaredDistance(point, k, other), Lanes.all(1), Lanes.all(0))
    return select(isThere(k, other), isFar, Lanes.all(1))
  }

  /// Puts the best of the lattice's points, the component's mean, and the best point that is apart from the first into the places 0
  /// to 2, with the densities there.
  private func placeStarts(
    _ block: Int, _ k: Int, _ chosen: Lanes, _ blocks: SubjectBlocks
  ) {
    let kernel = expectation.kernel
    let densities = expectation.densities
    let mean = blocks.record(block, k) + blocks.layout.priorMean
    let factor = densities.factor + k * packed
    let count = Self.pointCount
    for q in 0..<count {
      for i in 0..<p {
        var shift = 0.0
        for j in 0...i { shift += factor[SymmetricMatrix.index(i, j)] * lattice[j * count + q] }
        kernel.points[i * count + q] = mean[i] + shift
      }
    }
    var chosen = chosen
    kernel.evaluate(
      block: block, count: count, halfPrecision: 0.5 / densities.residualVariance, chosen: &chosen)
    var (best, place) = (Lanes.all(-.infinity), Lanes.all(0))
    for q in 0..<count {
      let value = kernel.logLikelihoods[q] - 0.5 * square(q)
      place = cvector_select_less(best, value, Lanes.all(Double(q)), place)
      best = cvector_select_less(best, value, value, best)
    }
    var (second, other) = (Lanes.all(-.infinity), place)
    for q in 0..<count {
      var isApart = Lanes.all(0)
      for lane in 0..<8 { isApart[lane] = areApart[q * count + Int(place[lane])] }
      let value = select(
        isApart, kernel.logLikelihoods[q] - 0.5 * square(q), Lanes.all(-.infinity))
      other = cvector_select_less(second, value, Lanes.all(Double(q)), other)
      second = cvector_select_less(second, value, value, second)
    }
    func put(_ m: Int, _ lanes: Lanes, _ value: Lanes) {
      let point = mode(k, m)
      for i in 0..<p {
        for lane in 0..<8 {
          point.position[i][lane] = kernel.points[i * count + Int(lanes[lane])][lane]
        }
      }
      point.value.pointee = value
    }
    put(0, place, best)
    put(1, Lanes.all(0), kernel.logLikelihoods[0] - 0.5 * square(0))
    put(2, other, second)
  }

  /// |z|² of one of the lattice's points.
  private func square(_ q: Int) -> Double {
    var sum = 0.0
    for d in 0..<p { sum += lattice[d * Self.pointCount + q] * lattice[d * Self.pointCount + q] }
    return sum
  }
}

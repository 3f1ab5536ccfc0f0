import CVector
import KernelInterface
import NumericKernels

// Where climbs begin.
extension PosteriorModes {
  /// The log density of component k at one point.
  func density(
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

  /// The components whose modes are looked at for component k: its neighbours in the order of the
  /// components.
  func others(_ k: Int) -> [Int] {
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
  func highest(_ l: Int) -> UnsafeMutablePointer<Lanes> {
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

  /// Puts the best of the lattice's points, the component's mean, and the best point that is apart
  /// from the first into the places 0 to 2, with the densities there.
  func placeStarts(
    _ block: Int, _ k: Int, _ chosen: Lanes, _ blocks: SubjectBlocks
  ) {
    let kernel = expectation.kernel
    let densities = expectation.densities
    let mean = blocks.record(block, k) + blocks.layout.priorMean
    let factor = densities.factor + k * packed
    let count = pointCount
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
    let values = kernel.logLikelihoods
    var (best, place) = (Lanes.all(-.infinity), Lanes.all(0))
    for q in 0..<count {
      values[q] -= 0.5 * squares[q]
      place = cvector_select_less(best, values[q], Lanes.all(Double(q)), place)
      best = cvector_select_less(best, values[q], values[q], best)
    }
    for d in 0..<p {
      for lane in 0..<8 { scratch[d][lane] = lattice[d * count + Int(place[lane])] }
    }
    var (second, other) = (Lanes.all(-.infinity), place)
    for q in 0..<count {
      var square = Lanes.all(0)
      for d in 0..<p {
        let difference = scratch[d] - lattice[d * count + q]
        square = fma(difference, difference, square)
      }
      let value = cvector_select_less(
        Lanes.all(Self.apart * Self.apart), square, values[q], Lanes.all(-.infinity))
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
    put(1, Lanes.all(0), values[0])
    put(2, other, second)
  }
}

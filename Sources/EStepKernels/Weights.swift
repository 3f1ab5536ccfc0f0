import CVector
import KernelInterface
import NumericKernels

/// What makes weights from a table; see `WeightView`. Each lane has its own numbers, or all the
/// same.
struct WeightMap {
  let offset: UnsafePointer<Lanes>
  let whitening: UnsafePointer<Lanes>
  let reference: UnsafePointer<Lanes>
}

extension EStepKernel {
  /// Adds the weights of some nodes to `laneSums`, in batches counted from the first node: W07
  /// (11).
  func accumulate(
    z: UnsafePointer<Lanes>, stride: Int, hasDensity: Bool, table: LikelihoodTable, count: Int,
    map: WeightMap, halfPrecision: Double, columns: UnsafePointer<Lanes>?
  ) {
    var first = 0
    while first < count {
      let width = min(Self.batchCapacity, count - first)
      let part = LikelihoodTable(
        factor: table.factor + first, squares: table.squares + first,
        exponent: table.exponent.map { $0 + first })
      weights(
        z: z + first, stride: stride, hasDensity: hasDensity, table: part, count: width,
        map: map, halfPrecision: halfPrecision)
      addMoments(z: z + first, stride: stride, squares: part.squares, count: width)
      if let columns { addColumns(columns, count: width) }
      first += width
    }
  }

  /// The weights of a batch, into `batchWeights`; kept apart from their moments, so that more of
  /// these long chains of operations are under way at a time.
  ///
  /// log₂ v = log₂ factor − squares·log₂e/(2σ²) + ½log₂e(zᵀz − uᵀu) − reference, u = Λ⁻¹(φ − μ):
  /// one exponential for a sample. With the nodes' densities in the factor, zᵀz is left out.
  func weights(
    z: UnsafePointer<Lanes>, stride: Int, hasDensity: Bool, table: LikelihoodTable, count: Int,
    map: WeightMap, halfPrecision: Double
  ) {
    // The number of effects and what is asked are constants in each call, so that all loops over
    // them are unrolled.
    if let exponent = table.exponent {
      weights(p, z, stride, !hasDensity, table, exponent, count, map, halfPrecision)
      return
    }
    switch (p, hasDensity) {
    case (1, true): weights(1, z, stride, false, table, nil, count, map, halfPrecision)
    case (1, false): weights(1, z, stride, true, table, nil, count, map, halfPrecision)
    case (2, true): weights(2, z, stride, false, table, nil, count, map, halfPrecision)
    case (2, false): weights(2, z, stride, true, table, nil, count, map, halfPrecision)
    case (3, true): weights(3, z, stride, false, table, nil, count, map, halfPrecision)
    case (3, false): weights(3, z, stride, true, table, nil, count, map, halfPrecision)
    default: weights(p, z, stride, !hasDensity, table, nil, count, map, halfPrecision)
    }
  }

  @inline(__always)
  private func weights(
    _ p: Int, _ z: UnsafePointer<Lanes>, _ stride: Int, _ addsEnergy: Bool,
    _ table: LikelihoodTable, _ exponent: UnsafePointer<Lanes>?, _ count: Int, _ map: WeightMap,
    _ halfPrecision: Double
  ) {
    let target = batchWeights
    let scale = Lanes.all(-2 * halfLog2e * halfPrecision)
    let start = -map.reference.pointee
    for v in 0..<count {
      var power = fma(scale, table.squares[v], start)
      if let exponent { power += exponent[v] }
      if addsEnergy {
        var energy = z[v] * z[v]
        for i in 1..<p { energy = fma(z[i * stride + v], z[i * stride + v], energy) }
        power = fma(energy, Lanes.all(halfLog2e), power)
      }
      var square = Lanes.all(0)
      for i in 0..<p {
        var u = map.offset[i]
        for j in 0...i {
          u = fma(map.whitening[SymmetricMatrix.index(i, j)], z[j * stride + v], u)
        }
        square = fma(u, u, square)
      }
      power -= square
      // What the exponential has no number for is nothing, even times the largest factor.
      target[v] = cvector_select_less(
        power, Lanes.all(-1000), Lanes.all(0), exp2Clamped(power) * table.factor[v])
    }
  }

  /// Adds a batch's weights and their moments; few sums at a time, which stay in registers.
  private func addMoments(
    z: UnsafePointer<Lanes>, stride: Int, squares: UnsafePointer<Lanes>, count: Int
  ) {
    let sums = laneSums
    let weights = batchWeights
    var total = sums[WeightSums.total]
    var second = sums[WeightSums.squares]
    var largest = sums[WeightSums.largest]
    var residuals = sums[WeightSums.residuals]
    for v in 0..<count {
      let weight = weights[v]
      total += weight
      second = fma(weight, weight, second)
      largest = larger(weight, largest)
      residuals = fma(weight, squares[v], residuals)
    }
    sums[WeightSums.total] = total
    sums[WeightSums.squares] = second
    sums[WeightSums.largest] = largest
    sums[WeightSums.residuals] = residuals
    let products = sums + WeightSums.second(p)
    for i in 0..<p {
      let zi = z + i * stride
      var first = sums[WeightSums.first + i]
      var square = products[SymmetricMatrix.index(i, i)]
      for v in 0..<count {
        let weighted = weights[v] * zi[v]
        first += weighted
        square = fma(weighted, zi[v], square)
      }
      sums[WeightSums.first + i] = first
      products[SymmetricMatrix.index(i, i)] = square
      for j in 0..<i {
        let zj = z + j * stride
        var product = products[SymmetricMatrix.index(i, j)]
        for v in 0..<count { product = fma(weights[v] * zi[v], zj[v], product) }
        products[SymmetricMatrix.index(i, j)] = product
      }
    }
  }

  /// Adds the columns of a batch, times its weights.
  private func addColumns(_ columns: UnsafePointer<Lanes>, count: Int) {
    let sums = laneSums + WeightSums.count(p)
    for c in 0..<DirectColumns.count(directCount) {
      let column = columns + c * DecayStep.batchStride
      var sum = sums[c]
      for v in 0..<count { sum = fma(batchWeights[v], column[v], sum) }
      sums[c] = sum
    }
  }

  /// Puts one subject's and component's numbers into all lanes.
  func spread(_ view: WeightView) -> WeightMap {
    for i in 0..<p { offset[i] = Lanes.all(view.offset[8 * i]) }
    for e in 0..<packed { whitening[e] = Lanes.all(view.whitening[8 * e]) }
    reference.pointee = Lanes.all(view.reference)
    return WeightMap(offset: offset, whitening: whitening, reference: reference)
  }

  /// Adds up the lanes, into one lane of eight subjects.
  func storeSums(_ sums: UnsafeMutablePointer<Double>) {
    for s in 0..<sumCount { sums[8 * s] = laneSums[s].treeSum }
    sums[8 * WeightSums.largest] = laneSums[WeightSums.largest].largest
  }

  func logWeights(
    nodes: NodeSet, table: LikelihoodTable, view: WeightView, halfPrecision: Double,
    into target: UnsafeMutablePointer<Lanes>
  ) {
    let map = spread(view)
    for v in 0..<nodes.vectors {
      target[v] = logWeight(v, nodes, table, map: map, halfPrecision: halfPrecision)
    }
  }

  /// log₂ of the weights of one vector.
  @inline(__always)
  func logWeight(
    _ v: Int, _ nodes: NodeSet, _ table: LikelihoodTable, map: WeightMap, halfPrecision: Double
  ) -> Lanes {
    var power = table.squares[v] * (-2 * halfLog2e * halfPrecision) - map.reference.pointee
    if let exponent = table.exponent { power += exponent[v] }
    for i in 0..<p {
      var u = map.offset[i]
      for j in 0...i {
        u += map.whitening[SymmetricMatrix.index(i, j)] * nodes.z[j * nodes.stride + v]
      }
      power -= u * u
      if nodes.inverseDensity == nil {
        power += nodes.z[i * nodes.stride + v] * nodes.z[i * nodes.stride + v] * halfLog2e
      }
    }
    return power + log(table.factor[v]) * (2 * halfLog2e)
  }
}

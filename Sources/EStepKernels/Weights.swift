import CVector
import KernelInterface
import NumericKernels

extension EStepKernel {
  /// Adds the weights of a batch to `laneSums`: W07 (11).
  ///
  /// log₂ v = log₂ factor − squares·log₂e/(2σ²) + ½log₂e(zᵀz − uᵀu) − reference, u = Λ⁻¹(φ − μ): one exponential for a sample. With
  /// the nodes' densities in the factor, zᵀz is left out.
  func accumulate(
    z: UnsafePointer<Lanes>, stride: Int, hasDensity: Bool, table: LikelihoodTable, count: Int,
    view: WeightView, halfPrecision: Double
  ) {
    // The number of effects and what is asked are constants in each call, so that all loops over them are unrolled.
    if let exponent = table.exponent {
      add(p, z, stride, !hasDensity, table, exponent, count, view, halfPrecision)
      return
    }
    switch (p, hasDensity) {
    case (1, true): add(1, z, stride, false, table, nil, count, view, halfPrecision)
    case (1, false): add(1, z, stride, true, table, nil, count, view, halfPrecision)
    case (2, true): add(2, z, stride, false, table, nil, count, view, halfPrecision)
    case (2, false): add(2, z, stride, true, table, nil, count, view, halfPrecision)
    case (3, true): add(3, z, stride, false, table, nil, count, view, halfPrecision)
    case (3, false): add(3, z, stride, true, table, nil, count, view, halfPrecision)
    default: add(p, z, stride, !hasDensity, table, nil, count, view, halfPrecision)
    }
  }

  @inline(__always)
  private func add(
    _ p: Int, _ z: UnsafePointer<Lanes>, _ stride: Int, _ addsEnergy: Bool,
    _ table: LikelihoodTable, _ exponent: UnsafePointer<Lanes>?, _ count: Int, _ view: WeightView,
    _ halfPrecision: Double
  ) {
    let sums = laneSums
    let second = WeightSums.first + p
    let scale = Lanes.all(-2 * halfLog2e * halfPrecision)
    let start = Lanes.all(-view.reference)
    for v in 0..<count {
      let squares = table.squares[v]
      var power = fma(scale, squares, start)
      if let exponent { power += exponent[v] }
      if addsEnergy {
        var energy = z[v] * z[v]
        for i in 1..<p { energy = fma(z[i * stride + v], z[i * stride + v], energy) }
        power = fma(energy, Lanes.all(halfLog2e), power)
      }
      for i in 0..<p {
        var u = Lanes.all(view.offset[8 * i])
        for j in 0...i {
          u = fma(
            Lanes.all(view.whitening[8 * SymmetricMatrix.index(i, j)]), z[j * stride + v], u)
        }
        power = fma(-u, u, power)
      }
      let weight = exp2Clamped(power) * table.factor[v]
      sums[WeightSums.total] += weight
      sums[WeightSums.squares] = fma(weight, weight, sums[WeightSums.squares])
      sums[WeightSums.largest] = larger(weight, sums[WeightSums.largest])
      sums[WeightSums.residuals] = fma(weight, squares, sums[WeightSums.residuals])
      for i in 0..<p {
        let weighted = weight * z[i * stride + v]
        sums[WeightSums.first + i] += weighted
        for j in 0...i {
          let place = second + SymmetricMatrix.index(i, j)
          sums[place] = fma(weighted, z[j * stride + v], sums[place])
        }
      }
    }
  }

  /// Adds up the lanes, into one lane of eight subjects.
  func storeSums(_ sums: UnsafeMutablePointer<Double>) {
    for s in 0..<sumCount { sums[8 * s] = laneSums[s].treeSum }
    sums[8 * WeightSums.largest] = laneSums[WeightSums.largest].largest
  }

  func largestLogWeight(
    nodes: NodeSet, table: LikelihoodTable, view: WeightView, halfPrecision: Double
  ) -> Double {
    var result = -Double.infinity
    for v in 0..<nodes.vectors {
      var power = table.squares[v] * (-2 * halfLog2e * halfPrecision)
      if let exponent = table.exponent { power += exponent[v] }
      for i in 0..<p {
        var u = Lanes.all(view.offset[8 * i])
        for j in 0...i {
          u +=
            view.whitening[8 * SymmetricMatrix.index(i, j)] * nodes.z[j * nodes.vectors + v]
        }
        power -= u * u
        if nodes.inverseDensity == nil {
          power += nodes.z[i * nodes.vectors + v] * nodes.z[i * nodes.vectors + v] * halfLog2e
        }
      }
      power += log(table.factor[v]) * (2 * halfLog2e)
      for lane in 0..<8 where power[lane] > result { result = power[lane] }
    }
    return result
  }
}

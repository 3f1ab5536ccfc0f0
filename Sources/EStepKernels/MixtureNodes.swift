import CVector
import KernelInterface
import NumericKernels

// The nodes of several importance densities, weighed by the power heuristic.
extension EStepKernel {
  func draw(_ grid: GridNodes, shift: (Double, Double), into nodes: MixtureNodes, first: Int) {
    grid.draw(
      shift: shift, z: nodes.z + first, stride: nodes.stride, volumes: nodes.volumes + first,
      windows: nodes.windows + first)
  }

  func weigh(
    _ nodes: MixtureNodes, _ parts: UnsafePointer<MixturePart>, count: Int, samples: Int
  ) {
    // The number of effects is a constant in each call, so that all loops over them are unrolled.
    switch p {
    case 1: weigh(1, nodes, parts, count, samples)
    case 2: weigh(2, nodes, parts, count, samples)
    default: weigh(p, nodes, parts, count, samples)
    }
  }

  @inline(__always)
  private func weigh(
    _ p: Int, _ nodes: MixtureNodes, _ parts: UnsafePointer<MixturePart>, _ count: Int,
    _ samples: Int
  ) {
    let (z, stride, vectors) = (nodes.z, nodes.stride, nodes.vectors)
    let target = nodes.inverseDensity
    let numerators = nodes.numerators
    for v in 0..<vectors { target[v] = Lanes.all(0) }
    var first = 0
    for m in 0..<count {
      let part = parts + m
      let share = Lanes.all(part.pointee.share * part.pointee.scale)
      let end = first + part.pointee.samples / 8
      let map = part.pointee.map
      if let grid = part.pointee.grid {
        let factor = Lanes.all(Double(samples) / part.pointee.scale)
        for v in first..<end {
          let density = share * nodes.windows[v]
          target[v] = fma(density, density, target[v])
          numerators[v] = nodes.volumes[v] * (factor * (density * density))
        }
        for v in 0..<first {
          let density = share * window(p, grid, z + v, stride, map)
          target[v] = fma(density, density, target[v])
        }
        for v in end..<vectors {
          let density = share * window(p, grid, z + v, stride, map)
          target[v] = fma(density, density, target[v])
        }
      } else {
        let factor = Lanes.all(
          Double(samples) / Double(part.pointee.samples) * part.pointee.share)
        for v in 0..<vectors {
          let density = share * exp2Clamped(square(p, z + v, stride, map) * -halfLog2e)
          target[v] = fma(density, density, target[v])
          if v >= first && v < end { numerators[v] = factor * density }
        }
      }
      first = end
    }
    // Where no density is left, nothing is 0/0.
    for v in 0..<vectors { target[v] = numerators[v] / (target[v] + 1e-300) }
  }

  /// The window of a grid at a node.
  @inline(__always)
  private func window(
    _ p: Int, _ grid: GridNodes, _ z: UnsafePointer<Lanes>, _ stride: Int,
    _ map: UnsafePointer<Double>?
  ) -> Lanes {
    var x = z[0]
    var y = p > 1 ? z[stride] : Lanes.all(0)
    if let map {
      let factor = map + p
      let first = fma(x, Lanes.all(factor[0]), Lanes.all(map[0]))
      if p > 1 {
        y = fma(y, Lanes.all(factor[2]), fma(x, Lanes.all(factor[1]), Lanes.all(map[1])))
      }
      x = first
    }
    return grid.window(x, y)
  }

  /// |z|² of a node, or |L_m⁻¹(φ − c_m)|².
  @inline(__always)
  private func square(
    _ p: Int, _ z: UnsafePointer<Lanes>, _ stride: Int, _ map: UnsafePointer<Double>?
  ) -> Lanes {
    var square = Lanes.all(0)
    guard let map else {
      for d in 0..<p { square = fma(z[d * stride], z[d * stride], square) }
      return square
    }
    let factor = map + p
    for i in 0..<p {
      var u = Lanes.all(map[i])
      for j in 0...i {
        u = fma(z[j * stride], Lanes.all(factor[SymmetricMatrix.index(i, j)]), u)
      }
      square = fma(u, u, square)
    }
    return square
  }
}

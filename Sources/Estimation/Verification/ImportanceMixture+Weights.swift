import KernelInterface
import NumericKernels

// The power heuristic.
extension ImportanceMixture {
  /// What takes the place of 1/((2π)^(p/2) q(z)): for a node of a normal density m it is T/T_m ·
  /// c_m D_m/Σ_j D_j² with D_m = c_m q_m, for one of a grid T |L_m|/|L| · volume · D_m²/Σ_j D_j².
  func weigh(_ target: UnsafeMutablePointer<Lanes>, _ vectors: Int, _ stride: Int) {
    let own = target + stride
    let windows = own + stride
    var first = 0
    for m in 0..<count {
      let part = parts[m]
      let share = part.share * part.scale
      let end = first + part.samples / 8
      let map = map(m) + p + packed
      func add(_ v: Int, _ shape: Lanes) -> Lanes {
        let density = share * shape
        target[v] = m == 0 ? density * density : fma(density, density, target[v])
        return density
      }
      if let grid = part.grid {
        let factor = Double(sampleCount) / part.scale
        for v in first..<end {
          let density = add(v, windows[v])
          own[v] *= factor * (density * density)
        }
        for range in [0..<first, end..<vectors] {
          for v in range { _ = add(v, window(grid, v, stride, m == 0 ? nil : map)) }
        }
      } else {
        let factor = Double(sampleCount) / Double(part.samples) * part.share
        for v in 0..<vectors {
          let square = m == 0 ? square(v, stride) : square(v, stride, map)
          let density = add(v, exp2Clamped(square * -halfLog2e))
          if v >= first && v < end { own[v] = factor * density }
        }
      }
      first = end
    }
    // Where no density is left, nothing is 0/0.
    for v in 0..<vectors { target[v] = own[v] / (target[v] + 1e-300) }
  }

  /// The window of a grid at a node.
  @inline(__always)
  private func window(
    _ grid: GridNodes, _ v: Int, _ stride: Int, _ offset: UnsafePointer<Double>?
  ) -> Lanes {
    var x = memory[v]
    var y = p > 1 ? memory[stride + v] : Lanes.all(0)
    if let offset {
      let factor = offset + p
      let first = fma(x, Lanes.all(factor[0]), Lanes.all(offset[0]))
      if p > 1 {
        y = fma(y, Lanes.all(factor[2]), fma(x, Lanes.all(factor[1]), Lanes.all(offset[1])))
      }
      x = first
    }
    return grid.window(x, y)
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
    if p == 2 {
      let (x, y) = (memory[v], memory[stride + v])
      let u = fma(x, Lanes.all(factor[0]), Lanes.all(offset[0]))
      let w = fma(y, Lanes.all(factor[2]), fma(x, Lanes.all(factor[1]), Lanes.all(offset[1])))
      return fma(w, w, u * u)
    }
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

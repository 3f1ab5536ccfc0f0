import CVector
import NumericKernels

/// a where the mask is above 0, else b.
@inline(__always)
func select(_ mask: Lanes, _ a: Lanes, _ b: Lanes) -> Lanes {
  cvector_select_less(Lanes.all(0), mask, a, b)
}

/// A function of each lane, which is called once where all have the same number.
func each(_ x: Lanes, _ function: (Double) -> Double) -> Lanes {
  let first = x[0]
  if !cvector_any_less(x, Lanes.all(first)), !cvector_any_less(Lanes.all(first), x) {
    return Lanes.all(function(first))
  }
  var result = x
  for lane in 0..<8 { result[lane] = function(x[lane]) }
  return result
}

/// Small symmetric matrices, packed, of eight subjects at once.
enum LaneAlgebra {
  /// Puts L with LLᵀ = A into the place of A.
  /// - Returns: 1 in the lanes where A is positive definite and finite, else 0; L has no meaning
  ///   there.
  static func factor(_ a: UnsafeMutablePointer<Lanes>, dimension p: Int) -> Lanes {
    var isRegular = Lanes.all(1)
    let (zero, limit) = (Lanes.all(0), Lanes.all(.greatestFiniteMagnitude))
    for i in 0..<p {
      for j in 0...i {
        let place = SymmetricMatrix.index(i, j)
        var sum = a[place]
        for l in 0..<j {
          sum -= a[SymmetricMatrix.index(i, l)] * a[SymmetricMatrix.index(j, l)]
        }
        if i == j {
          // Comparisons with NaN are false.
          let isFinite = cvector_select_less(sum, limit, isRegular, zero)
          isRegular = cvector_select_less(zero, sum, isFinite, zero)
          a[place] = cvector_sqrt(cvector_select_less(zero, sum, sum, Lanes.all(1)))
        } else {
          a[place] = sum / a[SymmetricMatrix.index(j, j)]
        }
      }
    }
    return isRegular
  }

  /// Solves LLᵀx = b in the place of b.
  static func solve(
    _ factor: UnsafePointer<Lanes>, dimension p: Int, _ b: UnsafeMutablePointer<Lanes>
  ) {
    for i in 0..<p {
      for j in 0..<i { b[i] -= factor[SymmetricMatrix.index(i, j)] * b[j] }
      b[i] /= factor[SymmetricMatrix.index(i, i)]
    }
    for i in stride(from: p - 1, through: 0, by: -1) {
      for j in i + 1..<max(i + 1, p) { b[i] -= factor[SymmetricMatrix.index(j, i)] * b[j] }
      b[i] /= factor[SymmetricMatrix.index(i, i)]
    }
  }

  /// (LLᵀ)⁻¹
  /// - Parameter inverse: where L⁻¹ goes, packed.
  static func invert(
    _ factor: UnsafePointer<Lanes>, dimension p: Int, inverse: UnsafeMutablePointer<Lanes>,
    product: UnsafeMutablePointer<Lanes>
  ) {
    for j in 0..<p {
      for i in j..<p {
        var sum = Lanes.all(i == j ? 1 : 0)
        for l in j..<i {
          sum -= factor[SymmetricMatrix.index(i, l)] * inverse[SymmetricMatrix.index(l, j)]
        }
        inverse[SymmetricMatrix.index(i, j)] = sum / factor[SymmetricMatrix.index(i, i)]
      }
    }
    for i in 0..<p {
      for j in 0...i {
        var sum = Lanes.all(0)
        for l in i..<p {
          sum += inverse[SymmetricMatrix.index(l, i)] * inverse[SymmetricMatrix.index(l, j)]
        }
        product[SymmetricMatrix.index(i, j)] = sum
      }
    }
  }
}

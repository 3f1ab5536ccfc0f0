package import NumericKernels
package import PopulationModel

/// The way from slopes by the free parameters to slopes by the coordinates of a working scale, at
/// some parameters.
///
/// A coordinate moves few free parameters: ∂ϕ/∂x has a short column for each.
package struct WorkingScaleSlopes {
  /// For each coordinate the free parameters that follow it, by their places, and how.
  private let columns: [[(place: Int, slope: Double)]]

  /// - Parameter parameters: all covariances positive definite and all weights positive.
  package init(_ scale: WorkingScale, free: FreeParameters, at parameters: PopulationParameters) {
    func place(_ isMeant: (FreeParameter) -> Bool) -> Int {
      guard let place = free.list.firstIndex(where: isMeant) else {
        preconditionFailure("each coordinate is a free parameter's")
      }
      return place
    }
    var columns: [[(place: Int, slope: Double)]] = []
    for mean in scale.means {
      let first = mean.components.lowerBound
      let own = place {
        if case .mean(mean.effect, let k) = $0 { k ?? first == first } else { false }
      }
      columns.append([(own, mean.unit)])
    }
    for block in scale.blocks {
      let first = block.components.lowerBound
      func element(_ i: Int, _ j: Int) -> Int {
        let (row, column) = (block.effects[max(i, j)], block.effects[min(i, j)])
        return place {
          if case .covariance(row, column, let k) = $0 { k ?? first == first } else { false }
        }
      }
      columns += Self.columns(of: parameters.covariances[first].block(block.effects), element)
    }
    for k in 0..<scale.weightCount {
      // ∂w_m/∂x_k = w_m (δ_mk − w_k)
      columns.append(
        (0..<scale.weightCount).map { m in
          let w = parameters.weights
          return (place { $0 == .weight(component: m) }, w[m] * ((m == k ? 1 : 0) - w[k]))
        })
    }
    if scale.hasResidualVariance {
      columns.append([(place { $0 == .residualVariance }, parameters.sigma2)])
    }
    for other in scale.others {
      let first = other.components.lowerBound
      let own = place {
        switch ($0, other.kind) {
        case (.direct(other.place, let k), .direct),
          (.coefficient(other.place, let k), .coefficient):
          k ?? first == first
        case (.weightCoefficient(other.place, let k), .weightCoefficient): k == first
        default: false
        }
      }
      columns.append([(own, other.isLogarithm ? other.value(in: parameters) : 1)])
    }
    self.columns = columns
  }

  /// With Σ = LLᵀ: row i of L is in proportion to exp(½x_ii), and L_ij to L_ii x_ij.
  private static func columns(
    of block: SymmetricMatrix, _ element: (Int, Int) -> Int
  ) -> [[(place: Int, slope: Double)]] {
    let size = block.dimension
    guard size > 1 else { return [[(element(0, 0), block[0, 0])]] }
    guard let factor = CholeskyFactor(block) else {
      preconditionFailure("covariances are positive definite")
    }
    func l(_ i: Int, _ j: Int) -> Double {
      j > i ? 0 : factor.elements[SymmetricMatrix.index(i, j)]
    }
    var result: [[(place: Int, slope: Double)]] = []
    for i in 0..<size {
      for j in 0...i {
        result.append(
          (0..<size).map { m in
            if j == i { return (element(i, m), m == i ? block[i, i] : 0.5 * block[i, m]) }
            return (element(i, m), (m == i ? 2 : 1) * l(i, i) * l(m, j))
          })
      }
    }
    return result
  }

  /// ∂f/∂x from ∂f/∂ϕ.
  package func gradient(_ scores: [Double]) -> [Double] {
    columns.map { $0.reduce(0) { $0 + $1.slope * scores[$1.place] } }
  }

  /// The covariance of free parameters that can only move with coordinates that are not held:
  /// J (JᵀIJ)⁻¹ Jᵀ over those. At a boundary the parameters of a singular block move together.
  /// - Returns: `nil` if the information is singular there.
  package func covariance(_ information: SymmetricMatrix, without held: Set<Int>)
    -> SymmetricMatrix?
  {
    guard let inverse = self.information(information).inverse(without: held) else { return nil }
    var result = SymmetricMatrix(dimension: information.dimension)
    for a in columns.indices {
      for b in columns.indices {
        for first in columns[a] {
          for second in columns[b] where second.place <= first.place {
            result[first.place, second.place] +=
              first.slope * second.slope * inverse[max(a, b), min(a, b)]
          }
        }
      }
    }
    return result
  }

  /// JᵀIJ
  package func information(_ information: SymmetricMatrix) -> SymmetricMatrix {
    var result = SymmetricMatrix(dimension: columns.count)
    for a in columns.indices {
      for b in 0...a {
        var sum = 0.0
        for first in columns[a] {
          for second in columns[b] {
            let (i, j) = (max(first.place, second.place), min(first.place, second.place))
            sum += first.slope * second.slope * information[i, j]
          }
        }
        result[a, b] = sum
      }
    }
    return result
  }
}

/// The lower factor L of a symmetric matrix that may be singular, A = L·Lᵀ, packed as
/// `SymmetricMatrix` is.
///
/// A row whose variance is explained by the rows before it, to all but 10⁻¹² of it, gets the pivot
/// 0 and no column: a variance of 0 gives an effect without spread, and of two equal observations
/// the second one adds nothing.
public struct SemidefiniteFactor: Sendable {
  public let dimension: Int
  public let elements: [Double]

  /// - Parameter isUsed: rows that may have a pivot.
  public init(_ matrix: SymmetricMatrix, where isUsed: (Int) -> Bool = { _ in true }) {
    dimension = matrix.dimension
    var l = matrix.elements
    for j in 0..<dimension {
      let diagonal = SymmetricMatrix.index(j, j)
      var pivot = l[diagonal]
      for a in 0..<j { pivot -= l[SymmetricMatrix.index(j, a)] * l[SymmetricMatrix.index(j, a)] }
      // Not a number compares as false, and counts as 0 as well.
      let isUsed = isUsed(j) && pivot > 1e-12 * matrix[j, j] && pivot.isFinite
      let root = isUsed ? pivot.squareRoot() : 0
      l[diagonal] = root
      for i in j + 1..<max(dimension, j + 1) {
        let place = SymmetricMatrix.index(i, j)
        var sum = l[place]
        for a in 0..<j { sum -= l[SymmetricMatrix.index(i, a)] * l[SymmetricMatrix.index(j, a)] }
        l[place] = root > 0 ? sum / root : 0
      }
    }
    elements = l
  }

  public subscript(i: Int, j: Int) -> Double { elements[SymmetricMatrix.index(i, j)] }
}

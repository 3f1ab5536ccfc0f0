/// A real symmetric matrix, kept as its lower triangle row by row: (0,0), (1,0), (1,1), (2,0), …
public struct SymmetricMatrix: Sendable, Equatable, Codable {
  /// Number of rows and columns.
  public let dimension: Int
  /// The `dimension`·(`dimension` + 1)/2 elements of the lower triangle, row by row.
  public var elements: [Double]

  /// A matrix of zeros.
  public init(dimension: Int) {
    self.dimension = dimension
    elements = [Double](repeating: 0, count: SymmetricMatrix.elementCount(dimension))
  }

  /// - Parameter elements: the lower triangle, row by row.
  public init(dimension: Int, elements: [Double]) {
    precondition(elements.count == SymmetricMatrix.elementCount(dimension))
    self.dimension = dimension
    self.elements = elements
  }

  /// - Throws: `DecodingError` unless there are as many elements as the dimension wants.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    let dimension = try keys.decode(Int.self, forKey: .dimension)
    let elements = try keys.decode([Double].self, forKey: .elements)
    guard (0...1 << 16).contains(dimension), elements.count == Self.elementCount(dimension) else {
      throw DecodingError.dataCorruptedError(
        forKey: .elements, in: keys,
        debugDescription: "\(elements.count) elements of a matrix of dimension \(dimension)")
    }
    self.init(dimension: dimension, elements: elements)
  }

  public init(diagonal: [Double]) {
    self.init(dimension: diagonal.count)
    for (i, value) in diagonal.enumerated() { self[i, i] = value }
  }

  @inlinable
  public static func elementCount(_ dimension: Int) -> Int { dimension * (dimension + 1) / 2 }

  /// Place of row `i`, column `j` ≤ `i` in the lower triangle.
  @inlinable @inline(__always)
  public static func index(_ i: Int, _ j: Int) -> Int { i * (i + 1) / 2 + j }

  @inlinable
  public subscript(i: Int, j: Int) -> Double {
    get { i >= j ? elements[Self.index(i, j)] : elements[Self.index(j, i)] }
    set { elements[i >= j ? Self.index(i, j) : Self.index(j, i)] = newValue }
  }

  public var diagonal: [Double] { (0..<dimension).map { self[$0, $0] } }
}

/// The Cholesky factor L of a symmetric positive definite matrix, A = L·Lᵀ, packed as
/// `SymmetricMatrix` is.
///
/// Written out for the few dimensions of random effects, where it has to give the same bits on
/// every machine; large matrices go to LAPACK (`DenseAlgebra`).
public struct CholeskyFactor: Sendable, Equatable {
  public let dimension: Int
  /// The lower triangle of L, row by row.
  public var elements: [Double]

  /// - Returns: `nil` if the matrix is not positive definite or not finite.
  public init?(_ matrix: SymmetricMatrix) {
    dimension = matrix.dimension
    elements = matrix.elements
    let succeeded = elements.withUnsafeMutableBufferPointer {
      Self.factor($0.baseAddress!, dimension: matrix.dimension)
    }
    guard succeeded else { return nil }
  }

  /// Replaces the packed lower triangle of A by that of L.
  /// - Returns: whether A is positive definite; the contents are undefined if not.
  public static func factor(_ a: UnsafeMutablePointer<Double>, dimension: Int) -> Bool {
    var row = 0
    for i in 0..<dimension {
      var column = 0
      for j in 0...i {
        var sum = a[row + j]
        for l in 0..<j { sum -= a[row + l] * a[column + l] }
        if i == j {
          guard sum > 0, sum.isFinite else { return false }
          a[row + j] = sum.squareRoot()
        } else {
          a[row + j] = sum / a[column + j]
        }
        column += j + 1
      }
      row += i + 1
    }
    return true
  }

  /// Replaces x by L⁻¹x.
  public static func whiten(
    _ l: UnsafePointer<Double>, dimension: Int, _ x: UnsafeMutablePointer<Double>
  ) {
    var row = 0
    for i in 0..<dimension {
      var sum = x[i]
      for j in 0..<i { sum -= l[row + j] * x[j] }
      x[i] = sum / l[row + i]
      row += i + 1
    }
  }

  /// Replaces x by A⁻¹x.
  public static func solve(
    _ l: UnsafePointer<Double>, dimension: Int, _ x: UnsafeMutablePointer<Double>
  ) {
    whiten(l, dimension: dimension, x)
    for i in (0..<dimension).reversed() {
      var sum = x[i]
      for j in i + 1..<max(dimension, i + 1) { sum -= l[SymmetricMatrix.index(j, i)] * x[j] }
      x[i] = sum / l[SymmetricMatrix.index(i, i)]
    }
  }

  /// The packed lower triangles of L⁻¹ and, with `product`, of A⁻¹ = L⁻ᵀL⁻¹.
  /// - Parameter product: another place than `inverse`.
  public static func invert(
    _ l: UnsafePointer<Double>, dimension: Int, inverse: UnsafeMutablePointer<Double>,
    product: UnsafeMutablePointer<Double>? = nil
  ) {
    for j in 0..<dimension {
      for i in j..<dimension {
        var sum = i == j ? 1.0 : 0.0
        for a in j..<max(i, j) {
          sum -= l[SymmetricMatrix.index(i, a)] * inverse[SymmetricMatrix.index(a, j)]
        }
        inverse[SymmetricMatrix.index(i, j)] = sum / l[SymmetricMatrix.index(i, i)]
      }
    }
    guard let product else { return }
    for i in 0..<dimension {
      for j in 0...i {
        var sum = 0.0
        for a in i..<dimension {
          sum += inverse[SymmetricMatrix.index(a, i)] * inverse[SymmetricMatrix.index(a, j)]
        }
        product[SymmetricMatrix.index(i, j)] = sum
      }
    }
  }

  /// Product of the diagonal's logarithms: ½ ln |A|.
  public var logDeterminantOfFactor: Double {
    (0..<dimension).reduce(0) { $0 + log(elements[SymmetricMatrix.index($1, $1)]) }
  }

  /// L⁻¹x.
  public func whiten(_ x: [Double]) -> [Double] {
    var y = x
    for i in 0..<dimension {
      for j in 0..<i { y[i] -= elements[SymmetricMatrix.index(i, j)] * y[j] }
      y[i] /= elements[SymmetricMatrix.index(i, i)]
    }
    return y
  }

  /// A⁻¹x.
  public func solve(_ x: [Double]) -> [Double] {
    var y = whiten(x)
    for i in (0..<dimension).reversed() {
      for j in (i + 1)..<max(dimension, i + 1) {
        y[i] -= elements[SymmetricMatrix.index(j, i)] * y[j]
      }
      y[i] /= elements[SymmetricMatrix.index(i, i)]
    }
    return y
  }

  /// A⁻¹.
  public var inverse: SymmetricMatrix {
    var result = SymmetricMatrix(dimension: dimension)
    for j in 0..<dimension {
      var unit = [Double](repeating: 0, count: dimension)
      unit[j] = 1
      let column = solve(unit)
      for i in j..<dimension { result[i, j] = column[i] }
    }
    return result
  }

  /// A = L·Lᵀ.
  public var product: SymmetricMatrix {
    var result = SymmetricMatrix(dimension: dimension)
    for i in 0..<dimension {
      for j in 0...i {
        result[i, j] = (0...j).reduce(0) {
          $0 + elements[SymmetricMatrix.index(i, $1)] * elements[SymmetricMatrix.index(j, $1)]
        }
      }
    }
    return result
  }
}

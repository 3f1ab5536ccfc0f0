import CLAPACK

/// Dense linear algebra by LAPACK, for matrices whose size grows with the number of parameters.
public enum DenseAlgebra {
  /// The inverse of a symmetric positive definite matrix.
  /// - Returns: `nil` if the matrix is not positive definite to working precision, or not finite.
  public static func inverse(ofPositiveDefinite matrix: SymmetricMatrix) -> SymmetricMatrix? {
    let n = matrix.dimension
    guard n > 0, matrix.elements.allSatisfy(\.isFinite) else { return nil }
    // Scaled to a unit diagonal first: parameters differ by many orders of magnitude, and a pivot
    // must not look small because of its units.
    let diagonal = matrix.diagonal
    guard diagonal.allSatisfy({ $0 > 0 }) else { return nil }
    let scale = diagonal.map { 1 / $0.squareRoot() }
    var a = full(matrix)
    for i in 0..<n { for j in 0..<n { a[i * n + j] *= scale[i] * scale[j] } }
    var order = Int32(n)
    var leading = Int32(n)
    var info: Int32 = 0
    dpotrf_("L", &order, &a, &leading, &info, 1)
    guard info == 0 else { return nil }
    for i in 0..<n where a[i * n + i] < 1e-7 { return nil }
    dpotri_("L", &order, &a, &leading, &info, 1)
    guard info == 0 else { return nil }
    var result = SymmetricMatrix(dimension: n)
    // Column-major 'L': element (i, j), i ≥ j, stands at j·n + i.
    for i in 0..<n { for j in 0...i { result[i, j] = a[j * n + i] * scale[i] * scale[j] } }
    return result
  }

  /// The eigenvalues of a symmetric matrix, ascending.
  /// - Returns: `nil` if the matrix is not finite or the iteration does not converge.
  public static func eigenvalues(of matrix: SymmetricMatrix) -> [Double]? {
    eigensystem(of: matrix, withVectors: false)?.values
  }

  /// The eigenvector of the least eigenvalue of a symmetric matrix.
  /// - Returns: a unit vector; `nil` if the matrix is not finite or the iteration does not
  ///   converge.
  public static func leastEigenvector(of matrix: SymmetricMatrix) -> [Double]? {
    (eigensystem(of: matrix, withVectors: true)?.vectors.prefix(matrix.dimension)).map(Array.init)
  }

  /// The eigenvalues of a symmetric matrix, ascending, and its eigenvectors one after another.
  /// - Returns: `nil` if the matrix is not finite or the iteration does not converge.
  public static func eigensystem(of matrix: SymmetricMatrix) -> (
    values: [Double], vectors: [Double]
  )? {
    eigensystem(of: matrix, withVectors: true)
  }

  /// Eigenvalues, ascending, and one after the other the eigenvectors, if they are asked for.
  private static func eigensystem(of matrix: SymmetricMatrix, withVectors: Bool)
    -> (values: [Double], vectors: [Double])?
  {
    let n = matrix.dimension
    guard n > 0, matrix.elements.allSatisfy(\.isFinite) else { return nil }
    var a = full(matrix)
    var values = [Double](repeating: 0, count: n)
    var order = Int32(n)
    var leading = Int32(n)
    var work = [Double](repeating: 0, count: 34 * n)
    var workCount = Int32(work.count)
    var info: Int32 = 0
    dsyev_(
      withVectors ? "V" : "N", "L", &order, &a, &leading, &values, &work, &workCount, &info, 1, 1)
    return info == 0 ? (values, a) : nil
  }

  /// All n² elements.
  private static func full(_ matrix: SymmetricMatrix) -> [Double] {
    let n = matrix.dimension
    return (0..<n * n).map { matrix[$0 / n, $0 % n] }
  }
}

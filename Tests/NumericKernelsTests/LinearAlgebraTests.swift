import NumericKernels
import Testing

@Suite("Symmetric matrices")
struct LinearAlgebraTests {
  let matrix = SymmetricMatrix(dimension: 3, elements: [4, 2, 5, -1, 0.5, 3])

  @Test("a Cholesky factor multiplied out is the matrix")
  func product() throws {
    let factor = try #require(CholeskyFactor(matrix))
    for (a, b) in zip(factor.product.elements, matrix.elements) { #expect(abs(a - b) < 1e-14) }
  }

  @Test("small and LAPACK inverses agree and invert")
  func inverse() throws {
    let small = try #require(CholeskyFactor(matrix)).inverse
    let large = try #require(DenseAlgebra.inverse(ofPositiveDefinite: matrix))
    for (a, b) in zip(small.elements, large.elements) { #expect(abs(a - b) < 1e-14) }
    for i in 0..<3 {
      for j in 0..<3 {
        let sum = (0..<3).reduce(0) { $0 + matrix[i, $1] * small[$1, j] }
        #expect(abs(sum - (i == j ? 1 : 0)) < 1e-14)
      }
    }
  }

  @Test("log determinant and whitening agree with the closed form of a 2 by 2 matrix")
  func closedForm() throws {
    let two = SymmetricMatrix(dimension: 2, elements: [4, 1, 3])
    let factor = try #require(CholeskyFactor(two))
    #expect(abs(2 * factor.logDeterminantOfFactor - NumericKernels.log(11.0)) < 1e-15)
    let y = factor.whiten([1, 2])
    // xᵀA⁻¹x = (3·1 − 2·1·2 + 4·4)/11
    #expect(abs(y[0] * y[0] + y[1] * y[1] - 15.0 / 11) < 1e-15)
  }

  @Test("matrices that are not positive definite are told apart")
  func indefinite() {
    #expect(CholeskyFactor(SymmetricMatrix(dimension: 2, elements: [1, 2, 1])) == nil)
    #expect(CholeskyFactor(SymmetricMatrix(dimension: 1, elements: [.nan])) == nil)
    let singular = SymmetricMatrix(dimension: 2, elements: [1, 1, 1])
    #expect(DenseAlgebra.inverse(ofPositiveDefinite: singular) == nil)
  }

  @Test("eigenvalues of a known matrix")
  func eigenvalues() throws {
    let two = SymmetricMatrix(dimension: 2, elements: [2, 1, 2])
    let values = try #require(DenseAlgebra.eigenvalues(of: two))
    #expect(abs(values[0] - 1) < 1e-14 && abs(values[1] - 3) < 1e-14)
  }
}

import NumericKernels
import Testing

@Suite("The least eigenvector")
struct EigenvectorTests {
  @Test("is that of a matrix whose eigensystem is known")
  func known() throws {
    // 1 and 3 with (1, −1)/√2 and (1, 1)/√2, and 7 beside them.
    let matrix = SymmetricMatrix(dimension: 3, elements: [2, 0, 7, 1, 0, 2])
    let vector = try #require(DenseAlgebra.leastEigenvector(of: matrix))
    #expect(vector.count == 3)
    #expect(abs(vector[0] + vector[2]) < 1e-15 && abs(vector[1]) < 1e-15)
    #expect(abs(abs(vector[0]) - 0.5.squareRoot()) < 1e-15)
    #expect(
      zip(try #require(DenseAlgebra.eigenvalues(of: matrix)), [1, 3, 7]).allSatisfy {
        abs($0 - $1) < 1e-14
      })
  }

  @Test("there is none of what is not finite, nor of nothing")
  func none() {
    #expect(
      DenseAlgebra.leastEigenvector(of: SymmetricMatrix(dimension: 1, elements: [.nan])) == nil)
    #expect(DenseAlgebra.leastEigenvector(of: SymmetricMatrix(dimension: 0)) == nil)
  }
}

import NumericKernels
import Testing

@Suite("Lattice")
struct LatticeTests {
  /// Mean over the lattice of Π_j f(u_j).
  private func mean(points: Int, dimensions: Int, shift: Double, _ f: (Double) -> Double) -> Double
  {
    var sum = 0.0
    for first in stride(from: 0, to: points, by: 8) {
      var product = Lanes.all(1)
      for d in 0..<dimensions {
        let u = Lattice.coordinates(
          first: first, step: Lattice.generator(dimension: d), count: points, shift: shift)
        for lane in 0..<8 { product[lane] *= f(u[lane]) }
      }
      sum += product.treeSum
    }
    return sum / Double(points)
  }

  @Test("every one-dimensional projection is the shifted equidistant grid", arguments: 0..<10)
  func projections(dimension: Int) {
    var seen = Set<Int>()
    for first in stride(from: 0, to: 64, by: 8) {
      let u = Lattice.coordinates(
        first: first, step: Lattice.generator(dimension: dimension), count: 64, shift: 0.3)
      for lane in 0..<8 { seen.insert(Int((u[lane] * 64).rounded(.down))) }
    }
    #expect(seen.count == 64)
  }

  @Test("the error for a periodic integrand falls faster than 1/T", arguments: [2, 3, 5, 10])
  func convergence(dimensions: Int) {
    // ∏ (1 + γ_j B₂(u_j)) integrates to 1; B₂(u) = u² − u + 1/6.
    func error(_ points: Int) -> Double {
      abs(
        mean(points: points, dimensions: dimensions, shift: 0.123) {
          1 + ($0 * $0 - $0 + 1 / 6.0) / 2
        } - 1)
    }
    // Independent points would have about 0.06·√dimensions/√T: 4e-3 at T = 1024 in five dimensions.
    #expect(error(1024) < 1e-4)
    #expect(error(16384) < 2e-6)
  }
}

import Estimation
import KernelInterface
import NumericKernels
import Testing

/// Shifted grids as integrals in the plane and on the line.
@Suite("Shifted grids")
struct GridNodesTests {
  /// Nodes of one shift: places, volumes and windows.
  private func nodes(_ p: Int, _ count: Int, seed: Int)
    -> [(x: Double, y: Double, volume: Double, window: Double)]
  {
    let grid = GridNodes(dimension: p, count: count)
    let vectors = count / 8
    let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: (p + 2) * vectors)
    memory.initialize(repeating: Lanes.all(0), count: (p + 2) * vectors)
    defer {
      memory.deallocate()
      grid.deallocate()
    }
    let volumes = memory + p * vectors
    let windows = volumes + vectors
    let address = RandomAddress(key: UInt64(seed), purpose: .latticeShift)
    grid.draw(
      shift: (address.uniform(sample: 0, dimension: 0), address.uniform(sample: 0, dimension: 1)),
      z: memory, stride: vectors, volumes: volumes, windows: windows)
    return (0..<count).map { l in
      let (v, lane) = (l / 8, l % 8)
      let (x, y) = (memory[v], p > 1 ? memory[vectors + v] : Lanes.all(0))
      // The window is a function of the place, however that was come by.
      #expect(abs(grid.window(x, y)[lane] - windows[v][lane]) < 1e-12)
      return (x[lane], y[lane], volumes[v][lane], windows[v][lane])
    }
  }

  /// Half as wide as the standard normal, as a posterior is beside its envelope; 1/(2π)^(p/2) is in
  /// the volumes.
  private func density(_ x: Double, _ y: Double, _ p: Int) -> Double {
    (p == 1 ? 2 : 4) * exp(-2 * (x * x + y * y))
  }

  @Test(
    "each shift integrates a normal density and its second moments",
    arguments: [(1, 24), (2, 56), (2, 160), (1, 96)])
  func normal(p: Int, count: Int) {
    for seed in 1...20 {
      var (total, second) = (0.0, 0.0)
      for node in nodes(p, count, seed: seed) {
        let value = node.volume * density(node.x, node.y, p)
        total += value
        second += value * 4 * node.x * node.x
      }
      let tolerance = count > 56 ? 1e-6 : 1e-4
      #expect(abs(total - 1) < tolerance, "\(seed)")
      #expect(abs(second - 1) < 10 * tolerance, "\(seed)")
    }
  }

  /// A density six times as wide reaches far beyond the grid: what is within the window is found
  /// without bias all the same.
  @Test("the mean over shifts is the integral within the window")
  func mean() {
    let grid = GridNodes(dimension: 2, count: 56)
    defer { grid.deallocate() }
    func wide(_ x: Double, _ y: Double) -> Double { exp(-0.08 * (x * x + 0.5 * y * y + x)) }
    var exact = 0.0
    let step = 0.01
    for i in -600...600 {
      for j in stride(from: -600, through: 600, by: 8) {
        let x = step * Double(i)
        let y = Lanes((0..<8).map { step * (Double(j) + Double($0)) })
        let window = grid.window(Lanes.all(x), y)
        for lane in 0..<8 { exact += window[lane] * wide(x, y[lane]) }
      }
    }
    exact *= step * step / (2 * Double.pi)
    var (mean, square) = (0.0, 0.0)
    let shifts = 2000
    for seed in 1...shifts {
      let value = nodes(2, 56, seed: seed).reduce(0) {
        $0 + $1.volume * $1.window * wide($1.x, $1.y)
      }
      mean += value / Double(shifts)
      square += value * value / Double(shifts)
    }
    let error = ((square - mean * mean) / Double(shifts)).squareRoot()
    #expect(abs(mean - exact) < 4 * error + 1e-6, "\(mean), \(exact), \(error)")
    #expect(error < 1e-3 * exact)
  }
}

import NumericKernels

/// A quadratic model of a function that is maximised, g·p − ½ pᵀBp, and its maximum within an
/// ellipsoid ‖Dp‖ ≤ Δ: p = (B + λD²)⁻¹g with the least λ ≥ 0 that makes B + λD² positive definite
/// and keeps p within (Moré & Sorensen, SIAM J Sci Stat Comput 4 (1983) 553–572), from the
/// eigenvalues of D⁻¹BD⁻¹, since parameters are few.
struct TrustRegion {
  /// Eigenvalues of D⁻¹BD⁻¹, ascending, and the slope in the directions of their eigenvectors.
  private let eigenvalues: [Double]
  private let eigenvectors: [Double]
  private let slopes: [Double]
  private let units: [Double]

  /// What is left of the largest eigenvalue below which one is 0 for all purposes.
  private static let singularity = 1e-10

  /// - Parameters:
  ///   - units: the diagonal of D, all above 0.
  /// - Returns: `nil` if a number is not finite.
  init?(gradient: [Double], curvature: SymmetricMatrix, units: [Double]) {
    let n = gradient.count
    guard n > 0, gradient.allSatisfy(\.isFinite) else { return nil }
    var scaled = curvature
    for i in 0..<n { for j in 0...i { scaled[i, j] /= units[i] * units[j] } }
    guard let system = DenseAlgebra.eigensystem(of: scaled) else { return nil }
    eigenvalues = system.values
    eigenvectors = system.vectors
    self.units = units
    slopes = (0..<n).map { a in
      (0..<n).reduce(0) { $0 + system.vectors[a * n + $1] * gradient[$1] / units[$1] }
    }
  }

  /// Whether the curvature determines all directions.
  var isRegular: Bool {
    guard let low = eigenvalues.first, let high = eigenvalues.last else { return false }
    return low > Self.singularity * high
  }

  /// The step to the maximum of the model where it has one, without a limit; directions without
  /// curvature are left out.
  var newtonStep: [Double] {
    let least = Self.singularity * max(eigenvalues.last ?? 0, .leastNormalMagnitude)
    return step { $0 > least ? $0 : .infinity }
  }

  /// √(gᵀB⁻¹g) over the directions that have curvature: how far the maximum is, in standard errors.
  var decrement: Double {
    let least = Self.singularity * max(eigenvalues.last ?? 0, .leastNormalMagnitude)
    var sum = 0.0
    for (value, slope) in zip(eigenvalues, slopes) where value > least {
      sum += slope * slope / value
    }
    return sum.squareRoot()
  }

  /// The step within a radius, what the model gains by it, and its length ‖Dp‖.
  func step(within radius: Double) -> (step: [Double], gain: Double, length: Double) {
    func length(_ shift: Double) -> Double {
      var sum = 0.0
      for (value, slope) in zip(eigenvalues, slopes) {
        let x = slope / (value + shift)
        sum += x * x
      }
      return sum.squareRoot()
    }
    let high = max(eigenvalues.last ?? 1, 1e-300)
    // Where B is not positive definite, or hardly.
    let least = max(0, 1e-12 * high - (eigenvalues.first ?? 0))
    var shift = least
    if !(length(shift) <= radius) {
      var below = shift
      var above = max(high, 1e-3)
      while !(length(above) <= radius), above < 1e300 { above *= 4 }
      for _ in 0..<100 where above - below > 1e-12 * above {
        let middle = 0.5 * (below + above)
        if length(middle) <= radius { above = middle } else { below = middle }
      }
      shift = above
    }
    var gain = 0.0
    for (value, slope) in zip(eigenvalues, slopes) {
      let x = slope / (value + shift)
      gain += slope * x - 0.5 * value * x * x
    }
    return (step { $0 + shift }, gain, length(shift))
  }

  private func step(_ divisor: (Double) -> Double) -> [Double] {
    let n = units.count
    var result = [Double](repeating: 0, count: n)
    for a in 0..<n {
      let x = slopes[a] / divisor(eigenvalues[a])
      for i in 0..<n { result[i] += eigenvectors[a * n + i] * x }
    }
    for i in 0..<n { result[i] /= units[i] }
    return result
  }
}

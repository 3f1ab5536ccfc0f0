import NumericKernels

/// Least squares by Gauss and Newton with Levenberg's and Marquardt's damping, from one vector of
/// `PooledModel`.
///
/// Eight dampings are tried at once, one in each lane, so that an iteration is two predictions of
/// the subjects.
struct PooledDescent {
  let model: PooledModel
  let subjects: [Int]
  /// Asked between iterations; where it says so, the descent ends where it is.
  let mustStop: () -> Bool

  struct End {
    var x: [Double]
    var value: Double
    /// See `PooledModel.Expansion`.
    var sensitivity: [Double]
  }

  /// - Parameters:
  ///   - held: a coordinate that stays.
  ///   - limit: of the iterations.
  ///   - tolerance: relative gain of D from which on the descent goes on.
  /// - Returns: `nil` where predictions are no numbers.
  func end(from start: [Double], holding held: Int? = nil, limit: Int, tolerance: Double) -> End? {
    var x = start
    guard var expansion = model.expansion(x, subjects: subjects) else { return nil }
    var damping = 1e-2
    for _ in 0..<limit {
      if mustStop() { break }
      guard let (next, value, used) = bestStep(from: x, expansion, damping, held) else {
        if damping > 1e3 { break }
        damping *= 1e4
        continue
      }
      let gain = expansion.value - value
      let before = expansion.value
      guard let there = model.expansion(next, subjects: subjects) else { break }
      (x, expansion, damping) = (next, there, max(used, 1e-8))
      if gain < tolerance * before { break }
    }
    return End(x: x, value: expansion.value, sensitivity: expansion.sensitivity)
  }

  /// The best of eight steps, if any is downwards.
  private func bestStep(
    from x: [Double], _ expansion: PooledModel.Expansion, _ damping: Double, _ held: Int?
  ) -> (x: [Double], value: Double, damping: Double)? {
    var batch = x.map(Lanes.all)
    let dampings = (0..<8).map { damping * [1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 1e2, 1e3][$0] }
    for lane in 0..<8 {
      let step = step(expansion, dampings[lane], held)
      for (d, coordinate) in model.coordinates.enumerated() {
        // Not more than a factor of ten at once.
        let move = coordinate.isSigned ? step[d] : min(max(step[d], -2.3), 2.3)
        batch[d][lane] += move
      }
    }
    let values = model.distance(batch, subjects: subjects)
    let best = (0..<8).min { isBetter(values[$0], values[$1]) }!
    guard values[best] < expansion.value else { return nil }
    return (batch.map { $0[best] }, values[best], dampings[best])
  }

  private func isBetter(_ a: Double, _ b: Double) -> Bool { a < b || b.isNaN && !a.isNaN }

  /// −(C + λ diag C)⁻¹ g
  private func step(_ expansion: PooledModel.Expansion, _ damping: Double, _ held: Int?) -> [Double]
  {
    let p = expansion.slope.count
    let largest = expansion.curvature.diagonal.max() ?? 0
    // Cholesky's factor of the scaled matrix.
    let free = (0..<p).filter { $0 != held }
    var factor = [[Double]](repeating: [Double](repeating: 0, count: free.count), count: free.count)
    for (a, i) in free.enumerated() {
      for (b, j) in free[...a].enumerated() {
        var sum = expansion.curvature[max(i, j), min(i, j)]
        if a == b { sum += damping * sum + 1e-9 * largest + 1e-300 }
        for c in 0..<b { sum -= factor[a][c] * factor[b][c] }
        if a == b {
          factor[a][a] = max(sum, 1e-14 * largest + 1e-300).squareRoot()
        } else {
          factor[a][b] = sum / factor[b][b]
        }
      }
    }
    var y = free.map { -expansion.slope[$0] }
    for a in free.indices {
      for c in 0..<a { y[a] -= factor[a][c] * y[c] }
      y[a] /= factor[a][a]
    }
    for a in free.indices.reversed() {
      for c in free.indices where c > a { y[a] -= factor[c][a] * y[c] }
      y[a] /= factor[a][a]
    }
    var step = [Double](repeating: 0, count: p)
    for (a, i) in free.enumerated() { step[i] = y[a] }
    return step
  }
}

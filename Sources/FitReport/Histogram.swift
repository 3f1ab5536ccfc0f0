/// Bars of equal width whose areas sum to 1.
package struct Histogram {
  package let centres: [Double]
  package let densities: [Double]
  package let counts: [Int]
  package let width: Double

  /// - Parameters:
  ///   - values: finite ones.
  ///   - bars: their number; by Freedman and Diaconis if left out, from 8 to 60.
  package init(_ values: [Double], bars: Int? = nil, range: ClosedRange<Double>? = nil) {
    let sorted = values.sorted()
    guard let least = sorted.first, let most = sorted.last else {
      (centres, densities, counts, width) = ([], [], [], 1)
      return
    }
    let low = range?.lowerBound ?? least
    let high = range?.upperBound ?? most
    let length = high > low ? high - low : max(abs(low) * 0.1, 1e-9)
    let spread = sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]
    let ideal =
      Double(sorted.count).squareRoot().squareRoot() * length / max(2 * spread, length / 60)
    let number = bars ?? min(60, max(8, ideal.isFinite ? Int(2 * ideal) : 8))
    let width = length / Double(number)
    let start = high > low ? low : low - length / 2
    var counts = [Int](repeating: 0, count: number)
    for value in sorted where value >= start && value <= start + length * 1.000001 {
      counts[min(number - 1, Int((value - start) / width))] += 1
    }
    self.width = width
    self.counts = counts
    centres = (0..<number).map { start + (Double($0) + 0.5) * width }
    densities = counts.map { Double($0) / (Double(sorted.count) * width) }
  }
}

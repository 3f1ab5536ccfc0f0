import NumericKernels

/// Numbers that should be independent and standard normal: their moments, tests, and histogram.
package struct NormalSummary: Sendable {
  package let count: Int
  package let mean: Double
  /// With n − 1.
  package let variance: Double
  /// Two-sided p-value of Student's test that the mean is 0; `nil` if it cannot be tested.
  package let meanPValue: Double?
  /// Two-sided p-value of the test that the variance is 1, by (n − 1)s² ~ χ²(n − 1).
  package let variancePValue: Double?
  /// p-value of Shapiro and Wilk's test; see `shapiroWilk`.
  package let normalityPValue: Double?
  /// The least of the three p-values times three, at most 1 (Bonferroni).
  package let globalPValue: Double?
  private let sorted: [Double]

  /// - Parameters:
  ///   - values: finite ones.
  ///   - normalityLimit: the test of normality takes so many of them, at most 5000.
  package init(_ values: [Double], normalityLimit: Int = 5000) {
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    count = values.count
    self.mean = mean
    variance = values.count > 1 ? squares / (n - 1) : .nan
    sorted = values.sorted()
    guard values.count > 1, squares > 0 else {
      meanPValue = nil
      variancePValue = nil
      normalityPValue = nil
      globalPValue = nil
      return
    }
    let t = mean / (squares / (n - 1) / n).squareRoot()
    let ofMean = studentTwoSided(t, degrees: n - 1)
    let lower = gammaLower(shape: (n - 1) / 2, squares / 2)
    let ofVariance = min(1, 2 * min(lower, 1 - lower))
    let taken = spread(min(normalityLimit, 5000), of: values.count)
    let ofNormality = shapiroWilk(taken.map { values[$0] })?.pValue
    meanPValue = ofMean
    variancePValue = ofVariance
    normalityPValue = ofNormality
    globalPValue = min(1, 3 * min(ofMean, ofVariance, ofNormality ?? 1))
  }

  /// A bar of a histogram.
  package struct Bar: Sendable, Equatable {
    package var range: ClosedRange<Double>
    package var count: Int
    /// How many of the standard normal are expected here.
    package var expected: Double
  }

  /// Bars of the same width from −4 to 4; what lies beyond is counted in the outermost ones.
  package func histogram(bars: Int = 32) -> [Bar] {
    let width = 8 / Double(bars)
    var counts = [Int](repeating: 0, count: bars)
    for value in sorted {
      counts[min(bars - 1, max(0, Int(((value + 4) / width).rounded(.down))))] += 1
    }
    return counts.enumerated().map { bar, count in
      let low = -4 + Double(bar) * width
      let below = bar == 0 ? 0 : distribution(low)
      let above = bar == bars - 1 ? 1 : distribution(low + width)
      return Bar(
        range: low...(low + width), count: count, expected: Double(self.count) * (above - below))
    }
  }

  /// Points of a quantile–quantile plot: the i-th smallest number beside Φ⁻¹((i − ½)/n), thinned
  /// evenly to `limit`.
  package func quantiles(limit: Int = 1000) -> [(expected: Double, value: Double)] {
    let taken = min(limit, sorted.count)
    return (0..<taken).map { place in
      let i = taken == sorted.count ? place : place * (sorted.count - 1) / max(1, taken - 1)
      return (
        normalQuantile(Lanes.all((Double(i) + 0.5) / Double(sorted.count)))[0], sorted[i]
      )
    }
  }

  private func distribution(_ x: Double) -> Double { normalDistribution(Lanes.all(x))[0] }
}

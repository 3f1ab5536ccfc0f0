/// A figure of a simulation study with its simulation error: one standard error for the finite
/// number of data sets.
package struct Statistic: Sendable, Equatable {
  package let value: Double
  /// `nil` where one data set says nothing of it.
  package let error: Double?

  package init(value: Double, error: Double?) {
    self.value = value
    self.error = error
  }

  /// The mean, with s/√R.
  /// - Returns: `nil` without values.
  package static func mean(_ values: [Double]) -> Statistic? {
    guard !values.isEmpty else { return nil }
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    return Statistic(
      value: mean, error: deviation(values, about: mean).map { $0 / n.squareRoot() })
  }

  /// The root of the mean square, with the error of the mean square by the delta method: s(x²)/(2
  /// RMS √R).
  package static func rootMeanSquare(_ values: [Double]) -> Statistic? {
    guard let square = mean(values.map { $0 * $0 }) else { return nil }
    let root = square.value.squareRoot()
    return Statistic(value: root, error: root > 0 ? square.error.map { $0 / (2 * root) } : nil)
  }

  /// A share in percent. Its error √(p(1 − p)/R) is that of (x + ½)/(R + 1), which does not come to
  /// nothing at 0 and 100 %.
  package static func percent(_ count: Int, of total: Int) -> Statistic? {
    guard total > 0 else { return nil }
    let n = Double(total)
    let p = (Double(count) + 0.5) / (n + 1)
    return Statistic(
      value: 100 * Double(count) / n, error: 100 * (p * (1 - p) / n).squareRoot())
  }

  /// s with divisor R − 1
  private static func deviation(_ values: [Double], about mean: Double) -> Double? {
    guard values.count > 1 else { return nil }
    let sum = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (sum / Double(values.count - 1)).squareRoot()
  }
}

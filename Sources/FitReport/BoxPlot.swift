import Figures

/// Quartiles of values, after J. W. Tukey.
package struct BoxPlot {
  package let quartiles: [Double]
  package let whiskers: (low: Double, high: Double)
  package let outliers: [Double]

  private static let outlierLimit = 60

  package init(_ values: [Double]) {
    let sorted = values.filter(\.isFinite).sorted()
    quartiles = [0.25, 0.5, 0.75].map { quantile(ofSorted: sorted, $0) }
    let reach = 1.5 * (quartiles[2] - quartiles[0])
    let (lowest, highest) = (quartiles[0] - reach, quartiles[2] + reach)
    let inside = sorted.filter { $0 >= lowest && $0 <= highest }
    whiskers = (inside.first ?? .nan, inside.last ?? .nan)
    let outside = sorted.filter { $0 < lowest || $0 > highest }
    // The outermost are always seen.
    outliers =
      outside.count <= Self.outlierLimit
      ? outside
      : Array(outside.prefix(Self.outlierLimit / 2) + outside.suffix(Self.outlierLimit / 2))
  }

  func series(
    at x: Double, width: Double = 0.5, colour: Colour, shape: Shape = .circle, title: String? = nil
  )
    -> [Series]
  {
    guard quartiles[1].isFinite else { return [] }
    let (left, right) = (x - width / 2, x + width / 2)
    let (q1, q2, q3) = (quartiles[0], quartiles[1], quartiles[2])
    return [
      Series(
        .tiles([Tile(x: left...right, y: q1...q3, colour: colour.with(opacity: 0.35))]),
        title: title, Style(colour.with(opacity: 0.35))),
      Series(
        .segments(
          x: [x, x, left, left, left, right, left + width / 4, left + width / 4],
          y: [whiskers.low, q3, q1, q3, q1, q1, whiskers.low, whiskers.high],
          toX: [x, x, right, right, left, right, right - width / 4, right - width / 4],
          toY: [q1, whiskers.high, q1, q3, q3, q3, whiskers.low, whiskers.high]),
        title: nil, Style(colour, width: 1)),
      Series(
        .segments(x: [left], y: [q2], toX: [right], toY: [q2]), title: nil,
        Style(colour, width: 2.6)),
      Series(
        .points(x: outliers.map { _ in x }, y: outliers), title: nil,
        Style(colour.with(opacity: 0.7), shape: shape, size: 0.35)),
    ]
  }
}

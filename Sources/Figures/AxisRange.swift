import Glibc

/// What an axis shows.
struct AxisRange {
  let low: Double
  let high: Double

  /// - Parameters:
  ///   - values: what has to be seen; those that are not finite, or not above 0 on a logarithmic
  ///     axis, are not.
  init(_ axis: Axis, values: some Sequence<Double>, references: [Double]) {
    if let range = axis.range, range.lowerBound.isFinite, range.upperBound.isFinite,
      range.lowerBound > 0 || !axis.isLogarithmic
    {
      (low, high) = Self.widened(range.lowerBound, range.upperBound)
      return
    }
    var least = Double.infinity
    var most = -Double.infinity
    for sequence in [Array(values), references] {
      for value in sequence
      where value.isFinite && abs(value) < 1e100 && (value > 1e-100 || !axis.isLogarithmic) {
        least = min(least, value)
        most = max(most, value)
      }
    }
    if axis.startsAtZero { (least, most) = (min(least, 0), max(most, 0)) }
    guard least <= most else {
      (low, high) = axis.isLogarithmic ? (1, 10) : (0, 1)
      return
    }
    if axis.isLogarithmic {
      let room = max(0.03 * log(most / least), 0.05)
      (low, high) = (least * exp(-room), most * exp(room))
      return
    }
    let isOneValue = most - least <= Self.leastShare * max(abs(least), abs(most))
    let room = isOneValue ? max(0.1 * abs(most), 1e-12) : 0.04 * (most - least)
    let isUp = axis.startsAtZero && least == 0
    let isDown = axis.startsAtZero && most == 0
    (low, high) = Self.widened(
      isUp ? 0 : least - room, isDown && !isUp ? 0 : most + room)
  }

  /// The least length of a range beside its numbers: shorter ones are empty to gnuplot, and hold
  /// nothing but rounding.
  private static let leastShare = 1e-6
  /// The same where all numbers are 0.
  private static let leastLength = 1e-25

  /// A range that is long enough to be drawn.
  private static func widened(_ low: Double, _ high: Double) -> (Double, Double) {
    let least = max(leastShare * max(abs(low), abs(high)), leastLength)
    guard high - low < least else { return (low, high) }
    let middle = low + (high - low) / 2
    return (middle - least, middle + least)
  }

  /// Digits that tell ticks of a distance apart; those of gnuplot's `%g` as a rule.
  func tickDigits(step: Double) -> Int {
    let digits = (log10(max(abs(low), abs(high)) / step)).rounded(.up) + 1
    return digits.isFinite ? min(15, max(6, Int(digits))) : 6
  }

  /// Where numbers stand on a logarithmic axis: at 1, 2 and 5 in each power of ten if it spans few
  /// of them.
  var logarithmicTicks: [Double]? {
    let decades = log10(high / low)
    guard decades < 3 else { return nil }
    let leads: [Double] = decades < 1 ? [1, 1.5, 2, 3, 4, 5, 6, 7, 8] : [1, 2, 5]
    let powers = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    return powers.flatMap { power in leads.map { $0 * pow(10, Double(power)) } }
      .filter { low <= $0 && $0 <= high }
  }
}

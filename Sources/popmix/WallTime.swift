import ArgumentParser

/// A stretch of time as people write it: `90s`, `10m`, `2h`, `1d`, or as Slurm does, `MM:SS`,
/// `HH:MM:SS`, `D-HH:MM:SS`.
struct WallTime: ExpressibleByArgument, Equatable {
  let seconds: Double

  /// What is longer is a mistake: some thirty years.
  static let limit = 1e9

  init?(argument text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    if parts.count == 2, let days = Self.count(parts[0]) {
      // D-HH, D-HH:MM, D-HH:MM:SS
      let fields = parts[1].split(separator: ":", omittingEmptySubsequences: false).map(Self.count)
      guard (1...3).contains(fields.count), !fields.contains(nil) else { return nil }
      let units = zip(fields.compactMap { $0 }, [3600, 60, 1])
      seconds = Double(days * 86400 + units.reduce(0) { $0 + $1.0 * $1.1 })
    } else if text.contains(":") {
      let fields = text.split(separator: ":", omittingEmptySubsequences: false).map(Self.count)
      guard (2...3).contains(fields.count), !fields.contains(nil) else { return nil }
      seconds = Double(fields.compactMap { $0 }.reduce(0) { 60 * $0 + $1 })
    } else {
      let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
      guard let unit = text.last.flatMap({ units[$0] }), let number = Double(text.dropLast()),
        number >= 0, number.isFinite
      else { return nil }
      seconds = unit * number
    }
    guard seconds > 0, seconds < Self.limit else { return nil }
  }

  private static func count(_ text: Substring) -> Int? {
    !text.isEmpty && text.count < 7 && text.allSatisfy { $0.isASCII && $0.isNumber }
      ? Int(text) : nil
  }
}

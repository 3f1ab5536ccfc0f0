/// Some of many, so that a figure stays a small file: one of each of so many equal stretches,
/// always the same, and of no fixed distance, as things often come in the same order again and
/// again.
package struct Sample {
  /// The most points of a figure.
  package static let limit = 2000

  package let places: [Int]
  package let count: Int

  package init(of count: Int, limit: Int = Sample.limit) {
    self.count = count
    places =
      count <= limit
      ? Array(0..<count)
      : (0..<limit).map { stretch in
        let start = stretch * count / limit
        let length = (stretch + 1) * count / limit - start
        return start + Int(Self.mixed(UInt64(stretch)) % UInt64(length))
      }
  }

  /// The finisher of SplitMix64.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = (value &+ 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  package var isWhole: Bool { places.count == count }

  /// "2,000 of 100,000 subjects shown", or nothing if all are.
  package func note(_ things: String) -> String? {
    isWhole ? nil : "\(grouped(places.count)) of \(grouped(count)) \(things) shown"
  }
}

/// A count with commas between thousands.
package func grouped(_ count: Int) -> String {
  var digits = Array("\(abs(count))".reversed())
  var place = 3
  while place < digits.count {
    digits.insert(",", at: place)
    place += 4
  }
  return (count < 0 ? "-" : "") + String(digits.reversed())
}

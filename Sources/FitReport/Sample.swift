/// Some of many, evenly spaced, so that a figure stays a small file.
struct Sample {
  /// The most points of a figure.
  static let limit = 2000

  let places: [Int]
  let count: Int

  init(of count: Int, limit: Int = Sample.limit) {
    self.count = count
    places =
      count <= limit ? Array(0..<count) : (0..<limit).map { $0 * count / limit }
  }

  var isWhole: Bool { places.count == count }

  /// "2,000 of 100,000 subjects shown", or nothing if all are.
  func note(_ things: String) -> String? {
    isWhole ? nil : "\(grouped(places.count)) of \(grouped(count)) \(things) shown, evenly spaced"
  }
}

/// A count with commas between thousands.
func grouped(_ count: Int) -> String {
  var digits = Array("\(abs(count))".reversed())
  var place = 3
  while place < digits.count {
    digits.insert(",", at: place)
    place += 4
  }
  return (count < 0 ? "-" : "") + String(digits.reversed())
}

extension String {
  /// Without blanks at both ends.
  var trimmed: String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    guard let first = firstIndex(where: { !isBlank($0) }),
      let last = lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(self[first...last])
  }

  /// At most 40 characters for a message, with `…` for the rest.
  var clipped: String {
    count > 40 ? prefix(39) + "…" : self
  }
}

/// The name that is closest by edit distance, case ignored, if it is close enough to be meant.
func nearestName(to name: String, among names: [String]) -> String? {
  let target = name.uppercased()
  let distances = names.map { (name: $0, distance: editDistance(target, $0.uppercased())) }
  guard let nearest = distances.min(by: { $0.distance < $1.distance }),
    nearest.distance <= max(1, target.count / 2)
  else { return nil }
  return nearest.name
}

/// Number of characters to insert, delete or replace to turn one text into the other.
private func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, character) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let substituted = diagonal + (character == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, min(row[j], row[j + 1]) + 1)
    }
  }
  return row[b.count]
}

/// A number for a message: whole numbers without a decimal point.
func plain(_ number: Double) -> String {
  number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
}

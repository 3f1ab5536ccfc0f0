import Report

/// Numbers and words as the page shows them.
enum Text {
  static func number(_ value: Double?, _ digits: Int = 4) -> String {
    value.map { significant($0, digits) } ?? "–"
  }

  static func percent(_ value: Double?) -> String {
    value.map { $0 < 9999.95 ? fixed($0, 1) : ">9999" } ?? ""
  }

  /// A name of letters, digits and hyphens, for files and links.
  static func identifier(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars.prefix(60) {
      let isPlain =
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
        || ("0"..."9").contains(scalar)
      if isPlain {
        result.unicodeScalars.append(scalar)
      } else if result.last != "-" {
        result += "-"
      }
    }
    while result.last == "-" { result.removeLast() }
    while result.first == "-" { result.removeFirst() }
    return result.isEmpty ? "x" : result
  }
}

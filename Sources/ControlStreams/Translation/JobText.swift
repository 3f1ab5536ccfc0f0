/// The lines of a job file.
struct JobText {
  private var lines: [String] = []

  var text: String { lines.joined(separator: "\n") + "\n" }

  /// Adds a line at a level of indentation.
  mutating func add(_ level: Int, _ text: String) {
    lines.append(String(repeating: "  ", count: level) + Self.printable(text))
  }

  /// Adds a key with lines below it, if there are any.
  mutating func add(_ level: Int, _ key: String, _ lines: [String]) {
    guard !lines.isEmpty else { return }
    add(level, key)
    for line in lines { add(level + 1, line) }
  }

  /// A text as it may stand in YAML: what would end a line, or is no character of a text, becomes a
  /// blank. A title would go on as a key of the job otherwise.
  private static func printable(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { scalars.append(isPrintable(scalar) ? scalar : " ") }
    return String(scalars)
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
      0x10000...0x10FFFF:
      true
    default: false
    }
  }

  private static let reserved = ["yes", "no", "true", "false", "on", "off", "null", "y", "n"]

  /// A text as a value of YAML, in quotes where it could mean something else.
  static func quoted(_ text: String) -> String {
    let isPlain =
      text.first?.isLetter == true
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-./()".contains($0)) }
    if isPlain, !reserved.contains(text.lowercased()) { return text }
    var escaped = ""
    for scalar in text.unicodeScalars {
      if scalar == "\\" || scalar == "\"" {
        escaped += "\\\(scalar)"
      } else if isPrintable(scalar) {
        escaped.unicodeScalars.append(scalar)
      } else {
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      }
    }
    return "\"\(escaped)\""
  }

  /// A list of texts in brackets, each in quotes where it needs them.
  static func list(_ texts: [String]) -> String {
    "[\(texts.map(quoted).joined(separator: ", "))]"
  }

  /// A list of numbers in brackets.
  static func list(_ numbers: [Double]) -> String {
    "[\(numbers.map { number($0) }.joined(separator: ", "))]"
  }

  /// Numbers of the components: one if all are equal, else a list.
  static func compact(_ values: [Double]) -> String {
    values.count > 1 && values.contains { $0 != values[0] }
      ? list(values) : number(values.first ?? 0)
  }
}

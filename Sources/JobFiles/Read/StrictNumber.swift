/// Numbers as a job file writes them: decimal digits with an optional sign, point and exponent.
///
/// `1e-6`, `1E3` and `.5` are numbers; `0x10`, `1_000`, `1,5`, `inf` and `nan` are not.
package enum StrictNumber {
  /// The number that `text` writes, or nil when it writes none or one beyond the range of `Double`.
  package static func double(_ text: String) -> Double? {
    guard isDecimal(text), let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// The whole number that `text` writes, or nil when it writes none or one beyond the range of
  /// `Integer`; `1e3` and `1000.0` are whole numbers.
  package static func integer<Integer: FixedWidthInteger>(_ text: String, as: Integer.Type)
    -> Integer?
  {
    // Plain digits do not pass through Double, which would round them above 2^53.
    Integer(text) ?? double(text).flatMap(Integer.init(exactly:))
  }

  private static func isDecimal(_ text: String) -> Bool {
    var rest = text.utf8[...]
    func skipDigits() -> Int {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
      rest = rest.dropFirst(digits)
      return digits
    }
    func skip(_ characters: Unicode.Scalar...) -> Bool {
      guard let first = rest.first, characters.contains(Unicode.Scalar(first)) else { return false }
      rest = rest.dropFirst()
      return true
    }
    _ = skip("+", "-")
    var digits = skipDigits()
    if skip(".") { digits += skipDigits() }
    guard digits > 0 else { return false }
    if skip("e", "E") {
      _ = skip("+", "-")
      guard skipDigits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  /// What to do with a text that looks like a number but is not written as one here.
  static func remedy(for text: String) -> String? {
    let lowercased = text.lowercased()
    guard let first = lowercased.first(where: { $0 != "+" && $0 != "-" }) else { return nil }
    if [".inf", "inf", "infinity", ".nan", "nan"].contains(lowercased.drop { "+-".contains($0) }) {
      return "give a finite number"
    }
    if isDecimal(text) { return double(text) == nil ? "give a smaller number" : nil }
    guard first.isNumber || first == "." else { return nil }
    if text.contains(",") { return "write the decimal sign as a point" }
    if text.contains("_") { return "write the digits without '_'" }
    if lowercased.contains("0x") || lowercased.contains("0o") {
      return "write it in decimal digits"
    }
    return nil
  }
}

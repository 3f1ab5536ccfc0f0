/// Rows of a CSV file, as bytes.
///
/// A million subjects have some ten million numbers: they are written one after another into one
/// array, without a string for each row.
package struct CSVText {
  package private(set) var bytes: [UInt8] = []
  private var isInRow = false

  package init() {}

  private mutating func separate() {
    if isInRow { bytes.append(UInt8(ascii: ",")) }
    isInRow = true
  }

  /// A text, quoted where it has to be.
  package mutating func add(_ text: String) {
    separate()
    bytes += csvField(text).utf8
  }

  /// The shortest decimal that reads back as the same double; nothing if there is none.
  package mutating func add(_ number: Double?) {
    separate()
    guard let number, !number.isNaN else { return }
    guard number.isFinite else {
      bytes += csvNumber(number).utf8
      return
    }
    var text = number.description
    text.withUTF8 { digits in
      // "100.0" is "100".
      let isWhole =
        digits.count > 2 && digits[digits.count - 1] == UInt8(ascii: "0")
        && digits[digits.count - 2] == UInt8(ascii: ".")
      bytes.append(contentsOf: isWhole ? digits.dropLast(2)[...] : digits[...])
    }
  }

  package mutating func add(_ number: Int) {
    separate()
    bytes += number.description.utf8
  }

  package mutating func add(_ numbers: some Sequence<Double>) {
    for number in numbers { add(number) }
  }

  package mutating func endRow() {
    bytes.append(UInt8(ascii: "\n"))
    isInRow = false
  }

  /// A row of texts.
  package mutating func row(_ texts: [String]) {
    for text in texts { add(text) }
    endRow()
  }
}

/// Whether a spreadsheet would take a text for a formula, and run it: it begins with `=`, `+`, `-`
/// or `@` and is no number. Apostrophes before them count too, as ``csvField(_:)`` puts one there.
private func looksLikeFormula(_ text: some StringProtocol) -> Bool {
  guard let first = text.utf8.first(where: { $0 != UInt8(ascii: "'") }) else { return false }
  let isSign = [UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@")]
    .contains(first)
  return isSign && Double(text) == nil
}

/// The text of which ``csvField(_:)`` has made an unquoted field.
package func csvText(ofField field: String) -> String {
  field.utf8.first == UInt8(ascii: "'") && looksLikeFormula(field.dropFirst())
    ? String(field.dropFirst()) : field
}

/// A field of a CSV file: quoted where it has to be, and behind an apostrophe where a spreadsheet
/// would run it as a formula. Numbers stay what they are, with a sign too; to readers of tables the
/// apostrophe is part of the text, which is no number to them either way.
package func csvField(_ text: String) -> String {
  let text = looksLikeFormula(text) ? "'" + text : text
  let special: (UInt8) -> Bool = {
    $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n")
      || $0 == UInt8(ascii: "\r")
  }
  guard text.utf8.contains(where: special) else { return text }
  // By bytes: a quote with an accent on it is another character than a quote.
  var bytes = [UInt8(ascii: "\"")]
  for byte in text.utf8 {
    if byte == UInt8(ascii: "\"") { bytes.append(byte) }
    bytes.append(byte)
  }
  bytes.append(UInt8(ascii: "\""))
  return String(decoding: bytes, as: UTF8.self)
}

/// A number of a CSV file: the shortest decimal that reads back as the same double; nothing if
/// there is none.
package func csvNumber(_ value: Double?) -> String {
  guard let value, !value.isNaN else { return "" }
  if value.isInfinite { return value < 0 ? "-Inf" : "Inf" }
  let text = "\(value)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

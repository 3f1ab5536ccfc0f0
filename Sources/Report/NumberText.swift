import Glibc

/// A number with so many significant digits, in plain or scientific notation, whichever is shorter
/// to read; trailing zeros are kept, because they are digits that are known.
package func significant(_ value: Double, _ digits: Int = 4) -> String {
  guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "-∞" : "∞" }
  let magnitude = abs(value)
  if magnitude != 0, magnitude < 1e-4 || magnitude >= 1e6 {
    return formatted("%.*e", digits - 1, value)
  }
  guard magnitude > 0 else { return "0" }
  let exponent = Int(log10(magnitude).rounded(.down))
  return formatted("%.*f", max(0, digits - 1 - exponent), value)
}

/// A number with so many decimals.
package func fixed(_ value: Double, _ decimals: Int) -> String {
  let text = formatted("%.*f", decimals, value)
  // No sign of what is rounded to nothing.
  return text.first == "-" && text.allSatisfy { "-0.".contains($0) }
    ? String(text.dropFirst()) : text
}

private func formatted(_ format: String, _ precision: Int, _ value: Double) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
    let count = withVaList([Int32(precision), value]) {
      vsnprintf(buffer.baseAddress!, buffer.count, format, $0)
    }
    return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Text padded with blanks to a width in characters.
func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
  let blanks = String(repeating: " ", count: max(0, width - text.count))
  return right ? blanks + text : text + blanks
}

/// Decimal numbers as data files have them: `5.`, `.5`, `+1`, `1e3`, `1E+03`, Fortran's `1.5D2`.
///
/// No locale, no hexadecimal digits, no words for infinity. Results are correctly rounded.
package enum DecimalNumber {
  /// The number in a range of bytes, or `nil` if all of them together are no finite number.
  package static func value(
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
  ) -> Double? {
    if let value = shortValue(bytes, start, end) { return value }
    guard let parts = Parts(bytes, start, end) else { return nil }
    // Both the digits and the power of ten are exact, so that one rounding remains (Clinger 1990).
    if parts.isExact, parts.digits <= 1 << 53, abs(parts.exponent) <= 22 {
      let digits = Double(parts.digits)
      let power = powersOfTen[abs(parts.exponent)]
      let magnitude = parts.exponent < 0 ? digits / power : digits * power
      return parts.isNegative ? -magnitude : magnitude
    }
    let text = bytes[start..<end].map { $0 | 0x20 == UInt8(ascii: "d") ? UInt8(ascii: "e") : $0 }
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else {
      return nil
    }
    return value
  }

  /// The number in bytes that are at most 15 digits and perhaps a point, as nearly all numbers are.
  private static func shortValue(
    _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
  ) -> Double? {
    let length = end &- start
    guard length > 0, length <= 15 else { return nil }
    var digits: Int64 = 0
    var decimals = -1
    var position = start
    while position < end {
      let byte = bytes[position]
      let digit = byte &- UInt8(ascii: "0")
      position &+= 1
      if digit < 10 {
        digits = digits &* 10 &+ Int64(digit)
      } else if byte == UInt8(ascii: "."), decimals < 0, length > 1 {
        decimals = end &- position
      } else {
        return nil
      }
    }
    if decimals <= 0 { return Double(digits) }
    return Double(digits) / powersOfTen[decimals]
  }

  /// The number that a text consists of, or `nil`.
  package static func value(_ text: String) -> Double? {
    withBytes(text) { value($0, 0, $0.count) }
  }

  /// Whether a text has the form of a number, which may still be too large for a `Double`.
  static func hasForm(_ text: String) -> Bool {
    withBytes(text) { Parts($0, 0, $0.count) != nil }
  }

  /// A form of its own for each number, exact for any count of digits: `1`, `1.0` and `+1e0` all
  /// become `1e0`, and `120` becomes `12e1`; `nil` if the text is no number.
  package static func canonical(_ text: String) -> String? {
    guard hasForm(text) else { return nil }
    let lowered = text.lowercased()
    let pieces = lowered.split(omittingEmptySubsequences: false) { $0 == "e" || $0 == "d" }
    // An exponent of more digits than an `Int` has is as good as the greatest.
    let written = pieces.count > 1 ? Int(pieces[1]) : 0
    var exponent = written ?? (pieces[1].hasPrefix("-") ? -1 << 60 : 1 << 60)
    let halves = pieces[0].split(separator: ".", omittingEmptySubsequences: false)
    if halves.count > 1 { exponent -= halves[1].utf8.count }
    let all = halves.joined().utf8.filter { $0 >= UInt8(ascii: "0") }
    guard let first = all.firstIndex(where: { $0 != UInt8(ascii: "0") }),
      let last = all.lastIndex(where: { $0 != UInt8(ascii: "0") })
    else { return "0e0" }
    exponent += all.count - 1 - last
    let sign = lowered.hasPrefix("-") ? "-" : ""
    return "\(sign)\(String(decoding: all[first...last], as: UTF8.self))e\(exponent)"
  }

  /// Appends the canonical form of a number.
  ///
  /// - Returns: whether the text is a number; if not, nothing is appended.
  static func appendCanonical(
    _ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]
  ) -> Bool {
    let zero = UInt8(ascii: "0")
    // Nearly all IDs are whole numbers without leading zeros.
    if let first = text.first, first > zero, text.allSatisfy({ $0 &- zero < 10 }) {
      let last = text.lastIndex { $0 != zero }!
      bytes.append(contentsOf: text[...last])
      bytes.append(UInt8(ascii: "e"))
      let exponent = text.count - 1 - last
      if exponent < 10 {
        bytes.append(zero + UInt8(exponent))
      } else {
        bytes.append(contentsOf: "\(exponent)".utf8)
      }
      return true
    }
    guard Parts(text, 0, text.count) != nil,
      let form = canonical(String(decoding: text, as: UTF8.self))
    else { return false }
    bytes.append(contentsOf: form.utf8)
    return true
  }

  private static func withBytes<Result>(
    _ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    var text = text
    return text.withUTF8(body)
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// Sign, digits and power of ten of a text that has the form of a number.
  private struct Parts {
    var isNegative = false
    /// The digits as a whole number, if they are exact.
    var digits: UInt64 = 0
    var exponent = 0
    /// Whether all digits found place in `digits`.
    var isExact = true

    /// `nil` if the bytes do not have the form of a number.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) {
      var position = start
      isNegative = Self.skipSign(bytes, &position, end)
      var hasDigits = takeDigits(bytes, &position, end, scale: 0)
      if position < end, bytes[position] == UInt8(ascii: ".") {
        position += 1
        let hasDecimals = takeDigits(bytes, &position, end, scale: -1)
        hasDigits = hasDigits || hasDecimals
      }
      guard hasDigits else { return nil }
      guard position < end else { return }
      let mark = bytes[position] | 0x20
      guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "d") else { return nil }
      position += 1
      let isReciprocal = Self.skipSign(bytes, &position, end)
      guard position < end else { return nil }
      var power = 0
      while position < end {
        let digit = bytes[position] &- UInt8(ascii: "0")
        guard digit < 10 else { return nil }
        power = min(power * 10 + Int(digit), 100_000)
        position += 1
      }
      exponent += isReciprocal ? -power : power
    }

    private static func skipSign(
      _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ end: Int
    ) -> Bool {
      guard position < end else { return false }
      let isNegative = bytes[position] == UInt8(ascii: "-")
      if isNegative || bytes[position] == UInt8(ascii: "+") { position += 1 }
      return isNegative
    }

    private mutating func takeDigits(
      _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ end: Int, scale: Int
    ) -> Bool {
      let start = position
      while position < end {
        let digit = bytes[position] &- UInt8(ascii: "0")
        guard digit < 10 else { break }
        if digits < 1_000_000_000_000_000_000 {
          digits = digits * 10 + UInt64(digit)
          exponent += scale
        } else {
          isExact = false
        }
        position += 1
      }
      return position > start
    }
  }
}

import Glibc

/// Numbers as NONMEM writes them.
package enum NonmemNumber {
  /// What stands for a standard error that there is not.
  static let none = 1e10

  /// `1PEw.d` of Fortran, for example ` 4.24751E+00` where w is 12 and d is 5, padded with blanks
  /// in front.
  ///
  /// An exponent of three digits takes the place of a decimal: Fortran leaves out its `E`, and what
  /// it writes then is a number to few readers.
  package static func scientific(_ value: Double, width: Int, decimals: Int) -> String {
    guard value.isFinite else {
      return padded(value.isNaN ? "NaN" : value < 0 ? "-Inf" : "Inf", width)
    }
    // There is no negative zero in files that people compare.
    let value = value == 0 ? 0 : value
    var text = formatted(value, decimals)
    if text.utf8.count > width, decimals > 1 {
      text = formatted(value, decimals - 1)
    }
    return padded(text, width)
  }

  /// A parameter of a raw output file, `s1PE12.5`.
  package static func parameter(_ value: Double) -> String {
    " " + scientific(value, width: 12, decimals: 5)
  }

  /// A value of a table, `s1PE11.4`.
  package static func table(_ value: Double) -> String {
    " " + scientific(value, width: 11, decimals: 4)
  }

  /// A value of the report, `1PE9.2`.
  package static func report(_ value: Double) -> String { scientific(value, width: 9, decimals: 2) }

  /// An objective: the shortest decimal that reads back as the same double.
  package static func objective(_ value: Double) -> String {
    // Beyond all doubles is nothing that every reader takes for a number.
    let finite = value.isInfinite ? (value < 0 ? -1 : 1) * Double.greatestFiniteMagnitude : value
    return " " + padded(value.isNaN ? "NaN" : "\(finite == 0 ? 0 : finite)", 24)
  }

  /// A whole number in a raw output file.
  package static func integer(_ value: Int) -> String { padded("\(value)", 13) }

  /// A label over a column of so many characters, with the blank before it.
  package static func label(_ text: String, width: Int = 12) -> String {
    " " + text + String(repeating: " ", count: max(0, width - text.count))
  }

  package static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.utf8.count)) + text
  }

  private static func formatted(_ value: Double, _ decimals: Int) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      let count = withVaList([Int32(decimals), value]) {
        vsnprintf(buffer.baseAddress, buffer.count, "%.*E", $0)
      }
      return String(
        decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}

/// log 2π, which NONMEM's objective lacks for each measured value.
let log2Pi = 1.8378770664093454836

/// A comparison of one column with a constant.
public struct Condition: Sendable, Equatable {
  /// The kinds of comparison, by NONMEM's names.
  ///
  /// `EQ` and `NE` compare texts, so that `1` and `1.0` differ; all others compare numbers, for
  /// which a missing field is 0.
  public enum Comparison: String, CaseIterable, Sendable {
    case sameText = "EQ"
    case otherText = "NE"
    case greater = "GT"
    case greaterOrEqual = "GE"
    case less = "LT"
    case lessOrEqual = "LE"
    case equal = "EQN"
    case unequal = "NEN"

    /// Whether both sides must be numbers.
    public var isNumeric: Bool { self != .sameText && self != .otherText }
  }

  /// The condition as written.
  public let text: String
  /// Name of a column of the file, or a standard name.
  public let column: String
  public let comparison: Comparison
  /// The right-hand side, without quotes.
  public let value: String

  /// Reads `WT.GT.2.5` or `WT > 2.5`.
  ///
  /// - Throws: `DatasetError.setting` if the text has another form, or a number is needed and the
  ///   value is none.
  public init(_ text: String) throws(DatasetError) {
    guard let parts = Self.dotted(text) ?? Self.symbolic(text) else {
      throw .setting(.notARule(text))
    }
    self.text = text.trimmed
    column = parts.column.trimmed
    comparison = parts.comparison
    var value = parts.value.trimmed
    if value.count >= 2, let quote = value.first, quote == value.last, "'\"".contains(quote) {
      value = String(value.dropFirst().dropLast())
    }
    self.value = value
    guard !column.isEmpty, !value.isEmpty else {
      throw .setting(.notARule(text))
    }
    if comparison.isNumeric, DecimalNumber.value(value) == nil {
      throw .setting(.notANumberInRule(text, value: value))
    }
  }

  private typealias Parts = (column: String, comparison: Comparison, value: String)

  /// The first operator between two points separates; the label and the value may have points too.
  private static func dotted(_ text: String) -> Parts? {
    let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
    guard pieces.count >= 3 else { return nil }
    for index in 1..<(pieces.count - 1) {
      if let comparison = Comparison(rawValue: String(pieces[index]).trimmed.uppercased()) {
        return (
          pieces[..<index].joined(separator: "."), comparison,
          pieces[(index + 1)...].joined(separator: ".")
        )
      }
    }
    return nil
  }

  private static let symbols: [(String, Comparison)] = [
    ("==", .sameText), ("!=", .otherText), ("/=", .otherText), (">=", .greaterOrEqual),
    ("<=", .lessOrEqual), ("=", .sameText), (">", .greater), ("<", .less),
  ]

  private static func symbolic(_ text: String) -> Parts? {
    guard let start = text.firstIndex(where: { "=!/<>".contains($0) }) else { return nil }
    for (symbol, comparison) in symbols where text[start...].hasPrefix(symbol) {
      return (
        String(text[..<start]), comparison, String(text[start...].dropFirst(symbol.count))
      )
    }
    return nil
  }
}

/// A rule for rows to leave out.
public enum IgnoreRule: Sendable, Equatable {
  /// Rows whose first field begins with this character.
  case character(Unicode.Scalar)
  /// Rows that begin with a letter or `@`, but never the header.
  case letters
  /// Rows that fulfil a condition.
  case condition(Condition)

  /// Reads a single character, `@`, or a condition.
  ///
  /// - Throws: `DatasetError.setting` for any other text, and for a digit, sign or point, which
  ///   would leave out rows by the first character of a number.
  public init(_ text: String) throws(DatasetError) {
    let scalars = text.trimmed.unicodeScalars
    guard scalars.count == 1, let scalar = scalars.first else {
      self = .condition(try Condition(text))
      return
    }
    if "0123456789+-.,\"".unicodeScalars.contains(scalar) {
      throw .setting(.unsuitableCharacter(text.trimmed))
    }
    self = scalar == "@" ? .letters : .character(scalar)
  }

  var isCondition: Bool {
    if case .condition = self { true } else { false }
  }

  /// The rule as written.
  public var text: String {
    switch self {
    case .character(let scalar): String(scalar)
    case .letters: "@"
    case .condition(let condition): condition.text
    }
  }
}

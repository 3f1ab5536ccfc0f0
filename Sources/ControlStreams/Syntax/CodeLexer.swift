/// A word of abbreviated code and where it stands.
struct CodeToken {
  enum Kind: Equatable {
    case number(Double)
    /// A name in capitals.
    case name(String)
    /// An operator as in Fortran 77 (`.EQ.`), or another character.
    case symbol(String)
  }

  var kind: Kind
  var position: Position
}

/// Cuts one line of abbreviated code into words.
struct CodeLexer {
  private(set) var tokens: [CodeToken] = []
  private let text: [Character]
  private let line: ControlRecord.Line
  /// The place of the next character.
  private var next = 0

  /// - Throws: `Fault` at a character that means nothing.
  init(_ line: ControlRecord.Line) throws(Fault) {
    self.line = line
    text = Array(line.text)
    while let c = peek {
      if c.isWhitespace {
        next += 1
        continue
      }
      let start = next
      tokens.append(CodeToken(kind: try token(c), position: place(start)))
    }
  }

  private var peek: Character? { next < text.count ? text[next] : nil }

  private func place(_ index: Int) -> Position {
    Position(line: line.number, column: line.column + index)
  }

  private func isDigit(_ index: Int) -> Bool { index < text.count && text[index].isASCIIDigit }

  private mutating func token(_ c: Character) throws(Fault) -> CodeToken.Kind {
    if let word = wordOperator(at: next) {
      next += word.count + 2
      return .symbol(".\(word == "EQN" ? "EQ" : word == "NEN" ? "NE" : word).")
    }
    if c.isASCIIDigit || c == "." && isDigit(next + 1) { return .number(try number()) }
    if c.isLetter || c == "_" {
      return .name(take { $0.isLetter || $0.isASCIIDigit || $0 == "_" }.uppercased())
    }
    return .symbol(try symbol(c))
  }

  /// Takes characters as long as something holds for them.
  private mutating func take(while holds: (Character) -> Bool) -> String {
    let start = next
    while let c = peek, holds(c) { next += 1 }
    return String(text[start..<next])
  }

  private static let wordOperators: Set<String> = [
    "EQ", "NE", "LT", "LE", "GT", "GE", "AND", "OR", "NOT", "EQN", "NEN",
  ]

  /// The letters of an operator such as `.EQ.`, if one begins at a place.
  private func wordOperator(at start: Int) -> String? {
    guard start < text.count, text[start] == "." else { return nil }
    let word = String(text[(start + 1)...].prefix { $0.isLetter }).uppercased()
    let end = start + 1 + word.count
    guard end < text.count, text[end] == ".", Self.wordOperators.contains(word) else { return nil }
    return word
  }

  /// Takes a number, with Fortran's exponents: `1.D-3`; of `1.EQ.2` the point is none of it.
  private mutating func number() throws(Fault) -> Double {
    let start = next
    var digits = take(while: \.isASCIIDigit)
    if peek == ".", wordOperator(at: next) == nil {
      next += 1
      digits += "." + take(while: \.isASCIIDigit)
    }
    if let c = peek, "EeDd".contains(c) {
      let isSigned = next + 1 < text.count && "+-".contains(text[next + 1])
      if isDigit(next + (isSigned ? 2 : 1)) {
        digits += "e" + (isSigned ? String(text[next + 1]) : "")
        next += isSigned ? 2 : 1
        digits += take(while: \.isASCIIDigit)
      }
    }
    if digits.last == "." { digits.append("0") }
    if digits.first == "." { digits = "0" + digits }
    guard let value = Double(digits.replacing(".e", with: ".0e")), value.isFinite else {
      throw Fault(place(start), "\(digits) is no number.")
    }
    return value
  }

  private static let pairs = [
    "**": "**", "==": ".EQ.", "/=": ".NE.", "<=": ".LE.", ">=": ".GE.",
  ]

  private mutating func symbol(_ c: Character) throws(Fault) -> String {
    if let symbol = Self.pairs[String(text[next..<min(next + 2, text.count)])] {
      next += 2
      return symbol
    }
    switch c {
    case "<", ">":
      next += 1
      return c == "<" ? ".LT." : ".GT."
    case _ where "+-*/()=,".contains(c):
      next += 1
      return String(c)
    default:
      throw Fault(place(next), "`\(c)` has no meaning in abbreviated code; remove it.")
    }
  }
}

extension Character {
  var isASCIIDigit: Bool { isASCII && isNumber }
}

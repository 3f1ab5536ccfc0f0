/// Words of one line of abbreviated code.
struct CodeLexer {
  enum Token: Equatable {
    case number(Double)
    case name(String)
    case symbol(String)
  }

  private(set) var tokens: [(token: Token, position: Position)] = []

  private static let wordOperators: Set<String> = [
    "EQ", "NE", "LT", "LE", "GT", "GE", "AND", "OR", "NOT", "EQN", "NEN",
  ]

  /// - Throws: `Fault` at a character that means nothing.
  init(_ line: ControlRecord.Line) throws(Fault) {
    let text = Array(line.text)
    var i = 0
    func place(_ index: Int) -> Position {
      Position(line: line.number, column: line.column + index)
    }
    func letters(from start: Int) -> String {
      var end = start
      while end < text.count, text[end].isLetter { end += 1 }
      return String(text[start..<end]).uppercased()
    }
    /// Whether an operator such as `.EQ.` begins here.
    func wordOperator(at start: Int) -> String? {
      guard start < text.count, text[start] == "." else { return nil }
      let word = letters(from: start + 1)
      let end = start + 1 + word.count
      guard end < text.count, text[end] == ".", Self.wordOperators.contains(word) else {
        return nil
      }
      return word
    }
    while i < text.count {
      let c = text[i]
      let start = i
      if c.isWhitespace {
        i += 1
      } else if let word = wordOperator(at: i) {
        let plain = word == "EQN" ? "EQ" : word == "NEN" ? "NE" : word
        tokens.append((.symbol(".\(plain)."), place(start)))
        i += word.count + 2
      } else if c.isASCIIDigit || c == "." && i + 1 < text.count && text[i + 1].isASCIIDigit {
        var digits = ""
        while i < text.count, text[i].isASCIIDigit {
          digits.append(text[i])
          i += 1
        }
        if i < text.count, text[i] == ".", wordOperator(at: i) == nil {
          digits.append(".")
          i += 1
          while i < text.count, text[i].isASCIIDigit {
            digits.append(text[i])
            i += 1
          }
        }
        if i < text.count, "EeDd".contains(text[i]) {
          var end = i + 1
          if end < text.count, "+-".contains(text[end]) { end += 1 }
          if end < text.count, text[end].isASCIIDigit {
            digits.append("e")
            i += 1
            while i < end {
              digits.append(text[i])
              i += 1
            }
            while i < text.count, text[i].isASCIIDigit {
              digits.append(text[i])
              i += 1
            }
          }
        }
        if digits.last == "." { digits.append("0") }
        if digits.first == "." { digits = "0" + digits }
        guard let value = Double(digits.replacing(".e", with: ".0e")), value.isFinite else {
          throw Fault(place(start), "\(digits) is no number.")
        }
        tokens.append((.number(value), place(start)))
      } else if c.isLetter || c == "_" {
        while i < text.count, text[i].isLetter || text[i].isASCIIDigit || text[i] == "_" { i += 1 }
        tokens.append((.name(String(text[start..<i]).uppercased()), place(start)))
      } else {
        let pair = String(text[i..<min(i + 2, text.count)])
        let symbols: [String: String] = [
          "**": "**", "==": ".EQ.", "/=": ".NE.", "<=": ".LE.", ">=": ".GE.",
        ]
        if let symbol = symbols[pair] {
          tokens.append((.symbol(symbol), place(start)))
          i += 2
        } else if "+-*/()=,".contains(c) {
          tokens.append((.symbol(String(c)), place(start)))
          i += 1
        } else if c == "<" || c == ">" {
          tokens.append((.symbol(c == "<" ? ".LT." : ".GT."), place(start)))
          i += 1
        } else {
          throw Fault(
            place(start), "`\(c)` has no meaning in abbreviated code; remove it.")
        }
      }
    }
  }
}

extension Character {
  var isASCIIDigit: Bool { isASCII && isNumber }
}

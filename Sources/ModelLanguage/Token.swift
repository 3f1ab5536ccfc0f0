/// A word, number or sign of a model's text.
struct Token {
  enum Kind: Equatable {
    case name
    case number(Double)
    case sign(Sign)
    /// The end of a line outside parentheses, or `;`.
    case separator
    case end
    /// Something that is no token, already told.
    case fault
  }

  enum Sign: String {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"
    case power = "^"
    case open = "("
    case close = ")"
    case openBrace = "{"
    case closeBrace = "}"
    case comma = ","
    case assign = "="
    case less = "<"
    case lessEqual = "<="
    case greater = ">"
    case greaterEqual = ">="
    case equal = "=="
    case notEqual = "!="
    case and = "&&"
    case or = "||"
    case not = "!"
  }

  var kind: Kind
  var span: SourceText.Span
}

/// An expression of abbreviated code, as written.
indirect enum Expression: Sendable {
  enum Operator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case power = "**"
    case negate = "negation"
    case equal = ".EQ."
    case unequal = ".NE."
    case less = ".LT."
    case lessOrEqual = ".LE."
    case greater = ".GT."
    case greaterOrEqual = ".GE."
    case and = ".AND."
    case or = ".OR."
    case not = ".NOT."
  }

  case number(Double, Position)
  case name(String, Position)
  /// An item with numbers, as `THETA(1)` or `SIGMA(1,1)`.
  case indexed(String, [Int], Position)
  case call(String, [Expression], Position)
  case operation(Operator, [Expression], Position)

  var position: Position {
    switch self {
    case .number(_, let place), .name(_, let place), .indexed(_, _, let place),
      .call(_, _, let place), .operation(_, _, let place):
      place
    }
  }
}

/// A statement of abbreviated code.
enum Statement: Sendable {
  struct Branch: Sendable {
    /// The condition; `nil` of `ELSE`.
    var condition: Expression?
    var statements: [Statement]
  }

  /// An assignment to a variable, or to an item with its numbers, as `A_0(1)`.
  case assign(String, Expression, Position)
  case conditional([Branch], Position)
  /// Something without a meaning for a fit, such as `EXIT`.
  case skipped(String, Position)
}

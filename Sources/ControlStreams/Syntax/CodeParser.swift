import Spelling

/// Reads abbreviated code: Fortran-like statements of `$PK`, `$PRED`, `$DES`, `$ERROR` and `$MIX`.
struct CodeParser {
  private var tokens: [CodeToken] = []
  private var next = 0
  /// The position behind the line.
  private var end = Position.beginning
  private let replacements: Replacements

  init(replacements: Replacements = Replacements()) { self.replacements = replacements }

  /// The statements of a record; errors are noted, and what follows them is read on.
  mutating func parse(_ record: ControlRecord, _ faults: inout FaultList) -> [Statement] {
    var nesting = StatementNesting()
    for line in record.lines {
      guard let first = line.text.first(where: { !$0.isWhitespace }) else { continue }
      let indent = line.text.prefix { $0.isWhitespace }.count
      let place = Position(line: line.number, column: line.column + indent)
      if first == "\"" {
        faults.add(
          Fault(
            place,
            "verbatim code (a line that begins with \") is Fortran and cannot be translated; write it in abbreviated code."
          ))
        continue
      }
      guard let lexer = faults.noting({ () throws(Fault) in try CodeLexer(line) }) else { continue }
      tokens = lexer.tokens
      next = 0
      end = Position(line: line.number, column: line.column + line.text.count)
      faults.noting { () throws(Fault) in try nesting.add(try parseLine(), place) }
    }
    for place in nesting.open { faults.add(Fault(place, "this IF has no ENDIF; add it.")) }
    return nesting.statements
  }

  private mutating func parseLine() throws(Fault) -> CodeLine {
    guard case .name(let word)? = peek else {
      if peek == .symbol("("), let place = position() {
        throw Fault(
          place,
          "a pseudo-statement in parentheses is not supported; remove it, if the model does not need it."
        )
      }
      throw unexpected("a statement")
    }
    switch word {
    case "IF": return try parseIf()
    case "ELSE":
      next += 1
      guard peek == .name("IF") else {
        try finish()
        return .alternative(nil)
      }
      return try parseElseIf()
    case "ELSEIF": return try parseElseIf()
    case "ENDIF", "END":
      next += 1
      if word == "END" { try expect("IF") }
      try finish()
      return .end
    case "DO", "ENDDO":
      throw Fault(
        tokens[0].position,
        "\(word == "DO" ? "DO WHILE" : word) is a loop, and the model language has none; write its statements one after the other."
      )
    default: return .statement(try simpleStatement())
    }
  }

  /// Reads `IF (…) THEN`, or `IF (…)` with its statement.
  private mutating func parseIf() throws(Fault) -> CodeLine {
    let place = tokens[0].position
    next += 1
    let condition = try inParentheses()
    if peek == .name("THEN") {
      next += 1
      try finish()
      return .begin(condition)
    }
    let statement = try simpleStatement()
    return .statement(
      .conditional([.init(condition: condition, statements: [statement])], place))
  }

  /// Reads the rest of `ELSE IF (…) THEN`.
  private mutating func parseElseIf() throws(Fault) -> CodeLine {
    next += 1
    let condition = try inParentheses()
    try expect("THEN")
    try finish()
    return .alternative(condition)
  }

  private mutating func expect(_ word: String) throws(Fault) {
    guard peek == .name(word) else { throw unexpected(word) }
    next += 1
  }

  private mutating func simpleStatement() throws(Fault) -> Statement {
    guard case .name(let word)? = peek, let place = position() else {
      throw unexpected("a statement")
    }
    switch word {
    case "CALL":
      next += 1
      var called = ""
      if case .name(let name)? = peek { called = " " + name }
      throw Fault(place, "CALL\(called) calls a routine of NONMEM, which a job cannot; remove it.")
    case "EXIT": return .skipped(word, place)
    case "RETURN", "GOTO", "WRITE", "PRINT", "OPEN":
      throw Fault(place, "\(word) is not supported; remove it.")
    default: break
    }
    next += 1
    var target = word
    if peek == .symbol("(") {
      let numbers = try indices(of: word)
      target += "(" + numbers.map { "\($0)" }.joined(separator: ",") + ")"
    }
    guard peek == .symbol("=") else { throw unexpected("`=`") }
    next += 1
    let value = try expression()
    try finish()
    return .assign(target, value, place)
  }

  // MARK: expressions

  private mutating func inParentheses() throws(Fault) -> Expression {
    guard peek == .symbol("("), let place = position() else { throw unexpected("`(`") }
    next += 1
    let value = try expression()
    guard peek == .symbol(")") else { throw unclosed(place) }
    next += 1
    return value
  }

  private mutating func expression() throws(Fault) -> Expression { try binary(0) }

  private static let levels: [[String: Expression.Operator]] = [
    [".OR.": .or], [".AND.": .and], [:],
    [
      ".EQ.": .equal, ".NE.": .unequal, ".LT.": .less, ".LE.": .lessOrEqual, ".GT.": .greater,
      ".GE.": .greaterOrEqual,
    ],
    ["+": .add, "-": .subtract], ["*": .multiply, "/": .divide],
  ]
  private static let deepest = 100
  private var depth = 0

  private mutating func binary(_ level: Int) throws(Fault) -> Expression {
    guard level < Self.levels.count else { return try signed() }
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest * Self.levels.count else {
      throw Fault(position() ?? end, "more than \(Self.deepest) levels of parentheses.")
    }
    if level == 2 {
      guard peek == .symbol(".NOT."), let place = position() else { return try binary(3) }
      next += 1
      return .operation(.not, [try binary(2)], place)
    }
    if level == 4, peek == .symbol("-") || peek == .symbol("+") {
      // A sign before a sum's first term is weaker than * and /.
      let place = position() ?? end
      let isNegative = peek == .symbol("-")
      next += 1
      let term = try binary(5)
      return try rest(isNegative ? .operation(.negate, [term], place) : term, level)
    }
    return try rest(try binary(level + 1), level)
  }

  private mutating func rest(_ first: Expression, _ level: Int) throws(Fault) -> Expression {
    var value = first
    while case .symbol(let symbol)? = peek, let operation = Self.levels[level][symbol],
      let place = position()
    {
      next += 1
      value = .operation(operation, [value, try binary(level + 1)], place)
    }
    return value
  }

  private mutating func signed() throws(Fault) -> Expression {
    guard peek == .symbol("-") || peek == .symbol("+"), let place = position() else {
      return try power()
    }
    let isNegative = peek == .symbol("-")
    next += 1
    let value = try signed()
    return isNegative ? .operation(.negate, [value], place) : value
  }

  private mutating func power() throws(Fault) -> Expression {
    let base = try primary()
    guard peek == .symbol("**"), let place = position() else { return base }
    next += 1
    return .operation(.power, [base, try signed()], place)
  }

  static let functions: Set<String> = [
    "EXP", "LOG", "LOG10", "SQRT", "ABS", "SIN", "COS", "TAN", "TANH", "INT", "MOD", "MIN", "MAX",
    "PHI", "GAMLN", "PEXP", "PLOG", "PLOG10", "PSQRT", "PZR", "PNP", "PHE", "PNG", "PHR", "DEXP",
    "DLOG", "DSQRT", "DABS", "ASIN", "ACOS", "ATAN",
  ]
  static let indexedNames: Set<String> = [
    "THETA", "ETA", "EPS", "ERR", "A", "DADT", "A_0", "P", "SIGMA", "OMEGA", "MTIME", "MIXP", "COM",
    "DA", "DP", "T_0", "MTDIFF", "MNEXT", "MPAST", "RAT", "MNOW",
  ]

  private mutating func primary() throws(Fault) -> Expression {
    guard let token = peek, let place = position() else { throw unexpected("a value") }
    switch token {
    case .number(let value):
      next += 1
      return .number(value, place)
    case .symbol("("):
      return try inParentheses()
    case .name(let name):
      next += 1
      guard peek == .symbol("(") else { return .name(name, place) }
      if Self.indexedNames.contains(name) {
        if let item = try replacedItem(name) {
          return .indexed(item.name == "ERR" ? "EPS" : item.name, [item.number], place)
        }
        return .indexed(name == "ERR" ? "EPS" : name, try indices(of: name), place)
      }
      guard Self.functions.contains(name) else {
        let nearest = nearestName(to: name, among: Self.functions.sorted())
        throw Fault(
          place, "there is no function \(name)" + (nearest.map { "; did you mean \($0)?" } ?? "."))
      }
      let opening = position() ?? place
      next += 1
      var arguments = [try expression()]
      while peek == .symbol(",") {
        next += 1
        arguments.append(try expression())
      }
      guard peek == .symbol(")") else { throw unclosed(opening) }
      next += 1
      let expected = name == "MOD" ? 2...2 : name == "MIN" || name == "MAX" ? 2...16 : 1...1
      guard expected.contains(arguments.count) else {
        throw Fault(
          place, "\(name) has \(arguments.count) arguments, \(expected.lowerBound) expected.")
      }
      return .call(name, arguments, place)
    default: throw unexpected("a value")
    }
  }

  /// The item that `$ABBR REPLACE` has for one with a label, as for `THETA(CL)`; `nil` of one with
  /// a number.
  private mutating func replacedItem(_ name: String) throws(Fault) -> IndexedName? {
    guard next + 2 < tokens.count, case .name(let label) = tokens[next + 1].kind,
      tokens[next + 2].kind == .symbol(")")
    else { return nil }
    guard let item = replacements.target(of: name, label: label) else {
      throw Fault(
        tokens[next + 1].position,
        "\(name)(\(label)) has a name for a number, and no $ABBR REPLACE says which; write the number."
      )
    }
    next += 3
    return item
  }

  private mutating func indices(of name: String) throws(Fault) -> [Int] {
    let place = position() ?? end
    next += 1
    var numbers: [Int] = []
    while true {
      guard case .number(let value)? = peek, value == value.rounded(), 1...9999 ~= value else {
        throw unexpected("a number of \(name)")
      }
      numbers.append(Int(value))
      next += 1
      if peek == .symbol(",") {
        next += 1
        continue
      }
      guard peek == .symbol(")") else { throw unclosed(place) }
      next += 1
      return numbers
    }
  }

  // MARK: tokens

  private var peek: CodeToken.Kind? { next < tokens.count ? tokens[next].kind : nil }
  private func position() -> Position? { next < tokens.count ? tokens[next].position : nil }

  private func finish() throws(Fault) {
    guard next == tokens.count else { throw unexpected("the end of the line") }
  }

  private func unclosed(_ place: Position) -> Fault {
    guard next < tokens.count else { return Fault(place, "this `(` is not closed; add the `)`.") }
    return unexpected("`)`")
  }

  private func unexpected(_ expected: String) -> Fault {
    guard next < tokens.count else { return Fault(end, "the line ends, \(expected) was expected.") }
    let found =
      switch tokens[next].kind {
      case .number(let value): "\(value)"
      case .name(let name): name
      case .symbol(let symbol): symbol
      }
    return Fault(tokens[next].position, "`\(found)` was found, \(expected) was expected.")
  }
}

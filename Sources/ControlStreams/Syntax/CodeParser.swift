import Spelling

/// Abbreviated code: Fortran-like statements of `$PK`, `$PRED`, `$DES`, `$ERROR` and `$MIX`.
struct CodeParser {
  private var tokens: [(token: CodeLexer.Token, position: Position)] = []
  private var next = 0
  private var end = Position(line: 1, column: 1)
  private let replacements: [String: (String, Int)]

  /// - Parameter replacements: of `$ABBR REPLACE`, as `THETA(CL)` to THETA and 1.
  init(replacements: [String: (String, Int)] = [:]) { self.replacements = replacements }

  /// The statements of a record; faults are noted, and what follows them is read on.
  mutating func parse(_ record: ControlRecord, _ faults: inout FaultList) -> [Statement] {
    var blocks: [(branches: [Statement.Branch], position: Position)] = []
    var top: [Statement] = []
    func add(
      _ statement: Statement, _ blocks: inout [(branches: [Statement.Branch], position: Position)],
      _ top: inout [Statement]
    ) {
      guard !blocks.isEmpty else { return top.append(statement) }
      let last = blocks[blocks.count - 1].branches.count - 1
      blocks[blocks.count - 1].branches[last].statements.append(statement)
    }
    for line in record.lines {
      let trimmed = line.text.trimmed
      guard let first = trimmed.first else { continue }
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
      do throws(Fault) {
        switch try opening() {
        case .begin(let condition):
          blocks.append(([.init(condition: condition, statements: [])], place))
        case .alternative(let condition):
          guard let last = blocks.last else {
            throw Fault(place, "ELSE without an IF … THEN before it.")
          }
          guard last.branches.last?.condition != nil else {
            throw Fault(place, "a second ELSE of one IF.")
          }
          blocks[blocks.count - 1].branches.append(.init(condition: condition, statements: []))
        case .end:
          guard let block = blocks.popLast() else {
            throw Fault(place, "ENDIF without an IF … THEN before it.")
          }
          add(.conditional(block.branches, block.position), &blocks, &top)
        case .statement(let statement):
          add(statement, &blocks, &top)
        case .nothing: break
        }
      } catch { faults.add(error) }
    }
    for block in blocks {
      faults.add(Fault(block.position, "this IF has no ENDIF; add it."))
    }
    return top
  }

  private enum Line {
    case begin(Expression)
    case alternative(Expression?)
    case end
    case statement(Statement)
    case nothing
  }

  private mutating func opening() throws(Fault) -> Line {
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
    case "IF":
      next += 1
      let condition = try inParentheses()
      if case .name("THEN")? = peek {
        next += 1
        try finish()
        return .begin(condition)
      }
      let place = tokens[0].position
      let statement = try simpleStatement()
      return .statement(
        .conditional([.init(condition: condition, statements: [statement])], place))
    case "ELSE":
      next += 1
      guard case .name("IF")? = peek else {
        try finish()
        return .alternative(nil)
      }
      fallthrough
    case "ELSEIF":
      next += 1
      let condition = try inParentheses()
      guard case .name("THEN")? = peek else { throw unexpected("THEN") }
      next += 1
      try finish()
      return .alternative(condition)
    case "ENDIF":
      next += 1
      try finish()
      return .end
    case "END":
      next += 1
      guard case .name("IF")? = peek else { throw unexpected("IF") }
      next += 1
      try finish()
      return .end
    case "DO", "ENDDO":
      throw Fault(
        tokens[0].position,
        "\(word == "DO" ? "DO WHILE" : word) is a loop, and the model language has none; write its statements one after the other."
      )
    default:
      return .statement(try simpleStatement())
    }
  }

  private mutating func simpleStatement() throws(Fault) -> Statement {
    guard case .name(let word)? = peek, let place = position() else {
      throw unexpected("a statement")
    }
    if word == "CALL" {
      next += 1
      var called = ""
      if case .name(let name)? = peek { called = " " + name }
      throw Fault(place, "CALL\(called) calls a routine of NONMEM, which a job cannot; remove it.")
    }
    if word == "EXIT" {
      return .skipped(word, place)
    }
    if word == "RETURN" || word == "GOTO" || word == "WRITE" || word == "PRINT" || word == "OPEN" {
      throw Fault(place, "\(word) is not supported; remove it.")
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
    "DLOG", "DSQRT", "DABS", "ASIN", "ACOS", "ATAN", "PLOG",
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
        let (resolved, numbers) = try resolvedIndices(of: name)
        return .indexed(resolved == "ERR" ? "EPS" : resolved, numbers, place)
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

  private mutating func resolvedIndices(of name: String) throws(Fault) -> (String, [Int]) {
    if next + 2 < tokens.count, case .name(let label) = tokens[next + 1].token,
      tokens[next + 2].token == .symbol(")")
    {
      let place = tokens[next + 1].position
      guard let (resolved, number) = replacements["\(name)(\(label))"] else {
        throw Fault(
          place,
          "\(name)(\(label)) has a name for a number, and no $ABBR REPLACE says which; write the number."
        )
      }
      next += 3
      return (resolved, [number])
    }
    return (name, try indices(of: name))
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

  private var peek: CodeLexer.Token? { next < tokens.count ? tokens[next].token : nil }
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
      switch tokens[next].token {
      case .number(let value): "\(value)"
      case .name(let name): name
      case .symbol(let symbol): symbol
      }
    return Fault(tokens[next].position, "`\(found)` was found, \(expected) was expected.")
  }
}

import Spelling

extension Parser {
  /// Operators of two operands, with how strongly they bind.
  private func binaryOperator() -> (operation: Operation, strength: Int, swaps: Bool)? {
    switch token.kind {
    case .name:
      switch text(token) {
      case "or": return (.or, 1, false)
      case "and": return (.and, 2, false)
      default: return nil
      }
    case .sign(let sign):
      switch sign {
      case .or: return (.or, 1, false)
      case .and: return (.and, 2, false)
      case .equal: return (.equal, 3, false)
      case .notEqual: return (.notEqual, 3, false)
      case .less: return (.less, 4, false)
      case .lessEqual: return (.lessEqual, 4, false)
      // a > b is b < a.
      case .greater: return (.less, 4, true)
      case .greaterEqual: return (.lessEqual, 4, true)
      case .plus: return (.add, 5, false)
      case .minus: return (.subtract, 5, false)
      case .times: return (.multiply, 6, false)
      case .over: return (.divide, 6, false)
      case .power: return (.power, 8, false)
      default: return nil
      }
    default: return nil
    }
  }

  /// Signs and `not` bind less than powers and more than products: −a^b is −(a^b).
  private static let signStrength = 7

  /// An expression whose operators bind at least as strongly as `strength`.
  mutating func expression(_ strength: Int = 0) throws(Failure) -> Int {
    guard depth < ModelLimits.depth else {
      throw fail(
        token.span,
        "This expression is nested more than \(ModelLimits.depth) deep; split it into several assignments."
      )
    }
    depth += 1
    defer { depth -= 1 }
    var left = try operand()
    var comparison = false
    while let (operation, own, swaps) = binaryOperator(), own >= strength {
      if own == 3 || own == 4 {
        if comparison {
          throw fail(
            token.span,
            "Comparisons cannot be chained; write both and join them by `and`, like 0 < x and x < 1."
          )
        }
        comparison = true
      }
      let sign = token.span
      advance()
      // Powers bind to the right: a^b^c is a^(b^c); others to the left. Comparisons leave one that
      // follows to this loop.
      let right = try expression(own == 8 ? 8 : own == 3 ? 5 : own + 1)
      left = try append(
        operation, swaps ? [right, left] : [left, right],
        syntax.nodes[left].span.through(sign).through(syntax.nodes[right].span))
    }
    return left
  }

  mutating func append(_ operation: Operation, _ operands: [Int], _ span: Span) throws(Failure)
    -> Int
  {
    var node = Syntax.Node(kind: .operation(operation), span: span)
    if operands.count > 0 { node.a = Int32(operands[0]) }
    if operands.count > 1 { node.b = Int32(operands[1]) }
    if operands.count > 2 { node.c = Int32(operands[2]) }
    return try append(node)
  }

  mutating func append(_ node: Syntax.Node) throws(Failure) -> Int {
    guard syntax.nodes.count < ModelLimits.nodes else {
      // What follows would be too much as well.
      position = tokens.count - 1
      throw fail(
        node.span,
        "The equations have more than \(ModelLimits.nodes) numbers, names and operators; shorten them."
      )
    }
    syntax.nodes.append(node)
    return syntax.nodes.count - 1
  }

  private mutating func operand() throws(Failure) -> Int {
    let span = token.span
    switch token.kind {
    case .number(let value):
      advance()
      if token.kind == .name && binaryOperator() == nil || isSign(.open) {
        throw fail(
          span.through(token.span),
          "Found \(found(token)) directly after a number; write `*` between them if a product is meant."
        )
      }
      return try append(Syntax.Node(kind: .number(value), span: span))
    case .sign(.minus), .sign(.plus), .sign(.not): return try signed()
    case .sign(.open):
      advance()
      let value = try expression()
      try close(span)
      return value
    case .name:
      if text(token) == "not" { return try signed() }
      if let compartment = try derivativeTarget() {
        return try append(
          Syntax.Node(
            kind: .derivative(compartment), span: span.through(tokens[position - 1].span)))
      }
      return try nameOrCall()
    default:
      if isSign(.assign), position > 0, tokens[position - 1].kind == .sign(.assign) {
        throw fail(span, "`= =` is no operator; write `=` to assign and `==` to compare.")
      }
      throw unexpected("a number, a name or `(`", remedy: "complete the expression.")
    }
  }

  private mutating func signed() throws(Failure) -> Int {
    let (span, kind) = (token.span, token.kind)
    advance()
    // `not a < b` is not (a < b), as in words.
    let isNot = kind == .name
    let value = try expression(isNot ? 3 : Self.signStrength)
    if kind == .sign(.plus) { return value }
    return try append(
      kind == .sign(.minus) ? .negate : .not, [value], span.through(syntax.nodes[value].span))
  }

  /// At `)` that belongs to the `(` at `open`.
  mutating func close(_ open: Span) throws(Failure) {
    if isSign(.close) {
      advance()
      return
    }
    if token.kind == .fault { throw Failure() }
    if isSign(.assign) {
      throw fail(
        token.span, "`=` assigns and cannot stand in an expression; write `==` to compare.")
    }
    if isSign(.comma) {
      throw fail(
        token.span,
        "Found `,` in a parenthesis that belongs to no function; a decimal point is written `.`.")
    }
    if token.kind == .end || token.kind == .separator {
      throw fail(open, "This `(` is not closed; add the `)` that is missing.")
    }
    throw unexpected("an operator or `)`", remedy: "complete the expression.")
  }

  private mutating func nameOrCall() throws(Failure) -> Int {
    let (span, name) = (token.span, text(token))
    if ["if", "else", "and", "or"].contains(name) {
      throw fail(
        span,
        "\(name.quoted) cannot stand here, a number, a name or `(` was expected"
          + (name == "if"
            ? "; a choice inside an expression is ifelse(condition, a, b)."
            : "; complete the expression."))
    }
    advance()
    guard isSign(.open) else {
      return try append(Syntax.Node(kind: .name(syntax.number(name)), span: span))
    }
    if name == FunctionTable.libraryCall { return try libraryCall(span) }
    guard let function = FunctionTable.functions[name] else { throw unknownFunction(name, span) }
    advance()
    let arguments = try self.arguments(name, open: tokens[position - 1].span)
    let whole = span.through(tokens[position - 1].span)
    guard function.arguments.contains(arguments.count) else {
      let wanted =
        function.arguments.count == 1
        ? "\(function.arguments.lowerBound)"
        : "\(function.arguments.lowerBound) to \(function.arguments.upperBound)"
      throw fail(
        whole,
        "\(name) has \(arguments.count) argument\(arguments.count == 1 ? "" : "s"), \(wanted) "
          + "\(wanted == "1" ? "was" : "were") expected; correct the call.")
    }
    var value = try append(function.operation, Array(arguments.prefix(3)), whole)
    if function.operation == .minimum || function.operation == .maximum {
      syntax.nodes[value].c = -1
      for argument in arguments.dropFirst(2) {
        value = try append(function.operation, [value, argument], whole)
      }
    }
    return value
  }

  private mutating func arguments(_ name: String, open: Span) throws(Failure) -> [Int] {
    var arguments: [Int] = []
    if isSign(.close) {
      advance()
      return arguments
    }
    while true {
      arguments.append(try expression())
      if !isSign(.comma) { break }
      guard arguments.count < 16 else {
        throw fail(token.span, "\(name) has more than 16 arguments; split the call.")
      }
      advance()
    }
    if isSign(.assign) {
      throw fail(
        token.span, "`=` assigns and cannot stand in an argument of \(name); write `==` to compare."
      )
    }
    try close(open)
    return arguments
  }

  private mutating func unknownFunction(_ name: String, _ span: Span) -> Failure {
    let known = Array(FunctionTable.functions.keys).sorted() + [FunctionTable.libraryCall]
    let nearest = FunctionTable.synonyms[name.lowercased()] ?? nearestName(to: name, among: known)
    let remedy: String
    if let nearest {
      remedy = "did you mean \(nearest)?"
    } else if FunctionTable.properties[name] != nil || isZeroNext {
      remedy = "\(name.clipped)(…) can be assigned, not read."
    } else {
      remedy =
        "write `*` after \(name.clipped) if a product is meant; the functions are "
        + known.joined(separator: ", ") + "."
    }
    return fail(span, "There is no function \(name.quoted); \(remedy)")
  }

  private var isZeroNext: Bool {
    position + 1 < tokens.count && tokens[position + 1].kind == .number(0)
  }

  /// `linCmt(CL = cl, V = v)` or `linCmt()`, at its `(`.
  private mutating func libraryCall(_ span: Span) throws(Failure) -> Int {
    let open = token.span
    advance()
    var call = Syntax.Call(span: span)
    while !isSign(.close) {
      guard token.kind == .name, isSign(.assign, ahead: 1) else {
        throw unexpected(
          "an argument like CL = cl", remedy: "linCmt takes its parameters by name, or none at all."
        )
      }
      guard call.arguments.count < 16 else {
        throw fail(token.span, "linCmt has more than 16 arguments; remove what is too many.")
      }
      let name = token
      advance()
      advance()
      let value = try expression()
      call.arguments.append(
        Syntax.Call.Argument(
          name: syntax.number(text(name)), nameSpan: name.span, value: value))
      if isSign(.comma) { advance() } else { break }
    }
    try close(open)
    call.span = span.through(tokens[position - 1].span)
    syntax.calls.append(call)
    return try append(
      Syntax.Node(kind: .libraryCall(syntax.calls.count - 1), span: call.span))
  }
}

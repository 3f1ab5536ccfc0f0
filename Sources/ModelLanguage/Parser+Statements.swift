extension Parser {
  /// A target, `=` and an expression.
  mutating func assignment() throws(Failure) {
    let start = position
    let (target, span) = try self.target()
    let first = syntax.nodes.count
    do throws(Failure) {
      if isSign(.equal) {
        throw fail(token.span, "`==` compares and cannot assign; write `=`.")
      }
      guard isSign(.assign) else { throw missingAssignment(from: start) }
      advance()
      let value = try expression()
      if isSign(.assign) {
        throw fail(
          token.span,
          "A second `=` in one statement; one value is assigned in each, write `==` to compare.")
      }
      if token.kind == .fault { throw Failure() }
      if isSign(.close) {
        throw fail(token.span, "This `)` closes nothing; remove it, or add the `(` before it.")
      }
      syntax.statements.append(.assign(target, span, first: first, value: value))
      endOfStatement()
    } catch {
      // The target has a value all the same, so that its uses are not told as well.
      syntax.nodes.append(Syntax.Node(kind: .fault, span: span))
      syntax.statements.append(
        .assign(target, span, first: syntax.nodes.count - 1, value: syntax.nodes.count - 1))
      throw error
    }
  }

  private mutating func missingAssignment(from start: Int) -> Failure {
    if token.kind == .name, tokens[position - 1].kind == .name {
      return fail(
        token.span,
        "Found \(found(token)) where `=` was expected; a name has no spaces, write `_` within it.")
    }
    return unexpected("`=`", remedy: "a statement assigns a value, like CL = 3.")
  }

  private mutating func target() throws(Failure) -> (Syntax.Target, Span) {
    guard token.kind == .name else {
      throw unexpected("the start of a statement", remedy: "write `name = expression`.")
    }
    let start = token.span
    let name = text(token)
    if let target = try derivativeTarget() {
      return (.derivative(target), start.through(tokens[position - 1].span))
    }
    if name == "else" {
      throw fail(
        start, "This `else` has no `if` before it; write `if (condition) { … } else { … }`.")
    }
    advance()
    guard isSign(.open) else { return (.variable(syntax.number(name)), start) }
    advance()
    if let property = FunctionTable.properties[name] {
      guard token.kind == .name else {
        throw unexpected("the name of a compartment", remedy: "write \(name)(A) = …")
      }
      let compartment = syntax.number(text(token))
      advance()
      try closeTarget()
      return (.property(property, compartment), start.through(tokens[position - 1].span))
    }
    if case .number(let value) = token.kind {
      guard value == 0 else {
        throw fail(
          token.span, "Amounts are given for time 0 only; write \(name.clipped)(0) = …")
      }
      advance()
      try closeTarget()
      return (
        .property(.initial, syntax.number(name)), start.through(tokens[position - 1].span)
      )
    }
    let isFunction = FunctionTable.functions[name] != nil || name == FunctionTable.libraryCall
    throw fail(
      start,
      isFunction
        ? "The value of \(name) is assigned to nothing; write `name = \(name)(…)`."
        : "\(name.quoted) cannot be assigned with arguments; write `name = …`, `A(0) = …`, `d/dt(A) = …`, "
          + "`lag(A) = …`, `f(A) = …`, `rate(A) = …` or `dur(A) = …`.")
  }

  private mutating func closeTarget() throws(Failure) {
    guard isSign(.close) else { throw unexpected("`)`", remedy: "add it.") }
    advance()
  }

  /// The compartment of `d/dt(A)`, if that stands here.
  mutating func derivativeTarget() throws(Failure) -> Int? {
    guard isName("d"), isSign(.over, ahead: 1), isName("dt", ahead: 2) else { return nil }
    guard isSign(.open, ahead: 3) else {
      let span = token.span.through(tokens[position + 2].span)
      throw fail(span, "The compartment of d/dt is missing; write d/dt(A) = …")
    }
    for _ in 0..<4 { advance() }
    guard token.kind == .name else {
      throw unexpected("the name of a compartment", remedy: "write d/dt(A) = …")
    }
    let compartment = syntax.number(text(token))
    advance()
    guard isSign(.close) else { throw unexpected("`)`", remedy: "add it.") }
    advance()
    return compartment
  }
}

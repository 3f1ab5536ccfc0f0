/// Reads tokens as statements. After a fault it goes on with the next statement.
struct Parser {
  typealias Span = SourceText.Span

  /// A fault of the statement, already told.
  struct Failure: Error {}

  let source: SourceText
  let tokens: [Token]
  var position = 0
  var syntax = Syntax()
  var diagnostics: Diagnostics
  var depth = 0
  /// Open `if` blocks.
  private var blocks: [Span] = []

  init(_ source: SourceText) {
    self.source = source
    diagnostics = Diagnostics(source)
    var lexer = Lexer(source)
    tokens = lexer.tokens(&diagnostics)
  }

  var token: Token { tokens[position] }

  func text(_ token: Token) -> String { source.text(token.span) }

  func isSign(_ sign: Token.Sign, ahead: Int = 0) -> Bool {
    position + ahead < tokens.count && tokens[position + ahead].kind == .sign(sign)
  }

  func isName(_ name: String, ahead: Int = 0) -> Bool {
    position + ahead < tokens.count && tokens[position + ahead].kind == .name
      && source.text(tokens[position + ahead].span) == name
  }

  mutating func advance() { if position + 1 < tokens.count { position += 1 } }

  /// What stands at the token, for messages.
  func found(_ token: Token) -> String {
    switch token.kind {
    case .end: "the end of the equations"
    case .separator: text(token) == ";" ? "`;`" : "the end of the line"
    default: text(token).quoted
    }
  }

  mutating func fail(_ span: Span, _ message: String) -> Failure {
    diagnostics.error(span, message)
    return Failure()
  }

  /// Told at the token, unless it is a fault that was told before.
  mutating func unexpected(_ expected: String, remedy: String) -> Failure {
    if token.kind == .fault { return Failure() }
    return fail(token.span, "Found \(found(token)) where \(expected) was expected; \(remedy)")
  }

  mutating func parse() {
    while token.kind != .end, !diagnostics.isFull {
      if token.kind == .separator {
        advance()
      } else if isSign(.closeBrace) {
        if blocks.isEmpty {
          diagnostics.error(
            token.span, "This `}` closes nothing, no `{` is open; remove it or add the `if`.")
          advance()
        } else {
          closeBlock()
        }
      } else {
        statement()
      }
    }
    if let open = blocks.last {
      syntax.isUnclosed = true
      diagnostics.error(
        open, "This `{` is not closed; add `}` after the last statement of its block.")
    }
    while !blocks.isEmpty {
      blocks.removeLast()
      syntax.statements.append(.endIf)
    }
    chains.removeAll()
  }

  /// For each open block how many `if` it ends, and whether it is an `else`.
  private var chains: [(ifs: Int, isElse: Bool)] = []

  private mutating func statement() {
    do {
      if isName("if") { try beginIf() } else { try assignment() }
    } catch {
      recover()
    }
  }

  /// Skips what is left of a statement, but not the braces of blocks.
  private mutating func recover() {
    while token.kind != .end, token.kind != .separator, !isSign(.closeBrace) {
      if isSign(.openBrace) {
        // The block of an `if` whose condition was not understood: its statements are still read.
        openBlock(isElse: false, ifs: 1, condition: nil)
        return
      }
      advance()
    }
  }

  private mutating func openBlock(isElse: Bool, ifs: Int, condition: (Int, Int, Span)?) {
    let span = token.span
    if isSign(.openBrace) { advance() }
    if !isElse {
      let place =
        condition
        ?? {
          syntax.nodes.append(Syntax.Node(kind: .fault, span: span))
          return (syntax.nodes.count - 1, syntax.nodes.count - 1, span)
        }()
      syntax.statements.append(.beginIf(first: place.0, condition: place.1, place.2))
    }
    blocks.append(span)
    chains.append((ifs, isElse))
  }

  /// At `}`; what follows may be an `else`.
  private mutating func closeBlock() {
    advance()
    let chain = chains.removeLast()
    blocks.removeLast()
    var next = position
    while next < tokens.count, tokens[next].kind == .separator, text(tokens[next]) != ";" {
      next += 1
    }
    guard next < tokens.count, tokens[next].kind == .name, text(tokens[next]) == "else" else {
      finish(chain.ifs)
      endOfStatement()
      return
    }
    position = next
    if chain.isElse {
      diagnostics.error(
        token.span, "This `else` follows an `else`, only one belongs to an `if`; remove it.")
      finish(chain.ifs)
      advance()
      recover()
      return
    }
    beginElse(chain.ifs)
  }

  private mutating func finish(_ ifs: Int) {
    for _ in 0..<ifs { syntax.statements.append(.endIf) }
  }

  private mutating func beginElse(_ ifs: Int) {
    advance()
    syntax.statements.append(.beginElse)
    do {
      if isName("if") {
        guard ifs < ModelLimits.branches else {
          throw fail(
            token.span,
            "This `if` has more than \(ModelLimits.branches) branches; write it with fewer.")
        }
        try beginIf(after: ifs)
      } else if isSign(.openBrace) {
        openBlock(isElse: true, ifs: ifs, condition: nil)
      } else {
        try singleStatement()
        finish(ifs)
      }
    } catch {
      recover()
      finish(ifs)
    }
  }

  /// At `if`.
  private mutating func beginIf(after ifs: Int = 0) throws(Failure) {
    let start = token.span
    guard blocks.count < ModelLimits.branches else {
      throw fail(
        start, "`if` stands inside \(ModelLimits.branches) others, which is the most; nest it less."
      )
    }
    advance()
    guard isSign(.open) else {
      throw unexpected("`(`", remedy: "the condition of an `if` stands in parentheses.")
    }
    advance()
    let first = syntax.nodes.count
    let condition = try expression()
    if isSign(.assign) {
      throw fail(token.span, "`=` assigns and cannot be a condition; write `==` to compare.")
    }
    guard isSign(.close) else {
      throw unexpected("`)` after the condition", remedy: "add it.")
    }
    advance()
    let place = (first, condition, start.through(tokens[position - 1].span))
    skipLineEnds()
    if isSign(.openBrace) {
      openBlock(isElse: false, ifs: ifs + 1, condition: place)
      return
    }
    syntax.statements.append(.beginIf(first: place.0, condition: place.1, place.2))
    do throws(Failure) {
      try singleStatement()
    } catch {
      syntax.statements.append(.endIf)
      throw error
    }
    var next = position
    while next < tokens.count, tokens[next].kind == .separator { next += 1 }
    if next < tokens.count, tokens[next].kind == .name, text(tokens[next]) == "else" {
      position = next
      beginElse(ifs + 1)
    } else {
      finish(ifs + 1)
    }
  }

  private mutating func skipLineEnds() {
    while token.kind == .separator, text(token) != ";" { advance() }
  }

  /// The only statement of an `if` without braces.
  private mutating func singleStatement() throws(Failure) {
    skipLineEnds()
    if isName("if") {
      throw fail(
        token.span,
        "An `if` directly after `if` or `else` could belong to either; put it in braces `{ }`.")
    }
    try assignment()
  }

  /// After a statement nothing else may stand on its line.
  mutating func endOfStatement() {
    if token.kind == .end || token.kind == .separator || isSign(.closeBrace) { return }
    if token.kind != .fault {
      if isName("else") {
        diagnostics.error(
          token.span, "This `else` has no `if` before it; write `if (condition) { … } else { … }`.")
      } else {
        let after =
          "Found \(found(token)) after the end of a statement; statements end with the line or `;`"
        diagnostics.error(
          token.span,
          isSign(.comma)
            ? after + ", and decimal points are written `.`."
            : token.kind == .name || isSign(.open)
              ? after + ", and products are written with `*`." : after + ".")
      }
    }
    if isSign(.openBrace) { advance() }
    recover()
  }
}

/// Splits a text into tokens.
struct Lexer {
  private let source: SourceText
  private var bytes: [UInt8] { source.bytes }
  private var position = 0
  /// Open parentheses, inside which the end of a line is no end of a statement; whether they have
  /// arguments with names.
  private var open: [Bool] = []

  init(_ source: SourceText) { self.source = source }

  /// - Returns: at least one token; the last is the end.
  mutating func tokens(_ diagnostics: inout Diagnostics) -> [Token] {
    var tokens: [Token] = []
    if bytes.count > ModelLimits.bytes {
      diagnostics.error(
        Span(start: ModelLimits.bytes, end: ModelLimits.bytes),
        "The equations are longer than \(ModelLimits.bytes) bytes; shorten them.")
      return [Token(kind: .end, span: Span(start: 0, end: 0))]
    }
    while position < bytes.count {
      let byte = bytes[position]
      let start = position
      switch byte {
      case 0x20, 0x09: position += 1
      case UInt8(ascii: "#"):
        while position < bytes.count, bytes[position] != 0x0A, bytes[position] != 0x0D {
          position += 1
        }
      case 0x0A, 0x0D:
        position += 1
        if open.last == false, beginsStatement() { open.removeAll() }
        if open.isEmpty { tokens.append(token(.separator, start)) }
      case UInt8(ascii: ";"):
        position += 1
        open.removeAll()
        tokens.append(token(.separator, start))
      case UInt8(ascii: "0")...UInt8(ascii: "9"): tokens.append(number(&diagnostics))
      case UInt8(ascii: ".") where isDigit(position + 1): tokens.append(number(&diagnostics))
      case _ where isLetter(byte): tokens.append(name(&diagnostics))
      default:
        let sign = sign(&diagnostics)
        if sign.kind == .sign(.open) {
          open.append(tokens.last.map { source.text($0.span) } == FunctionTable.libraryCall)
        } else if [.sign(.close), .sign(.openBrace), .sign(.closeBrace)].contains(sign.kind) {
          _ = open.popLast()
        }
        tokens.append(sign)
      }
    }
    tokens.append(
      Token(kind: .end, span: Span(start: bytes.count, end: bytes.count)))
    return tokens
  }

  private typealias Span = SourceText.Span

  private func token(_ kind: Token.Kind, _ start: Int) -> Token {
    Token(kind: kind, span: Span(start: start, end: position))
  }

  private func isDigit(_ place: Int) -> Bool {
    place < bytes.count && (0x30...0x39).contains(bytes[place])
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
  }

  private func isWord(_ place: Int) -> Bool {
    place < bytes.count && (isLetter(bytes[place]) || isDigit(place))
  }

  /// Whether the line that begins here assigns something: then a parenthesis before it was not
  /// closed.
  private func beginsStatement() -> Bool {
    var place = position
    func skipSpaces() {
      while place < bytes.count, [0x20, 0x09].contains(bytes[place]) { place += 1 }
    }
    skipSpaces()
    guard place < bytes.count, isLetter(bytes[place]) else { return false }
    let start = place
    while isWord(place) { place += 1 }
    let name = source.text(Span(start: start, end: place))
    skipSpaces()
    guard place < bytes.count else { return false }
    if name == "if" { return bytes[place] == UInt8(ascii: "(") }
    if name == "d", bytes[place...].starts(with: Array("/dt(".utf8)) { return true }
    return bytes[place] == UInt8(ascii: "=")
      && !(place + 1 < bytes.count && bytes[place + 1] == UInt8(ascii: "="))
  }

  private mutating func name(_ diagnostics: inout Diagnostics) -> Token {
    let start = position
    while isWord(position) { position += 1 }
    let result = token(.name, start)
    if position - start > ModelLimits.nameLength {
      diagnostics.error(
        result.span,
        "This name has \(position - start) characters, at most \(ModelLimits.nameLength) are allowed; "
          + "shorten it.")
      return token(.fault, start)
    }
    return result
  }

  private mutating func number(_ diagnostics: inout Diagnostics) -> Token {
    let start = position
    while isDigit(position) { position += 1 }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      while isDigit(position) { position += 1 }
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      var next = position + 1
      if next < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[next]) {
        next += 1
      }
      if isDigit(next) {
        position = next
        while isDigit(position) { position += 1 }
      }
    }
    let end = position
    // What sticks to the number belongs to the fault.
    while isWord(position) || position < bytes.count && bytes[position] == UInt8(ascii: ".") {
      position += 1
    }
    let span = Span(start: start, end: position)
    let written = source.text(span)
    if position > end {
      let value = source.text(Span(start: start, end: end))
      let rest = source.text(Span(start: end, end: position))
      let isName = !rest.contains(".") && rest.first != "e" && rest.first != "E"
      diagnostics.error(
        span,
        "\(written.quoted) is no number, numbers are written like 2, 0.5 or 1e-3; "
          + (isName
            ? "if a product is meant, write \(value.clipped) * \(rest.clipped)." : "correct it."))
      return Token(kind: .fault, span: span)
    }
    guard let value = Double(written.hasSuffix(".") ? written + "0" : written), value.isFinite
    else {
      diagnostics.error(
        span, "\(written.quoted) is too large, the largest number is 1.79e308; correct it.")
      return Token(kind: .fault, span: span)
    }
    return Token(kind: .number(value), span: span)
  }

  private mutating func sign(_ diagnostics: inout Diagnostics) -> Token {
    let start = position
    let two = position + 1 < bytes.count ? source.text(Span(start: start, end: start + 2)) : ""
    if two == "**" {
      position += 2
      return token(.sign(.power), start)
    }
    if let sign = Token.Sign(rawValue: two) {
      position += 2
      return token(.sign(sign), start)
    }
    let one = String(UnicodeScalar(bytes[position]))
    if bytes[position] < 0x80, let sign = Token.Sign(rawValue: one) {
      position += 1
      return token(.sign(sign), start)
    }
    return unknown(&diagnostics)
  }

  /// A character that the language does not have.
  private mutating func unknown(_ diagnostics: inout Diagnostics) -> Token {
    let start = position
    if bytes[position] < 0x80 {
      position += 1
    } else {
      // The whole character: its further bytes begin with the bits 10.
      repeat { position += 1 } while position < bytes.count && bytes[position] & 0xC0 == 0x80
    }
    let span = Span(start: start, end: position)
    let character = source.text(span)
    if let remedy = Self.dottedOperator(source, start) {
      position = remedy.end
      let span = Span(start: start, end: remedy.end)
      diagnostics.error(
        span, "\(source.text(span).quoted) is written \(remedy.sign.quoted) here; replace it.")
      return Token(kind: .fault, span: span)
    }
    let isPrintable = character.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    let shown = isPrintable ? character.quoted : "a control character (\(bytes[start]))"
    if let replacement = Self.replacements[character] {
      diagnostics.error(
        span, "\(shown) is not part of the language; write \(replacement.quoted) instead.")
    } else {
      diagnostics.error(
        span,
        "\(shown) is not part of the language, names have the letters a-z, digits and _; remove or "
          + "replace it.")
      // The rest of a word in another script follows from the first character.
      while position < bytes.count, bytes[position] >= 0x80 || isWord(position) { position += 1 }
    }
    return token(.fault, start)
  }

  private static let replacements = [
    "×": "*", "·": "*", "∙": "*", "−": "-", "–": "-", "—": "-", "÷": "/", "≤": "<=", "≥": ">=",
    "≠": "!=", "²": "^2", "³": "^3", "[": "(", "]": ")", "&": "and", "|": "or", "~": "=",
    ":": "=", "\u{A0}": " ",
  ]

  /// Fortran's comparisons, as in NONMEM's control files.
  private static func dottedOperator(_ source: SourceText, _ start: Int)
    -> (sign: String, end: Int)?
  {
    guard source.bytes[start] == UInt8(ascii: ".") else { return nil }
    let operators = [
      "gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "==", "ne": "!=", "and": "and",
      "or": "or",
      "not": "not",
    ]
    for (name, sign) in operators {
      let end = start + name.utf8.count + 2
      guard end <= source.bytes.count else { continue }
      let text = source.text(SourceText.Span(start: start, end: end))
      if text.lowercased() == ".\(name)." { return (sign, end) }
    }
    return nil
  }
}

/// Words, numbers and parentheses of a record that is not code, with their places.
struct WordReader {
  enum Word: Equatable {
    case text(String)
    /// In quotes: `'DATA'`
    case quoted(String)
    case open, close, equals, comma
  }

  private(set) var words: [(word: Word, position: Position, comment: String?)] = []
  private(set) var next = 0
  let end: Position

  init(_ record: ControlRecord, isPath: Bool = false) throws(Fault) {
    var last = record.position
    for line in record.lines {
      let text = Array(line.text)
      var i = 0
      while i < text.count {
        let c = text[i]
        let place = Position(line: line.number, column: line.column + i)
        last = place
        i += 1
        switch c {
        case "(": words.append((.open, place, line.comment))
        case ")": words.append((.close, place, line.comment))
        case "=":
          // Of a condition such as A==1.
          words.append((.equals, place, line.comment))
        case ",": words.append((.comma, place, line.comment))
        case "'", "\"":
          guard let close = text[i...].firstIndex(of: c) else {
            throw Fault(place, "this quote is not closed; add the second one.")
          }
          words.append((.quoted(String(text[i..<close])), place, line.comment))
          i = close + 1
        case _ where c.isWhitespace: break
        default:
          var end = i
          while end < text.count, !text[end].isWhitespace, !"(),=".contains(text[end]) { end += 1 }
          words.append((.text(String(text[(i - 1)..<end])), place, line.comment))
          i = end
        }
      }
    }
    end = last
  }

  var isAtEnd: Bool { next >= words.count }
  var peek: Word? { isAtEnd ? nil : words[next].word }
  var position: Position { isAtEnd ? end : words[next].position }
  var comment: String? { isAtEnd ? nil : words[next].comment }

  /// The next word in capitals, if it is a text.
  var name: String? {
    guard case .text(let text)? = peek else { return nil }
    return text.uppercased()
  }

  /// The next word as a number, with Fortran's exponents.
  var number: Double? {
    guard case .text(let text)? = peek else { return nil }
    return Self.number(text)
  }

  static func number(_ text: String) -> Double? {
    guard let first = text.first, first.isASCIIDigit || "+-.".contains(first) else { return nil }
    var text = text.uppercased().replacing("D", with: "E")
    if text.hasPrefix("+") { text.removeFirst() }
    if text.hasPrefix(".") { text = "0" + text }
    if text.hasPrefix("-.") { text = "-0" + text.dropFirst() }
    text = text.replacing(".E", with: ".0E")
    if text.hasSuffix(".") { text += "0" }
    guard let value = Double(text), value.isFinite else { return nil }
    return value
  }

  mutating func advance() { next += 1 }

  mutating func take(_ word: Word) -> Bool {
    guard peek == word else { return false }
    next += 1
    return true
  }

  mutating func expect(_ word: Word, _ what: String) throws(Fault) {
    guard take(word) else { throw unexpected(what) }
  }

  func unexpected(_ expected: String) -> Fault {
    let found =
      switch peek {
      case .text(let text): "`\(text)` was found"
      case .quoted(let text): "'\(text)' was found"
      case .open: "`(` was found"
      case .close: "`)` was found"
      case .equals: "`=` was found"
      case .comma: "`,` was found"
      case nil: "the record ends"
      }
    return Fault(position, "\(found), \(expected) was expected.")
  }
}

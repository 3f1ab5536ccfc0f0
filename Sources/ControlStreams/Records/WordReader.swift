/// Words, numbers and parentheses of a record that is not code, with their places.
struct WordReader {
  enum Word: Equatable {
    case text(String)
    /// A text in quotes, as `'DATA'`.
    case quoted(String)
    case open, close, equals, comma
  }

  /// A word and where it stands.
  private struct Placed {
    var word: Word
    var position: Position
  }

  private var words: [Placed] = []
  private var next = 0
  /// Where an error says what is missing behind the last word.
  private let end: Position

  init(_ record: ControlRecord) throws(Fault) {
    var end = record.position
    for line in record.lines {
      let found = try Self.words(of: line)
      words += found
      if line.text.last?.isWhitespace == true {
        end = Position(line: line.number, column: line.column + line.text.count - 1)
      } else if let last = found.last {
        end = last.position
      }
    }
    self.end = end
  }

  private static func words(of line: ControlRecord.Line) throws(Fault) -> [Placed] {
    var words: [Placed] = []
    let text = Array(line.text)
    var i = 0
    while i < text.count {
      let c = text[i]
      let place = Position(line: line.number, column: line.column + i)
      i += 1
      if c.isWhitespace { continue }
      let word: Word
      switch c {
      case "(": word = .open
      case ")": word = .close
      case "=": word = .equals
      case ",": word = .comma
      case "'", "\"":
        guard let close = text[i...].firstIndex(of: c) else {
          throw Fault(place, "this quote is not closed; add the second one.")
        }
        word = .quoted(String(text[i..<close]))
        i = close + 1
      default:
        let start = i - 1
        while i < text.count, !text[i].isWhitespace, !"(),=".contains(text[i]) { i += 1 }
        word = .text(String(text[start..<i]))
      }
      words.append(Placed(word: word, position: place))
    }
    return words
  }

  var isAtEnd: Bool { next >= words.count }
  var peek: Word? { isAtEnd ? nil : words[next].word }
  var position: Position { isAtEnd ? end : words[next].position }

  /// The next word in capitals, if it is a text.
  var name: String? {
    guard case .text(let text)? = peek else { return nil }
    return text.uppercased()
  }

  /// The next word as written, without quotes, if it is a text.
  var content: String? {
    switch peek {
    case .text(let text)?, .quoted(let text)?: text
    default: nil
    }
  }

  /// The next word as a number, with Fortran's exponents.
  var number: Double? {
    guard case .text(let text)? = peek else { return nil }
    return Self.number(text)
  }

  /// A finite number in Fortran's notation, as `1.D-3` or `.5`.
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

  /// Skips the next word if it is this one.
  mutating func take(_ word: Word) -> Bool {
    guard peek == word else { return false }
    next += 1
    return true
  }

  mutating func expect(_ word: Word, _ what: String) throws(Fault) {
    guard take(word) else { throw unexpected(what) }
  }

  /// The error that the next word is another one than expected.
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

/// The bytes of a text, and the places in it.
struct SourceText {
  /// A stretch of bytes.
  struct Span: Equatable {
    var start: Int
    var end: Int

    /// From the start of one to the end of another.
    func through(_ other: Span) -> Span { Span(start: start, end: max(end, other.end)) }
  }

  let bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }

  func text(_ span: Span) -> String {
    String(decoding: bytes[span.start..<span.end], as: UTF8.self)
  }

  /// Line and column of a byte; lines end with \n, \r\n or \r.
  func place(_ offset: Int) -> (line: Int, column: Int) {
    var line = 1
    var start = 0
    for i in 0..<min(offset, bytes.count) {
      let isReturn = bytes[i] == 0x0D && !(i + 1 < bytes.count && bytes[i + 1] == 0x0A)
      if bytes[i] == 0x0A || isReturn {
        line += 1
        start = i + 1
      }
    }
    return (line, characters(start, offset) + 1)
  }

  /// Characters between two bytes; the line's end counts as none.
  func characters(_ start: Int, _ end: Int) -> Int {
    String(decoding: bytes[start..<min(end, bytes.count)], as: UTF8.self).count
  }

  func line(_ offset: Int) -> Int { place(offset).line }
}

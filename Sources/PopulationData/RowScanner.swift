/// Walks through the lines of a text and splits a line into fields.
struct RowScanner {
  /// A field of the current row, without blanks and quotes around it.
  struct Field: Sendable {
    var start: Int
    var end: Int
    /// Byte at which a message points.
    var position: Int
    /// Whether the text has `""`, which means one quote.
    var hasDoubledQuotes = false

    var isEmpty: Bool { start == end }
  }

  let name: String
  let bytes: UnsafeBufferPointer<UInt8>
  /// Number of the current line, from 1; 0 before the first.
  private(set) var line = 0
  /// Bytes of the current line without its end.
  private(set) var row: Range<Int>
  /// The first `fieldCount` are the fields of the current row, after `split`.
  private(set) var fields = [Field](repeating: Field(start: 0, end: 0, position: 0), count: 16)
  private(set) var fieldCount = 0
  /// Byte between fields; a blank stands for any number of blanks.
  private(set) var delimiter = UInt8(ascii: ",")
  /// Where the next line begins.
  private(set) var next: Int

  /// - Throws: `DatasetError.file` if the text is empty or has the mark of UTF-16.
  init(name: String, bytes: UnsafeBufferPointer<UInt8>) throws(DatasetError) {
    self.name = name
    self.bytes = bytes
    if bytes.count >= 2, bytes[0] ^ bytes[1] == 1, min(bytes[0], bytes[1]) == 0xFE {
      throw .file(Place(path: name, line: 1, column: 1), .utf16)
    }
    let hasMark = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
    next = hasMark ? 3 : 0
    row = next..<next
    if next == bytes.count {
      throw .file(Place(path: name, line: 1, column: 1), .empty)
    }
  }

  /// Goes on in a part of a text, whose first byte begins a line.
  ///
  /// - Parameters:
  ///   - linesBefore: number of lines of the text before the part.
  ///   - delimiter: as found in the header.
  init(name: String, part: UnsafeBufferPointer<UInt8>, linesBefore: Int, delimiter: UInt8) {
    self.name = name
    bytes = part
    line = linesBefore
    row = 0..<0
    next = 0
    self.delimiter = delimiter
  }

  /// Goes to the next line, which ends at LF, CR LF, CR or the end of the text.
  mutating func advance() throws(DatasetError) -> Bool {
    guard next < bytes.count else { return false }
    line += 1
    let end = lineEnd
    if end < bytes.count, bytes[end] == 0 {
      row = next..<end
      throw .file(place(end), .nulByte)
    }
    row = next..<end
    next = end + 1
    if end + 1 < bytes.count, bytes[end] == 13, bytes[end + 1] == 10 { next += 1 }
    return true
  }

  /// The first byte from `next` on that ends a line or is 0, or the end of the text.
  private var lineEnd: Int {
    let bytes = bytes
    let count = bytes.count
    var end = next
    // Eight bytes at a time: a byte below 14 leaves its highest bit set, the lowest such bit is
    // right.
    let ones: UInt64 = 0x0101_0101_0101_0101
    while count &- end >= 8 {
      let word = UInt64(
        littleEndian: UnsafeRawPointer(bytes.baseAddress!).loadUnaligned(
          fromByteOffset: end, as: UInt64.self))
      let below14 = (word &- (ones &* 14)) & ~word & (ones &* 128)
      if below14 == 0 {
        end &+= 8
        continue
      }
      end &+= below14.trailingZeroBitCount >> 3
      let byte = bytes[end]
      if byte == 10 || byte == 13 || byte == 0 { return end }
      end &+= 1
    }
    while end < count {
      let byte = bytes[end]
      if byte == 10 || byte == 13 || byte == 0 { return end }
      end &+= 1
    }
    return end
  }

  /// Whether the very first byte of the line is a digit.
  var beginsWithDigit: Bool { !row.isEmpty && bytes[row.lowerBound] &- UInt8(ascii: "0") < 10 }

  /// First byte of the line which is neither a blank nor an opening quote.
  var firstByte: Int? {
    guard let first = row.first(where: { !Self.isBlank(bytes[$0]) }) else { return nil }
    guard bytes[first] == UInt8(ascii: "\"") else { return first }
    return row[(first + 1)...].first { !Self.isBlank(bytes[$0]) }
  }

  /// Takes the delimiter from the current line: comma, else tab, else semicolon, else blanks.
  mutating func detectDelimiter() {
    var isQuoted = false
    var found: Set<UInt8> = []
    for position in row {
      if bytes[position] == UInt8(ascii: "\"") { isQuoted.toggle() }
      if !isQuoted { found.insert(bytes[position]) }
    }
    delimiter = [",", "\t", ";"].map { UInt8(ascii: $0) }.first(where: found.contains) ?? 32
  }

  /// Splits the current line into `fields`.
  ///
  /// - Throws: `DatasetError.file` for a quote that is not closed in its line or followed by text.
  mutating func split() throws(DatasetError) {
    while true {
      let bytes = bytes
      let row = row
      let delimiter = delimiter
      let split = fields.withUnsafeMutableBufferPointer {
        Self.split(bytes, row, delimiter, into: $0)
      }
      switch split {
      case .fields(let count):
        fieldCount = count
        return
      case .noRoom: fields.append(contentsOf: fields)
      case .openQuote(let position): throw .file(place(position), .openQuote)
      case .textAfterQuote(let position): throw .file(place(position), .textAfterQuote)
      }
    }
  }

  /// What came of splitting a line; faults have the byte at which a message points.
  private enum Split {
    case fields(Int)
    case noRoom
    case openQuote(Int)
    case textAfterQuote(Int)
  }

  private static func split(
    _ bytes: UnsafeBufferPointer<UInt8>, _ row: Range<Int>, _ delimiter: UInt8,
    into fields: UnsafeMutableBufferPointer<Field>
  ) -> Split {
    let isByBlanks = delimiter == 32
    let otherDelimiter = isByBlanks ? 9 : delimiter
    let end = row.upperBound
    var position = row.lowerBound
    var count = 0
    while true {
      if count == fields.count { return .noRoom }
      let begin = position
      while position < end, isPadding(bytes[position], delimiter) { position &+= 1 }
      if isByBlanks, position == end { return .fields(count) }
      let start = position
      if position < end, bytes[position] == UInt8(ascii: "\"") {
        guard let field = quotedField(bytes, &position, end) else { return .openQuote(start) }
        while position < end, isPadding(bytes[position], delimiter),
          bytes[position] != otherDelimiter
        { position &+= 1 }
        guard
          position == end || bytes[position] == delimiter || bytes[position] == otherDelimiter
        else { return .textAfterQuote(position) }
        fields[count] = field
      } else {
        while position < end, bytes[position] != delimiter, bytes[position] != otherDelimiter {
          position &+= 1
        }
        var last = position
        while last > start, isBlank(bytes[last &- 1]) { last &-= 1 }
        fields[count] = Field(start: start, end: last, position: last == start ? begin : start)
      }
      count &+= 1
      if position == end { return .fields(count) }
      position &+= 1
    }
  }

  /// The field whose quote opens at a position, which is moved behind the closing one; `nil` if
  /// there is none in the line.
  private static func quotedField(
    _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ end: Int
  ) -> Field? {
    var field = Field(start: position + 1, end: position + 1, position: position)
    position += 1
    while true {
      guard position < end else { return nil }
      if bytes[position] == UInt8(ascii: "\"") {
        guard position + 1 < end, bytes[position + 1] == UInt8(ascii: "\"") else { break }
        field.hasDoubledQuotes = true
        position += 1
      }
      position += 1
    }
    field.end = position
    position += 1
    while field.end > field.start, isBlank(bytes[field.end - 1]) { field.end -= 1 }
    while field.start < field.end, isBlank(bytes[field.start]) { field.start += 1 }
    return field
  }

  /// Place of a byte of the current line; columns count characters, not bytes.
  func place(_ position: Int) -> Place {
    let before = bytes[row.lowerBound..<max(position, row.lowerBound)]
    let column = before.reduce(1) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    return Place(path: name, line: line, column: column)
  }

  /// Text of a field, whatever its encoding.
  func text(_ field: Field) -> String {
    let text = plainText(bytes[field.start..<field.end])
    guard field.hasDoubledQuotes else { return text }
    return text.split(separator: "\"\"", omittingEmptySubsequences: false).joined(separator: "\"")
  }

  /// Whether two ranges have the same bytes.
  @inline(__always)
  func areSame(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
    guard a.count == b.count else { return false }
    for offset in 0..<a.count
    where bytes[a.lowerBound + offset] != bytes[b.lowerBound + offset] { return false }
    return true
  }

  /// The number in a field, or `nil` if it has none.
  func number(_ field: Field) -> Double? {
    DecimalNumber.value(bytes, field.start, field.end)
  }

  /// Whether the row has delimiters and blanks only.
  var hasOnlyEmptyFields: Bool { fields[..<fieldCount].allSatisfy(\.isEmpty) }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

  /// A blank that does not separate: before a field, and after a closing quote.
  private static func isPadding(_ byte: UInt8, _ delimiter: UInt8) -> Bool {
    isBlank(byte) && !(delimiter == 9 && byte == 9)
  }
}

/// The IDs of a part of a file, each once, with the place where it was seen.
///
/// IDs are compared by their keys: a number in its canonical form, any other text with an
/// apostrophe before it. An ID takes 48 bytes and 11 to 21 bytes of the table; its text stays in
/// the file's bytes.
package struct IDTable: Sendable {
  /// An ID and where it is.
  package struct Entry: Sendable {
    /// Of the key.
    package let hash: UInt64
    /// Line in which the ID was seen for the first time.
    package let firstLine: Int
    /// The field in the part's bytes where the ID came last.
    var field: RowScanner.Field
  }

  package private(set) var entries: [Entry] = []
  /// By hash, 0 for none: the upper 32 bits of an entry's hash, below them its place plus 1. So
  /// other entries need not be looked at, which are far away in memory. Their number is a power of
  /// two.
  private var slots = [UInt64](repeating: 0, count: 64)
  private static let upperBits: UInt64 = 0xFFFF_FFFF_0000_0000

  init() {}

  /// Finds an ID or takes it in.
  ///
  /// - Parameter isSame: whether the entry of the same hash has the same key.
  /// - Returns: its place among the entries, and whether it was there before.
  mutating func find(
    hash: UInt64, field: RowScanner.Field, line: Int, isSame: (Entry) -> Bool
  ) -> (place: Int, isKnown: Bool) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      if (slots[slot] ^ hash) & Self.upperBits == 0 {
        let place = Int(slots[slot] & ~Self.upperBits) - 1
        if entries[place].hash == hash, isSame(entries[place]) { return (place, true) }
      }
      slot = (slot + 1) & mask
    }
    entries.append(Entry(hash: hash, firstLine: line, field: field))
    slots[slot] = hash & Self.upperBits | UInt64(entries.count)
    if 4 * entries.count > 3 * slots.count { grow() }
    return (entries.count - 1, false)
  }

  /// Remembers where an ID came last.
  mutating func setField(_ field: RowScanner.Field, of place: Int) {
    entries[place].field = field
  }

  private mutating func grow() {
    slots = [UInt64](repeating: 0, count: 2 * slots.count)
    let mask = slots.count - 1
    for (place, entry) in entries.enumerated() {
      var slot = Int(truncatingIfNeeded: entry.hash) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = entry.hash & Self.upperBits | UInt64(place + 1)
    }
  }
}

extension RowScanner {
  /// The form by which IDs are compared.
  ///
  /// - Parameter key: is replaced.
  func key(of field: Field, into key: inout [UInt8]) {
    key.removeAll(keepingCapacity: true)
    if !field.hasDoubledQuotes {
      let text = UnsafeBufferPointer(rebasing: bytes[field.start..<field.end])
      if DecimalNumber.appendCanonical(text, to: &key) { return }
    }
    // No canonical form begins with a quote, so that no other ID can be taken for it.
    key.append(UInt8(ascii: "'"))
    key.append(contentsOf: text(field).utf8)
  }
}

/// An ID of a part of a file, for comparison with the IDs of other parts.
package struct IDSighting: Sendable, Equatable {
  /// The form by which IDs are compared.
  package var key: [UInt8]
  /// The ID as written where its rows began for the last time.
  package var text: String
  /// Line where its rows began for the first time.
  package var firstLine: Int
  /// Column of the ID there if it did not come back.
  package var column: Int

  package init(key: [UInt8], text: String, firstLine: Int, column: Int) {
    self.key = key
    self.text = text
    self.firstLine = firstLine
    self.column = column
  }

  /// - Parameter rows: the part's bytes.
  package init(
    _ entry: IDTable.Entry, _ head: DatasetHead, rows: UnsafeBufferPointer<UInt8>
  ) {
    let scanner = RowScanner(
      name: head.name, part: rows, linesBefore: 0, delimiter: head.delimiter)
    key = []
    scanner.key(of: entry.field, into: &key)
    text = scanner.text(entry.field)
    firstLine = entry.firstLine
    column = 1
    var position = entry.field.position
    while position > 0, rows[position - 1] != 10, rows[position - 1] != 13 {
      position -= 1
      if rows[position] & 0xC0 != 0x80 { column += 1 }
    }
  }
}

/// Walks through the rows of a part of a file, and leaves out those that are no records.
struct RecordFinder {
  var rows: EventReader
  private(set) var filter: RowFilter
  /// Lines without any content, or with delimiters only.
  private(set) var blankLines = 0

  /// - Parameters:
  ///   - part: the rows, from the beginning of a line on.
  ///   - linesBefore: number of lines of the file before the part.
  init(_ head: DatasetHead, part: UnsafeBufferPointer<UInt8>, linesBefore: Int) {
    let scanner = RowScanner(
      name: head.name, part: part, linesBefore: linesBefore, delimiter: head.delimiter)
    rows = EventReader(scanner, head)
    filter = head.filter
    filter.forgetCounts()
  }

  /// Goes to the next row that is neither blank nor a comment nor left out by a rule, and splits
  /// it.
  ///
  /// - Throws: `DatasetError` for a row that cannot be split, has another number of fields than the
  ///   header or does not have a number that a rule needs; the scanner stays at that row.
  mutating func advance() throws(DatasetError) -> Bool {
    while try rows.scanner.advance() {
      // Nearly all rows begin with a digit: they are not blank, and no rule can name it.
      let beginsWithDigit = rows.scanner.beginsWithDigit
      if !beginsWithDigit {
        if rows.scanner.firstByte == nil {
          blankLines += 1
          continue
        }
        if filter.ignoresByCharacter(rows.scanner) { continue }
      }
      rows.knowsSubject = false
      try rows.scanner.split()
      if !beginsWithDigit, rows.scanner.hasOnlyEmptyFields {
        blankLines += 1
        continue
      }
      try rows.checkFieldCount()
      if !filter.hasConditions { return true }
      if try !filter.ignoresByCondition(rows) { return true }
    }
    return false
  }

  /// The field with the ID of the row.
  ///
  /// - Throws: `DatasetError.row` if it is missing.
  func idField() throws(DatasetError) -> RowScanner.Field {
    let field = rows.scanner.fields[rows.idPosition]
    if rows.isMissing(rows.idPosition) {
      throw rows.fault(.id) { name, _ in .missing(column: name) }
    }
    return field
  }
}

/// What a file says up to its header: which columns there are and how fields are separated.
package struct DatasetHead: Sendable {
  let name: String
  let format: DatasetFormat
  let columns: ColumnPositions
  /// The rules, with the number of comments before the header.
  let filter: RowFilter
  let delimiter: UInt8
  /// Whether all times are clock times, because one of the data set's is.
  package var hasClockTimes = false
  /// Where the header begins.
  let header: Place
  let blankLines: Int
  /// Number of bytes up to the end of the header's line, where the rows begin.
  package let byteCount: Int
  /// Number of lines up to the header's.
  package let lineCount: Int

  /// Reads up to the header.
  ///
  /// - Parameter bytes: a whole file, or its beginning up to the end of a line.
  /// - Throws: `DatasetError.file` and `.column`; it is `.file(_, .noHeader)` if all lines are
  ///   blank or comments.
  package init(
    name: String, bytes: UnsafeBufferPointer<UInt8>, format: DatasetFormat
  ) throws(DatasetError) {
    var scanner = try RowScanner(name: name, bytes: bytes)
    var filter = RowFilter(format)
    if let names = format.header {
      let first = scanner.next
      while true {
        guard try scanner.advance() else {
          throw .file(Place(path: name, line: 1, column: 1), .noHeader)
        }
        if scanner.firstByte != nil, !filter.ignoresByCharacter(scanner) { break }
      }
      filter.forgetCounts()
      scanner.detectDelimiter()
      // The job has the names, and there is no line of the file to point at.
      let start = Place(path: name, line: 1, column: 1)
      let columns = try ColumnPositions(
        names: names, places: names.map { _ in start }, start: start, format: format)
      try filter.resolve(columns, header: start)
      self.name = name
      self.format = format
      self.columns = columns
      self.filter = filter
      header = start
      blankLines = 0
      delimiter = scanner.delimiter
      byteCount = first
      lineCount = 0
      return
    }
    var blankLines = 0
    while true {
      guard try scanner.advance() else {
        throw .file(Place(path: name, line: 1, column: 1), .noHeader)
      }
      if scanner.firstByte == nil {
        blankLines += 1
      } else if !filter.isCommentBeforeHeader(scanner) {
        break
      }
    }
    scanner.detectDelimiter()
    try scanner.split()
    let columns = try ColumnPositions(header: scanner, format: format)
    header = scanner.place(scanner.row.lowerBound)
    try filter.resolve(columns, header: header)
    self.name = name
    self.format = format
    self.columns = columns
    self.filter = filter
    self.blankLines = blankLines
    delimiter = scanner.delimiter
    byteCount = min(scanner.next, bytes.count)
    lineCount = scanner.line
  }

  /// Checks that all rows of a file together are a data set.
  ///
  /// - Parameters:
  ///   - rows: number of rows that no rule left out.
  ///   - subjects: number of subjects with an observation.
  /// - Throws: `DatasetError.file` at the header if one of them is 0.
  package func checkContents(rows: Int, subjects: Int) throws(DatasetError) {
    if rows == 0 { throw .file(header, .noRows) }
    if subjects == 0 { throw .file(header, .noObservations(rows: rows)) }
  }
}

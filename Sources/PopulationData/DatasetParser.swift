/// Turns the rows of one text into subjects.
struct DatasetParser {
  private var rows: EventReader
  private var filter: RowFilter
  private let header: Place
  private let format: DatasetFormat

  private var timelines: [SubjectTimeline] = []
  /// Position in `timelines` by the canonical form of an ID.
  private var known: [String: Int] = [:]
  /// Position of the subject of the latest row, and the bytes of its ID.
  private var current = -1
  private var currentID = 0..<0
  private var report = ReadingReport()
  private var rowCount = 0

  /// Reads up to the header.
  init(
    name: String, bytes: UnsafeBufferPointer<UInt8>, format: DatasetFormat
  ) throws(DatasetError) {
    var scanner = try RowScanner(name: name, bytes: bytes)
    var filter = RowFilter(format)
    while true {
      guard try scanner.advance() else {
        throw .file(Place(path: name, line: 1, column: 1), .noHeader)
      }
      if scanner.firstByte == nil {
        report.blankLines += 1
      } else if !filter.isCommentBeforeHeader(scanner) {
        break
      }
    }
    scanner.detectDelimiter()
    try scanner.split()
    let columns = try ColumnPositions(header: scanner, format: format)
    header = scanner.place(scanner.row.lowerBound)
    try filter.resolve(columns, header: header)
    rows = EventReader(scanner, columns, format)
    self.filter = filter
    self.format = format
  }

  /// Reads the rows after the header.
  mutating func dataset() throws(DatasetError) -> Dataset {
    while try rows.scanner.advance() {
      if rows.scanner.firstByte == nil {
        report.blankLines += 1
      } else if !filter.ignoresByCharacter(rows.scanner) {
        try readRow()
      }
    }
    if rowCount == 0 { throw .file(header, .noRows) }
    var subjects: [Subject] = []
    for index in timelines.indices {
      let occasions = timelines[index].finish()
      let subject = Subject(
        id: timelines[index].id, index: subjects.count, occasions: occasions,
        line: timelines[index].line)
      if subject.observationCount > 0 {
        subjects.append(subject)
      } else {
        report.unobservedSubjects.append(subject.id)
      }
    }
    if subjects.isEmpty { throw .file(header, .noObservations(rows: rowCount)) }
    filter.add(to: &report)
    report.otherEventRows = rows.otherEventRows
    report.unobservedRows = rows.unobservedRows
    report.joinsRepeatedIDs = format.repeatedIDs == .join
    report.unusedColumns = rows.columns.unused(except: filter.positions)
    return Dataset(name: rows.scanner.name, subjects: subjects, report: report)
  }

  private mutating func readRow() throws(DatasetError) {
    rows.subject = nil
    try rows.scanner.split()
    if rows.scanner.hasOnlyEmptyFields {
      report.blankLines += 1
      return
    }
    try rows.checkFieldCount()
    if try filter.ignoresByCondition(rows) { return }
    rowCount += 1
    try findSubject()
    rows.subject = timelines[current].id
    let record = try rows.record(after: timelines[current].latest)
    timelines[current].add(record, line: rows.scanner.line)
  }

  /// Finds or begins the timeline of the row's subject.
  private mutating func findSubject() throws(DatasetError) {
    let scanner = rows.scanner
    let position = rows.columns[.id]!
    let field = scanner.fields[position]
    // Nearly all rows have the same bytes as the row before.
    if !currentID.isEmpty,
      scanner.bytes[currentID].elementsEqual(scanner.bytes[field.start..<field.end])
    {
      return
    }
    if rows.isMissing(position) {
      throw rows.fault(.id) { name, _ in .missing(column: name) }
    }
    guard String(validating: scanner.bytes[field.start..<field.end], as: UTF8.self) != nil else {
      throw rows.fault(.id) { name, _ in .invalidText(column: name) }
    }
    let text = scanner.text(field)
    // No canonical form begins with a quote, so that no other ID can be taken for it.
    let key = DecimalNumber.canonical(text) ?? "'" + text
    let earlier = known[key]
    currentID = field.start..<field.end
    if let earlier, earlier == current { return }
    if let earlier {
      if format.repeatedIDs == .refuse {
        rows.subject = text
        let line = timelines[earlier].line
        throw rows.fault(.id) { _, _ in .returningSubject(firstLine: line) }
      }
      report.repeatedIDs.append(timelines[earlier].id)
      if format.repeatedIDs == .join {
        current = earlier
        return
      }
    }
    current = timelines.count
    known[key] = current
    timelines.append(SubjectTimeline(id: text, line: scanner.line))
  }
}

/// Turns the rows of a file, or of a part of it, into subjects.
struct DatasetParser {
  private var finder: RecordFinder
  private let head: DatasetHead

  /// Subjects that are not finished: one, unless returning IDs are joined, then all in the order of
  /// the table of IDs.
  private var timelines: [SubjectTimeline] = []
  /// Place in `timelines` of the subject of the latest row, its place in the table, and the bytes of
  /// its ID.
  private var current = -1
  private var currentEntry = -1
  private var currentID = 0..<0
  private var key: [UInt8] = []
  private var otherKey: [UInt8] = []
  private(set) var ids = IDTable()

  private(set) var subjects: [Subject] = []
  private(set) var unobservedSubjects: [String] = []
  private(set) var returns: [ReturnOfID] = []
  private(set) var rowCount = 0
  private var otherEventRows = 0
  private var unobservedRows = 0

  /// - Parameters:
  ///   - part: the rows, from the beginning of a line on; no subject has rows outside.
  ///   - linesBefore: number of lines of the file before the part.
  init(_ head: DatasetHead, part: UnsafeBufferPointer<UInt8>, linesBefore: Int) {
    self.head = head
    finder = RecordFinder(head, part: part, linesBefore: linesBefore)
  }

  /// Reads all rows.
  mutating func readRows() throws(DatasetError) {
    while try finder.advance() {
      rowCount += 1
      try findSubject()
      let record = try finder.rows.record(after: timelines[current].latest)
      switch record.event {
      case .other: otherEventRows += 1
      case .unobserved: unobservedRows += 1
      case .observation, .dose, .none: break
      }
      timelines[current].add(record, line: finder.rows.scanner.line)
    }
    for index in timelines.indices { finish(index) }
    timelines = []
  }

  /// The counts of rows that were not used, without IDs and names.
  var counts: ReadingReport {
    var report = ReadingReport()
    finder.filter.write(to: &report)
    report.blankLines = finder.blankLines
    report.otherEventRows = otherEventRows
    report.unobservedRows = unobservedRows
    return report
  }

  private mutating func finish(_ index: Int) {
    let subject = Subject(
      id: timelines[index].id, index: subjects.count, occasions: timelines[index].finish(),
      line: timelines[index].line)
    if subject.observationCount > 0 {
      subjects.append(subject)
    } else {
      unobservedSubjects.append(subject.id)
    }
  }

  /// Finds or begins the timeline of the row's subject.
  private mutating func findSubject() throws(DatasetError) {
    let field = finder.rows.scanner.fields[finder.rows.idPosition]
    // Nearly all rows have the same bytes as the row before.
    if !currentID.isEmpty, finder.rows.scanner.areSame(currentID, field.start..<field.end) {
      finder.rows.knowsSubject = true
      return
    }
    try changeSubject(field)
    finder.rows.setSubject(timelines[current].id)
  }

  private mutating func changeSubject(_ field: RowScanner.Field) throws(DatasetError) {
    _ = try finder.idField()
    let line = finder.rows.scanner.line
    currentID = field.start..<field.end
    finder.rows.scanner.key(of: field, into: &key)
    var hash = WordHash()
    key.withUnsafeBufferPointer { hash.combine($0) }
    let (place, isKnown) = ids.find(hash: hash.mixed, field: field, line: line) {
      finder.rows.scanner.key(of: $0.field, into: &otherKey)
      return key == otherKey
    }
    if isKnown, place == currentEntry { return }
    currentEntry = place
    let text = finder.rows.scanner.text(field)
    if isKnown {
      if head.format.repeatedIDs == .refuse {
        finder.rows.setSubject(text)
        let line = ids.entries[place].firstLine
        throw finder.rows.fault(.id) { _, _ in .returningSubject(firstLine: line) }
      }
      let earlier = finder.rows.scanner.text(ids.entries[place].field)
      returns.append(ReturnOfID(line: line, id: earlier))
      if head.format.repeatedIDs == .join {
        current = place
        return
      }
      ids.setField(field, of: place)
    }
    if head.format.repeatedIDs == .join {
      current = timelines.count
      timelines.append(SubjectTimeline(id: text, line: line))
    } else if current < 0 {
      current = 0
      timelines.append(SubjectTimeline(id: text, line: line))
    } else {
      finish(current)
      timelines[current].restart(id: text, line: line)
    }
  }
}

/// An ID that came back after rows of another subject.
package struct ReturnOfID: Sendable, Equatable {
  /// Line of the row with which it came back.
  package let line: Int
  /// The ID as written where its earlier rows began.
  package let id: String

  package init(line: Int, id: String) {
    self.line = line
    self.id = id
  }
}

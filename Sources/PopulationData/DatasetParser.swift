/// Turns the rows of a file, or of a part of it, into subjects.
struct DatasetParser {
  private var finder: RecordFinder
  private let head: DatasetHead

  /// Subjects that are not finished: one, unless returning IDs are joined, then all in the order of
  /// the table of IDs.
  private var timelines: [SubjectTimeline] = []
  /// Place in `timelines` of the subject of the latest row, its place in the table, and the bytes
  /// of its ID.
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
  private var belowLimitRows = 0
  /// Line of a clock time that the head does not know of; there the reading ends.
  private(set) var lineOfClockTime: Int?
  private let canBeRelative: Bool
  private let hasClockTimes: Bool
  private let hasCovariates: Bool
  private let hasConditionalLimits: Bool
  /// Values of covariates of the row, NaN for those that are missing.
  private var values: [Double]

  /// - Parameters:
  ///   - part: the rows, from the beginning of a line on; no subject has rows outside.
  ///   - linesBefore: number of lines of the file before the part.
  init(_ head: DatasetHead, part: UnsafeBufferPointer<UInt8>, linesBefore: Int) {
    self.head = head
    values = [Double](repeating: .nan, count: head.format.covariates.count)
    finder = RecordFinder(head, part: part, linesBefore: linesBefore)
    canBeRelative = finder.rows.canBeRelative
    hasClockTimes = finder.rows.hasClockTimes
    hasCovariates = !head.format.covariates.isEmpty
    hasConditionalLimits = head.format.belowLimit == .conditional
  }

  /// Reads all rows, up to a clock time if the head does not know of any.
  mutating func readRows() throws(DatasetError) {
    var knowsSubject = false
    do throws(DatasetError) {
      while try advance(&knowsSubject) {
        guard try readRecord() else { break }
        knowsSubject = false
      }
    } catch {
      try finishAll(before: knowsSubject ? current : nil)
      throw error
    }
    try finishAll(before: knowsSubject ? current : nil)
    timelines = []
  }

  /// Goes to the next record, and finds its subject.
  @inline(__always)
  private mutating func advance(_ knowsSubject: inout Bool) throws(DatasetError) -> Bool {
    guard try finder.advance() else { return false }
    rowCount += 1
    try findSubject()
    knowsSubject = true
    return true
  }

  /// Reads the row.
  /// - Returns: `false` if it has a clock time that the head does not know of.
  @inline(__always)
  private mutating func readRecord() throws(DatasetError) -> Bool {
    let line = finder.rows.scanner.line
    if canBeRelative {
      if !hasClockTimes, finder.rows.isClockTime {
        lineOfClockTime = line
        return false
      }
      if timelines[current].origin == nil {
        timelines[current].origin = try finder.rows.moment()
      }
    }
    let record = try finder.rows.record(
      after: timelines[current].latest, origin: canBeRelative ? timelines[current].origin : nil)
    switch record.event {
    case .unobserved: unobservedRows += 1
    case .belowLimit: belowLimitRows += 1
    case .clockTime:
      lineOfClockTime = line
      return false
    case .observation, .dose, .none, .other: break
    }
    if hasCovariates { try readCovariates() }
    if hasConditionalLimits,
      let fault = timelines[current].limits.add(record.event, line: line)
    {
      throw finder.rows.fault(.value, fault)
    }
    timelines[current].add(record, line: line, covariates: values)
    return true
  }

  private mutating func readCovariates() throws(DatasetError) {
    for (j, position) in finder.rows.columns.covariates.enumerated() {
      values[j] = try finder.rows.covariate(at: position)
    }
    guard timelines[current].latest == nil else { return }
    // Where to point if there is no value later either.
    timelines[current].unknownCovariates = values.indices.filter { values[$0].isNaN }.map {
      let position = finder.rows.columns.covariates[$0]
      let place = finder.rows.scanner.place(finder.rows.scanner.fields[position].position)
      return (covariate: $0, place: place)
    }
  }

  /// Finishes all subjects in their order but one, whose row is at fault: what is wrong with those
  /// before it comes first, wherever the file is cut.
  private mutating func finishAll(before last: Int?) throws(DatasetError) {
    for index in timelines.indices where index != last { try finish(index) }
  }

  /// The counts of rows that were not used, without IDs and names.
  var counts: ReadingReport {
    var report = ReadingReport()
    finder.filter.write(to: &report)
    report.blankLines = finder.blankLines
    report.otherEventRows = otherEventRows
    report.unobservedRows = unobservedRows
    report.belowLimitRows = belowLimitRows
    return report
  }

  /// Finishes a subject, unless that has been done.
  private mutating func finish(_ index: Int) throws(DatasetError) {
    guard timelines[index].latest != nil else { return }
    let subject = timelines[index].finish(index: subjects.count)
    otherEventRows += timelines[index].otherEventRows
    guard subject.observationCount > 0 else {
      unobservedSubjects.append(subject.id)
      return
    }
    for (covariate, place) in timelines[index].unknownCovariates
    where subject.covariates[0][covariate].isNaN {
      throw .row(
        place, subject: subject.id,
        .noCovariate(column: head.columns.names[head.columns.covariates[covariate]]))
    }
    subjects.append(subject)
  }

  /// Finds or begins the timeline of the row's subject.
  @inline(__always)
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
    if head.format.repeatedIDs != .join, current >= 0 { try finish(current) }
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
      timelines.append(SubjectTimeline(id: text, line: line, head.format))
    } else if current < 0 {
      current = 0
      timelines.append(SubjectTimeline(id: text, line: line, head.format))
    } else {
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

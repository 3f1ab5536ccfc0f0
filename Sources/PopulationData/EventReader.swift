/// Reads the fields of a row and checks that they make sense together.
struct EventReader {
  var scanner: RowScanner
  let columns: ColumnPositions
  let format: DatasetFormat
  let idPosition: Int
  /// Positions by standard column, −1 for those that the file does not have.
  let positions: [Int]
  /// Columns of the file that are 0 or missing on rows without a dose.
  private let itemsOfDoses: [StandardColumn]
  /// Whether there are columns for infusions, for the steady state, and for censored values.
  let hasInfusions: Bool
  let hasSteadyState: Bool
  private let hasCensoring: Bool
  /// The column of dates, if there is one.
  let date: StandardColumn?
  /// Whether times are those of a clock.
  let hasClockTimes: Bool
  let missingNumbers: [Double]
  let hasMissingTexts: Bool
  /// ID of the subject, for messages.
  var subject = ""
  /// Whether the row is known to be of that subject.
  var knowsSubject = false

  init(_ scanner: RowScanner, _ head: DatasetHead) {
    self.scanner = scanner
    columns = head.columns
    format = head.format
    hasClockTimes = head.hasClockTimes
    let columns = head.columns
    idPosition = columns[.id]!
    positions = StandardColumn.allCases.map { columns[$0] ?? -1 }
    itemsOfDoses = [.additionalDoses, .interval, .rate, .duration, .steadyState]
      .filter { columns[$0] != nil }
    hasInfusions = columns[.rate] != nil || columns[.duration] != nil
    hasSteadyState = columns[.steadyState] != nil
    hasCensoring = columns[.censoring] != nil || head.format.quantificationLimit != nil
    date = StandardColumn.dates.first { columns[$0] != nil }
    missingNumbers = format.missing.compactMap { DecimalNumber.value($0) }
    hasMissingTexts = !format.missing.isEmpty
  }

  /// Checks the number of fields of the row that was split; one empty field more than the header
  /// has, from a trailing delimiter, is no error.
  mutating func checkFieldCount() throws(DatasetError) {
    let expected = columns.names.count
    var found = scanner.fieldCount
    if found == expected + 1, scanner.fields[found - 1].isEmpty { found -= 1 }
    // Names that the job gives may be those of the first columns only, as in `$INPUT`.
    guard found != expected, format.header == nil || found < expected else { return }
    if idPosition < found { setSubject(scanner.text(scanner.fields[idPosition])) }
    let position =
      found < expected ? scanner.row.upperBound : scanner.fields[expected].position
    throw .row(
      scanner.place(position), subject: knownSubject, .fieldCount(found: found, expected: expected))
  }

  /// Says whose row it is, for messages.
  mutating func setSubject(_ id: String) {
    subject = id
    knowsSubject = true
  }

  var knownSubject: String? { knowsSubject ? subject : nil }

  /// The record of the row that was split.
  ///
  /// - Parameters:
  ///   - latest: time and line of the subject's record before, if there is one.
  ///   - origin: the moment of the subject's first record, if times are relative to it.
  /// - Throws: `DatasetError.row` with the place of the field that does not fit.
  func record(
    after latest: (time: Double, line: Int)?, origin: Moment? = nil
  ) throws(DatasetError) -> EventRecord {
    let time = if let origin { try relativeTime(origin) } else { try self.time() }
    // A time of the day; no number is NaN.
    if time.isNaN { return EventRecord(time: time, event: .clockTime) }
    let amount = try number(.amount)
    let event = try self.event(amount: amount)
    let flag = try missingValueFlag(event)
    if event < 3, let latest, time < latest.time {
      throw decreasingTime(latest)
    }
    guard event == 1 || event == 4 else {
      return try recordWithoutDose(event, flag: flag, time: time, amount: amount)
    }
    let order = try dose(event: event, time: time, amount: amount)
    if hasCensoring { try refuseCensoring(event) }
    return EventRecord(time: time, resets: event == 4, event: .dose(order))
  }

  private func recordWithoutDose(
    _ event: Int, flag: Int, time: Double, amount: Double?
  ) throws(DatasetError) -> EventRecord {
    if let amount, amount != 0 {
      throw fault(.amount) { .amountOutsideDose(column: $0, text: $1, event: event) }
    }
    if event == 0, flag == 0 {
      try refuseItemsOfDoses(event)
      return EventRecord(time: time, event: try observation())
    }
    if hasCensoring { try refuseCensoring(event) }
    if event == 2 { return EventRecord(time: time, event: .other(compartment: try switched())) }
    try refuseItemsOfDoses(event)
    return event == 3
      ? EventRecord(time: time, resets: true, event: .none)
      : EventRecord(time: time, event: .unobserved)
  }

  @inline(__always)
  private func refuseItemsOfDoses(_ event: Int) throws(DatasetError) {
    for item in itemsOfDoses {
      if let number = try number(item), number != 0 {
        throw fault(item) { .itemOutsideDose(column: $0, text: $1, event: event) }
      }
    }
  }

  /// A value, or where it lies.
  @inline(__always)
  private func observation() throws(DatasetError) -> EventRecord.Event {
    var written = try number(.value)
    if written == nil, hasCensoring { written = try limitInPlaceOfValue() }
    guard let value = written else {
      throw fault(.value) { name, _ in .missingValue(column: name) }
    }
    let observed = ObservedValue(
      value: value, compartment: Int32(truncatingIfNeeded: try compartment()),
      output: Int32(
        truncatingIfNeeded: try whole(.output, expected: "a whole number from 0") { $0 >= 0 }))
    return hasCensoring ? try censored(observed) : .observation(observed)
  }

  /// EVID, or without such a column 1 for a row with items of a dose and 0 for any other.
  @inline(__always)
  private func event(amount: Double?) throws(DatasetError) -> Int {
    guard positions[StandardColumn.event.rawValue] >= 0 else {
      if (amount ?? 0) != 0 { return 1 }
      return hasInfusions || hasSteadyState ? try eventOfInfusion() : 0
    }
    return try whole(.event, expected: "0, 1, 2, 3 or 4") { 0...4 ~= $0 }
  }

  @inline(never)
  private func eventOfInfusion() throws(DatasetError) -> Int {
    for column in [StandardColumn.rate, .duration, .steadyState] {
      if let number = try number(column), number != 0 { return 1 }
    }
    return 0
  }

  /// MDV, 0 without such a column.
  @inline(__always)
  private func missingValueFlag(_ event: Int) throws(DatasetError) -> Int {
    guard positions[StandardColumn.missingValue.rawValue] >= 0 else { return 0 }
    let flag = try whole(.missingValue, expected: "0 or 1") {
      0...1 ~= $0 || 100...101 ~= $0
    }
    if flag > 1 { throw fault(.missingValue) { .simulatedValue(column: $0, text: $1) } }
    if flag == 0, event != 0 {
      throw fault(.missingValue) { name, _ in .observedEvent(column: name, event: event) }
    }
    return flag
  }

  @inline(__always)
  func compartment() throws(DatasetError) -> Int {
    try whole(.compartment, expected: "a whole number from 0") { $0 >= 0 }
  }

  /// CMT of another event: n turns compartment n on, −n turns it off.
  private func switched() throws(DatasetError) -> Int {
    try whole(.compartment, expected: "a whole number") { _ in true }
  }
}

/// Reads the fields of a row and checks that they make sense together.
struct EventReader {
  var scanner: RowScanner
  let columns: ColumnPositions
  let format: DatasetFormat
  let idPosition: Int
  /// Positions by standard column, −1 for those that the file does not have.
  private let positions: [Int]
  /// Columns of the file that are 0 or missing on rows without a dose, and columns of dates.
  private let itemsOfDoses: [StandardColumn]
  private let dates: [StandardColumn]
  private let missingNumbers: [Double]
  private let hasMissingTexts: Bool
  /// ID of the subject, for messages.
  var subject = ""
  /// Whether the row is known to be of that subject.
  var knowsSubject = false

  init(_ scanner: RowScanner, _ columns: ColumnPositions, _ format: DatasetFormat) {
    self.scanner = scanner
    self.columns = columns
    self.format = format
    idPosition = columns[.id]!
    positions = StandardColumn.allCases.map { columns[$0] ?? -1 }
    itemsOfDoses = [.additionalDoses, .interval, .rate, .duration, .steadyState]
      .filter { columns[$0] != nil }
    dates = [.date, .date1, .date2, .date3].filter { columns[$0] != nil }
    missingNumbers = format.missing.compactMap { DecimalNumber.value($0) }
    hasMissingTexts = !format.missing.isEmpty
  }

  /// Checks the number of fields of the row that was split; one empty field more than the header
  /// has, from a trailing delimiter, is no error.
  mutating func checkFieldCount() throws(DatasetError) {
    let expected = columns.names.count
    var found = scanner.fieldCount
    if found == expected + 1, scanner.fields[found - 1].isEmpty { found -= 1 }
    guard found != expected else { return }
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

  private var knownSubject: String? { knowsSubject ? subject : nil }

  /// The record of the row that was split.
  ///
  /// - Throws: `DatasetError.row` with the place of the field that does not fit.
  func record(after latest: (time: Double, line: Int)?) throws(DatasetError)
    -> EventRecord
  {
    let time = try self.time()
    let amount = try number(.amount)
    let event = try self.event(amount: amount)
    let flag = try missingValueFlag(event)
    if event < 3, let latest, time < latest.time {
      throw fault(.time) {
        .decreasingTime(column: $0, text: $1, previous: latest.time, line: latest.line)
      }
    }
    guard event == 1 || event == 4 else {
      return try recordWithoutDose(event, flag: flag, time: time, amount: amount)
    }
    guard columns[.amount] != nil else {
      throw fault(.event) { _, _ in .noAmountColumn(event: event) }
    }
    guard let amount, amount > 0 else { throw fault(.amount) { .amount(column: $0, text: $1) } }
    if columns[.event] == nil, columns[.missingValue] == nil, let value = try number(.value),
      value != 0
    {
      throw fault(.value) { .valueInDose(column: $0, text: $1) }
    }
    try refuse(.rate, .infusion)
    try refuse(.duration, .infusion)
    try refuse(.steadyState, .steadyState)
    let (additional, interval) = try additionalDoses(from: time)
    return EventRecord(
      time: time, resets: event == 4,
      event: .dose(
        amount: amount, compartment: try compartment(), additional: additional,
        interval: interval))
  }

  private func recordWithoutDose(
    _ event: Int, flag: Int, time: Double, amount: Double?
  ) throws(DatasetError) -> EventRecord {
    if let amount, amount != 0 {
      throw fault(.amount) { .amountOutsideDose(column: $0, text: $1, event: event) }
    }
    if event == 2 {
      // A negative compartment would be turned off, which no model here can do.
      _ = try compartment()
      return EventRecord(time: time, event: .other)
    }
    for item in itemsOfDoses {
      if let number = try number(item), number != 0 {
        throw fault(item) { .itemOutsideDose(column: $0, text: $1, event: event) }
      }
    }
    if event == 3 { return EventRecord(time: time, resets: true, event: .none) }
    if flag == 1 { return EventRecord(time: time, event: .unobserved) }
    try refuse(.censoring, .censoring)
    guard let value = try number(.value) else {
      throw fault(.value) { name, _ in .missingValue(column: name) }
    }
    return EventRecord(
      time: time, event: .observation(value: value, compartment: try compartment()))
  }

  @inline(__always)
  private func time() throws(DatasetError) -> Double {
    for date in dates {
      let position = positions[date.rawValue]
      if !isMissing(position), scanner.number(at: position) != 0 {
        throw fault(date) { .date(column: $0, text: $1) }
      }
    }
    let field = scanner.fields[positions[StandardColumn.time.rawValue]]
    if !hasMissingTexts, let time = scanner.number(field) { return time }
    if scanner.bytes[field.start..<field.end].contains(UInt8(ascii: ":")) {
      throw fault(.time) { .clockTime(column: $0, text: $1) }
    }
    guard let time = try number(.time) else {
      throw fault(.time) { name, _ in .missing(column: name) }
    }
    return time
  }

  /// EVID, or without such a column 1 for a row with an amount and 0 for any other.
  @inline(__always)
  private func event(amount: Double?) throws(DatasetError) -> Int {
    guard positions[StandardColumn.event.rawValue] >= 0 else {
      return (amount ?? 0) != 0 ? 1 : 0
    }
    return try whole(.event, expected: "0, 1, 2, 3 or 4") { 0...4 ~= $0 }
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
  private func additionalDoses(from time: Double) throws(DatasetError) -> (Int, Double) {
    let count = try number(.additionalDoses) ?? 0
    guard count == count.rounded(), 0...Double(RowFault.mostAdditionalDoses) ~= count else {
      throw fault(.additionalDoses) { .additionalCount(column: $0, text: $1) }
    }
    let interval = try number(.interval) ?? 0
    guard
      (count > 0 && interval > 0 && (time + count * interval).isFinite)
        || (count == 0 && interval == 0)
    else {
      let doses = Int(count)
      throw fault(columns[.interval] == nil ? .additionalDoses : .interval) { _, text in
        .interval(
          column: format.label(.interval), text: columns[.interval] == nil ? "." : text,
          doses: doses)
      }
    }
    return (Int(count), interval)
  }

  @inline(__always)
  private func compartment() throws(DatasetError) -> Int {
    try whole(.compartment, expected: "a whole number from 0") { $0 >= 0 }
  }

  @inline(__always)
  private func refuse(
    _ column: StandardColumn, _ feature: RowFault.Feature
  ) throws(DatasetError) {
    guard let number = try number(column), number != 0 else { return }
    throw fault(column) { .unsupported(column: $0, text: $1, feature) }
  }
}

// MARK: - Fields

extension EventReader {
  /// Whether a field has nothing, a point, or a text of the settings in it.
  func isMissing(_ position: Int) -> Bool {
    let field = scanner.fields[position]
    let count = field.end - field.start
    if count == 0 || (count == 1 && scanner.bytes[field.start] == UInt8(ascii: ".")) {
      return true
    }
    if !hasMissingTexts { return false }
    if format.missing.contains(scanner.text(field)) { return true }
    guard !missingNumbers.isEmpty, let number = scanner.number(field) else { return false }
    return missingNumbers.contains(number)
  }

  /// The number in a column; `nil` if it is missing or the file has no such column.
  @inline(__always)
  func number(_ column: StandardColumn) throws(DatasetError) -> Double? {
    let position = positions[column.rawValue]
    if position < 0 { return nil }
    if !hasMissingTexts {
      let field = scanner.fields[position]
      let length = field.end &- field.start
      if length == 0 || (length == 1 && scanner.bytes[field.start] == UInt8(ascii: ".")) {
        return nil
      }
      if let number = scanner.number(field) { return number }
    }
    // Apart, as each call that may throw is followed by moving the error about.
    return try unusualNumber(column)
  }

  /// The same where texts mean a missing value, or there is something wrong.
  @inline(never)
  private func unusualNumber(_ column: StandardColumn) throws(DatasetError) -> Double? {
    let position = positions[column.rawValue]
    if isMissing(position) { return nil }
    guard let number = scanner.number(at: position) else {
      throw fault(column) { .number(column: $0, text: $1, NumberFault($1)) }
    }
    return number
  }

  /// The number in a column that a condition names; `nil` if it is missing.
  func number(at position: Int, called name: String) throws(DatasetError) -> Double? {
    if isMissing(position) { return nil }
    guard let number = scanner.number(at: position) else {
      let field = scanner.fields[position]
      let text = scanner.text(field)
      throw .row(
        scanner.place(field.position), subject: knownSubject,
        .number(column: name, text: text, NumberFault(text)))
    }
    return number
  }

  /// The whole number in a column, 0 if it is missing or the file has no such column.
  @inline(__always)
  private func whole(
    _ column: StandardColumn, expected: String, _ isExpected: (Int) -> Bool
  ) throws(DatasetError) -> Int {
    let position = positions[column.rawValue]
    if position < 0 { return 0 }
    // Nearly all of them are a single digit.
    let field = scanner.fields[position]
    if field.end &- field.start == 1, !hasMissingTexts {
      let digit = Int(scanner.bytes[field.start]) - 48
      if 0...9 ~= digit, isExpected(digit) { return digit }
    }
    return try unusualWhole(column, expected: expected, isExpected)
  }

  /// The same in any form, or with something wrong.
  @inline(never)
  private func unusualWhole(
    _ column: StandardColumn, expected: String, _ isExpected: (Int) -> Bool
  ) throws(DatasetError) -> Int {
    guard let number = try number(column) else { return 0 }
    guard let whole = Int32(exactly: number), isExpected(Int(whole)) else {
      throw fault(column) { .choice(column: $0, text: $1, expected: expected) }
    }
    return Int(whole)
  }

  /// An error at a field of the row, made from the column's name and the field's text.
  func fault(_ column: StandardColumn, _ make: (String, String) -> RowFault) -> DatasetError {
    // A fault of a column that the file does not have is one of the row.
    let field = columns[column].map { scanner.fields[$0] }
    let text = field.map(scanner.text) ?? ""
    return .row(
      scanner.place(field?.position ?? scanner.row.lowerBound), subject: knownSubject,
      make(format.label(column), text))
  }
}

extension RowScanner {
  func number(at position: Int) -> Double? { number(fields[position]) }
}

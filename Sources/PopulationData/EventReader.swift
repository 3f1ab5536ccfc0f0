/// Reads the fields of a row and checks that they make sense together.
struct EventReader {
  var scanner: RowScanner
  let columns: ColumnPositions
  let format: DatasetFormat
  private let missingNumbers: [Double]
  /// ID of the row, for messages.
  var subject: String?
  /// Rows with EVID 2.
  private(set) var otherEventRows = 0
  /// Rows with EVID 0 and MDV 1.
  private(set) var unobservedRows = 0

  init(_ scanner: RowScanner, _ columns: ColumnPositions, _ format: DatasetFormat) {
    self.scanner = scanner
    self.columns = columns
    self.format = format
    missingNumbers = format.missing.compactMap { DecimalNumber.value($0) }
  }

  /// Checks the number of fields of the row that was split; one empty field more than the header
  /// has, from a trailing delimiter, is no error.
  mutating func checkFieldCount() throws(DatasetError) {
    let expected = columns.names.count
    var found = scanner.fields.count
    if found == expected + 1, scanner.fields[found - 1].isEmpty { found -= 1 }
    guard found != expected else { return }
    if let id = columns[.id], id < found { subject = scanner.text(scanner.fields[id]) }
    let position =
      found < expected ? scanner.row.upperBound : scanner.fields[expected].position
    throw .row(
      scanner.place(position), subject: subject, .fieldCount(found: found, expected: expected))
  }

  /// The record of the row that was split.
  ///
  /// - Throws: `DatasetError.row` with the place of the field that does not fit.
  mutating func record(after latest: (time: Double, line: Int)?) throws(DatasetError)
    -> EventRecord
  {
    let time = try self.time()
    let amount = try number(.amount)
    let event = try self.event(amount: amount)
    try checkMissingValueFlag(event)
    if event < 3, let latest, time < latest.time {
      throw fault(.time) {
        .decreasingTime(column: $0, text: $1, previous: latest.time, line: latest.line)
      }
    }
    guard event == 1 || event == 4 else {
      return try recordWithoutDose(event, time: time, amount: amount)
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

  private mutating func recordWithoutDose(
    _ event: Int, time: Double, amount: Double?
  ) throws(DatasetError) -> EventRecord {
    if let amount, amount != 0 {
      throw fault(.amount) { .amountOutsideDose(column: $0, text: $1, event: event) }
    }
    if event == 2 {
      // A negative compartment would be turned off, which no model here can do.
      _ = try compartment()
      otherEventRows += 1
      return EventRecord(time: time, event: .none)
    }
    for item in [StandardColumn.additionalDoses, .interval, .rate, .duration, .steadyState] {
      if let number = try number(item), number != 0 {
        throw fault(item) { .itemOutsideDose(column: $0, text: $1, event: event) }
      }
    }
    if event == 3 { return EventRecord(time: time, resets: true, event: .none) }
    if try number(.missingValue) == 1 {
      unobservedRows += 1
      return EventRecord(time: time, event: .none)
    }
    try refuse(.censoring, .censoring)
    guard let value = try number(.value) else {
      throw fault(.value) { name, _ in .missingValue(column: name) }
    }
    return EventRecord(
      time: time, event: .observation(value: value, compartment: try compartment()))
  }

  private func time() throws(DatasetError) -> Double {
    for date in [StandardColumn.date, .date1, .date2, .date3] {
      if let position = columns[date], !isMissing(position), scanner.number(at: position) != 0 {
        throw fault(date) { .date(column: $0, text: $1) }
      }
    }
    let field = scanner.fields[columns[.time]!]
    if scanner.bytes[field.start..<field.end].contains(UInt8(ascii: ":")) {
      throw fault(.time) { .clockTime(column: $0, text: $1) }
    }
    guard let time = try number(.time) else {
      throw fault(.time) { name, _ in .missing(column: name) }
    }
    return time
  }

  /// EVID, or without such a column 1 for a row with an amount and 0 for any other.
  private func event(amount: Double?) throws(DatasetError) -> Int {
    guard columns[.event] != nil else { return (amount ?? 0) != 0 ? 1 : 0 }
    return try whole(.event, expected: "0, 1, 2, 3 or 4") { 0...4 ~= $0 }
  }

  private func checkMissingValueFlag(_ event: Int) throws(DatasetError) {
    guard columns[.missingValue] != nil else { return }
    let flag = try whole(.missingValue, expected: "0 or 1") { [0, 1, 100, 101].contains($0) }
    if flag > 1 { throw fault(.missingValue) { .simulatedValue(column: $0, text: $1) } }
    if flag == 0, event != 0 {
      throw fault(.missingValue) { name, _ in .observedEvent(column: name, event: event) }
    }
  }

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

  private func compartment() throws(DatasetError) -> Int {
    try whole(.compartment, expected: "a whole number from 0") { $0 >= 0 }
  }

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
    if format.missing.isEmpty { return false }
    if format.missing.contains(scanner.text(field)) { return true }
    guard !missingNumbers.isEmpty, let number = scanner.number(field) else { return false }
    return missingNumbers.contains(number)
  }

  /// The number in a column; `nil` if it is missing or the file has no such column.
  func number(_ column: StandardColumn) throws(DatasetError) -> Double? {
    guard let position = columns[column], !isMissing(position) else { return nil }
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
        scanner.place(field.position), subject: subject,
        .number(column: name, text: text, NumberFault(text)))
    }
    return number
  }

  /// The whole number in a column, 0 if it is missing or the file has no such column.
  private func whole(
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
      scanner.place(field?.position ?? scanner.row.lowerBound), subject: subject,
      make(format.label(column), text))
  }
}

extension RowScanner {
  func number(at position: Int) -> Double? { number(fields[position]) }
}

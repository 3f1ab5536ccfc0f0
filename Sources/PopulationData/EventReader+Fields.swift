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

  /// The value of a covariate, NaN if it is missing.
  func covariate(at position: Int) throws(DatasetError) -> Double {
    let field = scanner.fields[position]
    if !hasMissingTexts, let number = scanner.number(field) { return number }
    if isMissing(position) { return .nan }
    guard let number = scanner.number(field) else {
      let text = scanner.text(field)
      let reason = NumberFault(text)
      let name = columns.names[position]
      throw .row(
        scanner.place(field.position), subject: knownSubject,
        reason == .notANumber
          ? .category(column: name, text: text) : .number(column: name, text: text, reason))
    }
    return number
  }

  /// The whole number in a column, 0 if it is missing or the file has no such column.
  @inline(__always)
  func whole(
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

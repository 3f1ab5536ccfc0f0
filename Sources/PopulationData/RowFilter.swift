/// The ignore and accept rules of a format, applied to one file, with their counts.
struct RowFilter: Sendable {
  /// A condition with the position of its column and its value as a number.
  private struct Test: Sendable {
    let condition: Condition
    let position: Int
    let number: Double
  }

  private let format: DatasetFormat
  /// Rules by the first character; `#` alone if the settings name none, as in NONMEM.
  private let characters: [Unicode.Scalar]
  /// Tests of the conditions in `format.ignore`, by position there.
  private var ignoreTests: [(rule: Int, test: Test)] = []
  private var acceptTests: [Test] = []
  private var counts: [Int]
  private var commentRows = 0
  private var unacceptedRows = 0

  init(_ format: DatasetFormat) {
    self.format = format
    let named = format.ignore.compactMap { rule in
      if case .character(let scalar) = rule { scalar } else { nil }
    }
    characters = named.isEmpty ? ["#"] : named
    counts = Array(repeating: 0, count: format.ignore.count)
  }

  /// Begins to count anew.
  mutating func forgetCounts() {
    counts = Array(repeating: 0, count: format.ignore.count)
    commentRows = 0
    unacceptedRows = 0
  }

  /// Finds the columns of the conditions.
  ///
  /// - Throws: `DatasetError.column` at the header if there is no such column.
  mutating func resolve(
    _ columns: ColumnPositions, header: Place
  ) throws(DatasetError) {
    for (rule, ignored) in format.ignore.enumerated() {
      guard case .condition(let condition) = ignored else { continue }
      ignoreTests.append((rule, try Self.test(condition, columns, header)))
    }
    for condition in format.accept {
      acceptTests.append(try Self.test(condition, columns, header))
    }
  }

  private static func test(
    _ condition: Condition, _ columns: ColumnPositions, _ header: Place
  ) throws(DatasetError) -> Test {
    Test(
      condition: condition, position: try columns.position(of: condition, at: header),
      number: DecimalNumber.value(condition.value) ?? 0)
  }

  /// Whether a line before the header is a comment: a letter may begin a column name.
  mutating func isCommentBeforeHeader(_ scanner: RowScanner) -> Bool {
    guard let first = Self.firstScalar(scanner), !first.properties.isAlphabetic,
      characters.contains(first)
    else { return false }
    count(first)
    return true
  }

  private mutating func count(_ first: Unicode.Scalar) {
    if first != "#", let rule = format.ignore.firstIndex(of: .character(first)) {
      counts[rule] += 1
    } else {
      commentRows += 1
    }
  }

  /// Whether the first character of a row leaves it out.
  mutating func ignoresByCharacter(_ scanner: RowScanner) -> Bool {
    // Nearly all rows begin with a digit, which no rule can name.
    guard let position = scanner.firstByte, !(48...57).contains(scanner.bytes[position]),
      let first = Self.firstScalar(scanner)
    else { return false }
    if characters.contains(first) {
      count(first)
      return true
    }
    if first == "@" || first.properties.isAlphabetic,
      let rule = format.ignore.firstIndex(of: .letters)
    {
      counts[rule] += 1
      return true
    }
    return false
  }

  /// Whether there are conditions.
  var hasConditions: Bool { !ignoreTests.isEmpty || !acceptTests.isEmpty }

  /// Whether a condition leaves out the row that the scanner has split.
  ///
  /// - Throws: `DatasetError.row` if a condition compares numbers and the field has none.
  mutating func ignoresByCondition(_ row: EventReader) throws(DatasetError) -> Bool {
    for (rule, test) in ignoreTests where try Self.holds(test, row) {
      counts[rule] += 1
      return true
    }
    if acceptTests.isEmpty { return false }
    for test in acceptTests where try Self.holds(test, row) { return false }
    unacceptedRows += 1
    return true
  }

  private static func holds(_ test: Test, _ row: EventReader) throws(DatasetError) -> Bool {
    let comparison = test.condition.comparison
    guard comparison.isNumeric else {
      let isSame = row.scanner.text(row.scanner.fields[test.position]) == test.condition.value
      return isSame == (comparison == .sameText)
    }
    let number = try row.number(at: test.position, called: test.condition.column) ?? 0
    return switch comparison {
    case .greater: number > test.number
    case .greaterOrEqual: number >= test.number
    case .less: number < test.number
    case .lessOrEqual: number <= test.number
    case .equal, .sameText: number == test.number
    case .unequal, .otherText: number != test.number
    }
  }

  private static func firstScalar(_ scanner: RowScanner) -> Unicode.Scalar? {
    guard let position = scanner.firstByte else { return nil }
    let end = min(position + 4, scanner.row.upperBound)
    return String(decoding: scanner.bytes[position..<end], as: UTF8.self).unicodeScalars.first
  }

  /// Positions of the columns that conditions need.
  var positions: Set<Int> {
    Set(ignoreTests.map(\.test.position) + acceptTests.map(\.position))
  }

  /// Writes the counts into a report that has none yet.
  func write(to report: inout ReadingReport) {
    report.commentRows = commentRows
    for (rule, count) in zip(format.ignore, counts) where rule != .character("#") {
      report.ignoredRows.append(ReadingReport.RuleCount(rule: rule.text, rows: count))
    }
    if !format.accept.isEmpty {
      report.unacceptedRows = ReadingReport.RuleCount(
        rule: format.accept.map(\.text).joined(separator: " or "), rows: unacceptedRows)
    }
  }
}

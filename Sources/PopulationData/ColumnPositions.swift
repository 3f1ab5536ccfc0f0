/// Where the columns of a file are.
struct ColumnPositions: Sendable {
  /// Names as written, without the empty name after a trailing delimiter.
  let names: [String]
  private let places: [Place]
  private let positions: [Int?]

  /// Reads the header that the scanner has just split.
  ///
  /// - Throws: `DatasetError` for numbers in place of names, a required or mapped column that is
  ///   missing, and a used column that occurs twice.
  init(header scanner: RowScanner, format: DatasetFormat) throws(DatasetError) {
    var fields = Array(scanner.fields[..<scanner.fieldCount])
    if fields.count > 1, fields.last!.isEmpty { fields.removeLast() }
    let names = fields.map(scanner.text)
    let isNumeric = names.allSatisfy { $0.isEmpty || $0 == "." || DecimalNumber.hasForm($0) }
    if isNumeric, let first = zip(names, fields).first(where: { !$0.0.isEmpty }) {
      throw .file(scanner.place(first.1.position), .numericHeader(first.0))
    }
    let places = fields.map { scanner.place($0.position) }
    self.names = names
    self.places = places
    let start = scanner.place(scanner.row.lowerBound)
    var positions: [Int?] = []
    for column in StandardColumn.allCases {
      let mapped = format.columns[column]
      let name = mapped ?? column.name
      let found = names.indices.filter { names[$0].uppercased() == name.uppercased() }
      // A column that the settings gave another meaning has lost its own.
      if mapped == nil, format.columns.values.contains(where: { $0.uppercased() == name }) {
        positions.append(nil)
        if column.isRequired { throw .column(start, .required(column, nearest: nil)) }
        continue
      }
      if found.count > 1 {
        throw .column(
          places[found[1]], .duplicate(names[found[1]], firstColumn: found[0] + 1))
      }
      positions.append(found.first)
      guard found.isEmpty else { continue }
      let nearest = nearestName(to: name, among: names)
      if let mapped {
        throw .column(start, .mapped(column, name: mapped, nearest: nearest))
      } else if column.isRequired {
        throw .column(start, .required(column, nearest: nearest))
      }
    }
    self.positions = positions
  }

  subscript(column: StandardColumn) -> Int? { positions[column.rawValue] }

  /// Position of the column that a condition names: a name of the file, else a standard name.
  func position(of condition: Condition, at place: Place) throws(DatasetError) -> Int {
    let name = condition.column.uppercased()
    let found = names.indices.filter { names[$0].uppercased() == name }
    if found.count > 1 {
      throw .column(places[found[1]], .duplicate(names[found[1]], firstColumn: found[0] + 1))
    }
    if let position = found.first { return position }
    if let standard = StandardColumn(name: name), let position = self[standard] {
      return position
    }
    throw .column(
      place,
      .inCondition(
        condition.text, name: condition.column,
        nearest: nearestName(to: condition.column, among: names)))
  }

  /// Names of the columns without a meaning, except those at the given positions.
  func unused(except others: Set<Int>) -> [String] {
    names.indices
      .filter { !positions.contains($0) && !others.contains($0) }
      .map { names[$0].isEmpty ? "column \($0 + 1) without a name" : names[$0] }
  }
}

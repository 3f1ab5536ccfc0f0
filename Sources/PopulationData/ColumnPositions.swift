/// Where the columns of a file are.
struct ColumnPositions: Sendable {
  /// Names as written, without the empty name after a trailing delimiter.
  let names: [String]
  private let places: [Place]
  private let positions: [Int?]
  /// Of the covariates, in the order of the format.
  let covariates: [Int]

  /// Reads the header that the scanner has just split.
  ///
  /// - Throws: `DatasetError` for numbers in place of names, a required or mapped column or a
  ///   covariate that is missing, a used column that occurs twice, and two columns of dates.
  init(header scanner: RowScanner, format: DatasetFormat) throws(DatasetError) {
    var fields = Array(scanner.fields[..<scanner.fieldCount])
    if fields.count > 1, fields.last!.isEmpty { fields.removeLast() }
    let names = fields.map(scanner.text)
    let isNumeric = names.allSatisfy { $0.isEmpty || $0 == "." || DecimalNumber.hasForm($0) }
    if isNumeric, let first = zip(names, fields).first(where: { !$0.0.isEmpty }) {
      throw .file(scanner.place(first.1.position), .numericHeader(first.0))
    }
    try self.init(
      names: names, places: fields.map { scanner.place($0.position) },
      start: scanner.place(scanner.row.lowerBound), format: format)
  }

  /// - Parameters:
  ///   - places: where the names stand.
  ///   - start: where the header begins.
  init(
    names: [String], places: [Place], start: Place, format: DatasetFormat
  ) throws(DatasetError) {
    self.names = names
    self.places = places
    var positions: [Int?] = []
    for column in StandardColumn.allCases {
      let mapped = format.columns[column]
      let candidates = mapped.map { [$0] } ?? format.layout.names(column)
      // A name that is a covariate's or that the settings gave another meaning says nothing of the
      // layout.
      let name =
        candidates.first { name in
          names.contains { $0.uppercased() == name.uppercased() }
            && (name == column.name || !format.means(name))
        } ?? candidates[0]
      let found = names.indices.filter { names[$0].uppercased() == name.uppercased() }
      // A column that the settings gave another meaning has lost its own.
      let others = format.columns.filter { column != .compartment || $0.key != .output }
      if mapped == nil, others.values.contains(where: { $0.uppercased() == name }) {
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
    // What a limit means is said by CENS only.
    if positions[StandardColumn.censoring.rawValue] == nil,
      let limit = positions[StandardColumn.limit.rawValue]
    {
      if format.columns[.limit] != nil {
        throw .column(places[limit], .limitWithoutCensoring(names[limit]))
      }
      positions[StandardColumn.limit.rawValue] = nil
    }
    let dates = StandardColumn.dates.filter { positions[$0.rawValue] != nil }
    if dates.count > 1 {
      let second = dates.map { positions[$0.rawValue]! }.max()!
      throw .column(
        places[second],
        .twoDates(names[second], names[dates.map { positions[$0.rawValue]! }.min()!]))
    }
    self.positions = positions
    covariates = try Self.covariates(format, names, places, positions, start)
  }

  private static func covariates(
    _ format: DatasetFormat, _ names: [String], _ places: [Place], _ positions: [Int?],
    _ start: Place
  ) throws(DatasetError) -> [Int] {
    var covariates: [Int] = []
    for covariate in format.covariates {
      let found = names.indices.filter { names[$0].uppercased() == covariate.name.uppercased() }
      guard let position = found.first else {
        throw .column(
          start,
          .covariate(covariate.name, nearest: nearestName(to: covariate.name, among: names)))
      }
      if found.count > 1 {
        throw .column(
          places[found[1]], .duplicate(names[found[1]], firstColumn: found[0] + 1))
      }
      if let standard = positions.firstIndex(of: position) {
        throw .column(
          places[position],
          .standardCovariate(names[position], StandardColumn(rawValue: standard)!))
      }
      covariates.append(position)
    }
    return covariates
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

  /// Names of the columns without a meaning, except covariates and those at the given positions.
  func unused(except others: Set<Int>) -> [String] {
    names.indices
      .filter { !positions.contains($0) && !others.contains($0) && !covariates.contains($0) }
      .map { names[$0].isEmpty ? "column \($0 + 1) without a name" : names[$0] }
  }
}

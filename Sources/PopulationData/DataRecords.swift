/// All records of a data file with all their columns: observations, doses and whatever else no rule
/// leaves out.
package struct DataRecords: Sendable {
  package struct Record: Sendable {
    /// In the file.
    package let line: Int
    /// Place of the individual, from 0: consecutive rows with the same ID, or all with it where
    /// returning IDs are joined.
    package let individual: Int
    /// As written.
    package let id: String
    /// As the model has it, of clock times the hours from the individual's first row.
    package let time: Double
    /// By column; 0 where there is no number.
    package let values: [Double]
  }

  /// Names of the columns: as in the file, a column that has a standard meaning by the standard
  /// name.
  package let columns: [String]
  package let records: [Record]

  /// The names of the columns of a file, in capitals: those of its header, and standard names of
  /// columns that are called otherwise.
  /// - Parameter bytes: of the file, inflated.
  package static func columns(
    bytes: [UInt8], name: String, format: DatasetFormat
  ) throws(DatasetError) -> [String] {
    try bytes.withUnsafeBufferPointer { (bytes) throws(DatasetError) in
      names(of: try DatasetHead(name: name, bytes: bytes, format: format)).map(\.name)
    }
  }

  private static func names(of head: DatasetHead) -> [(name: String, place: Int)] {
    let own = head.columns.names.enumerated().map { (name: $1.uppercased(), place: $0) }
      .filter { !$0.name.isEmpty }
    let standard = StandardColumn.allCases.compactMap { column in
      head.columns[column].map { (name: column.name, place: $0) }
    }
    let known = Set(standard.map(\.name))
    return standard + own.filter { !known.contains($0.name) }
  }

  /// No records, of a rank without a part.
  package init() { (columns, records) = ([], []) }

  /// All of a file.
  /// - Parameter bytes: of the file, inflated.
  package init(bytes: [UInt8], name: String, format: DatasetFormat) throws(DatasetError) {
    let subjects = try DatasetReader.read(bytes: bytes, name: name, format: format).subjects
    self = try bytes.withUnsafeBufferPointer { (bytes) throws(DatasetError) in
      let head = try DatasetHead(name: name, bytes: bytes, format: format)
      return try DataRecords(
        head, rows: UnsafeBufferPointer(rebasing: bytes[head.byteCount...]),
        linesBefore: head.lineCount, subjects: subjects)
    }
  }

  /// Those of a part of a file; individuals count from 0 in it.
  /// - Parameters:
  ///   - rows: the part, from the beginning of a line on; no individual has rows outside.
  ///   - linesBefore: number of lines of the file before the part.
  ///   - subjects: of the part.
  package init(
    _ head: DatasetHead, rows: UnsafeBufferPointer<UInt8>, linesBefore: Int, subjects: [Subject]
  ) throws(DatasetError) {
    var times: [Int: Double] = [:]
    for occasion in subjects.lazy.flatMap(\.occasions) {
      for observation in occasion.observations { times[observation.line] = observation.time }
      for other in occasion.others where times[other.line] == nil { times[other.line] = other.time }
      // Additional doses come after that of their row.
      for dose in occasion.doses where times[dose.line] == nil { times[dose.line] = dose.time }
    }
    let names = Self.names(of: head)
    var finder = RecordFinder(head, part: rows, linesBefore: linesBefore)
    let timePlace = head.columns[.time]
    var records: [Record] = []
    var known: [String: Int] = [:]
    var count = 0
    while try finder.advance() {
      let scanner = finder.rows.scanner
      let id = scanner.text(try finder.idField())
      let individual: Int
      if let last = records.last, last.id == id {
        individual = last.individual
      } else if head.format.repeatedIDs == .join, let before = known[id] {
        individual = before
      } else {
        individual = count
        known[id] = count
        count += 1
      }
      func number(_ place: Int) -> Double {
        finder.rows.isMissing(place) ? 0 : scanner.number(scanner.fields[place]) ?? 0
      }
      let written = timePlace.flatMap { scanner.number(scanner.fields[$0]) }
      let previous = records.last.flatMap { $0.individual == individual ? $0.time : nil }
      records.append(
        Record(
          line: scanner.line, individual: individual, id: id,
          time: times[scanner.line] ?? written ?? previous ?? 0,
          values: names.map { number($0.place) }))
    }
    columns = names.map(\.name)
    self.records = records
  }
}

/// A column of `$INPUT`.
struct InputColumn: Sendable {
  /// Its name in the job's data, and in equations.
  var name: String
  /// All names that the control stream has for it; none if it is dropped.
  var synonyms: [String]
  var isDropped: Bool
  var position: Position

  /// Names that mean the same to NONMEM as to popmix.
  static let reserved: Set<String> = [
    "ID", "TIME", "DV", "AMT", "EVID", "MDV", "CMT", "RATE", "SS", "II", "ADDL", "DATE", "DAT1",
    "DAT2", "DAT3",
  ]
  /// Names that have a meaning to popmix and none to NONMEM.
  private static let others: Set<String> = ["DUR", "DVID", "CENS", "LIMIT"]
  /// Names that have a meaning to NONMEM that no job can have.
  private static let unsupported: Set<String> = ["L2", "CONT", "L1", "MRG_", "RAW_", "XVID1"]

  static func read(_ records: [ControlRecord]) throws(Fault) -> [InputColumn] {
    var columns: [InputColumn] = []
    for record in records {
      var reader = try WordReader(record)
      while !reader.isAtEnd {
        if reader.take(.comma) { continue }
        columns.append(try InputColumn(&reader, number: columns.count + 1))
      }
    }
    if columns.isEmpty, let record = records.first {
      throw Fault(record.position, "$INPUT is empty; write the names of the columns of the data.")
    }
    return columns
  }

  /// Reads `DV`, `CONC=DV` or `CONC=DROP`.
  private init(_ reader: inout WordReader, number: Int) throws(Fault) {
    position = reader.position
    guard let first = reader.name else { throw reader.unexpected("the name of a column") }
    reader.advance()
    var names = [first]
    if reader.take(.equals) {
      guard let second = reader.name else { throw reader.unexpected("a name") }
      reader.advance()
      names.append(second)
    }
    isDropped = names.contains("DROP") || names.contains("SKIP")
    names.removeAll { $0 == "DROP" || $0 == "SKIP" }
    if let name = names.first(where: Self.unsupported.contains), !isDropped {
      throw Fault(
        position,
        "the data item \(name) is not supported; DROP it, if the model can do without it.")
    }
    let main = names.first { Self.reserved.contains($0) } ?? names.first ?? "DROP"
    if isDropped {
      name = "\(main)_\(number)"
    } else {
      name = Self.others.contains(main) ? main + "_" : main
    }
    synonyms = isDropped ? [] : names
  }
}

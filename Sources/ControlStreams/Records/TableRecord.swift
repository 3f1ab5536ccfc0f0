/// `$TABLE`: a file that is asked for.
struct TableRecord: Sendable {
  /// Where the table has lines with the names of its columns.
  enum Header: String, Sendable {
    /// Before the rows of each problem, NONMEM's default.
    case each
    case once, none
  }

  var file = ""
  var columns: [String] = []
  var header = Header.each
  /// Whether only the first row of each subject is wanted.
  var firstOnly = false
  /// Whether DV, PRED, RES and WRES stand behind the columns.
  private var appends = true

  /// The table; `nil` of a record without a file.
  static func read(_ record: ControlRecord) throws(Fault) -> TableRecord? {
    var reader = try WordReader(record)
    var table = TableRecord()
    while !reader.isAtEnd {
      if !reader.take(.comma) { table.readNext(&reader) }
    }
    guard !table.file.isEmpty else { return nil }
    if table.appends {
      for name in ["DV", "PRED", "RES", "WRES"] where !table.columns.contains(name) {
        table.columns.append(name)
      }
    }
    return table
  }

  private mutating func readNext(_ reader: inout WordReader) {
    let name = reader.name
    reader.advance()
    guard let name else { return }
    if reader.take(.equals) {
      if name == "FILE" { file = reader.content ?? "" }
      reader.advance()
      return
    }
    switch name {
    case "NOPRINT", "PRINT", "FORWARD", "NOFORWARD", "UNCONDITIONAL", "CONDITIONAL", "OMITTED",
      "NOSUB", "WRESCHOL":
      break
    case "ONEHEADER", "ONEHEADERALL", "ONEHEADERPERFILE": header = .once
    case "NOHEADER", "NOTITLE", "NOLABEL", "NOHEAD": header = .none
    case "NOAPPEND": appends = false
    case "FIRSTONLY", "FIRSTONLYFILE": firstOnly = true
    default: columns.append(name + Self.index(&reader))
    }
  }

  /// Reads the number of a column such as `ETA(1)`, if it is there.
  private static func index(_ reader: inout WordReader) -> String {
    guard reader.take(.open) else { return "" }
    var index = ""
    if let number = reader.name {
      index = "(\(number))"
      reader.advance()
    }
    _ = reader.take(.close)
    return index
  }
}

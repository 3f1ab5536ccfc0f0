/// `$DATA`: the file and which of its rows count.
struct DataRecord: Sendable {
  var file: String
  var position: Position
  /// As under `ignore` in a job: characters and conditions.
  var ignore: [String] = []
  var accept: [String] = []
  /// Options that change nothing here, and what they would be.
  var notes: [String] = []

  init(_ record: ControlRecord) throws(Fault) {
    var reader = try WordReader(record)
    let place = reader.position
    switch reader.peek {
    case .text(let text): file = text
    case .quoted(let text): file = text
    default: throw Fault(record.position, "$DATA has no file.")
    }
    position = place
    guard file != "*" else {
      throw Fault(place, "`*` is the data of an earlier problem; name the file.")
    }
    reader.advance()
    while !reader.isAtEnd {
      if reader.take(.comma) { continue }
      let place = reader.position
      guard let name = reader.name else { throw reader.unexpected("an option of $DATA") }
      reader.advance()
      switch name {
      case "IGNORE", "IGN", "ACCEPT":
        _ = reader.take(.equals)
        try conditions(&reader, isAccept: name == "ACCEPT")
      case "NULL":
        _ = reader.take(.equals)
        guard let value = reader.peek,
          value == .text("0") || value == .text(".") || value == .quoted("0")
        else {
          throw Fault(place, "NULL is supported with 0 only; write the value into the data file.")
        }
        reader.advance()
      case "NOWIDE", "WIDE", "CHECKOUT", "REWIND", "NOREWIND", "BLANKOK", "NOOPEN": break
      case "LAST20":
        try reader.expect(.equals, "`=`")
        guard reader.number == 50 else {
          throw Fault(place, "LAST20 is supported with 50 only; write years with four digits.")
        }
        reader.advance()
      default:
        let explained =
          name == "RECORDS"
          ? "it reads only some of the rows; leave the others out by IGNORE"
          : name == "TRANSLATE"
            ? "change the times in the data file"
            : name == "MISDAT" ? "mark missing values by `.` in the data file" : "remove it"
        throw Fault(place, "the option \(name) of $DATA is not supported; \(explained).")
      }
    }
  }

  private mutating func conditions(_ reader: inout WordReader, isAccept: Bool) throws(Fault) {
    let place = reader.position
    guard reader.take(.open) else {
      let character: String? =
        switch reader.peek {
        case .text(let text): text
        case .quoted(let text): text
        default: nil
        }
      guard !isAccept, let character, character.count == 1 else {
        throw reader.unexpected(
          isAccept ? "conditions in parentheses" : "a character or conditions in parentheses")
      }
      reader.advance()
      ignore.append(character)
      return
    }
    var text = ""
    func flush(_ data: inout DataRecord) throws(Fault) {
      let condition = text.trimmed
      guard !condition.isEmpty else { return }
      if isAccept { data.accept.append(condition) } else { data.ignore.append(condition) }
      text = ""
    }
    while !reader.take(.close) {
      guard !reader.isAtEnd else { throw Fault(place, "this `(` is not closed; add the `)`.") }
      switch reader.peek {
      case .comma?: try flush(&self)
      case .text(let word)?:
        text += word
      case .quoted(let word)?: text += word
      case .equals?: text += "="
      default: throw reader.unexpected("a condition such as ID.EQ.3")
      }
      reader.advance()
    }
    try flush(&self)
  }
}

/// A column of `$INPUT`.
struct InputColumn: Sendable {
  /// Its name in the job's data, and in equations.
  var name: String
  /// Other names for it in the control stream.
  var synonyms: [String]
  var isDropped: Bool
  var position: Position

  /// Names that mean the same to NONMEM as to popmix.
  static let reserved: Set<String> = [
    "ID", "TIME", "DV", "AMT", "EVID", "MDV", "CMT", "RATE", "SS", "II", "ADDL", "DATE", "DAT1",
    "DAT2", "DAT3",
  ]
  /// Names that have a meaning to popmix and none to NONMEM.
  static let others: Set<String> = ["DUR", "DVID", "CENS", "LIMIT"]

  static func read(_ records: [ControlRecord]) throws(Fault) -> [InputColumn] {
    var columns: [InputColumn] = []
    for record in records {
      var reader = try WordReader(record)
      while !reader.isAtEnd {
        if reader.take(.comma) { continue }
        let place = reader.position
        guard let first = reader.name else { throw reader.unexpected("the name of a column") }
        reader.advance()
        var names = [first]
        if reader.take(.equals) {
          guard let second = reader.name else { throw reader.unexpected("a name") }
          reader.advance()
          names.append(second)
        }
        let isDropped = names.contains("DROP") || names.contains("SKIP")
        names.removeAll { $0 == "DROP" || $0 == "SKIP" }
        for name in names
        where ["L2", "CONT", "L1", "MRG_", "RAW_", "XVID1"].contains(name) && !isDropped {
          throw Fault(
            place,
            "the data item \(name) is not supported; DROP it, if the model can do without it.")
        }
        let main = names.first { reserved.contains($0) } ?? names.first ?? "DROP"
        columns.append(
          InputColumn(
            name: isDropped
              ? "\(main)_\(columns.count + 1)" : others.contains(main) ? main + "_" : main,
            synonyms: isDropped ? [] : names, isDropped: isDropped, position: place))
      }
    }
    if columns.isEmpty, let record = records.first {
      throw Fault(record.position, "$INPUT is empty; write the names of the columns of the data.")
    }
    return columns
  }
}

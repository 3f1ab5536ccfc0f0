/// `$DATA`: the file and which of its rows count.
struct DataRecord: Sendable {
  var file = ""
  /// The position of the file's name.
  var position = Position.beginning
  /// Characters and conditions of rows to leave out, as in a job.
  var ignore: [String] = []
  /// Conditions of rows to take, as in a job.
  var accept: [String] = []

  init() {}

  init(_ record: ControlRecord) throws(Fault) {
    var reader = try WordReader(record)
    let place = reader.position
    guard let name = reader.content else { throw Fault(record.position, "$DATA has no file.") }
    file = name
    position = place
    guard file != "*" else {
      throw Fault(place, "`*` is the data of an earlier problem; name the file.")
    }
    reader.advance()
    while !reader.isAtEnd {
      if !reader.take(.comma) { try readOption(&reader) }
    }
  }

  private mutating func readOption(_ reader: inout WordReader) throws(Fault) {
    let place = reader.position
    guard let name = reader.name else { throw reader.unexpected("an option of $DATA") }
    reader.advance()
    switch name {
    case "IGNORE", "IGN", "ACCEPT":
      _ = reader.take(.equals)
      try readConditions(&reader, isAccept: name == "ACCEPT")
    case "NULL":
      _ = reader.take(.equals)
      guard let value = reader.peek, [.text("0"), .text("."), .quoted("0")].contains(value) else {
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
      throw Fault(
        place, "the option \(name) of $DATA is not supported; \(Self.remedy(for: name)).")
    }
  }

  /// What to do about an option that is not supported.
  private static func remedy(for option: String) -> String {
    switch option {
    case "RECORDS": "it reads only some of the rows; leave the others out by IGNORE"
    case "TRANSLATE": "change the times in the data file"
    case "MISDAT": "mark missing values by `.` in the data file"
    default: "remove it"
    }
  }

  /// The column that a condition is about, in capitals.
  static func column(of condition: String) -> String {
    condition.prefix { $0.isLetter || $0.isNumber || $0 == "_" }.uppercased()
  }

  private mutating func readConditions(
    _ reader: inout WordReader, isAccept: Bool
  ) throws(Fault) {
    let place = reader.position
    guard reader.take(.open) else {
      guard !isAccept, let character = reader.content, character.count == 1 else {
        throw reader.unexpected(
          isAccept ? "conditions in parentheses" : "a character or conditions in parentheses")
      }
      reader.advance()
      ignore.append(character)
      return
    }
    var condition = ""
    while !reader.take(.close) {
      guard !reader.isAtEnd else { throw Fault(place, "this `(` is not closed; add the `)`.") }
      switch reader.peek {
      case .comma?:
        add(condition, isAccept: isAccept)
        condition = ""
      case .text(let word)?, .quoted(let word)?: condition += word
      case .equals?: condition += "="
      default: throw reader.unexpected("a condition such as ID.EQ.3")
      }
      reader.advance()
    }
    add(condition, isAccept: isAccept)
  }

  private mutating func add(_ condition: String, isAccept: Bool) {
    let condition = condition.trimmed
    guard !condition.isEmpty else { return }
    if isAccept { accept.append(condition) } else { ignore.append(condition) }
  }
}

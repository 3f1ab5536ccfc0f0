/// An item with a number, as `THETA(1)`.
struct IndexedName: Sendable, Equatable {
  var name: String
  var number: Int
}

/// The replacements of `$ABBREVIATED REPLACE THETA(CL)=THETA(1)`.
struct Replacements: Sendable {
  private var targets: [String: IndexedName] = [:]

  /// The item that stands for one with a label, as for `THETA(CL)`.
  func target(of name: String, label: String) -> IndexedName? { targets["\(name)(\(label))"] }

  /// Adds those of one record; options about derivatives mean nothing to a job.
  mutating func read(_ record: ControlRecord) throws(Fault) {
    var reader = try WordReader(record)
    guard let first = reader.name else { throw reader.unexpected("REPLACE") }
    if ["DERIV2", "DERIV1", "FASTDER", "PROTECT"].contains(first) { return }
    guard first == "REPLACE" else {
      throw Fault(
        reader.position,
        "$ABBREVIATED \(first) is not supported"
          + (first == "COMRES"
            ? ": values that are kept from record to record (COM) are not known to a job." : "."))
    }
    while reader.name == "REPLACE" {
      reader.advance()
      let (name, label) = try Self.item(&reader)
      try reader.expect(.equals, "`=`")
      let place = reader.position
      let (target, index) = try Self.item(&reader)
      guard let number = Int(index) else {
        throw Fault(
          place, "the number of \(target)(\(index)) is not a whole number; lists are not supported."
        )
      }
      targets["\(name)(\(label))"] = IndexedName(name: target, number: number)
    }
    if !reader.isAtEnd { throw reader.unexpected("REPLACE") }
  }

  /// Reads `THETA(CL)` or `THETA(1)`.
  private static func item(
    _ reader: inout WordReader
  ) throws(Fault) -> (name: String, label: String) {
    guard let name = reader.name else { throw reader.unexpected("a name such as THETA(CL)") }
    reader.advance()
    try reader.expect(.open, "`(`")
    guard let label = reader.name else { throw reader.unexpected("a name or number") }
    reader.advance()
    try reader.expect(.close, "`)`")
    return (name, label)
  }
}

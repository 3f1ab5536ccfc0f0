/// `$SUBROUTINES`: which kinetics, with which parameters.
struct Subroutine: Sendable {
  var advan: Int
  var trans: Int
  /// The position of ADVAN.
  var position: Position
  /// TOL, the number of digits to which differential equations are solved.
  var tolerance: Int?

  /// Whether doses go into a depot, of the linear models.
  var hasDepot: Bool { [2, 4, 12].contains(advan) }

  static func read(_ records: [ControlRecord]) throws(Fault) -> Subroutine? {
    guard let first = records.first else { return nil }
    var options = Options()
    for record in records {
      var reader = try WordReader(record)
      while !reader.isAtEnd {
        if !reader.take(.comma) { try options.readNext(&reader) }
      }
    }
    guard let advan = options.advan else {
      throw Fault(first.position, "$SUBROUTINES has no ADVAN.")
    }
    try check(advan, options.position)
    return Subroutine(
      advan: advan, trans: options.trans, position: options.position,
      tolerance: options.tolerance)
  }

  private static func check(_ advan: Int, _ place: Position) throws(Fault) {
    guard ![1, 2, 3, 4, 6, 8, 10, 11, 12, 13].contains(advan) else { return }
    let what =
      switch advan {
      case 5, 7: "general linear kinetics; write them as $DES with ADVAN13"
      case 9, 15, 17: "equilibrium compartments"
      case 16, 18: "delays"
      default: "kinetics that are not known here"
      }
    throw Fault(place, "ADVAN\(advan) is not supported: \(what).")
  }

  private struct Options {
    var advan: Int?
    var position = Position.beginning
    var trans = 1
    var tolerance: Int?

    mutating func readNext(_ reader: inout WordReader) throws(Fault) {
      let place = reader.position
      guard var name = reader.name else { throw reader.unexpected("ADVAN and TRANS") }
      reader.advance()
      if reader.take(.equals) {
        guard let value = reader.name else { throw reader.unexpected("a value") }
        reader.advance()
        switch name {
        case "ADVAN", "TRANS": name = value.hasPrefix(name) ? value : name + value
        case "TOL":
          tolerance = Int(value)
          return
        case "ATOL", "SSTOL", "SSATOL": return
        default:
          throw Fault(
            place,
            "\(name)= is a routine of the user's in Fortran, which a job cannot use; remove it.")
        }
      }
      if name.hasPrefix("ADVAN"), let number = Int(name.dropFirst(5)) {
        (advan, position) = (number, place)
      } else if name.hasPrefix("TRANS"), let number = Int(name.dropFirst(5)) {
        trans = number
      } else if name.hasPrefix("TOL"), let number = Int(name.dropFirst(3)) {
        tolerance = number
      } else if let number = reader.number, name == "TOL" {
        tolerance = Int(exactly: number.rounded())
        reader.advance()
      } else if !name.hasPrefix("SS") {
        throw Fault(place, "`\(name)` in $SUBROUTINES is not supported.")
      }
    }
  }
}

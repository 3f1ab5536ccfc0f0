/// `$MODEL`: compartments of differential equations.
struct CompartmentList: Sendable {
  /// The names in their order; empty where none is given.
  var names: [String] = []
  /// The compartment of doses that name none (DEFDOSE), from 1.
  var dose = 1
  /// The compartment that is observed (DEFOBS), from 1.
  var observation = 1

  static func read(_ record: ControlRecord) throws(Fault) -> CompartmentList {
    var reader = try CompartmentListReader(record)
    try reader.read()
    guard !reader.names.isEmpty else {
      throw Fault(record.position, "$MODEL names no compartment.")
    }
    // NONMEM's defaults: the first named CENTRAL, else the first.
    func place(_ name: String) -> Int? { reader.names.firstIndex(of: name).map { $0 + 1 } }
    let central = place("CENTRAL") ?? 1
    return CompartmentList(
      names: reader.names, dose: reader.dose ?? place("DEPOT") ?? central,
      observation: reader.observation ?? central)
  }
}

/// Reads the words of `$MODEL`.
private struct CompartmentListReader {
  private(set) var names: [String] = []
  /// The compartment with DEFDOSE.
  private(set) var dose: Int?
  /// The compartment with DEFOBSERVATION.
  private(set) var observation: Int?
  private var reader: WordReader

  init(_ record: ControlRecord) throws(Fault) { reader = try WordReader(record) }

  mutating func read() throws(Fault) {
    var number: Int?
    while !reader.isAtEnd {
      if reader.take(.comma) { continue }
      let place = reader.position
      guard let name = reader.name else { throw reader.unexpected("COMP") }
      reader.advance()
      switch name {
      case "NCOMP", "NCOMPARTMENTS", "NCOMPS":
        try reader.expect(.equals, "`=`")
        guard let value = reader.number, 1...256 ~= value else {
          throw reader.unexpected("a number of compartments")
        }
        reader.advance()
        number = Int(value)
      case "NPARAMETERS", "NPAR", "NPARAMS", "NEQUILIBRIUM":
        try reader.expect(.equals, "`=`")
        reader.advance()
      case "COMP", "COMPARTMENT": try readCompartment(place)
      default: throw Fault(place, "`\(name)` in $MODEL is not supported.")
      }
    }
    while names.count < number ?? 0 { names.append("") }
  }

  /// Reads the rest of `COMP=(CENTRAL, DEFDOSE)` or `COMP=CENTRAL`.
  private mutating func readCompartment(_ place: Position) throws(Fault) {
    _ = reader.take(.equals)
    guard reader.take(.open) else {
      guard let word = reader.name else { return }
      reader.advance()
      names.append(word)
      return
    }
    var words: [String] = []
    while !reader.take(.close) {
      guard !reader.isAtEnd else { throw Fault(place, "this `(` is not closed; add the `)`.") }
      if reader.take(.comma) { continue }
      if let word = reader.content { words.append(word.uppercased()) }
      reader.advance()
    }
    names.append(words.first ?? "")
    for word in words.dropFirst() { try readOption(word, place) }
  }

  private mutating func readOption(_ word: String, _ place: Position) throws(Fault) {
    if word.hasPrefix("DEFD") {
      dose = names.count
    } else if word.hasPrefix("DEFO") {
      observation = names.count
    } else if word.hasPrefix("INIT") {
      throw Fault(
        place, "a compartment that is off at the beginning (\(word)) is not supported.")
    } else if !word.hasPrefix("NOD"), !word.hasPrefix("NOOFF") {
      throw Fault(place, "the option \(word) of a compartment is not supported.")
    }
  }
}

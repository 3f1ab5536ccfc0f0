/// `$SUBROUTINES`: which kinetics, with which parameters.
struct Subroutine: Sendable {
  var advan: Int
  var trans: Int
  var position: Position
  var tolerance: Int?

  static func read(_ records: [ControlRecord]) throws(Fault) -> Subroutine? {
    guard let first = records.first else { return nil }
    var advan: (Int, Position)?
    var trans = 1
    var tolerance: Int?
    for record in records {
      var reader = try WordReader(record)
      while !reader.isAtEnd {
        if reader.take(.comma) { continue }
        let place = reader.position
        guard var name = reader.name else { throw reader.unexpected("ADVAN and TRANS") }
        reader.advance()
        if reader.take(.equals) {
          guard let value = reader.name else { throw reader.unexpected("a value") }
          reader.advance()
          switch name {
          case "ADVAN": name = value.hasPrefix("ADVAN") ? value : "ADVAN" + value
          case "TRANS": name = value.hasPrefix("TRANS") ? value : "TRANS" + value
          case "TOL":
            tolerance = Int(value)
            continue
          case "ATOL", "SSTOL", "SSATOL": continue
          default:
            throw Fault(
              place,
              "\(name)= is a routine of the user's in Fortran, which a job cannot use; remove it.")
          }
        }
        if name.hasPrefix("ADVAN"), let number = Int(name.dropFirst(5)) {
          advan = (number, place)
        } else if name.hasPrefix("TRANS"), let number = Int(name.dropFirst(5)) {
          trans = number
        } else if name.hasPrefix("TOL"), let number = Int(name.dropFirst(3)) {
          tolerance = number
        } else if let number = reader.number, name == "TOL" {
          tolerance = Int(exactly: number.rounded())
          reader.advance()
        } else if name.hasPrefix("SS") {
          continue
        } else {
          throw Fault(place, "`\(name)` in $SUBROUTINES is not supported.")
        }
      }
    }
    guard let advan else { throw Fault(first.position, "$SUBROUTINES has no ADVAN.") }
    guard [1, 2, 3, 4, 6, 8, 10, 11, 12, 13].contains(advan.0) else {
      let what =
        switch advan.0 {
        case 5, 7: "general linear kinetics; write them as $DES with ADVAN13"
        case 9, 15, 17: "equilibrium compartments"
        case 16, 18: "delays"
        default: "kinetics that are not known here"
        }
      throw Fault(advan.1, "ADVAN\(advan.0) is not supported: \(what).")
    }
    return Subroutine(advan: advan.0, trans: trans, position: advan.1, tolerance: tolerance)
  }
}

/// `$MODEL`: compartments of differential equations.
struct CompartmentList: Sendable {
  var names: [String] = []
  /// From 1.
  var dose = 1
  var observation = 1

  static func read(_ record: ControlRecord) throws(Fault) -> CompartmentList {
    var list = CompartmentList()
    var number: Int?
    var givenDose: Int?
    var givenObservation: Int?
    var reader = try WordReader(record)
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
      case "COMP", "COMPARTMENT":
        _ = reader.take(.equals)
        if reader.take(.open) {
          var words: [String] = []
          while !reader.take(.close) {
            guard !reader.isAtEnd else {
              throw Fault(place, "this `(` is not closed; add the `)`.")
            }
            if reader.take(.comma) { continue }
            if case .quoted(let text)? = reader.peek { words.append(text.uppercased()) }
            if let word = reader.name { words.append(word) }
            reader.advance()
          }
          list.names.append(words.first ?? "")
          for word in words.dropFirst() {
            if word.hasPrefix("DEFD") {
              givenDose = list.names.count
            } else if word.hasPrefix("DEFO") {
              givenObservation = list.names.count
            } else if word.hasPrefix("NOD") || word.hasPrefix("NOOFF") {
              continue
            } else if word.hasPrefix("INIT") {
              throw Fault(
                place, "a compartment that is off at the beginning (\(word)) is not supported.")
            } else {
              throw Fault(place, "the option \(word) of a compartment is not supported.")
            }
          }
        } else if let word = reader.name {
          reader.advance()
          list.names.append(word)
        }
      default: throw Fault(place, "`\(name)` in $MODEL is not supported.")
      }
    }
    while list.names.count < number ?? 0 { list.names.append("") }
    guard !list.names.isEmpty else { throw Fault(record.position, "$MODEL names no compartment.") }
    // NONMEM's defaults: the first named CENTRAL, else the first.
    let central = list.names.firstIndex(of: "CENTRAL").map { $0 + 1 } ?? 1
    list.dose = givenDose ?? (list.names.firstIndex(of: "DEPOT").map { $0 + 1 } ?? central)
    list.observation = givenObservation ?? central
    return list
  }
}

/// `$ESTIMATION`, as far as it has a meaning.
struct EstimationRecord: Sendable {
  var seed: Int?
  var method: String?
  /// Whether there was a record before.
  private var hasEstimated = false
  /// Options that have none, as written.
  var withoutMeaning: [String] = []

  mutating func read(_ record: ControlRecord) throws(Fault) {
    var reader = try WordReader(record)
    defer { hasEstimated = true }
    while !reader.isAtEnd {
      if reader.take(.comma) { continue }
      let place = reader.position
      guard let name = reader.name else { throw reader.unexpected("an option of $ESTIMATION") }
      reader.advance()
      var value: String?
      if reader.take(.equals) {
        switch reader.peek {
        case .text(let text): value = text
        case .quoted(let text): value = text
        default: throw reader.unexpected("a value")
        }
        reader.advance()
        if reader.take(.open) { while !reader.isAtEnd, !reader.take(.close) { reader.advance() } }
      }
      switch name {
      case "LIKE", "LIKELIHOOD", "-2LL", "-2LOGLIKELIHOOD", "-2LLIKELIHOOD":
        throw Fault(
          place,
          "\(name): Y is a likelihood itself, and popmix has normal residual errors (and limits of quantification) only."
        )
      case "METHOD", "METH":
        method = value?.uppercased()
        guard
          ["0", "ZERO", "BAYES", "NUTS", "DIRECT", "CHAIN", "HYBRID"].contains(method ?? "0")
            == false
        else {
          throw Fault(
            place,
            method == "0" || method == "ZERO"
              ? "METHOD=0 approximates the model at ETA = 0; popmix maximises the exact likelihood: write METHOD=IMP."
              : "METHOD=\(value ?? "") is not supported; popmix maximises the exact likelihood: write METHOD=IMP."
          )
        }
      case "SEED": seed = value.flatMap { Int($0) }
      case "MAXEVALS", "MAXEVAL", "MAX":
        guard value != "0" || hasEstimated else {
          throw Fault(
            place,
            "MAXEVAL=0 evaluates without fitting, which a job cannot; give start values and FIX, or let it fit."
          )
        }
        withoutMeaning.append("\(name)=\(value ?? "")")
      case "EONLY":
        guard value != "1" || hasEstimated else {
          throw Fault(place, "EONLY=1 evaluates without fitting, which a job cannot; remove it.")
        }
      case "MSFO", "FILE", "PRINT", "NOABORT", "FORMAT", "NOTITLE", "NOLABEL", "ORDER", "POSTHOC",
        "NOOMITTED", "NOPRIOR":
        break
      default: withoutMeaning.append(name + (value.map { "=\($0)" } ?? ""))
      }
    }
  }
}

/// `$TABLE`: a file that is asked for.
struct TableRecord: Sendable {
  var file: String
  var columns: [String]
  /// each, once or none
  var header = "each"
  var firstOnly = false

  static func read(_ record: ControlRecord) throws(Fault) -> TableRecord? {
    var reader = try WordReader(record)
    var table = TableRecord(file: "", columns: [])
    var appends = true
    while !reader.isAtEnd {
      if reader.take(.comma) { continue }
      guard let name = reader.name else {
        reader.advance()
        continue
      }
      reader.advance()
      if reader.take(.equals) {
        let value: String =
          switch reader.peek {
          case .text(let text): text
          case .quoted(let text): text
          default: ""
          }
        reader.advance()
        if name == "FILE" { table.file = value }
        continue
      }
      switch name {
      case "NOPRINT", "PRINT", "FORWARD", "NOFORWARD", "UNCONDITIONAL", "CONDITIONAL", "OMITTED",
        "NOSUB", "WRESCHOL":
        break
      case "ONEHEADER", "ONEHEADERALL", "ONEHEADERPERFILE": table.header = "once"
      case "NOHEADER", "NOTITLE", "NOLABEL", "NOHEAD": table.header = "none"
      case "NOAPPEND": appends = false
      case "FIRSTONLY", "FIRSTONLYFILE": table.firstOnly = true
      default:
        var column = name
        if reader.take(.open) {
          if let number = reader.name {
            column += "(\(number))"
            reader.advance()
          }
          _ = reader.take(.close)
        }
        table.columns.append(column)
      }
    }
    guard !table.file.isEmpty else { return nil }
    if appends {
      for name in ["DV", "PRED", "RES", "WRES"] where !table.columns.contains(name) {
        table.columns.append(name)
      }
    }
    return table
  }
}

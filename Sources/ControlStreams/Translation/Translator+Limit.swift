// A limit of quantification in $ERROR: F_FLAG = 1 with Y = PHI((LOQ − IPRED)/W).

extension Translator {
  /// Y without the likelihood of what is below a limit of quantification, which is noted.
  func withoutLimit(
    _ value: Value, _ model: inout TranslatedModel, _ run: CodeRun, _ place: Position
  ) throws(Fault) -> Value {
    if case .choice(let condition, let a, let b) = value {
      if let argument = Self.censored(a) {
        try addLimit(&model, condition, argument, run, place)
        return b
      }
      if let argument = Self.censored(b) {
        try addLimit(&model, .opposite(condition), argument, run, place)
        return a
      }
    }
    guard
      value.hasEpsilon
        || !value.contains({ if case .call("phi", _) = $0 { true } else { false } })
    else {
      throw Fault(
        place,
        "Y is a likelihood in all records; an observation with an EPS was expected beside it.")
    }
    return value
  }

  /// The argument of PHI, if that is all of it.
  static func censored(_ value: Value) -> Value? {
    if case .call("phi", let arguments) = value { arguments[0] } else { nil }
  }

  /// - Parameters:
  ///   - condition: where Y is the likelihood.
  ///   - argument: of PHI in it.
  private func addLimit(
    _ model: inout TranslatedModel, _ condition: Value, _ argument: Value, _ run: CodeRun,
    _ place: Position
  ) throws(Fault) {
    let isFlagged = [
      Value.chosen(condition, .one, .zero), .chosen(condition, .one, .undefined("F_FLAG")),
      .chosen(.opposite(condition), .zero, .one),
    ]
    guard let flag = run.value("F_FLAG"), isFlagged.contains(flag) else {
      throw Fault(
        run.place(of: "F_FLAG") ?? place,
        "F_FLAG is not 1 exactly where Y is PHI(…), and 0 elsewhere.")
    }
    switch Self.limit(in: argument) {
    case .number(let x)?: model.limit = x
    case .name("DV")?: break
    case .name(let name)?:
      throw Fault(
        place,
        "the limit of quantification is the column \(name); put it into DV in these rows, or write a number."
      )
    default: throw Fault(place, "PHI(…) is not of the form PHI((LOQ - IPRED)/W).")
    }
    switch condition {
    case .comparison(.equal, .name(let name), .number(1)) where name != "DV",
      .comparison(.unequal, .name(let name), .number(0)) where name != "DV",
      .comparison(.greater, .name(let name), .number(0)) where name != "DV":
      model.censoringColumn = name
    case .comparison(.less, .name("DV"), .number(let x)) where x == model.limit: break
    case .comparison(.lessOrEqual, .name("DV"), .number(let x)) where x == model.limit: break
    default:
      throw Fault(
        place,
        "which observations are below the limit is not said as IF (BLQ.EQ.1) or IF (DV.LT.LOQ).")
    }
  }

  /// LOQ of (LOQ − IPRED)/W: what the difference to the prediction is taken from.
  private static func limit(in argument: Value) -> Value? {
    let candidates = argument.all.filter { part in
      switch part {
      case .number(let x): x > 0 && x != 1
      case .name("DV"): true
      default: false
      }
    }
    var difference = argument
    if case .product(let factors) = argument {
      difference = factors.first { if case .sum = $0 { true } else { false } } ?? argument
    }
    let terms = difference.terms
    return terms.first(where: candidates.contains) ?? terms.first { $0.number != nil }
      ?? terms.first { if case .name = $0 { true } else { false } }
  }
}

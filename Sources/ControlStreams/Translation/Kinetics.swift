/// What happens in the body, as statements of the model language.
struct Kinetics {
  /// A statement whose target is no variable, such as `lag(depot)`.
  struct Statement {
    var target: String
    var value: Value
  }

  /// Compartments in the control stream's order.
  var compartments: [String] = []
  /// The value of `linCmt` and its arguments.
  var linear: [(argument: String, value: Value)] = []
  var derivatives: [Statement] = []
  var properties: [Statement] = []
  /// What F is in `$ERROR`.
  var prediction: Value = .name("F")
  /// The compartment that F is of, from 1.
  var observed = 1
  /// What amounts are.
  var amounts: [Value] = []
}

extension Kinetics {
  /// The name of `linCmt`'s value.
  static let linearName = "F"

  private struct LinearForm {
    var names: [String]
    /// Arguments of `linCmt` in the same order; none if they have to be converted.
    var arguments: [String]?
  }

  private static func linearForm(_ advan: Int, _ trans: Int) -> LinearForm? {
    switch (advan, trans) {
    case (1, 1): LinearForm(names: ["K"])
    case (1, 2): LinearForm(names: ["CL", "V"], arguments: ["CL", "V"])
    case (2, 1): LinearForm(names: ["K", "KA"])
    case (2, 2): LinearForm(names: ["CL", "V", "KA"], arguments: ["CL", "V", "ka"])
    case (3, 1): LinearForm(names: ["K", "K12", "K21"])
    case (3, 3): LinearForm(names: ["CL", "V", "Q", "VSS"])
    case (3, 4): LinearForm(names: ["CL", "V1", "Q", "V2"], arguments: ["CL", "V", "Q", "V2"])
    case (3, 5): LinearForm(names: ["AOB", "ALPHA", "BETA"])
    case (3, 6): LinearForm(names: ["ALPHA", "BETA", "K21"])
    case (4, 1): LinearForm(names: ["K", "K23", "K32", "KA"])
    case (4, 3): LinearForm(names: ["CL", "V", "Q", "VSS", "KA"])
    case (4, 4):
      LinearForm(names: ["CL", "V2", "Q", "V3", "KA"], arguments: ["CL", "V", "Q", "V2", "ka"])
    case (4, 5): LinearForm(names: ["AOB", "ALPHA", "BETA", "KA"])
    case (4, 6): LinearForm(names: ["ALPHA", "BETA", "K32", "KA"])
    case (11, 1): LinearForm(names: ["K", "K12", "K21", "K13", "K31"])
    case (11, 4):
      LinearForm(
        names: ["CL", "V1", "Q2", "V2", "Q3", "V3"], arguments: ["CL", "V", "Q2", "V2", "Q3", "V3"])
    case (11, 6): LinearForm(names: ["ALPHA", "BETA", "GAMMA", "K21", "K31"])
    case (12, 1): LinearForm(names: ["K", "K23", "K32", "K24", "K42", "KA"])
    case (12, 4):
      LinearForm(
        names: ["CL", "V2", "Q3", "V3", "Q4", "V4", "KA"],
        arguments: ["CL", "V", "Q2", "V2", "Q3", "V3", "ka"])
    case (12, 6): LinearForm(names: ["ALPHA", "BETA", "GAMMA", "K32", "K42", "KA"])
    default: nil
    }
  }

  /// - Parameter value: of a variable of `$PK`; none if it is not assigned.
  static func linear(
    _ subroutine: Subroutine, code: Position?, value: (String) -> Value?
  ) throws(Fault) -> Kinetics {
    let advan = subroutine.advan
    guard let form = linearForm(advan, subroutine.trans) else {
      throw Fault(
        subroutine.position,
        "ADVAN\(advan) with TRANS\(subroutine.trans) is not supported; ADVAN\(advan) has other TRANS."
      )
    }
    var given: [String: Value] = [:]
    for name in form.names {
      guard let one = value(name) else {
        throw Fault(
          code ?? subroutine.position,
          "ADVAN\(advan) TRANS\(subroutine.trans) needs \(name), which $PK does not assign.")
      }
      given[name] = one
    }
    func at(_ name: String) -> Value { given[name] ?? .zero }
    let hasDepot = [2, 4, 12].contains(advan)
    let central = hasDepot ? 2 : 1
    var kinetics = Kinetics()
    let peripherals = advan == 3 || advan == 4 ? 1 : advan > 10 ? 2 : 0
    kinetics.compartments =
      (hasDepot ? ["depot"] : []) + ["central"] + (0..<peripherals).map { "peripheral\($0 + 1)" }
    let scale = value("S\(central)") ?? value("SC")
    let volumeName = form.names.contains("V") ? "V" : form.names.contains("V1") ? "V1" : "V2"
    let volume = form.arguments == nil ? nil : given[volumeName]
    var effective = scale ?? volume ?? .one
    if let arguments = form.arguments, let volume, scale == nil || scale == volume {
      kinetics.linear = zip(arguments, form.names).map { ($0, at($1)) }
      effective = volume
    } else {
      kinetics.linear = [("V", effective)] + microConstants(subroutine, at)
      if hasDepot { kinetics.linear.append(("ka", at("KA"))) }
    }
    let prediction = Value.name(linearName)
    kinetics.amounts = kinetics.compartments.enumerated().map { place, name in
      place + 1 == central ? .product(of: [prediction, effective]) : .name(name)
    }
    kinetics.prediction =
      scale == nil ? .product(of: [prediction, effective]) : prediction
    kinetics.observed = central
    return kinetics
  }

  /// k, k12, k21, k13, k31 as arguments of `linCmt`.
  private static func microConstants(
    _ subroutine: Subroutine, _ at: (String) -> Value
  ) -> [(argument: String, value: Value)] {
    func over(_ a: Value, _ b: Value) -> Value { .product(of: [a, .reciprocal(b)]) }
    func less(_ a: Value, _ b: Value...) -> Value { .sum(of: [a] + b.map(Value.negated)) }
    let hasDepot = [2, 4, 12].contains(subroutine.advan)
    let (k12, k21) = hasDepot ? ("K23", "K32") : ("K12", "K21")
    let (k13, k31) = hasDepot ? ("K24", "K42") : ("K13", "K31")
    switch (subroutine.advan, subroutine.trans) {
    case (1...2, 1): return [("k", at("K"))]
    case (1...2, 2): return [("k", over(at("CL"), at("V")))]
    case (3...4, 1): return [("k", at("K")), ("k12", at(k12)), ("k21", at(k21))]
    case (3...4, 3):
      let peripheral = less(at("VSS"), at("V"))
      return [
        ("k", over(at("CL"), at("V"))), ("k12", over(at("Q"), at("V"))),
        ("k21", over(at("Q"), peripheral)),
      ]
    case (3...4, 4):
      let (v, other) = hasDepot ? (at("V2"), at("V3")) : (at("V1"), at("V2"))
      return [("k", over(at("CL"), v)), ("k12", over(at("Q"), v)), ("k21", over(at("Q"), other))]
    case (3...4, _):
      let (alpha, beta) = (at("ALPHA"), at("BETA"))
      let back =
        subroutine.trans == 6
        ? at(k21)
        : over(
          .sum(of: [.product(of: [at("AOB"), beta]), alpha]), .sum(of: [at("AOB"), .one]))
      let k = over(.product(of: [alpha, beta]), back)
      return [("k", k), ("k12", less(.sum(of: [alpha, beta]), back, k)), ("k21", back)]
    case (_, 1):
      return [
        ("k", at("K")), ("k12", at(k12)), ("k21", at(k21)), ("k13", at(k13)), ("k31", at(k31)),
      ]
    case (_, 4):
      let v = hasDepot ? at("V2") : at("V1")
      let (q2, v2) = hasDepot ? (at("Q3"), at("V3")) : (at("Q2"), at("V2"))
      let (q3, v3) = hasDepot ? (at("Q4"), at("V4")) : (at("Q3"), at("V3"))
      return [
        ("k", over(at("CL"), v)), ("k12", over(q2, v)), ("k21", over(q2, v2)), ("k13", over(q3, v)),
        ("k31", over(q3, v3)),
      ]
    default:
      // Exponents and the rate constants back: sums and products of the roots of the system's
      // polynomial.
      let (a, b, c) = (at("ALPHA"), at("BETA"), at("GAMMA"))
      let (back2, back3) = (at(k21), at(k31))
      let k = over(.product(of: [a, b, c]), .product(of: [back2, back3]))
      let total = Value.sum(of: [a, b, c])
      let pairs = Value.sum(of: [
        .product(of: [a, b]), .product(of: [a, c]), .product(of: [b, c]),
      ])
      let numerator = Value.sum(of: [
        pairs, .raised(back3, to: .number(2)), .negated(.product(of: [back3, total])),
        .negated(.product(of: [k, back2])),
      ])
      let out3 = over(numerator, less(back2, back3))
      return [
        ("k", k), ("k12", less(total, k, out3, back2, back3)), ("k21", back2), ("k13", out3),
        ("k31", back3),
      ]
    }
  }

  /// Bioavailability, lag, rate and duration of what enters compartments.
  mutating func addProperties(_ value: (String) -> Value?) {
    for (index, name) in compartments.enumerated() {
      for (prefix, property) in [("F", "f"), ("ALAG", "lag"), ("R", "rate"), ("D", "dur")] {
        if let one = value("\(prefix)\(index + 1)") {
          properties.append(Statement(target: "\(property)(\(name))", value: one))
        }
      }
    }
  }

  /// Names that the model language has for something else.
  private static let taken: Set<String> = [
    "t", "time", "dose", "tad", "pi", "f", "lag", "alag", "rate", "dur", "if", "else", "and", "or",
    "not", "exp", "log", "ln", "gamma", "phi", "min", "max",
  ]

  /// Names of compartments, made of those of `$MODEL`.
  static func names(_ list: CompartmentList) -> [String] {
    var names: [String] = []
    for (index, name) in list.names.enumerated() {
      let plain = String(name.lowercased().map { $0.isLetter || $0.isASCIIDigit ? $0 : "_" })
      let isName = plain.first?.isLetter == true && !taken.contains(plain) && !names.contains(plain)
      names.append(isName ? plain : "comp\(index + 1)")
    }
    return names
  }
}

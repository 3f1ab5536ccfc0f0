/// The parameters of a linear model of NONMEM.
private struct LinearForm {
  var names: [String]
  /// Arguments of `linCmt` in the same order; `nil` if they have to be converted.
  var arguments: [String]?

  init(names: [String], arguments: [String]? = nil) {
    self.names = names
    self.arguments = arguments
  }

  /// The form of an ADVAN with a TRANS; `nil` if they do not go together.
  static func find(advan: Int, trans: Int) -> LinearForm? {
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
}

extension Kinetics {
  /// A linear model of NONMEM.
  /// - Parameter value: of a variable of `$PK`; `nil` if it is not assigned.
  static func linear(
    _ subroutine: Subroutine, code: Position?, value: (String) -> Value?
  ) throws(Fault) -> Kinetics {
    let (advan, trans) = (subroutine.advan, subroutine.trans)
    guard let form = LinearForm.find(advan: advan, trans: trans) else {
      throw Fault(
        subroutine.position,
        "ADVAN\(advan) with TRANS\(trans) is not supported; ADVAN\(advan) has other TRANS.")
    }
    var given: [String: Value] = [:]
    for name in form.names {
      guard let one = value(name) else {
        throw Fault(
          code ?? subroutine.position,
          "ADVAN\(advan) TRANS\(trans) needs \(name), which $PK does not assign.")
      }
      given[name] = one
    }
    var kinetics = Kinetics()
    kinetics.compartments = compartments(advan: advan)
    let central = subroutine.hasDepot ? 2 : 1
    let scale = value("S\(central)") ?? value("SC")
    let volumeName = ["V", "V1", "V2"].first(where: form.names.contains) ?? "V2"
    let volume = form.arguments == nil ? nil : given[volumeName]
    let constants = MicroConstants(subroutine, given)
    let effective: Value
    if let arguments = form.arguments, let volume, scale == nil || scale == volume {
      kinetics.linear = zip(arguments, form.names).map {
        NamedValue(name: $0, value: constants.at($1))
      }
      effective = volume
    } else {
      effective = scale ?? volume ?? .one
      kinetics.linear = [NamedValue(name: "V", value: effective)] + constants.arguments
      if subroutine.hasDepot {
        kinetics.linear.append(NamedValue(name: "ka", value: constants.at("KA")))
      }
    }
    let concentration = Value.name(linearName)
    let amount = Value.product(of: [concentration, effective])
    kinetics.amounts = kinetics.compartments.map { $0 == "central" ? amount : .name($0) }
    kinetics.prediction = scale == nil ? amount : concentration
    kinetics.observed = central
    return kinetics
  }

  private static func compartments(advan: Int) -> [String] {
    switch advan {
    case 1: ["central"]
    case 2: ["depot", "central"]
    case 3: ["central", "peripheral1"]
    case 4: ["depot", "central", "peripheral1"]
    case 11: ["central", "peripheral1", "peripheral2"]
    default: ["depot", "central", "peripheral1", "peripheral2"]
    }
  }
}

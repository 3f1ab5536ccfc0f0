/// Runs abbreviated code with symbols for what is known at a record only.
struct Execution {
  /// Values of variables, and of `A_0(1)`, `DADT(1)` and `P(1)`.
  private(set) var values: [String: Value] = [:]
  /// Names in the order of their first assignment.
  private(set) var order: [String] = []
  /// Where names were first assigned.
  private(set) var places: [String: Position] = [:]
  /// Where names were last assigned.
  private(set) var lastPlaces: [String: Position] = [:]
  /// Where leaves were first used.
  private(set) var uses: [Value: Position] = [:]
  /// What was taken in a way of which a reader should know.
  private(set) var notes: [String] = []

  /// Data items by the names that the control stream has for them.
  let columns: [String: String]
  let thetaCount: Int
  let etaCount: Int
  let epsilonCount: Int
  /// The number of the component that the code is run for; `nil` without `$MIX`.
  let component: Int?

  /// The parts that an expression may have: repeated squares would have more than memory holds.
  private static let largest = 20_000

  init(
    columns: [String: String], thetaCount: Int, etaCount: Int, epsilonCount: Int, component: Int?
  ) {
    self.columns = columns
    self.thetaCount = thetaCount
    self.etaCount = etaCount
    self.epsilonCount = epsilonCount
    self.component = component
  }

  /// Gives a variable a value, whatever the code says.
  mutating func set(_ name: String, _ value: Value) {
    if values[name] == nil { order.append(name) }
    values[name] = value
  }

  mutating func run(_ statements: [Statement]) throws(Fault) {
    for statement in statements {
      switch statement {
      case .assign(let target, let expression, let place):
        try assign(target, try value(expression), place)
      case .conditional(let branches, let place): try conditional(branches[...], place)
      case .skipped(let word, let place):
        notes.append("line \(place.line): \(word) is left out; parameters are not refused.")
      }
    }
  }

  private mutating func assign(_ target: String, _ value: Value, _ place: Position) throws(Fault) {
    if let column = columns[target] {
      throw Fault(
        place,
        "\(target) is a column of the data (\(column)) and cannot be assigned; choose another name."
      )
    }
    if Self.refusedTargets.contains(where: { target == $0 || target.hasPrefix($0 + "(") }) {
      throw Fault(
        place,
        "\(target) tells NONMEM when and how to call the code, which a job cannot; remove it.")
    }
    guard value.size < Self.largest else {
      throw Fault(place, "\(target) becomes an expression with more than \(Self.largest) parts.")
    }
    if target == "F_FLAG", value != .zero, value != .one {
      throw Fault(
        place,
        "F_FLAG is \(ValuePrinter().text(value)): only 0, and 1 for Y = PHI((LOQ - IPRED)/W) below a limit of quantification, are supported."
      )
    }
    if places[target] == nil { places[target] = place }
    lastPlaces[target] = max(place, lastPlaces[target] ?? place)
    set(target, value)
  }

  /// Names of what NONMEM knows while it runs.
  static let runningNames: Set<String> = [
    "MIXEST", "NEWIND", "ICALL", "NIREC", "NDREC", "NPROB", "IREP", "COMACT", "IPROB", "S1NUM",
    "S2NUM", "DOSREC", "DOSTIM", "LIREC", "S1IT", "S2IT", "NINDR", "INDR1", "INDR2", "NREP",
  ]

  /// Variables by which code tells NONMEM when and how to call it.
  private static let refusedTargets = [
    "CALLFL", "COMRES", "COMACT", "COM", "MTIME", "MTDIFF", "A_0FLG", "COMSAV", "SKIP_", "ISFINL",
    "RATIN",
  ]

  private mutating func conditional(
    _ branches: ArraySlice<Statement.Branch>, _ place: Position
  ) throws(Fault) {
    guard let branch = branches.first else { return }
    guard let written = branch.condition else { return try run(branch.statements) }
    let condition = try value(written)
    if let known = condition.number {
      if known != 0 { return try run(branch.statements) }
      return try conditional(branches.dropFirst(), place)
    }
    var then = self
    try then.run(branch.statements)
    var other = self
    other.adopt(then)
    try other.conditional(branches.dropFirst(), place)
    self.adopt(other)
    for name in then.order + other.order.filter({ then.values[$0] == nil }) {
      let a = then.values[name] ?? values[name] ?? .undefined(name)
      let b = other.values[name] ?? values[name] ?? .undefined(name)
      if values[name] != a || values[name] != b { set(name, .chosen(condition, a, b)) }
    }
  }

  /// Takes over places and notes of another branch.
  private mutating func adopt(_ other: Execution) {
    places.merge(other.places) { mine, _ in mine }
    lastPlaces.merge(other.lastPlaces) { max($0, $1) }
    uses.merge(other.uses) { mine, _ in mine }
    for note in other.notes where !notes.contains(note) { notes.append(note) }
  }

  // MARK: expressions

  private mutating func value(_ expression: Expression) throws(Fault) -> Value {
    switch expression {
    case .number(let value, _): return .number(value)
    case .name(let name, let place): return try value(of: name, place)
    case .indexed(let name, let numbers, let place): return try indexed(name, numbers, place)
    case .call(let name, let arguments, let place):
      var values: [Value] = []
      for argument in arguments { values.append(try value(argument)) }
      return try call(name, values, place)
    case .operation(let operation, let operands, let place):
      var x: [Value] = []
      for operand in operands { x.append(try value(operand)) }
      switch operation {
      case .add: return .sum(of: x)
      case .subtract: return .sum(of: [x[0], .negated(x[1])])
      case .multiply: return .product(of: x)
      case .divide:
        guard x[1] != .zero else { throw Fault(place, "a division by 0.") }
        return .product(of: [x[0], .reciprocal(x[1])])
      case .power: return .raised(x[0], to: x[1])
      case .negate: return .negated(x[0])
      case .equal: return .compared(.equal, x[0], x[1])
      case .unequal: return .compared(.unequal, x[0], x[1])
      case .less: return .compared(.less, x[0], x[1])
      case .lessOrEqual: return .compared(.lessOrEqual, x[0], x[1])
      case .greater: return .compared(.greater, x[0], x[1])
      case .greaterOrEqual: return .compared(.greaterOrEqual, x[0], x[1])
      case .and: return .both(x[0], x[1])
      case .or: return .either(x[0], x[1])
      case .not: return .opposite(x[0])
      }
    }
  }

  private mutating func use(_ value: Value, _ place: Position) -> Value {
    if uses[value] == nil { uses[value] = place }
    return value
  }

  private mutating func value(of name: String, _ place: Position) throws(Fault) -> Value {
    if let value = values[name] { return value }
    if let column = columns[name] { return use(.name(column), place) }
    switch name {
    case "MIXNUM", "MIXEST":
      guard let component else {
        throw Fault(
          place,
          "\(name) is used, and there is no $MIX, which says how many subpopulations there are.")
      }
      return name == "MIXNUM" ? .number(Double(component)) : use(.name(name), place)
    case "T": return use(.name("t"), place)
    case _ where Self.runningNames.contains(name): return use(.name(name), place)
    default:
      throw Fault(
        place, "\(name) has no value here: it is neither a column of $INPUT nor assigned before.")
    }
  }

  private mutating func indexed(
    _ name: String, _ numbers: [Int], _ place: Position
  ) throws(Fault) -> Value {
    let index = numbers[0]
    func check(_ count: Int, _ record: String) throws(Fault) {
      guard numbers.count == 1, index <= count else {
        throw Fault(
          place,
          "there is no \(name)(\(numbers.map { "\($0)" }.joined(separator: ","))); \(record) has \(count) in all."
        )
      }
    }
    switch name {
    case "THETA":
      try check(thetaCount, "$THETA")
      return use(.theta(index), place)
    case "ETA":
      try check(etaCount, "$OMEGA")
      return use(.eta(index), place)
    case "EPS":
      try check(epsilonCount, "$SIGMA")
      return use(.epsilon(index), place)
    case "SIGMA":
      guard numbers.count == 2, numbers[0] == numbers[1], index <= epsilonCount else {
        throw Fault(
          place,
          "SIGMA(\(numbers.map { "\($0)" }.joined(separator: ","))) is supported on the diagonal only, as SIGMA(1,1)."
        )
      }
      return use(.sigma(index, index), place)
    case "A": return use(.amount(index), place)
    case "DADT", "A_0", "P":
      guard let value = values["\(name)(\(index))"] else {
        throw Fault(place, "\(name)(\(index)) is used before it is assigned.")
      }
      return value
    default:
      throw Fault(
        place, "\(name)(\(index)) is known to NONMEM only, and a job has no such thing; remove it.")
    }
  }

  private func call(_ name: String, _ x: [Value], _ place: Position) throws(Fault) -> Value {
    switch name {
    case "EXP", "DEXP", "PEXP": return .exponential(x[0])
    case "LOG", "DLOG", "PLOG":
      if x[0] == .one { return .zero }
      if case .call("exp", let inner) = x[0] { return inner[0] }
      return .call("log", x)
    case "SQRT", "DSQRT", "PSQRT": return .raised(x[0], to: .number(0.5))
    case "LOG10", "PLOG10": return .call("log10", x)
    case "ABS", "DABS": return .call("abs", x)
    case "GAMLN": return .call("lgamma", x)
    case "INT":
      return .chosen(
        .compared(.less, x[0], .zero), .call("ceil", x), .call("floor", x))
    case "MOD":
      let ratio = Value.product(of: [x[0], .reciprocal(x[1])])
      return .sum(of: [
        x[0],
        .negated(
          .product(of: [
            x[1],
            .chosen(
              .compared(.less, ratio, .zero), .call("ceil", [ratio]), .call("floor", [ratio])),
          ])),
      ])
    case "SIN", "COS", "TAN", "TANH", "PHI": return .call(name.lowercased(), x)
    case "MIN", "MAX": return .call(name.lowercased(), x)
    default:
      throw Fault(place, "the function \(name) is not in the model language; write it by others.")
    }
  }
}

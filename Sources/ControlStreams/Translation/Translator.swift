import Foundation

/// Finds the job that says the same as a control stream.
struct Translator {
  let stream: ControlStream
  let data: DataColumns
  private(set) var notes: [String] = []
  let components: Int
  let columns: [String: String]

  var forms: [RandomEffectForm] = []
  /// Values of variables in terms of the job's parameters.
  var overrides: [String: Value] = [:]
  /// Variables whose form cannot be used, as its THETA has another use.
  var refused: Set<String> = []

  init(
    _ stream: ControlStream, data: DataColumns
  ) throws(Fault) {
    self.stream = stream
    self.data = data
    notes = stream.notes
    var columns: [String: String] = [:]
    for column in stream.columns {
      for name in column.synonyms { columns[name] = column.name }
    }
    self.columns = columns
    components = try Self.componentCount(stream)
  }

  static func componentCount(_ stream: ControlStream) throws(Fault) -> Int {
    guard let mixture = stream.mixture else { return 1 }
    for statement in mixture {
      if case .assign("NSPOP", .number(let value, let place), _) = statement {
        guard value == value.rounded(), 1...64 ~= value else {
          throw Fault(place, "NSPOP is \(number(value)), a whole number from 1 to 64 was expected.")
        }
        return Int(value)
      }
    }
    throw Fault(
      stream.places[.mixture] ?? Position(line: 1, column: 1),
      "$MIX does not assign NSPOP, the number of subpopulations.")
  }

  mutating func translate() throws(Fault) -> TranslatedModel {
    var model: TranslatedModel
    var rounds = 0
    while true {
      rounds += 1
      let first = try run()
      findForms(first)
      let pass = try run()
      model = try assemble(pass)
      let roots = model.roots + model.outputs.flatMap(\.residual.thetas)
      if rounds < 20, giveBack(roots) { continue }
      if rounds < 20, giveBack(mixedForms()) { continue }
      if rounds < 20, giveBack(formsBesideCentred(roots)) { continue }
      try addCentred(&model, pass)
      break
    }
    try addWeights(&model)
    return model
  }

  /// The code of all records, run for each component.
  struct Run {
    var executions: [Execution]
    var order: [String] { executions[0].order }

    func value(_ name: String) -> Value? {
      guard executions[0].values[name] != nil else {
        return executions.contains { $0.values[name] != nil }
          ? Unification.joined(executions.map { $0.values[name] ?? .zero }) : nil
      }
      return Unification.joined(executions.map { $0.values[name] ?? .undefined(name) })
    }

    func place(_ value: Value) -> Position? {
      executions.compactMap { $0.uses[value] }.min()
    }

    func place(of name: String) -> Position? {
      executions.compactMap { $0.places[name] }.min()
    }
  }

  func execution(_ component: Int) -> Execution {
    Execution(
      columns: columns, thetaCount: stream.thetas.count, etaCount: stream.omega.count,
      epsilonCount: stream.sigma.count, component: stream.mixture == nil ? nil : component)
  }

  /// `$PK` or `$PRED`, with what is known of variables in their places.
  func run() throws(Fault) -> Run {
    var last: [Int: [String]] = [:]
    for name in overrides.keys.sorted() {
      if let index = stream.parameters.lastIndex(where: { $0.assigns(name) }) {
        last[index, default: []].append(name)
      }
    }
    var executions: [Execution] = []
    for component in 1...components {
      var execution = execution(component)
      for (index, statement) in stream.parameters.enumerated() {
        try execution.run([statement])
        for name in last[index] ?? [] { execution.set(name, overrides[name] ?? .zero) }
      }
      executions.append(execution)
    }
    return Run(executions: executions)
  }

  /// Variances that are fixed at 0, and doses that are kept from record to record.
  func plain(_ value: Value) -> Value {
    value.replacing { part in
      if case .eta(let i) = part, stream.omega.variance(i) == 0 { return .zero }
      guard case .choice(let condition, let then, .undefined) = part else { return nil }
      let isDose: Bool =
        switch condition {
        case .comparison(.greater, .name("AMT"), .number(0)),
          .comparison(.unequal, .name("AMT"), .number(0)),
          .comparison(.equal, .name("EVID"), .number(1)):
          true
        default: false
        }
      guard isDose, stream.hasPredictions else { return nil }
      switch then {
      case .name("AMT"): return .name("dose")
      case .name("TIME"): return .sum(of: [.name("TIME"), .negated(.name("tad"))])
      default: return nil
      }
    }
  }

  func assemble(_ pass: Run) throws(Fault) -> TranslatedModel {
    var model = TranslatedModel(components: components)
    let value = { (name: String) -> Value? in pass.value(name).map(plain) }
    var executions = pass.executions
    for (name, one) in executions[0].values {
      guard let amount = one.all.first(where: { if case .amount = $0 { true } else { false } })
      else { continue }
      throw Fault(
        pass.place(amount) ?? Position(line: 1, column: 1),
        "\(name) depends on \(ValuePrinter().text(amount)) in $PK, the amount at the last record, which a job does not know there; use it in $DES or $ERROR."
      )
    }
    if !stream.hasPredictions, let subroutine = stream.subroutine {
      var kinetics: Kinetics
      if stream.derivatives.isEmpty, ![6, 8, 13, 10].contains(subroutine.advan) {
        kinetics = try Kinetics.linear(
          subroutine, code: stream.places[.parameters], value: value)
      } else {
        (kinetics, executions) = try differential(subroutine, pass, value)
      }
      kinetics.addProperties(value)
      for (index, name) in kinetics.compartments.enumerated() {
        if let initial = value("A_0(\(index + 1))") {
          guard kinetics.linear.isEmpty else {
            throw Fault(
              pass.place(of: "A_0(\(index + 1))") ?? subroutine.position,
              "A_0(\(index + 1)) gives a linear model an initial amount, which linCmt has not; write the model with $DES."
            )
          }
          kinetics.properties.append(.init(target: "\(name)(0)", value: initial))
        }
      }
      try checkObserved(kinetics, executions)
      for index in executions.indices { executions[index].set("F", kinetics.prediction) }
      for i in kinetics.derivatives.indices {
        kinetics.derivatives[i].value = Self.inPlace(kinetics.derivatives[i].value, kinetics)
      }
      model.kinetics = kinetics
      for index in executions.indices { try executions[index].run(stream.error) }
    }
    let run = Run(executions: executions)
    guard let y = run.value("Y") else {
      throw Fault(
        stream.places[.error] ?? stream.places[.predictions] ?? Position(line: 1, column: 1),
        "Y is not assigned, the prediction with its residual error.")
    }
    for note in executions.flatMap(\.notes) where !model.notes.contains(note) {
      model.notes.append(note)
    }
    try addOutputs(&model, plain(y), run)
    // Variables in their order, for readable equations.
    for name in run.order where name != "Y" && name != "F" && !name.contains("(") {
      if let one = run.value(name) { model.variables.append((name, inPlace(plain(one), model))) }
    }
    model.places = { leaf in run.place(leaf) }
    model.placeOfVariable = { name in run.place(of: name) }
    try check(model, run)
    return model
  }

  /// F is of the compartment that CMT of an observation names.
  private func checkObserved(_ kinetics: Kinetics, _ executions: [Execution]) throws(Fault) {
    guard let column = stream.columns.first(where: { $0.name == "CMT" && !$0.isDropped }),
      let other = data.compartments(ofObservations: true).first(where: {
        $0 != 0 && $0 != Double(kinetics.observed)
      })
    else { return }
    let marker = Value.name("F")
    for var execution in executions {
      execution.set("F", marker)
      try execution.run(stream.error)
      guard let y = execution.values["Y"], y.contains({ $0 == marker }) else { continue }
      throw Fault(
        column.position,
        "CMT of observations is \(number(other)), where F is A(\(number(other)))/S\(number(other)); F is taken from the compartment \(kinetics.observed) only: write the amounts, as A(\(number(other)))/S\(number(other)), in place of F, or DROP the column if it says nothing."
      )
    }
  }

  /// With what amounts are.
  func inPlace(_ value: Value, _ model: TranslatedModel) -> Value {
    model.kinetics.map { Self.inPlace(value, $0) } ?? value
  }

  static func inPlace(_ value: Value, _ kinetics: Kinetics) -> Value {
    value.replacing { part in
      guard case .amount(let n) = part, 1...max(1, kinetics.amounts.count) ~= n,
        n <= kinetics.amounts.count
      else { return nil }
      return kinetics.amounts[n - 1]
    }
  }

  func check(_ model: TranslatedModel, _ run: Run) throws(Fault) {
    let roots = model.roots
    let changing: Set<String> = [
      "AMT", "EVID", "MDV", "CMT", "DV", "RATE", "SS", "II", "ADDL", "DATE", "ID",
    ]
    for part in roots.flatMap(\.all) {
      switch part {
      case .name(let name) where Execution.runningNames.contains(name):
        throw Fault(
          run.place(part) ?? Position(line: 1, column: 1),
          "the model depends on \(name), which NONMEM knows while it runs; a job has no such thing."
        )
      case .name(let name) where changing.contains(name):
        throw Fault(
          run.place(part) ?? Position(line: 1, column: 1),
          "the model depends on \(name), which says what a record is, and is no covariate; copy it into a column of another name, if it is meant as one."
        )
      case .amount(let n)
      where model.kinetics == nil || n > (model.kinetics?.compartments.count ?? 0):
        throw Fault(
          run.place(part) ?? Position(line: 1, column: 1),
          "A(\(n)) is used, and the model has \(model.kinetics?.compartments.count ?? 0) compartments."
        )
      case .sigma(let i, _):
        throw Fault(
          run.place(part) ?? Position(line: 1, column: 1),
          "SIGMA(\(i),\(i)) in the code is not supported; write the standard deviation as a THETA.")
      default: break
      }
    }
  }
}

extension Statement {
  /// Whether a variable is assigned in it.
  func assigns(_ name: String) -> Bool {
    switch self {
    case .assign(let target, _, _): target == name
    case .conditional(let branches, _):
      branches.contains { $0.statements.contains { $0.assigns(name) } }
    case .skipped: false
    }
  }
}

extension ControlStream {
  /// A value of THETAs at their start values.
  func number(_ value: Value) -> Double? {
    value.replacing { part in
      if case .theta(let j) = part { .number(thetas[j - 1].initial) } else { nil }
    }.evaluated
  }
}

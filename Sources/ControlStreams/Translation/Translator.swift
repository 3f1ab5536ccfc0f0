/// Finds the job that says the same as a control stream.
struct Translator {
  let stream: ControlStream
  let data: DataColumns
  let components: Int
  /// Data items by the names that the control stream has for them.
  private let columns: [String: String]

  /// Random effects that have been found.
  var forms: [RandomEffectForm] = []
  /// Values of variables in terms of the job's parameters.
  var overrides: [String: Value] = [:]
  /// Variables whose form cannot be used, as its THETA has another use.
  var refused: Set<String> = []

  init(_ stream: ControlStream, data: DataColumns) throws(Fault) {
    self.stream = stream
    self.data = data
    var columns: [String: String] = [:]
    for column in stream.columns {
      for name in column.synonyms { columns[name] = column.name }
    }
    self.columns = columns
    components = try Self.componentCount(stream)
  }

  private static func componentCount(_ stream: ControlStream) throws(Fault) -> Int {
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
      stream.places[.mixture] ?? .beginning,
      "$MIX does not assign NSPOP, the number of subpopulations.")
  }

  /// Finds random effects, and gives back those that popmix cannot have until all fit together.
  mutating func translate() throws(Fault) -> TranslatedModel {
    var model: TranslatedModel
    var run: CodeRun
    // Each round refuses at least one form; the limit is for streams that nobody writes.
    var rounds = 0
    repeat {
      rounds += 1
      findForms(try runParameters())
      run = try runParameters()
      model = try assemble(&run)
    } while rounds < 20 && giveBack(in: model)
    try addCentred(&model, run)
    try addWeights(&model)
    return model
  }

  private mutating func giveBack(in model: TranslatedModel) -> Bool {
    let roots = model.roots + model.outputs.flatMap(\.residual.thetas)
    return giveBack(formsUsedElsewhere(roots)) || giveBack(mixedForms())
      || giveBack(formsBesideCentred(roots))
  }

  func execution(_ component: Int) -> Execution {
    Execution(
      columns: columns, thetaCount: stream.thetas.count, etaCount: stream.omega.count,
      epsilonCount: stream.sigma.count, component: stream.mixture == nil ? nil : component)
  }

  /// Runs `$PK` or `$PRED`, with what is known of variables in their places.
  private func runParameters() throws(Fault) -> CodeRun {
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
    return CodeRun(executions)
  }

  /// A value without ETAs whose variances are fixed at 0, and with what popmix calls doses that
  /// are kept from record to record.
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
}

extension Statement {
  /// Whether a variable is assigned in it.
  fileprivate func assigns(_ name: String) -> Bool {
    switch self {
    case .assign(let target, _, _): target == name
    case .conditional(let branches, _):
      branches.contains { $0.statements.contains { $0.assigns(name) } }
    case .skipped: false
    }
  }
}

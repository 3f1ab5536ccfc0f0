// The model's equations and outputs, of which random effects are already parameters.
extension Translator {
  /// - Parameter run: that of `$PK` or `$PRED`; it continues with `$DES` and `$ERROR`.
  func assemble(_ run: inout CodeRun) throws(Fault) -> TranslatedModel {
    var model = TranslatedModel(components: components)
    try checkAmounts(run)
    if !stream.hasPredictions, let subroutine = stream.subroutine {
      let kinetics = try kinetics(subroutine, &run)
      model.kinetics = kinetics
      try checkObserved(kinetics, run)
      run.set("F", kinetics.prediction)
      model.kinetics?.derivatives = kinetics.derivatives.map {
        .init(target: $0.target, value: Self.inPlace($0.value, kinetics))
      }
      try run.run(stream.error)
    }
    guard let y = run.value("Y") else {
      throw Fault(
        stream.places[.error] ?? stream.places[.predictions] ?? .beginning,
        "Y is not assigned, the prediction with its residual error.")
    }
    for note in run.executions.flatMap(\.notes) where !model.notes.contains(note) {
      model.notes.append(note)
    }
    try addOutputs(&model, plain(y), run)
    for name in run.order where name != "Y" && name != "F" && !name.contains("(") {
      guard let one = run.value(name) else { continue }
      model.variables.append(NamedValue(name: name, value: inPlace(plain(one), model)))
    }
    try check(model, run)
    return model
  }

  private func kinetics(
    _ subroutine: Subroutine, _ run: inout CodeRun
  ) throws(Fault) -> Kinetics {
    let parameters = run
    let value = { (name: String) -> Value? in parameters.value(name).map(plain) }
    var kinetics: Kinetics
    if subroutine.advan == 10 {
      kinetics = try Kinetics.saturable(subroutine, value)
    } else if stream.derivatives.isEmpty, ![6, 8, 13].contains(subroutine.advan) {
      kinetics = try Kinetics.linear(subroutine, code: stream.places[.parameters], value: value)
    } else {
      kinetics = try differential(subroutine, &run, value)
    }
    kinetics.addProperties(value)
    for (index, name) in kinetics.compartments.enumerated() {
      let initial = "A_0(\(index + 1))"
      guard let amount = value(initial) else { continue }
      guard kinetics.linear.isEmpty else {
        throw Fault(
          parameters.place(of: initial) ?? subroutine.position,
          "\(initial) gives a linear model an initial amount, which linCmt has not; write the model with $DES."
        )
      }
      kinetics.properties.append(.init(target: "\(name)(0)", value: amount))
    }
    return kinetics
  }

  /// A value with what amounts are.
  func inPlace(_ value: Value, _ model: TranslatedModel) -> Value {
    model.kinetics.map { Self.inPlace(value, $0) } ?? value
  }

  private static func inPlace(_ value: Value, _ kinetics: Kinetics) -> Value {
    value.replacing { part in
      guard case .amount(let n) = part, 0..<kinetics.amounts.count ~= n - 1 else { return nil }
      return kinetics.amounts[n - 1]
    }
  }

  // MARK: checks

  /// Refuses amounts in `$PK`.
  private func checkAmounts(_ run: CodeRun) throws(Fault) {
    for name in run.order {
      let parts = run.executions[0].values[name]?.all ?? []
      guard let amount = parts.first(where: { if case .amount = $0 { true } else { false } })
      else { continue }
      throw Fault(
        run.place(amount) ?? .beginning,
        "\(name) depends on \(ValuePrinter().text(amount)) in $PK, the amount at the last record, which a job does not know there; use it in $DES or $ERROR."
      )
    }
  }

  /// Refuses an F of another compartment than the one that CMT of an observation names.
  private func checkObserved(_ kinetics: Kinetics, _ run: CodeRun) throws(Fault) {
    guard let column = stream.columns.first(where: { $0.name == "CMT" && !$0.isDropped }),
      let other = data.compartments(ofObservations: true).first(where: {
        $0 != 0 && $0 != Double(kinetics.observed)
      })
    else { return }
    let marker = Value.name("F")
    for var execution in run.executions {
      execution.set("F", marker)
      try execution.run(stream.error)
      guard let y = execution.values["Y"], y.contains({ $0 == marker }) else { continue }
      throw Fault(
        column.position,
        "CMT of observations is \(number(other)), where F is A(\(number(other)))/S\(number(other)); F is taken from the compartment \(kinetics.observed) only: write the amounts, as A(\(number(other)))/S\(number(other)), in place of F, or DROP the column if it says nothing."
      )
    }
  }

  /// Columns that say what a record is.
  private static let changing: Set<String> = [
    "AMT", "EVID", "MDV", "CMT", "DV", "RATE", "SS", "II", "ADDL", "DATE", "ID",
  ]

  /// Refuses what NONMEM knows while it runs, and a job does not.
  private func check(_ model: TranslatedModel, _ run: CodeRun) throws(Fault) {
    let count = model.kinetics?.compartments.count ?? 0
    for part in model.roots.flatMap(\.all) {
      let message: String
      switch part {
      case .name(let name) where Execution.runningNames.contains(name):
        message =
          "the model depends on \(name), which NONMEM knows while it runs; a job has no such thing."
      case .name(let name) where Self.changing.contains(name):
        message =
          "the model depends on \(name), which says what a record is, and is no covariate; copy it into a column of another name, if it is meant as one."
      case .amount(let n) where n > count:
        message = "A(\(n)) is used, and the model has \(count) compartments."
      case .sigma(let i, _):
        message =
          "SIGMA(\(i),\(i)) in the code is not supported; write the standard deviation as a THETA."
      default: continue
      }
      throw Fault(run.place(part) ?? .beginning, message)
    }
  }
}

// What $ERROR says of observations.

/// What Y is for the observations of one output.
private struct OutputBranch {
  /// The column that says so; `nil` if all observations are of one output.
  var column: String?
  /// Its value in this column.
  var number: Double?
  var value: Value
}

/// A comparison of a column with a number, and what Y is where they are equal or not.
private struct ColumnSwitch {
  var column: String
  var number: Double
  var equal: Value
  var other: Value

  init?(_ value: Value) {
    guard
      case .choice(.comparison(let how, .name(let column), .number(let x)), let a, let b) = value,
      how == .equal || how == .unequal
    else { return nil }
    self.column = column
    number = x
    (equal, other) = how == .equal ? (a, b) : (b, a)
  }
}

extension Translator {
  /// - Parameter y: Y with the residual errors of all outputs.
  func addOutputs(_ model: inout TranslatedModel, _ y: Value, _ run: CodeRun) throws(Fault) {
    let place = run.place(of: "Y") ?? .beginning
    var finder = ResidualFinder()
    var rest = try branches(y, column: nil, used: [], place)[...]
    while let branch = rest.popFirst() {
      let value = try withoutLimit(branch.value, &model, run, place)
      let observation = try observation(
        finder.withoutGuard(inPlace(value, model)), &finder, run, place)
      if let residual = finder.form(observation) {
        try add(branch, observation.prediction, residual, to: &model, place)
        continue
      }
      let parts = branchesByColumn(branch, observation)
      guard !parts.isEmpty else {
        throw unknownResidual(observation, finder, model, run, place)
      }
      rest = parts + rest
    }
    model.notes += finder.notes
    // EPSs of two outputs that are one block are correlated at one time only by L2, which is
    // refused.
    try ResidualCheck(stream, run, place).check(model.outputs)
  }

  private func add(
    _ branch: OutputBranch, _ prediction: Value, _ residual: ResidualForm,
    to model: inout TranslatedModel, _ place: Position
  ) throws(Fault) {
    let number = branch.number.flatMap { Int(exactly: $0) }
    if let value = branch.number, number == nil {
      throw Fault(place, "an output of the number \(value), a whole number was expected.")
    }
    model.outputs.append(
      OutputForm(
        name: number.map { "Y\($0)" } ?? "Y", number: number, prediction: prediction,
        residual: residual))
    if let column = branch.column { model.outputColumn = column }
  }

  // MARK: branches

  /// The outputs, by the column that says which one an observation is of.
  /// - Parameter used: numbers in this column that are other outputs.
  private func branches(
    _ value: Value, column: String?, used: [Double], _ place: Position
  ) throws(Fault) -> [OutputBranch] {
    guard let found = ColumnSwitch(value), isObservation(found.equal), isObservation(found.other),
      found.column != "DV", column == nil || column == found.column
    else {
      if value.isUndefined { return [] }
      guard let column else { return [OutputBranch(value: value)] }
      return [try lastBranch(value, column, used, place)]
    }
    guard found.number == found.number.rounded(), found.number >= 1 else {
      throw Fault(
        place,
        "Y depends on \(found.column).EQ.\(number(found.number)); outputs are numbered by whole numbers from 1."
      )
    }
    let used = used + [found.number]
    let own = try branch(found, used, place)
    return own + (try branches(found.other, column: found.column, used: used, place))
  }

  /// The outputs where a column has a number: one, unless other columns tell more of them apart.
  private func branch(
    _ found: ColumnSwitch, _ used: [Double], _ place: Position
  ) throws(Fault) -> [OutputBranch] {
    if let inner = ColumnSwitch(found.equal), isObservation(inner.equal),
      isObservation(inner.other), inner.column == found.column
    {
      return try branches(found.equal, column: found.column, used: used, place)
    }
    if found.equal.isUndefined { return [] }
    return [OutputBranch(column: found.column, number: found.number, value: found.equal)]
  }

  /// The output of an ELSE, which stands for the number that is left.
  private func lastBranch(
    _ value: Value, _ column: String, _ used: [Double], _ place: Position
  ) throws(Fault) -> OutputBranch {
    let left = (data.values(column) ?? []).filter { $0 > 0 && !used.contains($0) }
    guard left.count == 1 else {
      throw Fault(
        place,
        "Y has an ELSE, and the observations it is for cannot be told: the column \(column) has the other values \(left.map { number($0) }.joined(separator: ", ")); write IF (\(column).EQ.…) for each."
      )
    }
    return OutputBranch(column: column, number: left[0], value: value)
  }

  /// Whether a value of Y has a residual error, or is none where other records are meant.
  private func isObservation(_ value: Value) -> Bool {
    (value.hasEpsilon || value.isUndefined) && Self.censored(value) == nil
  }

  /// Outputs whose residual errors differ by a column, as W = THETA(3) in one study and THETA(4)
  /// in the other.
  private func branchesByColumn(
    _ branch: OutputBranch, _ observation: LinearObservation
  ) -> [OutputBranch] {
    guard branch.column == nil else { return [] }
    func isNumber(_ x: Double) -> Bool { x >= 1 && x == x.rounded() }
    let factors = observation.factors.sorted { $0.key < $1.key }.map(\.value)
    for part in factors.flatMap(\.all) {
      guard let found = ColumnSwitch(part), isNumber(found.number) else { continue }
      let others = (data.values(found.column) ?? []).filter { $0 != found.number }
      guard others.allSatisfy(isNumber) else { continue }
      return ([found.number] + others).map { number in
        OutputBranch(
          column: found.column, number: number,
          value: branch.value.replacing { value in
            guard let own = ColumnSwitch(value), own.column == found.column else { return nil }
            return number == own.number ? own.equal : own.other
          })
      }
    }
    return []
  }

  // MARK: residual errors

  /// - Throws: `Fault` if an observation is not linear in EPSs, or these differ between subjects.
  private func observation(
    _ value: Value, _ finder: inout ResidualFinder, _ run: CodeRun, _ place: Position
  ) throws(Fault) -> LinearObservation {
    guard let observation = finder.linear(value) else {
      let uses = run.executions[0].uses.filter {
        if case .epsilon = $0.key { true } else { false }
      }
      throw Fault(
        uses.map(\.value).max() ?? place,
        "Y is not linear in \(Self.epsilons(value)), as in F + W*EPS(1); such a residual error is not supported."
      )
    }
    guard !observation.factors.isEmpty else {
      if let flag = run.executions[0].lastPlaces["F_FLAG"] {
        throw Fault(
          flag,
          "F_FLAG = 1 goes with Y = PHI((LOQ - IPRED)/W) below a limit of quantification only; other likelihoods are not supported."
        )
      }
      throw Fault(place, "Y has no EPS; popmix has normal residual errors, as in Y = F + F*EPS(1).")
    }
    let epsilons = observation.factors.keys.sorted()
    for i in epsilons {
      try checkFactor(
        observation.factors[i] ?? .zero, i, observation.prediction, run, place)
    }
    for i in epsilons {
      for other in epsilons where other < i { try checkCovariance(other, i) }
    }
    return observation
  }

  private static func epsilons(_ value: Value) -> String {
    Set(value.all.compactMap { part -> Int? in if case .epsilon(let i) = part { i } else { nil } })
      .sorted().map { "EPS(\($0))" }.joined(separator: ", ")
  }

  /// Refuses a residual error whose size varies between subjects, other than by the prediction.
  private func checkFactor(
    _ factor: Value, _ i: Int, _ prediction: Value, _ run: CodeRun, _ place: Position
  ) throws(Fault) {
    func isForeign(_ part: Value) -> Bool {
      guard case .parameter = part else { return false }
      return !prediction.contains { $0 == part }
    }
    guard factor.hasRandomEffect || factor.contains(isForeign) else { return }
    let inForms = forms.filter { form in
      let parameter = Value.parameter(form.name)
      return isForeign(parameter) && factor.contains { $0 == parameter }
    }
    let alone = factor.all.compactMap { if case .eta(let i) = $0 { i } else { nil } }
    let eta = (inForms.flatMap(\.etas) + alone).min() ?? 1
    throw Fault(
      run.place(.eta(eta)) ?? run.place(.epsilon(i)) ?? place,
      "the size of EPS(\(i)) varies between subjects by ETA(\(eta)), which is not supported; a residual error has one size for all."
    )
  }

  private func checkCovariance(_ a: Int, _ b: Int) throws(Fault) {
    guard stream.sigma.covariance(b, a) != 0, let block = stream.sigma.block(of: b) else { return }
    throw Fault(
      block.position,
      "EPS(\(a)) and EPS(\(b)) are correlated (BLOCK(\(block.size))), which is not supported.")
  }

  private func unknownResidual(
    _ observation: LinearObservation, _ finder: ResidualFinder, _ model: TranslatedModel,
    _ run: CodeRun, _ place: Position
  ) -> Fault {
    var finder = finder
    let i = observation.factors.keys.min() ?? 1
    let factor = observation.factors[i]
    let name = run.order.first { name in
      name != "Y"
        && run.value(name).map { finder.withoutGuard(inPlace(plain($0), model)) } == factor
    }
    return Fault(
      name.flatMap { run.place(of: $0) } ?? run.place(.epsilon(i)) ?? place,
      "the residual error `\(ValuePrinter().text(factor ?? .zero))*EPS(\(i))`\(name.map { " (\($0))" } ?? "") is none that popmix has: additive, proportional, both (variances or standard deviations added), a power of the prediction."
    )
  }
}

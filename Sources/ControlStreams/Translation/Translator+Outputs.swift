// What $ERROR says of observations.

extension Translator {
  func addOutputs(_ model: inout TranslatedModel, _ y: Value, _ run: Run) throws(Fault) {
    let place = run.place(of: "Y") ?? Position(line: 1, column: 1)
    var branches: [(column: String?, number: Double?, value: Value)] = []
    try splitOutputs(y, nil, nil, [], &branches, place)
    var finder = ResidualFinder(sigma: stream.sigma)
    var rest = branches[...]
    while let branch = rest.popFirst() {
      var value = branch.value
      if case .choice(let condition, let a, let b) = value,
        let censored = censored(a) != nil
          ? (condition, a, b) : censored(b) != nil ? (.opposite(condition), b, a) : nil
      {
        value = censored.2
        try addLimit(&model, censored.0, censored.1, run, place)
      } else if value.contains({ if case .call("phi", _) = $0 { true } else { false } }),
        value.hasEpsilon == false
      {
        throw Fault(
          place,
          "Y is a likelihood in all records; an observation with an EPS was expected beside it.")
      }
      value = finder.withoutGuard(inPlace(value, model))
      guard let (prediction, factors) = finder.linear(value) else {
        throw Fault(
          run.executions[0].uses.filter { if case .epsilon = $0.key { true } else { false } }.map(
            \.value
          ).max() ?? place,
          "Y is not linear in \(Self.epsilons(value)), as in F + W*EPS(1); such a residual error is not supported."
        )
      }
      guard !factors.isEmpty else {
        if let flag = run.executions[0].lastPlaces["F_FLAG"] {
          throw Fault(
            flag,
            "F_FLAG = 1 goes with Y = PHI((LOQ - IPRED)/W) below a limit of quantification only; other likelihoods are not supported."
          )
        }
        throw Fault(
          place, "Y has no EPS; popmix has normal residual errors, as in Y = F + F*EPS(1).")
      }
      for (i, factor) in factors
      where factor.hasRandomEffect
        || factor.contains({
          if case .parameter(let name) = $0 {
            !prediction.contains { $0 == .parameter(name) }
          } else {
            false
          }
        })
      {
        let etas =
          forms.filter { form in
            factor.contains { $0 == .parameter(form.name) }
              && !prediction.contains { $0 == .parameter(form.name) }
          }.flatMap(\.etas)
          + factor.all.flatMap { part -> [Int] in if case .eta(let i) = part { [i] } else { [] } }
        let eta = etas.min() ?? 1
        throw Fault(
          run.place(.eta(eta)) ?? run.place(.epsilon(i)) ?? place,
          "the size of EPS(\(i)) varies between subjects by ETA(\(eta)), which is not supported; a residual error has one size for all."
        )
      }
      for i in factors.keys {
        for other in factors.keys where other < i && stream.sigma.covariance(i, other) != 0 {
          throw Fault(
            stream.sigma.blocks[stream.sigma.find(i)?.block ?? 0].position,
            "EPS(\(other)) and EPS(\(i)) are correlated (BLOCK(\(stream.sigma.blocks[stream.sigma.find(i)?.block ?? 0].size))), which is not supported."
          )
        }
      }
      guard let residual = finder.form(prediction, factors) else {
        let parts = try outputsByColumn(branch, factors, place)
        if !parts.isEmpty {
          rest = parts + rest
          continue
        }
        let i = factors.keys.min() ?? 1
        let name = run.order.first { name in
          name != "Y"
            && run.value(name).map { finder.withoutGuard(inPlace(plain($0), model)) } == factors[i]
        }
        throw Fault(
          name.flatMap { run.place(of: $0) } ?? run.place(.epsilon(i)) ?? place,
          "the residual error `\(ValuePrinter().text(factors[i] ?? .zero))*EPS(\(i))`\(name.map { " (\($0))" } ?? "") is none that popmix has: additive, proportional, both (variances or standard deviations added), a power of the prediction."
        )
      }
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
    model.notes += finder.notes
    // EPSs of two outputs that are one block are correlated at one time only by L2, which is
    // refused.
    try checkResiduals(model, run, place)
  }

  static func epsilons(_ value: Value) -> String {
    Set(value.all.compactMap { part -> Int? in if case .epsilon(let i) = part { i } else { nil } })
      .sorted().map { "EPS(\($0))" }.joined(separator: ", ")
  }

  /// Residual errors that differ by a column, as W = THETA(3) in one study and THETA(4) in the
  /// other.
  func outputsByColumn(
    _ branch: (column: String?, number: Double?, value: Value), _ factors: [Int: Value],
    _ place: Position
  ) throws(Fault) -> [(column: String?, number: Double?, value: Value)] {
    for part in factors.values.flatMap(\.all) {
      guard case .choice(.comparison(let how, .name(let name), .number(let x)), _, _) = part,
        how == .equal || how == .unequal, branch.column == nil, x >= 1, x == x.rounded()
      else { continue }
      let others = (data.values(name) ?? []).filter { $0 != x }
      guard others.allSatisfy({ $0 >= 1 && $0 == $0.rounded() }) else { continue }
      return ([x] + others).map { number in
        (
          name, number,
          branch.value.replacing { value in
            guard
              case .choice(.comparison(let how, .name(name), .number(let y)), let a, let b) = value,
              how == .equal || how == .unequal
            else { return nil }
            return (number == y) == (how == .equal) ? a : b
          }
        )
      }
    }
    return []
  }

  func checkResiduals(_ model: TranslatedModel, _ run: Run, _ place: Position) throws(Fault) {
    var thetas: Set<Int> = []
    var epsilons: Set<Int> = []
    for output in model.outputs {
      var own: Set<Int> = []
      for part in [output.residual.additive, output.residual.proportional].compactMap({ $0 }) {
        let isFree = Self.thetas(part.theta).contains { !stream.thetas[$0 - 1].isFixed }
        if isFree, !stream.sigma.isFixed(part.epsilon) {
          let theta = Self.thetas(part.theta)[0]
          throw Fault(
            run.place(.theta(theta)) ?? place,
            "THETA(\(theta)) and SIGMA(\(part.epsilon),\(part.epsilon)) are both estimated, and only their product is determined; FIX one of them."
          )
        }
        for theta in Self.thetas(part.theta) where !thetas.insert(theta).inserted {
          throw Fault(
            run.place(.theta(theta)) ?? place,
            "THETA(\(theta)) stands in two residual errors, which popmix cannot keep equal.")
        }
        own.insert(part.epsilon)
      }
      for i in own where !stream.sigma.isFixed(i) && !epsilons.insert(i).inserted {
        throw Fault(
          run.place(.epsilon(i)) ?? place,
          "EPS(\(i)) stands in two outputs, whose residual errors popmix cannot keep equal.")
      }
    }
  }

  /// By the column that says which output an observation is of.
  func splitOutputs(
    _ value: Value, _ column: String?, _ number: Double?, _ used: [Double],
    _ branches: inout [(column: String?, number: Double?, value: Value)], _ place: Position
  ) throws(Fault) {
    guard case .choice(.comparison(let how, .name(let name), .number(let x)), let a, let b) = value,
      how == .equal || how == .unequal, a.hasEpsilon || isUndefined(a),
      b.hasEpsilon || isUndefined(b), name != "DV",
      column == nil || column == name, censored(a) == nil, censored(b) == nil
    else {
      if isUndefined(value) { return }
      // An ELSE stands for the numbers that are left.
      if let column, number == nil {
        let left = (data.values(column) ?? []).filter { $0 > 0 && !used.contains($0) }
        guard left.count == 1 else {
          throw Fault(
            place,
            "Y has an ELSE, and the observations it is for cannot be told: the column \(column) has the other values \(left.map { ControlStreams.number($0) }.joined(separator: ", ")); write IF (\(column).EQ.…) for each."
          )
        }
        branches.append((column, left[0], value))
        return
      }
      branches.append((column, number, value))
      return
    }
    guard x == x.rounded(), x >= 1 else {
      throw Fault(
        place,
        "Y depends on \(name).EQ.\(ControlStreams.number(x)); outputs are numbered by whole numbers from 1."
      )
    }
    let (then, other) = how == .equal ? (a, b) : (b, a)
    try splitOutputs(then, name, x, used + [x], &branches, place)
    try splitOutputs(other, name, nil, used + [x], &branches, place)
  }

  func isUndefined(_ value: Value) -> Bool {
    if case .undefined = value { true } else { false }
  }

  /// The argument of PHI, if that is all of it.
  func censored(_ value: Value) -> Value? {
    if case .call("phi", let arguments) = value { arguments[0] } else { nil }
  }

  /// `F_FLAG = 1` with `Y = PHI((LOQ − IPRED)/W)`
  func addLimit(
    _ model: inout TranslatedModel, _ condition: Value, _ likelihood: Value, _ run: Run,
    _ place: Position
  ) throws(Fault) {
    let flagPlace = run.place(of: "F_FLAG") ?? place
    guard let flag = run.value("F_FLAG"),
      flag == .chosen(condition, .one, .zero)
        || flag == .chosen(condition, .one, .undefined("F_FLAG"))
        || flag == .chosen(.opposite(condition), .zero, .one)
    else {
      throw Fault(flagPlace, "F_FLAG is not 1 exactly where Y is PHI(…), and 0 elsewhere.")
    }
    guard let argument = censored(likelihood) else { return }
    // The number that the difference to the prediction is taken from.
    let limits = argument.all.compactMap { part -> Value? in
      switch part {
      case .number(let x) where x > 0 && x != 1: part
      case .name("DV"): part
      default: nil
      }
    }
    var sum: [Value] = []
    if case .product(let factors) = argument,
      let inner = factors.first(where: { if case .sum = $0 { true } else { false } })
    {
      sum = inner.terms
    } else {
      sum = argument.terms
    }
    let limit =
      sum.first { limits.contains($0) } ?? sum.compactMap { $0.number }.first.map {
        Value.number($0)
      }
      ?? sum.first { if case .name = $0 { true } else { false } }
    switch limit {
    case .number(let x)?: model.limit = x
    case .name("DV")?: break
    case .name(let name)?:
      throw Fault(
        place,
        "the limit of quantification is the column \(name); put it into DV in these rows, or write a number."
      )
    default:
      throw Fault(place, "PHI(…) is not of the form PHI((LOQ - IPRED)/W).")
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
}

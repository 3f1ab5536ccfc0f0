import Foundation

/// Finds the job that says the same as a control stream.
struct Translator {
  let stream: ControlStream
  let data: DataColumns
  private(set) var notes: [String] = []
  private let components: Int
  private let columns: [String: String]

  private var forms: [RandomEffectForm] = []
  /// Values of variables in terms of the job's parameters.
  private var overrides: [String: Value] = [:]
  /// Variables whose form cannot be used, as its THETA has another use.
  private var refused: Set<String> = []

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
      stream.places[.mixture] ?? Position(line: 1, column: 1),
      "$MIX does not assign NSPOP, the number of subpopulations.")
  }

  // MARK: running the code

  /// The code of all records, run for each component.
  private struct Run {
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

  private func execution(_ component: Int) -> Execution {
    Execution(
      columns: columns, thetaCount: stream.thetas.count, etaCount: stream.omega.count,
      epsilonCount: stream.sigma.count, component: stream.mixture == nil ? nil : component)
  }

  /// `$PK` or `$PRED`, with what is known of variables in their places.
  private func run() throws(Fault) -> Run {
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
  private func plain(_ value: Value) -> Value {
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

  // MARK: random effects

  private mutating func findForms(_ run: Run) {
    let finder = FormFinder(omega: stream.omega, data: data)
    var claimed = Set(forms.flatMap(\.etas))
    var thetas = Set(forms.flatMap { Self.thetas($0.theta) })
    for name in run.order where overrides[name] == nil && !refused.contains(name) && name != "Y" {
      guard let raw = run.value(name) else { continue }
      let value = plain(raw)
      guard value.hasRandomEffect, let (form, rewritten) = finder.find(value, name: name),
        !form.etas.contains(where: claimed.contains),
        !Self.thetas(form.theta).contains(where: thetas.contains), isPossible(form)
      else { continue }
      claimed.formUnion(form.etas)
      thetas.formUnion(Self.thetas(form.theta))
      forms.append(form)
      overrides[name] = rewritten
    }
  }

  static func thetas(_ value: Value?) -> [Int] {
    switch value {
    case .theta(let j)?: [j]
    case .perComponent(let values)?: values.flatMap { thetas($0) }
    default: []
    }
  }

  /// Start values of a THETA or of one for each component.
  func starts(_ value: Value) -> [Double] {
    switch value {
    case .theta(let j): [stream.thetas[j - 1].initial]
    case .number(let x): [x]
    case .perComponent(let values): values.flatMap(starts)
    default: []
    }
  }

  private func hasPrior(_ j: Int) -> Bool { j <= stream.prior?.theta.count ?? 0 }

  private func isPossible(_ form: RandomEffectForm) -> Bool {
    guard let theta = form.theta else { return true }
    // A prior of THETA is normal on its own scale.
    if case .typical = form.mean, form.distribution != .normal,
      Self.thetas(theta).contains(where: hasPrior)
    {
      return false
    }
    let starts = starts(theta)
    if case .typical = form.mean, form.distribution == .lognormal,
      starts.contains(where: { $0 <= 0 })
    {
      return false
    }
    if case .typical = form.mean, form.distribution == .logitNormal,
      starts.contains(where: { $0 <= 0 || $0 >= 1 })
    {
      return false
    }
    if form.isRelative {
      // Its variance follows from the mean: one free number for each.
      guard !form.hasOwnMeans || form.hasOwnEtas else { return false }
      guard starts.allSatisfy({ $0 != 0 }),
        form.subjectEtas.allSatisfy({ !stream.omega.isFixed($0) })
      else { return false }
    }
    if case .perComponent(let values) = theta,
      values.contains(where: { if case .number = $0 { true } else { false } })
    {
      return false
    }
    return Set(Self.thetas(theta)).count == Self.thetas(theta).count
      && Set(form.subjectEtas).count == form.subjectEtas.count
  }

  /// Gives back forms whose THETAs or ETAs are needed elsewhere.
  private mutating func giveBack(_ roots: [Value]) -> Bool {
    let leaves = roots.flatMap(\.all)
    var others: Set<Value> = []
    for leaf in leaves {
      switch leaf {
      case .theta, .eta: others.insert(leaf)
      case .perComponent(let values): others.formUnion(values)
      default: break
      }
    }
    let back = forms.filter { form in
      Self.thetas(form.theta).contains { others.contains(.theta($0)) }
        || form.etas.contains { others.contains(.eta($0)) }
    }
    return giveBack(back)
  }

  private mutating func giveBack(_ back: [RandomEffectForm]) -> Bool {
    guard !back.isEmpty else { return false }
    for form in back {
      for (name, value) in overrides where value.contains({ $0 == .parameter(form.name) }) {
        overrides[name] = nil
        refused.insert(name)
      }
    }
    let names = Set(back.map(\.name))
    forms.removeAll { names.contains($0.name) }
    return true
  }

  // MARK: all of it

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

  /// Forms that popmix cannot have beside others: means of components without variances of their own.
  private func mixedForms() -> [RandomEffectForm] {
    let own = forms.filter(\.hasOwnEtas)
    let common = forms.filter { !$0.hasOwnEtas && $0.hasOwnMeans }
    if !own.isEmpty { return common }
    // One block with one covariance matrix for all components: no correlation with effects outside.
    let inside = Set(common.flatMap(\.subjectEtas))
    let joined = common.filter { form in
      form.subjectEtas.contains { eta in
        (1...max(1, stream.omega.count)).contains {
          !inside.contains($0) && stream.omega.covariance($0, eta) != 0
        }
      }
    }
    return joined.isEmpty ? [] : common
  }

  /// Forms in a block with ETAs that stand alone: of a block all means are estimated or none.
  private func formsBesideCentred(_ roots: [Value]) -> [RandomEffectForm] {
    var alone: Set<Int> = []
    for part in roots.flatMap(\.all) {
      switch part {
      case .eta(let i): alone.insert(i)
      case .perComponent(let values):
        for case .eta(let i) in values { alone.insert(i) }
      default: break
      }
    }
    return forms.filter { form in
      form.subjectEtas.contains { eta in
        alone.contains {
          $0 != eta && stream.omega.find($0)?.block == stream.omega.find(eta)?.block
        }
      }
    }
  }

  private func assemble(_ pass: Run) throws(Fault) -> TranslatedModel {
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

  /// With what amounts are.
  private func inPlace(_ value: Value, _ model: TranslatedModel) -> Value {
    model.kinetics.map { Self.inPlace(value, $0) } ?? value
  }

  private static func inPlace(_ value: Value, _ kinetics: Kinetics) -> Value {
    value.replacing { part in
      guard case .amount(let n) = part, 1...max(1, kinetics.amounts.count) ~= n,
        n <= kinetics.amounts.count
      else { return nil }
      return kinetics.amounts[n - 1]
    }
  }

  private func differential(
    _ subroutine: Subroutine, _ pass: Run, _ value: (String) -> Value?
  ) throws(Fault) -> (Kinetics, [Execution]) {
    var kinetics = Kinetics()
    var executions = pass.executions
    if subroutine.advan == 10 {
      guard let vm = value("VM"), let km = value("KM") else {
        throw Fault(subroutine.position, "ADVAN10 needs VM and KM, which $PK does not assign.")
      }
      kinetics.compartments = ["central"]
      let amount = Value.name("central")
      kinetics.derivatives = [
        .init(
          target: "d/dt(central)",
          value: .negated(
            .product(of: [vm, amount, .reciprocal(.sum(of: [km, amount]))])))
      ]
      kinetics.amounts = [amount]
      kinetics.prediction = .product(of: [amount, .reciprocal(value("S1") ?? .one)])
      return (kinetics, executions)
    }
    let place = stream.places[.derivatives] ?? subroutine.position
    guard !stream.derivatives.isEmpty else {
      throw Fault(subroutine.position, "ADVAN\(subroutine.advan) needs $DES, which is missing.")
    }
    guard let list = stream.compartments else {
      throw Fault(
        subroutine.position, "ADVAN\(subroutine.advan) needs $MODEL, which names the compartments.")
    }
    kinetics.compartments = Kinetics.names(list)
    for index in executions.indices { try executions[index].run(stream.derivatives) }
    let run = Run(executions: executions)
    kinetics.amounts = kinetics.compartments.map { .name($0) }
    for (index, name) in kinetics.compartments.enumerated() {
      guard let change = run.value("DADT(\(index + 1))") else {
        throw Fault(
          place,
          "$DES does not assign DADT(\(index + 1)), the change of the compartment \(list.names[index])."
        )
      }
      kinetics.derivatives.append(.init(target: "d/dt(\(name))", value: plain(change)))
    }
    for (name, assigned) in executions[0].values where name.hasPrefix("DADT(") {
      let index = Int(name.dropFirst(5).dropLast()) ?? 0
      guard 1...kinetics.compartments.count ~= index else {
        throw Fault(
          run.place(of: name) ?? place,
          "\(name) is assigned, and $MODEL has \(kinetics.compartments.count) compartments.")
      }
      _ = assigned
    }
    let observed = list.observation
    kinetics.prediction = .product(of: [
      .amount(observed), .reciprocal(value("S\(observed)") ?? .one),
    ])
    if list.dose != 1 {
      if stream.columns.contains(where: { $0.name == "CMT" && !$0.isDropped }) {
        // Doses say where they go.
      } else {
        let dose = list.dose - 1
        let reordered =
          [kinetics.derivatives[dose]]
          + kinetics.derivatives.enumerated().filter { $0.offset != dose }.map(\.element)
        kinetics.derivatives = reordered
      }
    }
    return (kinetics, executions)
  }

  // MARK: outputs

  private func addOutputs(_ model: inout TranslatedModel, _ y: Value, _ run: Run) throws(Fault) {
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
      let number = branch.number.map { Int($0) }
      model.outputs.append(
        OutputForm(
          name: number.map { "Y\($0)" } ?? "Y", number: number, prediction: prediction,
          residual: residual))
      if let column = branch.column { model.outputColumn = column }
    }
    model.notes += finder.notes
    // EPSs of two outputs that are one block are correlated at one time only by L2, which is refused.
    try checkResiduals(model, run, place)
  }

  private static func epsilons(_ value: Value) -> String {
    Set(value.all.compactMap { part -> Int? in if case .epsilon(let i) = part { i } else { nil } })
      .sorted().map { "EPS(\($0))" }.joined(separator: ", ")
  }

  /// Residual errors that differ by a column, as W = THETA(3) in one study and THETA(4) in the other.
  private func outputsByColumn(
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

  private func checkResiduals(_ model: TranslatedModel, _ run: Run, _ place: Position) throws(Fault)
  {
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
  private func splitOutputs(
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

  private func isUndefined(_ value: Value) -> Bool {
    if case .undefined = value { true } else { false }
  }

  /// The argument of PHI, if that is all of it.
  private func censored(_ value: Value) -> Value? {
    if case .call("phi", let arguments) = value { arguments[0] } else { nil }
  }

  /// `F_FLAG = 1` with `Y = PHI((LOQ − IPRED)/W)`
  private func addLimit(
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

  // MARK: checks

  private func check(_ model: TranslatedModel, _ run: Run) throws(Fault) {
    let roots = model.roots
    let changing: Set<String> = [
      "AMT", "EVID", "MDV", "CMT", "DV", "RATE", "SS", "II", "ADDL", "DATE", "ID",
    ]
    let unknown: Set<String> = [
      "MIXEST", "NEWIND", "ICALL", "NIREC", "NDREC", "NPROB", "IREP", "COMACT", "IPROB", "S1NUM",
      "S2NUM",
      "DOSREC", "DOSTIM", "LIREC", "S1IT", "S2IT", "NINDR", "INDR1", "INDR2", "NREP",
    ]
    for part in roots.flatMap(\.all) {
      switch part {
      case .name(let name) where unknown.contains(name):
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

  // MARK: what is left

  /// ETAs that are in no form become effects with the mean 0.
  private mutating func addCentred(_ model: inout TranslatedModel, _ run: Run) throws(Fault) {
    let finder = FormFinder(omega: stream.omega, data: data)
    var replaced: [Value: Value] = [:]
    for part in model.roots.flatMap(\.all) where FormFinder.isEta(part) && replaced[part] == nil {
      var form = RandomEffectForm(
        name: "eta", distribution: .normal, mean: .zero, eta: part)
      form.name = "eta\(form.subjectEtas[0])"
      if form.subjectEtas.count > 1,
        model.roots.contains(where: { root in
          form.subjectEtas.contains { i in
            root.replacing { $0 == part ? .zero : nil }.contains { $0 == .eta(i) }
          }
        })
      {
        throw Fault(
          run.place(.eta(form.subjectEtas[0])) ?? Position(line: 1, column: 1),
          "ETA(\(form.subjectEtas[0])) is used in components in different ways, which is not supported; use an ETA of its own for each."
        )
      }
      for i in form.subjectEtas {
        let block = stream.omega.find(i)?.block ?? 0
        if stream.omega.blocks[block].sameAs != nil
          || stream.omega.blocks.contains(where: { $0.sameAs == block })
        {
          throw Fault(
            run.place(.eta(i)) ?? Position(line: 1, column: 1),
            "ETA(\(i)) has the same variance as others (SAME), and is none of occasions in a form that is known: beside an ETA of the subject and a THETA, as in CL = THETA(1)*EXP(ETA(1) + IOV) with IF (OCC.EQ.1) IOV = ETA(\(i))."
          )
        }
      }
      replaced[part] = .parameter(form.name)
      model.notes.append(
        "ETA(\(form.subjectEtas.map { "\($0)" }.joined(separator: "), ETA("))) is kept as a random effect with the mean 0, as it stands in no form with a THETA of its own."
      )
      model.forms.append(form)
    }
    _ = finder
    model.forms = forms + model.forms
    model.replaceLeaves { replaced[$0] }
    try nameFixedEffects(&model, run)
    try arrange(&model)
  }

  /// THETAs that are left become fixed effects, or numbers if they are fixed.
  private func nameFixedEffects(_ model: inout TranslatedModel, _ run: Run) throws(Fault) {
    // A fixed effect is estimated in all components or in none.
    model.replaceLeaves { part in
      guard case .perComponent(let values) = part, FormFinder.isTheta(part) else { return nil }
      let flags = Set(
        values.map { one in
          if case .theta(let j) = one { stream.thetas[j - 1].isFixed } else { true }
        })
      return flags.count > 1 ? Unification.chosen(values) : nil
    }
    var names: [Value: Value] = [:]
    var taken = Set(model.forms.map(\.name))
    for part in model.roots.flatMap(\.all) where FormFinder.isTheta(part) && names[part] == nil {
      if case .theta(let j) = part, stream.thetas[j - 1].isFixed {
        names[part] = .number(stream.thetas[j - 1].initial)
        continue
      }
      let variable = model.variables.first { $0.value == part && !taken.contains($0.name) }?.name
      let name = variable ?? "THETA\(Self.thetas(part)[0])"
      taken.insert(name)
      names[part] = .parameter(name)
      model.fixedEffects.append(try fixedEffect(name, part))
    }
    // Numbers that differ between components: a fixed effect that is not estimated.
    for part in model.roots.flatMap(\.all) {
      guard case .perComponent(let values) = part, names[part] == nil,
        values.allSatisfy({ $0.number != nil })
      else { continue }
      let name =
        model.variables.first { $0.value == part && !taken.contains($0.name) }?.name
        ?? "FLAG\(model.fixedEffects.count + 1)"
      taken.insert(name)
      names[part] = .parameter(name)
      model.fixedEffects.append(
        FixedEffect(
          name: name, leaf: part, distribution: "normal", bounds: nil,
          starts: values.compactMap(\.number), isFixed: values.map { _ in true }))
    }
    // A THETA of one component and by itself in another place is one parameter: not expressible.
    let single = Set(names.keys.compactMap { if case .theta(let j) = $0 { j } else { nil } })
    for leaf in names.keys {
      guard case .perComponent = leaf else { continue }
      for j in Self.thetas(leaf)
      where single.contains(j) && !stream.thetas[j - 1].isFixed
        || names.keys.contains(where: { $0 != leaf && Self.thetas($0).contains(j) })
      {
        throw Fault(
          run.place(.theta(j)) ?? Position(line: 1, column: 1),
          "THETA(\(j)) is used in different ways in components, which a job cannot keep equal; use a THETA of its own for each."
        )
      }
    }
    model.replaceLeaves { names[$0] }
    if model.roots.contains(where: { $0.contains { $0 == .parameter(Unification.number) } }) {
      model.fixedEffects.append(
        FixedEffect(
          name: Unification.number, leaf: .zero, distribution: "normal", bounds: nil,
          starts: (1...components).map { Double($0) },
          isFixed: Array(repeating: true, count: components)))
      model.notes.append(
        "components differ in more than parameters: MIXNUM is a fixed effect that is the number of the component."
      )
    }
  }

  private func fixedEffect(_ name: String, _ leaf: Value) throws(Fault) -> FixedEffect {
    let leaves: [Value] = if case .perComponent(let values) = leaf { values } else { [leaf] }
    let starts = starts(leaf)
    let thetas = Self.thetas(leaf).map { stream.thetas[$0 - 1] }
    let isFixed = leaves.map { one in
      if case .theta(let j) = one { stream.thetas[j - 1].isFixed } else { true }
    }
    let free = zip(thetas, Self.thetas(leaf)).filter { !$0.0.isFixed }.map(\.0)
    var distribution = "normal"
    var bounds: (Double, Double)?
    if let first = free.first, !Self.thetas(leaf).contains(where: hasPrior), first.lower.isFinite,
      first.upper.isFinite,
      free.allSatisfy({ $0.lower == first.lower && $0.upper == first.upper }),
      starts.allSatisfy({ $0 > first.lower && $0 < first.upper })
    {
      distribution = "logit-normal"
      bounds = (first.lower, first.upper)
    } else if !free.isEmpty, !Self.thetas(leaf).contains(where: hasPrior),
      free.allSatisfy({ $0.lower >= 0 }), starts.allSatisfy({ $0 > 0 })
    {
      distribution = "lognormal"
    }
    return FixedEffect(
      name: name, leaf: leaf, distribution: distribution, bounds: bounds, starts: starts,
      isFixed: isFixed)
  }

  /// Which effects are of the mixture, and which may be correlated.
  private func arrange(_ model: inout TranslatedModel) throws(Fault) {
    let omega = stream.omega
    // Effects by blocks of OMEGA, first those of the first component.
    func block(_ form: RandomEffectForm) -> Int? { omega.find(form.subjectEtas[0])?.block }
    func joined(_ forms: [RandomEffectForm]) -> [[RandomEffectForm]] {
      var groups: [[RandomEffectForm]] = []
      for form in forms {
        if let index = groups.firstIndex(where: { block($0[0]) == block(form) }) {
          groups[index].append(form)
        } else {
          groups.append([form])
        }
      }
      return groups
    }
    for form in model.forms {
      if let switched = form.occasions {
        for eta in switched.etas
        where (omega.find(eta).map { omega.blocks[$0.block].size } ?? 1) > 1 {
          let same =
            omega.blocks.last { $0.sameAs == omega.find(eta)?.block }
            ?? omega.blocks[omega.find(eta)?.block ?? 0]
          throw Fault(
            same.position,
            "deviations of occasions (SAME) are correlated (BLOCK(\(same.size))), which is not supported; use one BLOCK(1) for each."
          )
        }
      }
    }
    let mixed = model.forms.filter { $0.hasOwnEtas || $0.hasOwnMeans }
    let plain = model.forms.filter { !$0.hasOwnEtas && !$0.hasOwnMeans }
    func isFull(_ groups: [[RandomEffectForm]], _ what: String) throws(Fault) -> Bool {
      let large = groups.filter { $0.count > 1 }
      if large.isEmpty { return false }
      guard groups.count == 1 else {
        let place = omega.blocks[block(large[large.count > 1 ? 1 : 0][0]) ?? 0].position
        throw Fault(
          place,
          "OMEGA has \(large.count > 1 ? "several blocks" : "a block beside single variances") of \(what), and popmix correlates all of them or none; use one BLOCK or none."
        )
      }
      return true
    }
    // A block counts as full only if all its ETAs are used.
    if components == 1 {
      let groups = joined(plain)
      let large = groups.filter { $0.count > 1 }
      guard large.count <= 2, large.count < 2 || groups.count == 2 else {
        throw Fault(
          omega.blocks[block(large[1][0]) ?? 0].position,
          "OMEGA has \(large.count) blocks beside other variances; popmix has one block, with the others uncorrelated, or two blocks."
        )
      }
      model.mixtureEffects = Set((large.first ?? []).map(\.name))
      model.isMixtureFull = !large.isEmpty
      model.isSharedFull = large.count == 2
    } else {
      model.mixtureEffects = Set(mixed.map(\.name))
      model.isMixtureFull = try isFull(joined(mixed), "the mixture's effects")
      model.isSharedFull = try isFull(joined(plain), "the shared effects")
      let own = mixed.filter(\.hasOwnEtas)
      model.hasEqualCovariances = own.isEmpty && !mixed.isEmpty
      if own.contains(where: { form in
        Set(
          form.subjectEtas.map {
            omega.find($0).map { omega.blocks[$0.block].sameAs ?? $0.block } ?? 0
          }
        ).count == 1
          && form.subjectEtas.count > 1
          && omega.find(form.subjectEtas[0])?.block != omega.find(form.subjectEtas[1])?.block
      }) {
        // SAME: one variance for all components.
        guard
          own.allSatisfy({ form in
            Set(
              form.subjectEtas.map {
                omega.find($0).map { omega.blocks[$0.block].sameAs ?? $0.block } ?? 0
              }
            ).count == 1
          })
        else {
          throw Fault(
            omega.blocks[block(own[0]) ?? 0].position,
            "some variances are the SAME in all components and others are not; popmix has either.")
        }
        model.hasEqualCovariances = true
      }
    }
    // Covariances between effects that popmix keeps apart.
    for (index, a) in model.forms.enumerated() {
      for b in model.forms[..<index]
      where model.mixtureEffects.contains(a.name) != model.mixtureEffects.contains(b.name) {
        for i in a.subjectEtas {
          for j in b.subjectEtas where omega.find(i)?.block == omega.find(j)?.block {
            throw Fault(
              omega.blocks[omega.find(i)?.block ?? 0].position,
              "ETA(\(min(i, j))) and ETA(\(max(i, j))) are correlated (BLOCK), and popmix keeps effects of the mixture and shared ones apart."
            )
          }
        }
      }
    }
    model.forms.sort { $0.etas[0] < $1.etas[0] }
  }

  // MARK: weights

  private func addWeights(_ model: inout TranslatedModel) throws(Fault) {
    guard components > 1, let mixture = stream.mixture else { return }
    let place = stream.places[.mixture] ?? Position(line: 1, column: 1)
    var execution = execution(1)
    // Weights do not depend on the component.
    try execution.run(mixture)
    var values: [Value] = []
    for k in 1...components {
      guard let value = execution.values["P(\(k))"] else {
        throw Fault(
          execution.places["NSPOP"] ?? place,
          "NSPOP is \(components), and $MIX does not assign P(\(k)).")
      }
      values.append(value)
    }
    if try addWeightCovariates(&model, values, execution) { return }
    for value in values {
      if let part = value.all.first(where: {
        if case .eta = $0 { true } else if case .name = $0 { true } else { false }
      }) {
        throw Fault(
          execution.uses[part] ?? place,
          "P(k) depends on \(ValuePrinter().text(part)): weights of a job are numbers, or depend on covariates by `weight-covariates`; write it as P(1) = THETA(1)."
        )
      }
    }
    var starts: [Double] = []
    for value in values {
      guard let start = stream.number(value), start > 0, start < 1 else {
        throw Fault(place, "P(k) has no start value between 0 and 1.")
      }
      starts.append(start)
    }
    guard abs(starts.reduce(0, +) - 1) < 1e-6 else {
      throw Fault(
        place,
        "the start values of P(k) have the sum \(number(starts.reduce(0, +))), 1 was expected.")
    }
    model.weights = starts
    let used = Set(
      values.flatMap(\.all).compactMap { if case .theta(let j) = $0 { j } else { nil } })
    let free = used.filter { !stream.thetas[$0 - 1].isFixed }
    if free.isEmpty {
      model.hasFixedWeights = true
      return
    }
    guard free.count == components - 1 else {
      throw Fault(
        place,
        "\(components) weights follow from \(free.count) THETAs; popmix estimates \(components - 1) of them, or fixes all."
      )
    }
    for (k, value) in values.enumerated() {
      let name = "w.\(k + 1)"
      switch value {
      case .theta(let j): model.weightThetas[j] = name
      default: continue
      }
    }
    for j in free where model.weightThetas[j] == nil {
      // Logits: log P(k)/P(K)
      guard
        let k = values.dropLast().firstIndex(where: { value in
          let ratio = Value.product(of: [value, .reciprocal(values[components - 1])])
          return ratio == .call("exp", [.theta(j)])
        }) ?? (components == 2 && isLogistic(values[0], j) ? 0 : nil)
      else {
        throw Fault(
          execution.uses[.theta(j)] ?? place,
          "how THETA(\(j)) makes weights is not understood; write P(1) = THETA(\(j)), or with EXP(THETA(\(j))) over a common sum."
        )
      }
      model.weightThetas[j] = "log(w.\(k + 1)/w.\(components))"
    }
    for j in free where model.roots.contains(where: { $0.contains { $0 == .theta(j) } }) {
      throw Fault(
        execution.uses[.theta(j)] ?? place, "THETA(\(j)) is a weight and stands elsewhere, too.")
    }
  }

  /// Two weights whose log odds are a THETA and others times covariates.
  private func addWeightCovariates(
    _ model: inout TranslatedModel, _ values: [Value], _ execution: Execution
  ) throws(Fault) -> Bool {
    guard components == 2,
      values.contains(where: { $0.contains { if case .name = $0 { true } else { false } } }),
      let odds = FormFinder.odds(values[0]), case .call("exp", let arguments) = odds
    else { return false }
    let ratio = Value.product(of: [values[0], .reciprocal(values[1])])
    guard
      ratio == odds || values[1] == Value.sum(of: [.one, .negated(values[0])])
        || FormFinder.odds(values[1]) == .reciprocal(odds)
    else { return false }
    var intercept: Int?
    for term in arguments[0].terms {
      if case .theta(let j) = term {
        guard intercept == nil else { return false }
        intercept = j
        continue
      }
      guard case .product(let factors) = term, factors.count == 2,
        let place = factors.firstIndex(where: { if case .theta = $0 { true } else { false } }),
        case .theta(let j) = factors[place]
      else { return false }
      switch factors[1 - place] {
      case .name(let name):
        model.weightCovariates.append((name, "{scale: linear, centre: 0}"))
        model.weightThetas[j] = "w.\(name).1"
      case .sum(let terms):
        guard terms.count == 2, case .name(let name) = terms[0], let x = terms[1].number else {
          return false
        }
        model.weightCovariates.append((name, "{scale: linear, centre: \(number(-x))}"))
        model.weightThetas[j] = "w.\(name).1"
      case .choice(.comparison(.equal, .name(let name), .number(let x)), .one, .zero):
        model.weightCovariates.append((name, "{categories: \(number(x))}"))
        model.weightThetas[j] = "w.\(name).\(number(x)).1"
      default: return false
      }
    }
    guard let intercept else { return false }
    let start = 1 / (1 + exp(-stream.thetas[intercept - 1].initial))
    model.weights = [start, 1 - start]
    model.weightThetas[intercept] = "log(w.1/w.2)"
    for j in model.weightThetas.keys.sorted() where stream.thetas[j - 1].isFixed {
      throw Fault(
        execution.uses[.theta(j)] ?? stream.thetas[j - 1].position,
        "THETA(\(j)) is fixed, and weights that depend on covariates are estimated.")
    }
    return true
  }

  private func isLogistic(_ value: Value, _ j: Int) -> Bool {
    let odds = Value.call("exp", [.negated(.theta(j))])
    return value == .raised(.sum(of: [.one, odds]), to: .number(-1))
      || value
        == .product(of: [
          .call("exp", [.theta(j)]),
          .raised(.sum(of: [.one, .call("exp", [.theta(j)])]), to: .number(-1)),
        ])
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

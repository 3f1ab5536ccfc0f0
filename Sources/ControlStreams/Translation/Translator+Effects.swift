// What is left when the random effects are known: centred ones and fixed effects.

extension Translator {
  /// ETAs that are in no form become effects with the mean 0.
  func addCentred(_ model: inout TranslatedModel, _ run: CodeRun) throws(Fault) {
    var parameters: [Value: Value] = [:]
    for part in model.roots.flatMap(\.all) where part.isEtaLeaf && parameters[part] == nil {
      let etas = part.leafEtas
      let form = RandomEffectForm(
        name: "eta\(etas[0])", distribution: .normal, mean: .zero, eta: part)
      try checkCentred(part, model.roots, run)
      parameters[part] = .parameter(form.name)
      model.notes.append(
        "ETA(\(etas.map { "\($0)" }.joined(separator: "), ETA("))) is kept as a random effect with the mean 0, as it occurs in no known form with a separate THETA."
      )
      model.forms.append(form)
    }
    model.forms = forms + model.forms
    model.replaceLeaves { parameters[$0] }
    try addFixedEffects(&model, run)
    try EffectArrangement(stream.omega, components: components).arrange(&model)
  }

  /// Refuses ETAs that are used in several ways, or have the variance of others.
  private func checkCentred(_ leaf: Value, _ roots: [Value], _ run: CodeRun) throws(Fault) {
    let etas = leaf.leafEtas
    if etas.count > 1,
      roots.contains(where: { root in
        let rest = root.replacing { $0 == leaf ? .zero : nil }
        return etas.contains { i in rest.contains { $0 == .eta(i) } }
      })
    {
      throw Fault(
        run.place(.eta(etas[0])) ?? .beginning,
        "ETA(\(etas[0])) is used in components in different ways, which is not supported; use a separate ETA for each."
      )
    }
    for i in etas where stream.omega.isRepeated(i) {
      throw Fault(
        run.place(.eta(i)) ?? .beginning,
        "ETA(\(i)) has the same variance as others (SAME), and is none of occasions in a form that is known: beside an ETA of the subject and a THETA, as in CL = THETA(1)*EXP(ETA(1) + IOV) with IF (OCC.EQ.1) IOV = ETA(\(i))."
      )
    }
  }

  // MARK: fixed effects

  /// THETAs that are left become fixed effects, or numbers if they are fixed.
  private func addFixedEffects(_ model: inout TranslatedModel, _ run: CodeRun) throws(Fault) {
    model.replaceLeaves { part in
      // A fixed effect is estimated in all components or in none.
      guard case .perComponent(let values) = part, part.isThetaLeaf,
        Set(values.map(isFixed)).count > 1
      else { return nil }
      return Unification.chosen(values)
    }
    var names = FixedEffectNames(model)
    for part in model.roots.flatMap(\.all) where part.isThetaLeaf && names.values[part] == nil {
      if case .theta(let j) = part, stream.thetas[j - 1].isFixed {
        names.values[part] = .number(stream.thetas[j - 1].initial)
      } else {
        let name = names.add(part, otherwise: "THETA\(part.leafThetas[0])")
        model.fixedEffects.append(fixedEffect(name, part))
      }
    }
    // Numbers that differ between components: a fixed effect that is not estimated.
    for part in model.roots.flatMap(\.all) {
      guard case .perComponent(let values) = part, names.values[part] == nil,
        values.allSatisfy({ $0.number != nil })
      else { continue }
      let name = names.add(part, otherwise: "FLAG\(model.fixedEffects.count + 1)")
      model.fixedEffects.append(
        FixedEffect(
          name: name, leaf: part, distribution: "normal", starts: values.compactMap(\.number),
          isFixed: values.map { _ in true }))
    }
    let leaves = names.values.keys.sorted { $0.leafThetas.lexicographicallyPrecedes($1.leafThetas) }
    try checkThetas(leaves, run)
    model.replaceLeaves { names.values[$0] }
    addComponentNumber(&model)
  }

  /// Refuses a THETA of one component that has another use: one parameter cannot be two.
  private func checkThetas(_ leaves: [Value], _ run: CodeRun) throws(Fault) {
    let single = Set(leaves.compactMap { if case .theta(let j) = $0 { j } else { nil } })
    for leaf in leaves where leaf.isPerComponent {
      for j in leaf.leafThetas
      where single.contains(j) && !stream.thetas[j - 1].isFixed
        || leaves.contains(where: { $0 != leaf && $0.leafThetas.contains(j) })
      {
        throw Fault(
          run.place(.theta(j)) ?? .beginning,
          "THETA(\(j)) is used in different ways in components, which a job cannot keep equal; use a THETA of its own for each."
        )
      }
    }
  }

  /// Adds the fixed effect that is the component's number, if expressions depend on it.
  private func addComponentNumber(_ model: inout TranslatedModel) {
    let number = Value.parameter(Unification.number)
    guard model.roots.contains(where: { $0.contains { $0 == number } }) else { return }
    model.fixedEffects.append(
      FixedEffect(
        name: Unification.number, leaf: .zero, distribution: "normal",
        starts: (1...components).map { Double($0) },
        isFixed: Array(repeating: true, count: components)))
    model.notes.append(
      "components differ in more than parameters: MIXNUM is a fixed effect that is the number of the component."
    )
  }

  /// Whether a leaf stays as it is: all numbers do.
  private func isFixed(_ leaf: Value) -> Bool {
    if case .theta(let j) = leaf { stream.thetas[j - 1].isFixed } else { true }
  }

  /// A fixed effect, on the scale where its bounds are none.
  private func fixedEffect(_ name: String, _ leaf: Value) -> FixedEffect {
    let leaves: [Value] = if case .perComponent(let values) = leaf { values } else { [leaf] }
    let starts = stream.starts(of: leaf)
    var effect = FixedEffect(
      name: name, leaf: leaf, distribution: "normal", starts: starts,
      isFixed: leaves.map(isFixed))
    let free = leaf.leafThetas.map { stream.thetas[$0 - 1] }.filter { !$0.isFixed }
    // A prior is normal on the scale of THETA.
    guard let first = free.first, !leaf.leafThetas.contains(where: hasPrior) else { return effect }
    if first.lower.isFinite, first.upper.isFinite,
      free.allSatisfy({ $0.lower == first.lower && $0.upper == first.upper }),
      starts.allSatisfy({ $0 > first.lower && $0 < first.upper })
    {
      effect.distribution = "logit-normal"
      effect.bounds = FixedEffect.Bounds(lower: first.lower, upper: first.upper)
    } else if free.allSatisfy({ $0.lower >= 0 }), starts.allSatisfy({ $0 > 0 }) {
      effect.distribution = "lognormal"
    }
    return effect
  }
}

/// Names of fixed effects, each once.
private struct FixedEffectNames {
  /// The parameters or numbers in the places of leaves.
  var values: [Value: Value] = [:]
  private var taken: Set<String>
  private let variables: [NamedValue]

  init(_ model: TranslatedModel) {
    taken = Set(model.forms.map(\.name))
    variables = model.variables
  }

  /// Names a leaf as the variable that is nothing else, if there is one.
  mutating func add(_ leaf: Value, otherwise other: String) -> String {
    let name = variables.first { $0.value == leaf && !taken.contains($0.name) }?.name ?? other
    taken.insert(name)
    values[leaf] = .parameter(name)
    return name
  }
}

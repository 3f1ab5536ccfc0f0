// What is left when the random effects are known: centred ones, fixed effects, blocks.

extension Translator {
  /// ETAs that are in no form become effects with the mean 0.
  mutating func addCentred(_ model: inout TranslatedModel, _ run: Run) throws(Fault) {
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
    model.forms = forms + model.forms
    model.replaceLeaves { replaced[$0] }
    try nameFixedEffects(&model, run)
    try arrange(&model)
  }

  /// THETAs that are left become fixed effects, or numbers if they are fixed.
  func nameFixedEffects(_ model: inout TranslatedModel, _ run: Run) throws(Fault) {
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

  func fixedEffect(_ name: String, _ leaf: Value) throws(Fault) -> FixedEffect {
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
  func arrange(_ model: inout TranslatedModel) throws(Fault) {
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
}

extension JobFileReader {
  /// The model, and the layout of its parameters when that much is in order.
  ///
  /// - Parameters:
  ///   - value: nil when the section is absent.
  ///   - mixture: nil when it has faults.
  func modelSpecification(
    _ value: YAMLValue?, mixture: MixtureSpecification?
  ) -> (ModelSpecification?, ParameterLayout?) {
    guard
      let keys = value?.mapping(keys: [
        "structure", "random-effects", "residual-error", "start", "fixed",
      ])
    else { return (nil, nil) }
    let structure = keys.required("structure").flatMap { value in
      value.word(among: vocabulary.structures.keys.sorted())
        .map { Located($0, at: value.position) }
    }
    let section = keys.required("random-effects")
    let effects = section.flatMap { section in
      section.anyMapping(expected: "a mapping of the random effects")
        .flatMap { randomEffects($0, of: structure?.value) }
    }
    let residualError = keys.required("residual-error")
      .flatMap { $0.choice(of: ModelSpecification.ResidualError.self) }

    var layout: ParameterLayout?
    if let effects, let mixture {
      layout = ParameterLayout(effects: effects.map(\.value), mixture: mixture)
      if mixture.components > 1, !effects.contains(where: { $0.value.membership == .mixture }) {
        section?.report(
          "has no effect of the mixture, expected at least one, as there are "
            + "\(mixture.components) components; write 'membership: mixture' for one of them.",
          atKey: true)
      }
    }

    var start: PopulationValues?
    var fixed = FixedParameters()
    // Without a layout the faults found in these would mostly follow from others.
    if let layout {
      let before = section?.document.faultCount
      start = keys["start"].flatMap { populationValues($0, layout: layout, complete: false) }
      let startIsValid = section?.document.faultCount == before
      fixed =
        keys["fixed"].flatMap {
          fixedParameters($0, layout: layout, start: startIsValid ? start ?? .init() : nil)
        } ?? fixed
    }
    guard let structure, let effects, let residualError else { return (nil, layout) }
    let model = ModelSpecification(
      structure: structure, randomEffects: effects, residualError: residualError, start: start,
      fixed: fixed)
    return (model, layout)
  }

  private func randomEffects(
    _ mapping: YAMLMapping, of structure: String?
  ) -> [Located<RandomEffectSpecification>]? {
    let names = mapping.entries.map(\.key.value)
    guard let sets = structure.flatMap({ vocabulary.structures[$0] }),
      areParameters(names, among: sets, mapping)
    else { return nil }
    return mapping.entries.every { name, value in
      guard let keys = value.mapping(keys: ["distribution", "membership"]) else { return nil }
      let distribution = keys.required("distribution")
        .flatMap { $0.choice(of: RandomEffectSpecification.Distribution.self) }
      let membership = keys.required("membership")
        .flatMap { $0.choice(of: RandomEffectSpecification.Membership.self) }
      guard let distribution, let membership else { return nil }
      return Located(
        RandomEffectSpecification(
          name: name.value, distribution: distribution, membership: membership),
        at: value.keyPosition)
    }
  }

  /// Whether the names are one of the parameter sets; reports the faults when not.
  private func areParameters(
    _ names: [String], among sets: [[String]], _ mapping: YAMLMapping
  ) -> Bool {
    guard !sets.contains(where: { Set($0) == Set(names) }) else { return true }
    let known = sets.reduce(into: []) { known, set in
      known += set.filter { !known.contains($0) }
    }
    // The sets with all parameters that may be left out would fill a page.
    let usual = sets.filter { $0.count == sets.map(\.count).min() }
    let optional = known.filter { name in !usual.contains { $0.contains(name) } }
    let texts = usual.map { conjunction($0.map { "'\($0)'" }) }
    let isLong = usual.count > 1 && usual.contains { $0.count > 2 }
    let expected =
      (isLong
        ? texts.dropLast().joined(separator: "; ") + "; or \(texts[texts.count - 1])"
        : alternatives(texts))
      + (optional.isEmpty
        ? "" : ", with or without \(alternatives(optional.map { "'\($0)'" }))")
    let unknown = mapping.entries.filter { !known.contains($0.key.value) }
    for (name, value) in unknown {
      let others = known.filter { !names.contains($0) }
      let near = nearestName(to: name.value, among: others)
      mapping.owner.document.report(
        "unknown random effect \(quoted(name.value)) of the structure, expected \(expected); "
          + (near.map { "did you mean '\($0)'?" } ?? "correct or remove it."),
        at: value.keyPosition)
    }
    if unknown.isEmpty {
      let found = names.isEmpty ? "is empty" : "has \(conjunction(names.map { "'\($0)'" }))"
      mapping.owner.report(
        "\(found), expected \(expected); give the effects of one of these sets.", atKey: true)
    }
    return false
  }
}

/// What the parameters of a population are.
struct ParameterLayout {
  let effects: [RandomEffectSpecification]
  let mixture: MixtureSpecification

  var names: [String] { effects.map(\.name) }

  /// The effect of that name, which is known to exist.
  func effect(_ name: String) -> RandomEffectSpecification {
    guard let effect = effects.first(where: { $0.name == name }) else {
      preconditionFailure("\(name) is no random effect")
    }
    return effect
  }

  /// Number of values that a parameter of an effect of that membership has.
  func count(_ membership: RandomEffectSpecification.Membership) -> Int {
    membership == .mixture ? mixture.components : 1
  }

  /// Effects that vary together, in order.
  func block(_ membership: RandomEffectSpecification.Membership) -> [RandomEffectSpecification] {
    effects.filter { $0.membership == membership }
  }

  /// Whether the components have one covariance matrix of these effects together.
  func isEqualAcrossComponents(_ membership: RandomEffectSpecification.Membership) -> Bool {
    membership == .mixture && mixture.acrossComponents == .equal
  }
}

import DifferentialEquations
import PopulationModel
import Spelling

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
        "structure", "equations", "equations-file", "solver", "random-effects",
        "fixed-effects", "residual-error", "start", "fixed",
      ])
    else { return (nil, nil) }
    let equations = equationText(keys)
    let structure = structure(keys, equations: equations)
    let fixedEffects = keys["fixed-effects"].map(fixedEffects) ?? []
    let section = keys.required("random-effects")
    let effects = section.flatMap { section in
      section.anyMapping(expected: "a mapping of the random effects").flatMap {
        randomEffects(
          $0, of: equations == nil ? structure?.value : nil,
          isWritten: equations != nil, beside: fixedEffects ?? [])
      }
    }
    let outputs = keys.required("residual-error").flatMap(residualErrors)
    let tolerances = solverTolerances(keys["solver"], isWritten: equations != nil)

    var layout: ParameterLayout?
    if let effects, let mixture {
      layout = ParameterLayout(
        effects: effects.map(\.value), fixedEffects: fixedEffects ?? [], outputs: outputs ?? [],
        mixture: mixture)
      if mixture.components > 1, !effects.contains(where: { $0.value.membership == .mixture }),
        !(fixedEffects ?? []).contains(where: \.isPerComponent)
      {
        section?.report(
          "has no effect of the mixture, expected at least one, as there are "
            + "\(mixture.components) components; write 'membership: mixture' for one of them, or 'per-component: yes' for a fixed effect.",
          atKey: true)
      }
    }

    var start: PopulationValues?
    var otherStarts: [PopulationValues] = []
    var fixed = FixedValues()
    // Without a layout the faults found in these would mostly follow from others.
    if let layout {
      let before = section?.document.faultCount
      let starts = keys["start"]?.oneOrMany(of: "starting values") ?? []
      start = starts.first.flatMap { populationValues($0, layout: layout, complete: false) }
      otherStarts = starts.dropFirst().compactMap {
        let own = populationValues($0, layout: layout, complete: false)
        return start.flatMap { own?.completed(by: $0) } ?? own
      }
      let startIsValid = section?.document.faultCount == before
      fixed =
        keys["fixed"].flatMap {
          fixedParameters($0, layout: layout, start: startIsValid ? start ?? .init() : nil)
        } ?? fixed
      for (index, other) in otherStarts.enumerated() {
        guard let start, let name = fixed.firstDifference(of: other, from: start) else { continue }
        let items = keys["start"]?.oneOrMany(of: "starting values") ?? []
        items[index + 1].report(
          "has another value of \(name), which is fixed, expected the first start's; leave it out.")
      }
    }
    guard let structure, let effects, let fixedEffects, let outputs, let tolerances
    else { return (nil, layout) }
    let model = ModelSpecification(
      structure: structure, equations: equations, tolerances: tolerances, randomEffects: effects,
      fixedEffects: fixedEffects, outputs: outputs, start: start, otherStarts: otherStarts,
      fixed: fixed)
    return (model, layout)
  }

  /// The name of the structure, or `equations` where the model is written.
  private func structure(_ keys: YAMLMapping, equations: EquationText?) -> Located<String>? {
    let texts = ["equations", "equations-file"].compactMap { keys[$0] }
    guard let text = texts.first else {
      return keys.required("structure").flatMap { value in
        value.word(among: vocabulary.structures.keys.sorted())
          .map { Located($0, at: value.position) }
      }
    }
    if let structure = keys["structure"] {
      structure.report(
        "stands beside '\(text.path)', expected one of them; call the library's models in the equations by 'linCmt'.",
        atKey: true)
      return nil
    }
    if texts.count > 1 {
      texts[1].report(
        "stands beside 'model.equations', expected one of them; remove one.", atKey: true)
      return nil
    }
    return equations == nil ? nil : Located("equations", at: text.position)
  }

  /// How differential equations are solved.
  private func solverTolerances(_ value: YAMLValue?, isWritten: Bool) -> SolverTolerances? {
    guard let value else { return SolverTolerances() }
    guard isWritten else {
      value.report(
        "stands beside a structure of the library, which needs no solver, expected 'equations'; remove it.",
        atKey: true)
      return nil
    }
    guard let keys = value.mapping(keys: ["relative", "absolute", "steps"]) else { return nil }
    let usual = SolverTolerances()
    let relative = keys["relative"].map { $0.number(.between(0, 1)) } ?? usual.relative
    let absolute = keys["absolute"].map { $0.number(.positive) } ?? usual.absolute
    let steps = keys["steps"].map { $0.integer(in: 10...1_000_000_000) } ?? usual.maximumSteps
    guard let relative, let absolute, let steps else { return nil }
    return SolverTolerances(relative: relative, absolute: absolute, maximumSteps: steps)
  }

  private func randomEffects(
    _ mapping: YAMLMapping, of structure: String?, isWritten: Bool,
    beside fixedEffects: [FixedEffect]
  ) -> [Located<RandomEffectSpecification>]? {
    let names = mapping.entries.map(\.key.value) + fixedEffects.map(\.name)
    if !isWritten {
      guard let sets = structure.flatMap({ vocabulary.structures[$0] }),
        areParameters(names, among: sets, mapping)
      else { return nil }
    }
    if let twice = mapping.entries.first(where: { entry in
      fixedEffects.contains { $0.name == entry.key.value }
    }) {
      twice.value.report(
        "is a random effect and a fixed one, expected one of them; remove it from one list.",
        atKey: true)
      return nil
    }
    return mapping.entries.every { name, value in
      guard
        let keys = value.mapping(
          keys: ["distribution", "membership", "covariates", "occasions"]
            + DistributionWord.keys)
      else { return nil }
      let distribution = distribution(keys)
      let membership = keys.required("membership")
        .flatMap { $0.choice(of: EffectMembership.self) }
      let covariates = keys["covariates"].map { effectCovariates($0) } ?? []
      let occasions = keys["occasions"].map(occasions)
      guard let distribution, let membership, let covariates else { return nil }
      if case .some(nil) = occasions { return nil }
      if let given = keys["occasions"], !isWritten {
        given.report(
          "is of a model of the library, expected a model that is written as 'equations'; call the library's model there by "
            + "'linCmt'.", atKey: true)
        return nil
      }
      let effect = RandomEffect(
        name: name.value, distribution: distribution, membership: membership)
      return Located(
        RandomEffectSpecification(
          effect: effect, covariates: covariates, occasions: occasions ?? nil),
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
  var fixedEffects: [FixedEffect] = []
  var outputs: [OutputModel] = []
  let mixture: MixtureSpecification

  var names: [String] { effects.map(\.name) }

  /// p: dimensions of the integrals, one more for each occasion of an effect.
  var dimensionCount: Int { effects.reduce(0) { $0 + 1 + ($1.occasions?.values.count ?? 0) } }

  /// The effect of that name, which is known to exist.
  func effect(_ name: String) -> RandomEffectSpecification {
    guard let effect = effects.first(where: { $0.name == name }) else {
      preconditionFailure("\(name) is no random effect")
    }
    return effect
  }

  /// Number of values that a parameter of an effect of that membership has.
  func count(_ membership: EffectMembership) -> Int {
    membership == .mixture ? mixture.components : 1
  }

  /// Effects that vary together, in order.
  func block(_ membership: EffectMembership) -> [RandomEffectSpecification] {
    effects.filter { $0.membership == membership }
  }

  /// Whether the components have one covariance matrix of these effects together.
  func isEqualAcrossComponents(_ membership: EffectMembership) -> Bool {
    membership == .mixture && mixture.acrossComponents == .equal
  }
}

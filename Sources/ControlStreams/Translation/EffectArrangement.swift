/// Decides which effects are of the mixture, and which are correlated.
struct EffectArrangement {
  private let omega: CovarianceBlocks
  private let components: Int

  init(_ omega: CovarianceBlocks, components: Int) {
    self.omega = omega
    self.components = components
  }

  /// - Throws: `Fault` if OMEGA has covariances that popmix cannot have.
  func arrange(_ model: inout TranslatedModel) throws(Fault) {
    try checkOccasions(model.forms)
    if components == 1 {
      try arrangeWithoutMixture(&model)
    } else {
      try arrangeMixture(&model)
    }
    try checkSeparation(model)
    model.forms.sort { $0.etas[0] < $1.etas[0] }
  }

  /// Effects of one block of OMEGA, that of the first component.
  private struct Group {
    var block: Int?
    var forms: [RandomEffectForm]

    var isBlock: Bool { forms.count > 1 }
  }

  private func block(_ form: RandomEffectForm) -> Int? { omega.find(form.subjectEtas[0])?.block }

  private func groups(_ forms: [RandomEffectForm]) -> [Group] {
    var groups: [Group] = []
    for form in forms {
      if let index = groups.firstIndex(where: { $0.block == block(form) }) {
        groups[index].forms.append(form)
      } else {
        groups.append(Group(block: block(form), forms: [form]))
      }
    }
    return groups
  }

  private func position(_ group: Group) -> Position { omega.blocks[group.block ?? 0].position }

  // MARK: one component

  /// One block is the mixture's, and what is outside of it shared; two blocks are each one of both.
  private func arrangeWithoutMixture(_ model: inout TranslatedModel) throws(Fault) {
    let groups = groups(model.forms.filter { !$0.hasOwnEtas && !$0.hasOwnMeans })
    let large = groups.filter(\.isBlock)
    guard large.count < 2 || large.count == 2 && groups.count == 2 else {
      throw Fault(
        position(large[1]),
        "OMEGA has \(large.count) blocks beside other variances; popmix has one block, with the others uncorrelated, or two blocks."
      )
    }
    model.mixtureEffects = Set((large.first?.forms ?? []).map(\.name))
    model.isMixtureFull = !large.isEmpty
    model.isSharedFull = large.count == 2
  }

  // MARK: several components

  private func arrangeMixture(_ model: inout TranslatedModel) throws(Fault) {
    let mixed = model.forms.filter { $0.hasOwnEtas || $0.hasOwnMeans }
    let plain = model.forms.filter { !$0.hasOwnEtas && !$0.hasOwnMeans }
    model.mixtureEffects = Set(mixed.map(\.name))
    model.isMixtureFull = try isFull(groups(mixed), "the mixture's effects")
    model.isSharedFull = try isFull(groups(plain), "the shared effects")
    let own = mixed.filter(\.hasOwnEtas)
    model.hasEqualCovariances = own.isEmpty && !mixed.isEmpty
    guard own.contains(where: hasRepeatedVariance) else { return }
    guard own.allSatisfy(hasOneVariance) else {
      throw Fault(
        omega.blocks[block(own[0]) ?? 0].position,
        "some variances are the SAME in all components and others are not; popmix has either.")
    }
    model.hasEqualCovariances = true
  }

  /// Whether all effects are in a single block; `false` if each has a separate one.
  private func isFull(_ groups: [Group], _ what: String) throws(Fault) -> Bool {
    let large = groups.filter(\.isBlock)
    if large.isEmpty { return false }
    guard groups.count == 1 else {
      throw Fault(
        position(large[large.count > 1 ? 1 : 0]),
        "OMEGA has \(large.count > 1 ? "several blocks" : "a block beside single variances") of \(what), and popmix correlates all of them or none; use one BLOCK or none."
      )
    }
    return true
  }

  /// Whether the ETAs of all components have one variance.
  private func hasOneVariance(_ form: RandomEffectForm) -> Bool {
    Set(form.subjectEtas.map { omega.origin(of: $0)?.block ?? 0 }).count == 1
  }

  /// Whether they have so by SAME.
  private func hasRepeatedVariance(_ form: RandomEffectForm) -> Bool {
    let etas = form.subjectEtas
    return etas.count > 1 && hasOneVariance(form)
      && omega.find(etas[0])?.block != omega.find(etas[1])?.block
  }

  // MARK: checks

  /// Refuses occasions whose deviations are correlated.
  private func checkOccasions(_ forms: [RandomEffectForm]) throws(Fault) {
    for eta in forms.flatMap({ $0.occasions?.etas ?? [] }) {
      guard let place = omega.find(eta), omega.blocks[place.block].size > 1 else { continue }
      let same = omega.blocks.last { $0.sameAs == place.block } ?? omega.blocks[place.block]
      throw Fault(
        same.position,
        "deviations of occasions (SAME) are correlated (BLOCK(\(same.size))), which is not supported; use one BLOCK(1) for each."
      )
    }
  }

  /// Refuses covariances between effects that popmix keeps apart.
  private func checkSeparation(_ model: TranslatedModel) throws(Fault) {
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
  }
}

// Which THETAs and ETAs become random effects of the job.

extension Translator {
  /// Finds forms in variables in the order of their assignment; each THETA and ETA is in one form.
  mutating func findForms(_ run: CodeRun) {
    let finder = FormFinder(omega: stream.omega, data: data)
    var etas = Set(forms.flatMap(\.etas))
    var thetas = Set(forms.flatMap(\.thetas))
    for name in run.order where overrides[name] == nil && !refused.contains(name) && name != "Y" {
      guard let value = run.value(name).map(plain), value.hasRandomEffect,
        let found = finder.find(value, name: name), etas.isDisjoint(with: found.form.etas),
        thetas.isDisjoint(with: found.form.thetas), isPossible(found.form)
      else { continue }
      etas.formUnion(found.form.etas)
      thetas.formUnion(found.form.thetas)
      forms.append(found.form)
      overrides[name] = found.value
    }
  }

  /// Whether a THETA has a prior.
  func hasPrior(_ j: Int) -> Bool { j <= stream.prior?.theta.count ?? 0 }

  /// Whether popmix can have a form, by itself.
  private func isPossible(_ form: RandomEffectForm) -> Bool {
    guard let theta = form.theta else { return true }
    let starts = stream.starts(of: theta)
    if case .typical = form.mean, form.distribution != .normal {
      // A prior of THETA is normal on its own scale.
      if form.thetas.contains(where: hasPrior) { return false }
      let isLogit = form.distribution == .logitNormal
      if starts.contains(where: { $0 <= 0 || isLogit && $0 >= 1 }) { return false }
    }
    if form.isRelative {
      // Its variance follows from the mean: one free number for each.
      guard !form.hasOwnMeans || form.hasOwnEtas, starts.allSatisfy({ $0 != 0 }),
        form.subjectEtas.allSatisfy({ !stream.omega.isFixed($0) })
      else { return false }
    }
    // Numbers beside THETAs are no means that could be estimated.
    guard starts.count == form.thetas.count else { return false }
    return Set(form.thetas).count == form.thetas.count
      && Set(form.subjectEtas).count == form.subjectEtas.count
  }

  /// Forms whose THETAs or ETAs are needed elsewhere.
  func formsUsedElsewhere(_ roots: [Value]) -> [RandomEffectForm] {
    var thetas: Set<Int> = []
    var etas: Set<Int> = []
    for leaf in roots.flatMap(\.all) {
      thetas.formUnion(leaf.leafThetas)
      etas.formUnion(leaf.leafEtas)
    }
    return forms.filter { form in
      form.thetas.contains(where: thetas.contains) || form.etas.contains(where: etas.contains)
    }
  }

  /// Makes forms variables of the code again, and says whether there are any.
  mutating func giveBack(_ back: [RandomEffectForm]) -> Bool {
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

  /// Forms that popmix cannot have beside others: means of components without variances of their
  /// own.
  func mixedForms() -> [RandomEffectForm] {
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
  func formsBesideCentred(_ roots: [Value]) -> [RandomEffectForm] {
    let alone = Set(roots.flatMap(\.all).flatMap(\.leafEtas))
    return forms.filter { form in
      form.subjectEtas.contains { eta in
        alone.contains {
          $0 != eta && stream.omega.find($0)?.block == stream.omega.find(eta)?.block
        }
      }
    }
  }
}

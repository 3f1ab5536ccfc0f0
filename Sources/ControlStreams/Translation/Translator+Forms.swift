// Which THETAs and ETAs become random effects of the job.

extension Translator {
  mutating func findForms(_ run: Run) {
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

  func hasPrior(_ j: Int) -> Bool { j <= stream.prior?.theta.count ?? 0 }

  func isPossible(_ form: RandomEffectForm) -> Bool {
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
  mutating func giveBack(_ roots: [Value]) -> Bool {
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
}

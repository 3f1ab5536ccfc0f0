/// Finds the forms in which ETAs stand in the values of variables.
struct FormFinder {
  let omega: CovarianceBlocks
  let data: DataColumns

  /// The form of a variable's value, and the value in terms of the job's parameter.
  struct Finding {
    var form: RandomEffectForm
    var value: Value
  }

  /// A sum's ETA, the switch between occasions that may stand beside it, and the other terms.
  private struct RandomTerms {
    var eta: Value
    var occasions: OccasionSwitch?
    var others: [Value]
  }

  /// - Parameter name: of the variable.
  func find(_ value: Value, name: String) -> Finding? {
    logit(value, name) ?? lognormal(value, name) ?? relative(value, name) ?? normal(value, name)
  }

  /// The name of the effect in a variable, which has that name itself if it is nothing else.
  private func parameter(_ name: String, alone: Bool) -> String { alone ? name : name + "_ref" }

  private func split(_ terms: [Value]) -> RandomTerms? {
    let random = terms.filter(\.hasRandomEffect)
    let others = terms.filter { !$0.hasRandomEffect }
    guard let eta = random.first(where: { $0.isEtaLeaf && !isRepeated($0) }) else { return nil }
    let rest = random.filter { $0 != eta }
    if rest.isEmpty { return RandomTerms(eta: eta, others: others) }
    guard let occasions = OccasionSwitch(.sum(of: rest), omega, data) else { return nil }
    return RandomTerms(eta: eta, occasions: occasions, others: others)
  }

  /// Whether it is one of several ETAs with the same variance.
  private func isRepeated(_ eta: Value) -> Bool {
    if case .eta(let i) = eta { omega.isRepeated(i) } else { false }
  }

  // MARK: forms

  /// CL = θ·exp(η) or exp(θ + η), perhaps times something.
  private func lognormal(_ value: Value, _ name: String) -> Finding? {
    var factors = value.factors
    guard let place = factors.firstIndex(where: \.hasRandomEffect),
      case .call("exp", let arguments) = factors.remove(at: place),
      !factors.contains(where: \.hasRandomEffect), let random = split(arguments[0].terms)
    else { return nil }
    var others = random.others
    let mean: RandomEffectForm.Mean
    if let theta = others.firstIndex(where: \.isThetaLeaf) {
      mean = .mean(others.remove(at: theta))
    } else if let theta = factors.firstIndex(where: \.isThetaLeaf) {
      mean = .typical(factors.remove(at: theta))
    } else {
      return nil
    }
    let rest = factors + (others.isEmpty ? [] : [Value.exponential(.sum(of: others))])
    let effect = parameter(name, alone: rest.isEmpty)
    return Finding(
      form: RandomEffectForm(
        name: effect, distribution: .lognormal, mean: mean, eta: random.eta,
        occasions: random.occasions),
      value: .product(of: rest + [.parameter(effect)]))
  }

  /// V = θ + η, perhaps with other terms.
  private func normal(_ value: Value, _ name: String) -> Finding? {
    guard case .sum(let terms) = value, let random = split(terms),
      let theta = random.others.firstIndex(where: \.isThetaLeaf)
    else { return nil }
    var rest = random.others
    let mean = rest.remove(at: theta)
    let effect = parameter(name, alone: rest.isEmpty)
    return Finding(
      form: RandomEffectForm(
        name: effect, distribution: .normal, mean: .mean(mean), eta: random.eta,
        occasions: random.occasions),
      value: .sum(of: rest + [.parameter(effect)]))
  }

  /// V = θ·(1 + η), perhaps times something.
  private func relative(_ value: Value, _ name: String) -> Finding? {
    var factors = value.factors
    guard let place = factors.firstIndex(where: \.hasRandomEffect),
      case .sum(let terms) = factors.remove(at: place), terms.count == 2, terms.contains(.one),
      let eta = terms.first(where: \.isEtaLeaf), !isRepeated(eta),
      !factors.contains(where: \.hasRandomEffect),
      let theta = factors.firstIndex(where: \.isThetaLeaf)
    else { return nil }
    let mean = factors.remove(at: theta)
    let effect = parameter(name, alone: factors.isEmpty)
    return Finding(
      form: RandomEffectForm(
        name: effect, distribution: .normal, mean: .mean(mean), eta: eta, isRelative: true),
      value: .product(of: factors + [.parameter(effect)]))
  }

  /// F1 = 1/(1 + exp(−(θ + η))) or exp φ/(1 + exp φ), where θ is a logit or log(θ/(1 − θ)).
  private func logit(_ value: Value, _ name: String) -> Finding? {
    guard let odds = Self.odds(value) else { return nil }
    var factors = odds.factors
    guard let place = factors.firstIndex(where: \.hasRandomEffect),
      case .call("exp", let arguments) = factors.remove(at: place),
      let random = split(arguments[0].terms)
    else { return nil }
    let mean: RandomEffectForm.Mean
    if factors.isEmpty, random.others.count == 1, random.others[0].isThetaLeaf {
      mean = .mean(random.others[0])
    } else {
      guard random.others.isEmpty, let theta = factors.first(where: \.isThetaLeaf),
        Value.product(of: factors)
          == .product(of: [theta, .reciprocal(.sum(of: [.one, .negated(theta)]))])
      else { return nil }
      mean = .typical(theta)
    }
    return Finding(
      form: RandomEffectForm(
        name: name, distribution: .logitNormal, mean: mean, eta: random.eta,
        occasions: random.occasions),
      value: .parameter(name))
  }

  /// q of q/(1 + q) or 1/(1 + 1/q).
  static func odds(_ value: Value) -> Value? {
    func inside(_ factor: Value) -> Value? {
      guard case .power(.sum(let terms), .number(-1)) = factor, terms.count == 2,
        let one = terms.firstIndex(of: .one)
      else { return nil }
      return terms[1 - one]
    }
    if let inner = inside(value) { return .reciprocal(inner) }
    for factor in value.factors {
      guard let inner = inside(factor) else { continue }
      if Value.product(of: value.factors.filter { $0 != factor }) == inner { return inner }
    }
    return nil
  }
}

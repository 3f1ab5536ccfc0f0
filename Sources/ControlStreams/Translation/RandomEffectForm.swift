/// A random effect of the job, made of an ETA and, where it can be, the THETA that is its mean.
struct RandomEffectForm {
  enum Distribution: String {
    case normal, lognormal
    case logitNormal = "logit-normal"
  }

  enum Mean {
    /// The typical value in natural units: CL = θ·exp(η)
    case typical(Value)
    /// The mean on the scale where the effect is normal: CL = exp(θ + η)
    case mean(Value)
    /// None: an ETA by itself.
    case zero
  }

  var name: String
  var distribution: Distribution
  var mean: Mean
  /// An ETA, or one for each component.
  var eta: Value
  var occasions: OccasionSwitch?
  /// V = θ·(1 + η): the ETA is relative to the mean.
  var isRelative = false

  var theta: Value? {
    switch mean {
    case .typical(let value), .mean(let value): value
    case .zero: nil
    }
  }

  var etas: [Int] { RandomEffectForm.numbers(eta) + (occasions?.etas ?? []) }
  /// The ETAs between subjects, one or one for each component.
  var subjectEtas: [Int] { RandomEffectForm.numbers(eta) }
  var hasOwnEtas: Bool { if case .perComponent = eta { true } else { false } }
  var hasOwnMeans: Bool { if case .perComponent? = theta { true } else { false } }

  private static func numbers(_ value: Value) -> [Int] {
    switch value {
    case .eta(let i): [i]
    case .perComponent(let values): values.flatMap(numbers)
    default: []
    }
  }
}

/// Which ETA counts in which occasion: `IF (OCC.EQ.1) IOV = ETA(3)`.
struct OccasionSwitch {
  var covariate: String
  var values: [Double]
  var etas: [Int]
}

/// Finds the forms in which ETAs stand in the values of variables.
struct FormFinder {
  let omega: CovarianceBlocks
  let data: DataColumns

  /// The form of a variable's value, and its value in terms of the job's parameter.
  ///
  /// - Parameter name: of the variable.
  func find(_ value: Value, name: String) -> (form: RandomEffectForm, value: Value)? {
    logit(value, name) ?? lognormal(value, name) ?? relative(value, name) ?? normal(value, name)
  }

  private func parameter(_ name: String, alone: Bool) -> String { alone ? name : name + "_ref" }

  static func isEta(_ value: Value) -> Bool {
    switch value {
    case .eta: true
    case .perComponent(let values): values.allSatisfy { if case .eta = $0 { true } else { false } }
    default: false
    }
  }

  static func isTheta(_ value: Value) -> Bool {
    switch value {
    case .theta: true
    case .perComponent(let values): values.contains { if case .theta = $0 { true } else { false } }
    default: false
    }
  }

  /// One ETA and perhaps a switch between occasions in terms; the others.
  private func split(_ terms: [Value]) -> (eta: Value, occasions: OccasionSwitch?, others: [Value])?
  {
    let random = terms.filter(\.hasRandomEffect)
    let others = terms.filter { !$0.hasRandomEffect }
    guard let eta = random.first(where: { Self.isEta($0) && !isRepeated($0) }) else { return nil }
    let rest = random.filter { $0 != eta }
    if rest.isEmpty { return (eta, nil, others) }
    guard let occasions = occasionSwitch(.sum(of: rest)) else { return nil }
    return (eta, occasions, others)
  }

  /// Whether it is one of several ETAs with the same variance.
  private func isRepeated(_ eta: Value) -> Bool {
    if case .eta(let i) = eta { omega.isRepeated(i) } else { false }
  }

  func occasionSwitch(_ value: Value) -> OccasionSwitch? {
    if let flags = occasionFlags(value) { return flags }
    let covariates = Set(
      value.all.compactMap { part -> String? in
        if case .comparison(.equal, .name(let name), .number) = part { name } else { nil }
      })
    for covariate in covariates.sorted() {
      var numbers: [Double] = []
      for case .comparison(.equal, .name(covariate), .number(let x)) in value.all
      where !numbers.contains(x) {
        numbers.append(x)
      }
      // An ELSE stands for what else is in the data.
      for x in data.values(covariate) ?? [] where !numbers.contains(x) { numbers.append(x) }
      var occasions = OccasionSwitch(covariate: covariate, values: [], etas: [])
      var isSwitch = true
      for x in numbers.sorted() {
        let chosen = value.replacing { $0 == .name(covariate) ? .number(x) : nil }
        switch chosen {
        case .eta(let i):
          occasions.values.append(x)
          occasions.etas.append(i)
        case .undefined, .number(0): break
        default: isSwitch = false
        }
      }
      if isSwitch, Set(occasions.etas).count == occasions.etas.count, occasions.etas.count > 1,
        areSame(occasions.etas)
      {
        return occasions
      }
    }
    return nil
  }

  /// OCC1·η₁ + OCC2·η₂ of two columns of which one is 1 and the other one 0 in each row.
  private func occasionFlags(_ value: Value) -> OccasionSwitch? {
    var flags: [(column: String, eta: Int)] = []
    for term in value.terms {
      guard case .product(let factors) = term, factors.count == 2 else { return nil }
      for (a, b) in [(factors[0], factors[1]), (factors[1], factors[0])] {
        if case .name(let column) = a, case .eta(let i) = b { flags.append((column, i)) }
      }
    }
    guard flags.count == 2, value.terms.count == 2, areSame(flags.map(\.eta)),
      data.areComplementary(flags[0].column, flags[1].column)
    else { return nil }
    return OccasionSwitch(
      covariate: flags[1].column, values: [0, 1], etas: flags.map(\.eta))
  }

  private func areSame(_ etas: [Int]) -> Bool {
    let origins = etas.compactMap { omega.origin(of: $0) }
    return origins.count == etas.count && Set(origins).count == 1
  }

  private func lognormal(_ value: Value, _ name: String) -> (RandomEffectForm, Value)? {
    var factors = value.factors
    guard let place = factors.firstIndex(where: \.hasRandomEffect),
      case .call("exp", let arguments) = factors.remove(at: place),
      !factors.contains(where: \.hasRandomEffect),
      let (eta, occasions, terms) = split(arguments[0].terms)
    else { return nil }
    var others = terms
    let mean: RandomEffectForm.Mean
    if let theta = others.firstIndex(where: Self.isTheta) {
      mean = .mean(others.remove(at: theta))
    } else if let theta = factors.firstIndex(where: Self.isTheta) {
      mean = .typical(factors.remove(at: theta))
    } else {
      return nil
    }
    let rest = factors + (others.isEmpty ? [] : [Value.exponential(.sum(of: others))])
    let effect = parameter(name, alone: rest.isEmpty)
    return (
      RandomEffectForm(
        name: effect, distribution: .lognormal, mean: mean, eta: eta, occasions: occasions),
      .product(of: rest + [.parameter(effect)])
    )
  }

  private func normal(_ value: Value, _ name: String) -> (RandomEffectForm, Value)? {
    guard case .sum(let terms) = value, let (eta, occasions, others) = split(terms),
      let theta = others.firstIndex(where: Self.isTheta)
    else { return nil }
    var rest = others
    let mean = rest.remove(at: theta)
    let effect = parameter(name, alone: rest.isEmpty)
    return (
      RandomEffectForm(
        name: effect, distribution: .normal, mean: .mean(mean), eta: eta, occasions: occasions),
      .sum(of: rest + [.parameter(effect)])
    )
  }

  /// θ·(1 + η)
  private func relative(_ value: Value, _ name: String) -> (RandomEffectForm, Value)? {
    var factors = value.factors
    guard let place = factors.firstIndex(where: \.hasRandomEffect),
      case .sum(let terms) = factors.remove(at: place), terms.count == 2, terms.contains(.one),
      let eta = terms.first(where: Self.isEta), !isRepeated(eta),
      !factors.contains(where: \.hasRandomEffect),
      let theta = factors.firstIndex(where: Self.isTheta)
    else { return nil }
    let mean = factors.remove(at: theta)
    let effect = parameter(name, alone: factors.isEmpty)
    return (
      RandomEffectForm(
        name: effect, distribution: .normal, mean: .mean(mean), eta: eta, isRelative: true),
      .product(of: factors + [.parameter(effect)])
    )
  }

  /// q of q/(1 + q) or 1/(1 + 1/q)
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

  /// 1/(1 + exp(−(logit θ + η))), exp φ/(1 + exp φ)
  private func logit(_ value: Value, _ name: String) -> (RandomEffectForm, Value)? {
    guard let odds = Self.odds(value) else { return nil }
    var factors = odds.factors
    guard let place = factors.firstIndex(where: \.hasRandomEffect),
      case .call("exp", let arguments) = factors.remove(at: place),
      let (eta, occasions, others) = split(arguments[0].terms)
    else { return nil }
    if factors.isEmpty, others.count == 1, Self.isTheta(others[0]) {
      return (
        RandomEffectForm(
          name: name, distribution: .logitNormal, mean: .mean(others[0]), eta: eta,
          occasions: occasions), .parameter(name)
      )
    }
    guard others.isEmpty, let theta = factors.first(where: Self.isTheta),
      Value.product(of: factors)
        == Value.product(of: [
          theta, Value.reciprocal(Value.sum(of: [.one, Value.negated(theta)])),
        ])
    else { return nil }
    return (
      RandomEffectForm(
        name: name, distribution: .logitNormal, mean: .typical(theta), eta: eta,
        occasions: occasions), .parameter(name)
    )
  }
}

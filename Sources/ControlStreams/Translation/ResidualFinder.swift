/// An observation as a prediction and multiples of EPSs.
struct LinearObservation {
  var prediction: Value
  /// The factor of each EPS by its number.
  var factors: [Int: Value] = [:]
}

/// Finds out what `Y` says.
struct ResidualFinder {
  /// What was taken in a way of which a reader should know.
  private(set) var notes: [String] = []

  private mutating func note(_ note: String) {
    if !notes.contains(note) { notes.append(note) }
  }

  /// Y as a prediction and multiples of EPSs; `nil` if it is not linear in these.
  mutating func linear(_ value: Value) -> LinearObservation? {
    guard value.hasEpsilon else { return LinearObservation(prediction: value) }
    switch value {
    case .epsilon(let i): return LinearObservation(prediction: .zero, factors: [i: .one])
    case .sum(let terms):
      var predictions: [Value] = []
      var factors: [Int: Value] = [:]
      for term in terms {
        guard let own = linear(term) else { return nil }
        predictions.append(own.prediction)
        for (i, factor) in own.factors { factors[i] = .sum(of: [factors[i] ?? .zero, factor]) }
      }
      return LinearObservation(prediction: .sum(of: predictions), factors: factors)
    case .product(let parts):
      guard parts.filter(\.hasEpsilon).count == 1, let random = parts.first(where: \.hasEpsilon),
        let inner = linear(random)
      else { return nil }
      let rest = parts.filter { !$0.hasEpsilon }
      return LinearObservation(
        prediction: .product(of: rest + [inner.prediction]),
        factors: inner.factors.mapValues { .product(of: rest + [$0]) })
    case .call("exp", let arguments):
      guard let inner = linear(arguments[0]) else { return nil }
      note(
        "Y has an EPS in EXP: taken as F·(1 + EPS), as NONMEM does; for a lognormal error take logarithms of DV, or `residual-error: lognormal`."
      )
      let prediction = Value.exponential(inner.prediction)
      return LinearObservation(
        prediction: prediction,
        factors: inner.factors.mapValues { .product(of: [prediction, $0]) })
    case .choice(let condition, let a, let b):
      guard !condition.hasEpsilon, let first = linear(a), let second = linear(b)
      else { return nil }
      var factors: [Int: Value] = [:]
      for i in Set(first.factors.keys).union(second.factors.keys) {
        factors[i] = .chosen(
          condition, first.factors[i] ?? .zero, second.factors[i] ?? .zero)
      }
      return LinearObservation(
        prediction: .chosen(condition, first.prediction, second.prediction), factors: factors)
    default: return nil
    }
  }

  /// Y without a guard against 0, `IF (W.EQ.0) W = 1`, which matters where nothing is measured.
  mutating func withoutGuard(_ value: Value) -> Value {
    value.replacing { part in
      guard case .choice(.comparison(let how, let x, .number(0)), let a, let b) = part else {
        return nil
      }
      let (rare, usual) = [.equal, .lessOrEqual, .less].contains(how) ? (a, b) : (b, a)
      guard rare.number != nil || rare.isUndefined, usual.contains({ $0 == x }) else { return nil }
      note("what $ERROR says for values of 0 (`\(ValuePrinter().text(x))`) is left out.")
      // A copy, as a guard in another one says no more than that.
      var inner = self
      return inner.withoutGuard(usual)
    }
  }

  /// The residual error of an observation; `nil` if popmix has none such.
  func form(_ observation: LinearObservation) -> ResidualForm? {
    let (prediction, factors) = (observation.prediction, observation.factors)
    var additive: [ResidualForm.Part] = []
    var proportional: [ResidualForm.Part] = []
    for (i, factor) in factors.sorted(by: { $0.key < $1.key }) where factor != .zero {
      if let part = part(factor, i) {
        additive.append(part)
        continue
      }
      if let part = part(.product(of: [factor, .reciprocal(prediction)]), i) {
        proportional.append(part)
        continue
      }
      guard factors.filter({ $0.value != .zero }).count == 1 else { return nil }
      return whole(prediction, factor, i)
    }
    switch (additive.count, proportional.count) {
    case (1, 0): return ResidualForm(kind: .additive, additive: additive[0])
    case (0, 1): return ResidualForm(kind: .proportional, proportional: proportional[0])
    case (1, 1):
      return ResidualForm(kind: .combined, additive: additive[0], proportional: proportional[0])
    default: return nil
    }
  }

  /// The residual error of a factor W of a single EPS.
  private func whole(_ prediction: Value, _ factor: Value, _ i: Int) -> ResidualForm? {
    let roots = factor.factors.filter {
      if case .power(.sum, .number(0.5)) = $0 { true } else { false }
    }
    if roots.count == 1, case .power(.sum(let terms), _) = roots[0] {
      let rest = Value.product(of: factor.factors.filter { $0 != roots[0] })
      return rest.number.flatMap { variances(prediction, terms, scale: $0, i) }
    }
    if case .sum(let terms) = factor, terms.count == 2,
      let form = deviations(prediction, terms, i)
    {
      return form
    }
    return power(prediction, factor, i)
  }

  /// √(a² + b²f²), perhaps with a number in front
  private func variances(
    _ prediction: Value, _ terms: [Value], scale: Double, _ i: Int
  ) -> ResidualForm? {
    var form = ResidualForm(kind: .combined)
    for term in terms {
      let square = Value.product(of: [.raised(prediction, to: .number(-2)), term])
      if let part = part(term, i, isVariance: true) {
        guard form.additive == nil else { return nil }
        form.additive = part.scaled(scale)
      } else if let part = part(square, i, isVariance: true) {
        guard form.proportional == nil else { return nil }
        form.proportional = part.scaled(scale)
      } else {
        return nil
      }
    }
    return form.additive != nil && form.proportional != nil ? form : nil
  }

  /// a + b·f
  private func deviations(_ prediction: Value, _ terms: [Value], _ i: Int) -> ResidualForm? {
    var form = ResidualForm(kind: .combinedDeviations)
    for term in terms {
      if let part = part(term, i) {
        form.additive = part
      } else if let part = part(.product(of: [term, .reciprocal(prediction)]), i) {
        form.proportional = part
      }
    }
    return form.additive != nil && form.proportional != nil ? form : nil
  }

  /// σ·f^θ
  private func power(_ prediction: Value, _ factor: Value, _ i: Int) -> ResidualForm? {
    for one in factor.factors {
      guard case .power(prediction, let exponent) = one, exponent.isThetaLeaf else { continue }
      let rest = Value.product(of: factor.factors.filter { $0 != one })
      if let part = part(rest, i) {
        return ResidualForm(kind: .power, proportional: part, power: exponent)
      }
    }
    return nil
  }

  /// A number times a power of one THETA, perhaps with a SIGMA.
  private func part(_ value: Value, _ i: Int, isVariance: Bool = false) -> ResidualForm.Part? {
    var part = ResidualForm.Part(factor: 1, theta: nil, exponent: 0, epsilon: i)
    for factor in value.factors {
      switch factor {
      case .number(let x):
        guard x > 0 else {
          // The sign of an EPS means nothing.
          if isVariance || x == 0 { return nil }
          part.factor *= -x
          continue
        }
        part.factor *= x
      case .power(let base, .number(let exponent)) where base.isThetaLeaf:
        guard part.theta == nil else { return nil }
        part.theta = base
        part.exponent = exponent
      case _ where factor.isThetaLeaf:
        guard part.theta == nil else { return nil }
        part.theta = factor
        part.exponent = 1
      default: return nil
      }
    }
    if isVariance {
      part.factor = part.factor.squareRoot()
      part.exponent /= 2
    }
    return part
  }
}

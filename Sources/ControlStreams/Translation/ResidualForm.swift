/// The residual error of one output.
struct ResidualForm {
  /// A standard deviation: factor · θ^exponent · √SIGMA(i,i), with one of θ and SIGMA, or none,
  /// that is estimated.
  struct Part {
    var factor: Double
    var theta: Value?
    var exponent: Double
    var epsilon: Int
  }

  enum Kind: String {
    case additive, proportional, combined, power
    case combinedDeviations = "combined-sd"
  }

  var kind: Kind
  var additive: Part?
  var proportional: Part?
  /// Of `power`: the THETA that is the exponent.
  var power: Value?

  var parts: [Part] { [additive, proportional].compactMap { $0 } }
  var thetas: [Value] { parts.compactMap(\.theta) + (power.map { [$0] } ?? []) }
}

/// One output: its prediction, and how observations scatter about it.
struct OutputForm {
  var name: String
  /// The number of DVID, if there are several.
  var number: Int?
  var prediction: Value
  var residual: ResidualForm
}

/// Finds out what `Y` says.
struct ResidualFinder {
  let sigma: CovarianceBlocks
  private(set) var notes: [String] = []

  init(sigma: CovarianceBlocks) { self.sigma = sigma }

  /// Y as prediction and factors of EPSs.
  mutating func linear(_ value: Value) -> (prediction: Value, factors: [Int: Value])? {
    guard value.hasEpsilon else { return (value, [:]) }
    switch value {
    case .epsilon(let i): return (.zero, [i: .one])
    case .sum(let terms):
      var prediction: [Value] = []
      var factors: [Int: Value] = [:]
      for term in terms {
        guard let (part, own) = linear(term) else { return nil }
        prediction.append(part)
        for (i, factor) in own { factors[i] = .sum(of: [factors[i] ?? .zero, factor]) }
      }
      return (.sum(of: prediction), factors)
    case .product(let parts):
      guard parts.filter(\.hasEpsilon).count == 1, let random = parts.first(where: \.hasEpsilon),
        let (inner, own) = linear(random)
      else { return nil }
      let rest = parts.filter { !$0.hasEpsilon }
      return (
        .product(of: rest + [inner]), own.mapValues { .product(of: rest + [$0]) }
      )
    case .call("exp", let arguments):
      guard let (inner, own) = linear(arguments[0]) else { return nil }
      let note =
        "Y has an EPS in EXP: taken as F·(1 + EPS), as NONMEM does; for a lognormal error take logarithms of DV, or `residual-error: lognormal`."
      if !notes.contains(note) { notes.append(note) }
      let prediction = Value.exponential(inner)
      return (prediction, own.mapValues { .product(of: [prediction, $0]) })
    case .choice(let condition, let a, let b):
      guard !condition.hasEpsilon, let (first, own) = linear(a), let (second, others) = linear(b)
      else { return nil }
      var factors: [Int: Value] = [:]
      for i in Set(own.keys).union(others.keys) {
        factors[i] = .chosen(condition, own[i] ?? .zero, others[i] ?? .zero)
      }
      return (.chosen(condition, first, second), factors)
    default: return nil
    }
  }

  /// Without a guard against 0, `IF (W.EQ.0) W = 1`, which matters where nothing is measured.
  mutating func withoutGuard(_ value: Value) -> Value {
    value.replacing { part in
      guard case .choice(let condition, let a, let b) = part else { return nil }
      switch condition {
      case .comparison(let how, let x, .number(0)):
        let (rare, usual) = how == .equal || how == .lessOrEqual || how == .less ? (a, b) : (b, a)
        let isRareConstant =
          rare.number != nil || { if case .undefined = rare { true } else { false } }()
        guard isRareConstant, usual.contains({ $0 == x }) || usual == x else { return nil }
        let note = "what $ERROR says for values of 0 (`\(ValuePrinter().text(x))`) is left out."
        if !notes.contains(note) { notes.append(note) }
        return withoutGuardInner(usual)
      default: return nil
      }
    }
  }

  private func withoutGuardInner(_ value: Value) -> Value {
    var finder = self
    return finder.withoutGuard(value)
  }

  /// The residual error whose standard deviation has these factors.
  func form(_ prediction: Value, _ factors: [Int: Value]) -> ResidualForm? {
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

  /// A factor W of a single EPS.
  private func whole(_ prediction: Value, _ factor: Value, _ i: Int) -> ResidualForm? {
    // √(a² + b²f²), perhaps with a number in front
    let roots = factor.factors.filter {
      if case .power(.sum, .number(0.5)) = $0 { true } else { false }
    }
    if roots.count == 1, case .power(.sum(let terms), _) = roots[0] {
      let rest = Value.product(of: factor.factors.filter { $0 != roots[0] })
      guard let scale = rest.number else { return nil }
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
    // a + b·f
    if case .sum(let terms) = factor, terms.count == 2 {
      var form = ResidualForm(kind: .combinedDeviations)
      for term in terms {
        if let part = part(term, i) {
          form.additive = part
        } else if let part = part(.product(of: [term, .reciprocal(prediction)]), i) {
          form.proportional = part
        }
      }
      if form.additive != nil, form.proportional != nil { return form }
    }
    // σ·f^θ
    for one in factor.factors {
      guard case .power(prediction, let exponent) = one, FormFinder.isTheta(exponent) else {
        continue
      }
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
      case .power(let base, .number(let exponent)) where FormFinder.isTheta(base):
        guard part.theta == nil else { return nil }
        part.theta = base
        part.exponent = exponent
      case _ where FormFinder.isTheta(factor):
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

extension ResidualForm.Part {
  func scaled(_ factor: Double) -> ResidualForm.Part {
    var part = self
    part.factor *= abs(factor)
    return part
  }
}

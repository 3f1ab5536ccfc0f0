import Foundation

/// What a variable of a control stream stands for: an expression in THETAs, ETAs, data and
/// compartments.
///
/// Sums and products are flat, numbers in them are joined, and factors with one base are one power:
/// so equal expressions are equal values.
indirect enum Value: Hashable, Sendable {
  case number(Double)
  /// A data item or something that popmix knows by this name.
  case name(String)
  /// A variable with its last value, only where values are written.
  case variable(String)
  case theta(Int)
  case eta(Int)
  case epsilon(Int)
  case sigma(Int, Int)
  /// The amount in a compartment, from 1.
  case amount(Int)
  /// A parameter of the job.
  case parameter(String)
  /// A leaf that differs between components.
  case perComponent([Value])
  /// What a variable has before it is assigned.
  case undefined(String)
  case sum([Value])
  case product([Value])
  case power(Value, Value)
  case call(String, [Value])
  case comparison(Comparison, Value, Value)
  case and(Value, Value)
  case or(Value, Value)
  case not(Value)
  case choice(Value, Value, Value)

  enum Comparison: String, Sendable {
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }

  static let zero = Value.number(0)
  static let one = Value.number(1)
}

extension Value {
  // MARK: making values

  static func sum(of terms: [Value]) -> Value {
    var constant = 0.0
    var multiples: [Multiple] = []
    func add(_ term: Value, _ factor: Double) {
      switch term {
      case .number(let value): constant += factor * value
      case .sum(let inner): for term in inner { add(term, factor) }
      default:
        var multiple = term.asMultiple
        multiple.coefficient *= factor
        if let place = multiples.firstIndex(where: { $0.value == multiple.value }) {
          multiples[place].coefficient += multiple.coefficient
        } else {
          multiples.append(multiple)
        }
      }
    }
    for term in terms { add(term, 1) }
    var values = multiples.filter { $0.coefficient != 0 }.map {
      $0.coefficient == 1 ? $0.value : product(of: [.number($0.coefficient), $0.value])
    }
    if constant != 0 { values.append(.number(constant)) }
    if values.isEmpty { return zero }
    return values.count == 1 ? values[0] : .sum(values)
  }

  /// A number times the rest of a product.
  private struct Multiple {
    var coefficient: Double
    var value: Value
  }

  private var asMultiple: Multiple {
    guard case .product(let factors) = self, case .number(let value)? = factors.first else {
      return Multiple(coefficient: 1, value: self)
    }
    let rest = Array(factors.dropFirst())
    return Multiple(coefficient: value, value: rest.count == 1 ? rest[0] : .product(rest))
  }

  private struct Power {
    var base: Value
    var exponent: Value
  }

  static func product(of factors: [Value]) -> Value {
    var constant = 1.0
    var powers: [Power] = []
    func multiply(_ base: Value, _ exponent: Value) {
      if let place = powers.firstIndex(where: { $0.base == base }) {
        powers[place].exponent = sum(of: [powers[place].exponent, exponent])
      } else {
        powers.append(Power(base: base, exponent: exponent))
      }
    }
    func take(_ factor: Value) {
      switch factor {
      case .number(let value): constant *= value
      case .product(let inner): for factor in inner { take(factor) }
      case .power(let base, let exponent): multiply(base, exponent)
      default: multiply(factor, one)
      }
    }
    for factor in factors { take(factor) }
    if constant == 0 { return zero }
    var values: [Value] = []
    var exponentials: [Value] = []
    for power in powers where power.exponent != zero {
      let (base, exponent) = (power.base, power.exponent)
      if case .call("exp", let arguments) = base {
        exponentials.append(product(of: [exponent, arguments[0]]))
      } else {
        values.append(exponent == one ? base : .power(base, exponent))
      }
    }
    let exponent = sum(of: exponentials)
    if exponent != zero { values.append(.call("exp", [exponent])) }
    if constant != 1 || values.isEmpty { values.insert(.number(constant), at: 0) }
    if values.count == 2, case .number = values[0], case .sum(let terms) = values[1] {
      return sum(of: terms.map { product(of: [values[0], $0]) })
    }
    return values.count == 1 ? values[0] : .product(values)
  }

  static func raised(_ base: Value, to exponent: Value) -> Value {
    switch (base, exponent) {
    case (_, one): return base
    case (_, zero): return one
    case (.number(let a), .number(let b)) where b == b.rounded() && abs(b) <= 16:
      var value = 1.0
      for _ in 0..<Int(abs(b)) { value *= a }
      return b < 0 ? (a == 0 ? .power(base, exponent) : .number(1 / value)) : .number(value)
    case (.power(let inner, .number(let a)), .number(let b))
    where b == b.rounded() || a != a.rounded():
      return raised(inner, to: .number(a * b))
    case (.product(let factors), .number(let b)) where b == b.rounded():
      return product(of: factors.map { raised($0, to: exponent) })
    case (.call("exp", let arguments), .number(let b)) where b == -1:
      return exponential(product(of: [.number(-1), arguments[0]]))
    default: return .power(base, exponent)
    }
  }

  static func negated(_ value: Value) -> Value { product(of: [.number(-1), value]) }
  static func reciprocal(_ value: Value) -> Value { raised(value, to: .number(-1)) }

  /// eˣ with a factor yᶜ in place of each term c·log y of x.
  static func exponential(_ argument: Value) -> Value {
    if argument == zero { return one }
    var factors: [Value] = []
    var rest: [Value] = []
    for term in argument.terms {
      let multiple = term.asMultiple
      if case .call("log", let inner) = multiple.value {
        factors.append(raised(inner[0], to: .number(multiple.coefficient)))
      } else {
        rest.append(term)
      }
    }
    guard !factors.isEmpty else { return .call("exp", [argument]) }
    if !rest.isEmpty { factors.append(exponential(sum(of: rest))) }
    return product(of: factors)
  }

  static func condition(_ holds: Bool) -> Value { holds ? one : zero }

  static func chosen(_ condition: Value, _ a: Value, _ b: Value) -> Value {
    if case .number(let value) = condition { return value != 0 ? a : b }
    if a == b { return a }
    // Factors of both stand in front.
    let common = a.factors.filter { b.factors.contains($0) && $0 != zero }
    if !common.isEmpty, a != zero, b != zero,
      common.contains(where: { if case .number = $0 { false } else { true } })
    {
      let divisor = reciprocal(product(of: common))
      return product(
        of: common + [.choice(condition, product(of: [a, divisor]), product(of: [b, divisor]))])
    }
    return .choice(condition, a, b)
  }

  // MARK: looking at values

  var terms: [Value] {
    if case .sum(let terms) = self { return terms }
    return [self]
  }

  var factors: [Value] {
    if case .product(let factors) = self { return factors }
    return [self]
  }

  var number: Double? {
    if case .number(let value) = self { return value }
    return nil
  }

  var children: [Value] {
    switch self {
    case .sum(let values), .product(let values), .call(_, let values), .perComponent(let values):
      values
    case .power(let a, let b), .comparison(_, let a, let b), .and(let a, let b), .or(let a, let b):
      [a, b]
    case .not(let a): [a]
    case .choice(let c, let a, let b): [c, a, b]
    default: []
    }
  }

  /// Whether something holds for the expression or one in it.
  func contains(_ holds: (Value) -> Bool) -> Bool {
    holds(self) || children.contains { $0.contains(holds) }
  }

  /// The expression and all in it; what differs between components is one value.
  var all: [Value] {
    if case .perComponent = self { return [self] }
    return [self] + children.flatMap(\.all)
  }

  var size: Int { 1 + children.reduce(0) { $0 + $1.size } }

  /// The expression with other values in place of some; what is replaced is not looked into.
  func replacing(_ replacement: (Value) -> Value?) -> Value {
    if let value = replacement(self) { return value }
    func inner(_ value: Value) -> Value { value.replacing(replacement) }
    switch self {
    case .sum(let terms): return .sum(of: terms.map(inner))
    case .product(let factors): return .product(of: factors.map(inner))
    case .power(let a, let b): return .raised(inner(a), to: inner(b))
    case .call("exp", let arguments): return .exponential(inner(arguments[0]))
    case .call(let name, let arguments): return .call(name, arguments.map(inner))
    case .comparison(let how, let a, let b): return .compared(how, inner(a), inner(b))
    case .and(let a, let b): return .both(inner(a), inner(b))
    case .or(let a, let b): return .either(inner(a), inner(b))
    case .not(let a): return .opposite(inner(a))
    case .choice(let c, let a, let b): return .chosen(inner(c), inner(a), inner(b))
    default: return self
    }
  }

  static func compared(_ how: Comparison, _ a: Value, _ b: Value) -> Value {
    guard let x = a.number, let y = b.number else { return .comparison(how, a, b) }
    let holds =
      switch how {
      case .equal: x == y
      case .unequal: x != y
      case .less: x < y
      case .lessOrEqual: x <= y
      case .greater: x > y
      case .greaterOrEqual: x >= y
      }
    return condition(holds)
  }

  static func both(_ a: Value, _ b: Value) -> Value {
    if let x = a.number { return x != 0 ? b : zero }
    if let y = b.number { return y != 0 ? a : zero }
    return .and(a, b)
  }

  static func either(_ a: Value, _ b: Value) -> Value {
    if let x = a.number { return x != 0 ? one : b }
    if let y = b.number { return y != 0 ? one : a }
    return .or(a, b)
  }

  static func opposite(_ a: Value) -> Value {
    switch a {
    case .number(let value): condition(value == 0)
    case .comparison(.equal, let x, let y): .comparison(.unequal, x, y)
    case .comparison(.unequal, let x, let y): .comparison(.equal, x, y)
    default: .not(a)
    }
  }

  var hasRandomEffect: Bool { contains { if case .eta = $0 { true } else { false } } }
  var hasEpsilon: Bool { contains { if case .epsilon = $0 { true } else { false } } }
}

extension Value {
  /// The number that it is; `nil` if it has something unknown in it.
  var evaluated: Double? {
    switch self {
    case .number(let x): return x
    case .sum(let terms):
      var sum = 0.0
      for term in terms {
        guard let x = term.evaluated else { return nil }
        sum += x
      }
      return sum
    case .product(let factors):
      var product = 1.0
      for factor in factors {
        guard let x = factor.evaluated else { return nil }
        product *= x
      }
      return product
    case .power(let a, let b):
      guard let x = a.evaluated, let y = b.evaluated else { return nil }
      return pow(x, y)
    case .call("exp", let arguments): return arguments[0].evaluated.map { exp($0) }
    case .call("log", let arguments): return arguments[0].evaluated.map { log($0) }
    default: return nil
    }
  }
}

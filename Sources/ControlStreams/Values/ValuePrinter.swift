/// Writes values as expressions of the model language.
struct ValuePrinter {
  /// How strongly the operator of an expression binds, the weakest first.
  private enum Strength: Int {
    case anything, or, and, not, comparison, sum, product, sign, power, rest
  }

  private struct Written {
    var strength: Strength
    var text: String

    init(_ strength: Strength, _ text: String) {
      self.strength = strength
      self.text = text
    }
  }

  func text(_ value: Value) -> String { text(value, .anything) }

  /// An expression, in parentheses if its operator is weaker than another one.
  private func text(_ value: Value, _ least: Strength) -> String {
    let written = written(value)
    return written.strength.rawValue < least.rawValue ? "(\(written.text))" : written.text
  }

  private func written(_ value: Value) -> Written {
    switch value {
    case .number(let x): Written(x < 0 ? .sum : .rest, number(x))
    case .name(let name), .parameter(let name), .variable(let name), .undefined(let name):
      Written(.rest, name)
    case .theta(let j): Written(.rest, "THETA(\(j))")
    case .eta(let i): Written(.rest, "ETA(\(i))")
    case .epsilon(let i): Written(.rest, "EPS(\(i))")
    case .sigma(let i, _): Written(.rest, "SIGMA(\(i),\(i))")
    case .amount(let n): Written(.rest, "A(\(n))")
    case .perComponent: Written(.rest, "COMPONENTS")
    case .sum(let terms): Written(.sum, sum(terms))
    case .product(let factors): product(value, factors)
    case .power(let base, let exponent): power(base, exponent)
    case .call(let name, let arguments):
      Written(.rest, "\(name)(\(arguments.map { text($0) }.joined(separator: ", ")))")
    case .comparison(let how, let a, let b):
      Written(.comparison, "\(text(a, .sum)) \(how.rawValue) \(text(b, .sum))")
    case .and(let a, let b): Written(.and, "\(text(a, .and)) and \(text(b, .not))")
    case .or(let a, let b): Written(.or, "\(text(a, .or)) or \(text(b, .and))")
    case .not(let a): Written(.not, "not \(text(a, .comparison))")
    case .choice(let condition, let a, let b):
      Written(.rest, "ifelse(\(text(condition)), \(text(a)), \(text(b)))")
    }
  }

  /// A sum, which begins with a term that is added, if there is one.
  private func sum(_ terms: [Value]) -> String {
    var written = ""
    let first = terms.firstIndex { !isNegative($0) } ?? 0
    let ordered = [terms[first]] + terms.indices.filter { $0 != first }.map { terms[$0] }
    for (index, term) in ordered.enumerated() {
      if isNegative(term) {
        written += (index == 0 ? "-" : " - ") + text(Value.negated(term), .product)
      } else {
        written += (index == 0 ? "" : " + ") + text(term, .sum)
      }
    }
    return written
  }

  /// A product, with powers below 0 as divisors.
  private func product(_ value: Value, _ factors: [Value]) -> Written {
    if case .number(let x)? = factors.first, x < 0 {
      return Written(.sum, "-" + text(Value.negated(value), .product))
    }
    var above: [String] = []
    var below: [Value] = []
    for factor in factors {
      if case .power(let base, .number(let exponent)) = factor, exponent < 0 {
        below.append(.raised(base, to: .number(-exponent)))
      } else {
        above.append(text(factor, above.isEmpty ? .product : .sign))
      }
    }
    var written = above.isEmpty ? "1" : above.joined(separator: " * ")
    for divisor in below { written += " / " + text(divisor, .sign) }
    return Written(.product, written)
  }

  private func power(_ base: Value, _ exponent: Value) -> Written {
    if exponent == .number(0.5) { return Written(.rest, "sqrt(\(text(base)))") }
    if case .number(let x) = exponent, x < 0 {
      return Written(.product, "1 / " + text(.raised(base, to: .number(-x)), .sign))
    }
    return Written(.power, text(base, .rest) + "^" + text(exponent, .rest))
  }

  private func isNegative(_ value: Value) -> Bool {
    switch value {
    case .number(let x): x < 0
    case .product(let factors): if case .number(let x)? = factors.first { x < 0 } else { false }
    default: false
    }
  }
}

/// Writes values as expressions of the model language.
struct ValuePrinter {
  func text(_ value: Value) -> String { text(value, 0) }

  // Strength of operators: 1 or, 2 and, 3 not, 4 comparison, 5 sum, 6 product, 7 sign, 8 power, 9
  // the rest.
  private func text(_ value: Value, _ least: Int) -> String {
    let (strength, written) = plain(value)
    return strength < least ? "(\(written))" : written
  }

  private func plain(_ value: Value) -> (Int, String) {
    switch value {
    case .number(let x): return (x < 0 ? 5 : 9, number(x))
    case .name(let name), .parameter(let name), .variable(let name), .undefined(let name):
      return (9, name)
    case .theta(let j): return (9, "THETA(\(j))")
    case .eta(let i): return (9, "ETA(\(i))")
    case .epsilon(let i): return (9, "EPS(\(i))")
    case .sigma(let i, _): return (9, "SIGMA(\(i),\(i))")
    case .amount(let n): return (9, "A(\(n))")
    case .perComponent: return (9, "COMPONENTS")
    case .sum(let terms):
      var written = ""
      // Begin with a term that is added, if there is one.
      let first = terms.firstIndex { !isNegative($0) } ?? 0
      let ordered = [terms[first]] + terms.indices.filter { $0 != first }.map { terms[$0] }
      for (index, term) in ordered.enumerated() {
        if isNegative(term) {
          written += (index == 0 ? "-" : " - ") + text(Value.negated(term), 6)
        } else {
          written += (index == 0 ? "" : " + ") + text(term, 5)
        }
      }
      return (5, written)
    case .product(let factors):
      if case .number(let x)? = factors.first, x < 0 {
        return (5, "-" + text(Value.negated(value), 6))
      }
      var above: [String] = []
      var below: [Value] = []
      for factor in factors {
        if case .power(let base, .number(let exponent)) = factor, exponent < 0 {
          below.append(.raised(base, to: .number(-exponent)))
        } else {
          above.append(text(factor, above.isEmpty ? 6 : 7))
        }
      }
      var written = above.isEmpty ? "1" : above.joined(separator: " * ")
      for divisor in below { written += " / " + text(divisor, 7) }
      return (6, written)
    case .power(let base, let exponent):
      if exponent == .number(0.5) { return (9, "sqrt(\(text(base)))") }
      if case .number(let x) = exponent, x < 0 {
        return (6, "1 / " + text(.raised(base, to: .number(-x)), 7))
      }
      return (8, text(base, 9) + "^" + text(exponent, 9))
    case .call(let name, let arguments):
      return (9, "\(name)(\(arguments.map { text($0) }.joined(separator: ", ")))")
    case .comparison(let how, let a, let b):
      return (4, "\(text(a, 5)) \(how.rawValue) \(text(b, 5))")
    case .and(let a, let b): return (2, "\(text(a, 2)) and \(text(b, 3))")
    case .or(let a, let b): return (1, "\(text(a, 1)) or \(text(b, 2))")
    case .not(let a): return (3, "not \(text(a, 4))")
    case .choice(let condition, let a, let b):
      return (9, "ifelse(\(text(condition)), \(text(a)), \(text(b)))")
    }
  }

  private func isNegative(_ value: Value) -> Bool {
    switch value {
    case .number(let x): x < 0
    case .product(let factors): if case .number(let x)? = factors.first { x < 0 } else { false }
    default: false
    }
  }
}

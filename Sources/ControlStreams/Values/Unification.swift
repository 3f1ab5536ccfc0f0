/// One expression for what the code computes in each component.
enum Unification {
  /// The name of the fixed effect that is the component's number, where expressions differ in more
  /// than their leaves.
  static let number = "MIXNUM"

  /// One expression for the values of all components.
  static func joined(_ values: [Value]) -> Value {
    guard let first = values.first, values.contains(where: { $0 != first }) else {
      return values.first ?? .zero
    }
    if values.allSatisfy(isFixedLeaf) || values.allSatisfy(isRandomLeaf) {
      return .perComponent(values)
    }
    switch first {
    case .sum: if let joined = list(values, .zero, \.terms, Value.sum(of:)) { return joined }
    case .product:
      if let joined = list(values, .one, \.factors, Value.product(of:)) { return joined }
    case .theta, .eta, .number, .call("exp", _), .parameter:
      // θ beside θ·θ' in another component
      if values.contains(where: { if case .product = $0 { true } else { false } }),
        let joined = list(values, .one, \.factors, Value.product(of:))
      {
        return joined
      }
      if values.contains(where: { if case .sum = $0 { true } else { false } }),
        let joined = list(values, .zero, \.terms, Value.sum(of:))
      {
        return joined
      }
    default: break
    }
    if let joined = sameShape(values) { return joined }
    return chosen(values)
  }

  private static func isFixedLeaf(_ value: Value) -> Bool {
    switch value {
    case .number, .theta: true
    default: false
    }
  }

  private static func isRandomLeaf(_ value: Value) -> Bool {
    if case .eta = value { true } else { false }
  }

  /// A sum or product of what all have in common and of the rest, joined one by one; `nil` if the
  /// rests differ in their numbers of parts.
  private static func list(
    _ values: [Value], _ neutral: Value, _ parts: (Value) -> [Value], _ made: ([Value]) -> Value
  ) -> Value? {
    var lists = values.map(parts)
    let common = lists[0].filter { part in lists.allSatisfy { $0.contains(part) } }
    for i in lists.indices { lists[i].removeAll(where: common.contains) }
    let longest = lists.map(\.count).max() ?? 0
    guard longest > 0 else { return made(common) }
    // Leaves beside leaves, the rest by kind.
    for i in lists.indices { lists[i].sort { order($0) < order($1) } }
    if lists.allSatisfy({ $0.count == longest }) {
      let joined = (0..<longest).map { place in Self.joined(lists.map { $0[place] }) }
      return made(common + joined)
    }
    guard longest == 1 else { return nil }
    let joined = Self.joined(lists.map { $0.first ?? neutral })
    return made(common + [joined])
  }

  /// Leaves stand beside leaves, and the rest by kind.
  private static func order(_ value: Value) -> Int {
    switch value {
    case .number: 0
    case .theta: 1
    case .eta: 2
    case .call: 3
    case .power: 4
    default: 5
    }
  }

  /// Expressions with the same operator, whose operands are joined; `nil` of others.
  private static func sameShape(_ values: [Value]) -> Value? {
    func at(_ place: Int) -> Value { joined(values.map { $0.children[place] }) }
    switch values[0] {
    case .power:
      guard values.allSatisfy({ if case .power = $0 { true } else { false } }) else { return nil }
      return .raised(at(0), to: at(1))
    case .call(let name, let arguments):
      for value in values {
        guard case .call(name, let others) = value, others.count == arguments.count else {
          return nil
        }
      }
      let inner = arguments.indices.map(at)
      return name == "exp" ? .exponential(inner[0]) : .call(name, inner)
    case .choice:
      guard values.allSatisfy({ if case .choice = $0 { true } else { false } }) else { return nil }
      return .chosen(at(0), at(1), at(2))
    case .comparison(let how, _, _):
      for value in values { guard case .comparison(how, _, _) = value else { return nil } }
      return .compared(how, at(0), at(1))
    default: return nil
    }
  }

  /// A choice by the component's number.
  static func chosen(_ values: [Value]) -> Value {
    var value = values[values.count - 1]
    for (index, one) in values.dropLast().enumerated().reversed() {
      value = .chosen(
        .comparison(.equal, .parameter(number), .number(Double(index + 1))), one, value)
    }
    return value
  }
}

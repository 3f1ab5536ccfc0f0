import NumericKernels

/// All values of a model, each computed once: operands come before what they are operands of.
///
/// Constants are folded, equal values are one value, and identities are used that keep the result
/// or improve it: x·1, x + 0, −(−x), x − (−y), x² = x·x and small integer powers by
/// multiplications, division by powers of 2 as multiplication.
struct ValueGraph {
  struct Node: Hashable {
    var operation: Operation
    var a: Int32 = -1
    var b: Int32 = -1
    var c: Int32 = -1
    /// Of a constant.
    var bits: UInt64 = 0
  }

  private(set) var nodes: [Node] = []
  private(set) var dependencies: [Dependencies] = []
  private var places: [Node: Int] = [:]

  func constant(_ node: Int) -> Double? {
    nodes[node].operation == .constant ? Double(bitPattern: nodes[node].bits) : nil
  }

  mutating func number(_ value: Double) -> Int {
    // All NaN are one.
    add(Node(operation: .constant, bits: (value.isNaN ? Double.nan : value).bitPattern))
  }

  mutating func input(_ operation: Operation, _ place: Int = 0) -> Int {
    add(Node(operation: operation, a: Int32(place)))
  }

  private mutating func add(_ node: Node) -> Int {
    if let place = places[node] { return place }
    nodes.append(node)
    places[node] = nodes.count - 1
    dependencies.append(ownDependencies(node))
    return nodes.count - 1
  }

  private func ownDependencies(_ node: Node) -> Dependencies {
    switch node.operation {
    case .constant: return []
    case .parameter: return .parameters
    case .covariate: return .covariates
    case .time: return .time
    case .timeAfterDose: return .timeAfterDose
    case .dose: return .dose
    case .amount: return .amounts
    default:
      var result: Dependencies = []
      for operand in [node.a, node.b, node.c] where operand >= 0 {
        result.formUnion(dependencies[Int(operand)])
      }
      return result
    }
  }

  /// The value of an operation.
  mutating func make(_ operation: Operation, _ a: Int, _ b: Int = -1, _ c: Int = -1) -> Int {
    let operands = [a, b, c].filter { $0 >= 0 }
    let constants = operands.map { constant($0) }
    if constants.allSatisfy({ $0 != nil }) {
      return number(Self.fold(operation, constants.map { $0! }))
    }
    if let simpler = simplified(operation, a, b, c) { return simpler }
    var node = Node(operation: operation, a: Int32(a), b: Int32(b), c: Int32(c))
    if operation.isCommutative, node.a > node.b { swap(&node.a, &node.b) }
    return add(node)
  }

  /// The value of an operation on numbers, with the bits that it has in vectors.
  static func fold(_ operation: Operation, _ values: [Double]) -> Double {
    Interpreter.value(
      operation, values[0], values.count > 1 ? values[1] : 0, values.count > 2 ? values[2] : 0)
  }

  private mutating func simplified(_ operation: Operation, _ a: Int, _ b: Int, _ c: Int) -> Int? {
    let first = constant(a)
    let second = b >= 0 ? constant(b) : nil
    switch operation {
    case .add:
      if first == 0 { return b }
      if second == 0 { return a }
      if let y = negated(b) { return make(.subtract, a, y) }
      if let x = negated(a) { return make(.subtract, b, x) }
    case .subtract:
      if second == 0 { return a }
      if first == 0 { return make(.negate, b) }
      if let y = negated(b) { return make(.add, a, y) }
    case .multiply:
      if first == 1 { return b }
      if second == 1 { return a }
      if first == -1 { return make(.negate, b) }
      if second == -1 { return make(.negate, a) }
      // Signs go outwards, where sums and other products take them in.
      if let x = negated(a), let y = negated(b) { return make(.multiply, x, y) }
      if let x = negated(a) { return make(.negate, make(.multiply, x, b)) }
      if let y = negated(b) { return make(.negate, make(.multiply, a, y)) }
    case .divide:
      if second == 1 { return a }
      if let y = second, y.isNormal, y.significandBitPattern == 0, (1 / y).isNormal {
        return make(.multiply, a, number(1 / y))
      }
      if let x = negated(a) { return make(.negate, make(.divide, x, b)) }
      if let y = negated(b) { return make(.negate, make(.divide, a, y)) }
    case .negate: return negated(a)
    case .power:
      if second == 0.5 { return make(.squareRoot, a) }
      guard let y = second, y == y.rounded(), abs(y) <= 16 else { return nil }
      return integerPower(a, Int(y))
    case .select:
      if let condition = first { return condition != 0 ? b : c }
      if b == c { return b }
    case .and:
      if first == 0 || second == 0 { return number(0) }
    case .minimum, .maximum:
      if a == b { return a }
    default: break
    }
    return nil
  }

  /// x of −x.
  private func negated(_ node: Int) -> Int? {
    if nodes[node].operation == .negate { return Int(nodes[node].a) }
    return nil
  }

  /// xⁿ by squares and products.
  private mutating func integerPower(_ x: Int, _ n: Int) -> Int {
    if n == 0 { return number(1) }
    if n < 0 { return make(.divide, number(1), integerPower(x, -n)) }
    if n == 1 { return x }
    let half = integerPower(x, n / 2)
    let square = make(.multiply, half, half)
    return n % 2 == 0 ? square : make(.multiply, square, x)
  }
}

extension CheckedModel {
  /// Makes the time in derivatives an input of its own: there it differs between samples, while
  /// outputs have the times of observations.
  /// - Parameter place: of the amount that stands for it.
  mutating func separateTime(as place: Int) {
    let roots = compartments.compactMap(\.derivative)
    guard !roots.isEmpty else { return }
    let copies = replacing { graph, node in
      graph.nodes[node].operation == .time ? graph.input(.amount, place) : nil
    }
    for i in compartments.indices {
      compartments[i].derivative = compartments[i].derivative.map { copies[$0] }
    }
  }

  /// Builds all values again with some of them replaced.
  /// - Returns: the new place of each value.
  mutating func replacing(_ replacement: (inout ValueGraph, Int) -> Int?) -> [Int] {
    let count = graph.nodes.count
    var copies = Array(0..<count)
    for node in 0..<count {
      if let replaced = replacement(&graph, node) {
        copies[node] = replaced
        continue
      }
      let old = graph.nodes[node]
      guard old.operation.operandCount > 0 else { continue }
      let operands = [old.a, old.b, old.c].map { $0 < 0 ? -1 : copies[Int($0)] }
      if operands == [Int(old.a), Int(old.b), Int(old.c)] { continue }
      copies[node] = graph.make(old.operation, operands[0], operands[1], operands[2])
    }
    return copies
  }

  /// The model with the value of `linCmt` as an input, which the library computes.
  /// - Returns: `nil` if something else depends on amounts.
  func asLinear() -> CheckedModel? {
    guard let library else { return nil }
    var model = self
    let place = model.compartments.count
    let copies = model.replacing { graph, node in
      node == library.concentration ? graph.input(.amount, place) : nil
    }
    for i in outputs.indices { model.outputs[i].value = copies[outputs[i].value] }
    let amounts = model.inputs(of: model.outputs.map(\.value)).filter {
      model.graph.nodes[$0].operation == .amount && Int(model.graph.nodes[$0].a) != place
    }
    return amounts.isEmpty ? model : nil
  }

  /// The model with `linCmt` written as differential equations; `nil` if there are none.
  func asDifferential(_ definition: LibraryModel) -> CheckedModel? {
    guard let library, !definition.flows.isEmpty else { return nil }
    var model = self
    model.library = nil
    var derivatives = [Int](repeating: model.graph.number(0), count: compartments.count)
    for flow in definition.flows {
      var rate = library.parameters[flow.rate]
      if let volume = flow.volume {
        rate = model.graph.make(.divide, rate, library.parameters[volume])
      }
      let amount = model.graph.make(.multiply, rate, model.graph.input(.amount, flow.source))
      derivatives[flow.source] = model.graph.make(.subtract, derivatives[flow.source], amount)
      if let target = flow.target {
        derivatives[target] = model.graph.make(.add, derivatives[target], amount)
      }
    }
    for i in compartments.indices { model.compartments[i].derivative = derivatives[i] }
    return model
  }

  /// The inputs that values depend on.
  /// - Parameter isWithOperations: whether the values between are wanted too.
  func inputs(of roots: [Int], isWithOperations: Bool = false) -> [Int] {
    var isNeeded = [Bool](repeating: false, count: graph.nodes.count)
    for root in roots { isNeeded[root] = true }
    var result: [Int] = []
    for place in isNeeded.indices.reversed() where isNeeded[place] {
      let node = graph.nodes[place]
      if isWithOperations || node.operation.operandCount == 0 { result.append(place) }
      guard node.operation.operandCount > 0 else { continue }
      for operand in [node.a, node.b, node.c] where operand >= 0 { isNeeded[Int(operand)] = true }
    }
    return result
  }

  /// Adds the partial derivatives of the differential equations by the amounts, in forward mode;
  /// those that are 0 are left out.
  ///
  /// Steps (floor, comparisons) have the derivative 0. There are none for models so large that n²
  /// values would be much, nor for those with functions whose derivative the language cannot write.
  mutating func differentiate() {
    let roots = compartments.compactMap(\.derivative)
    guard !roots.isEmpty, roots.count <= 32, graph.nodes.count <= 4000 else { return }
    let count = graph.nodes.count
    var isNeeded = [Bool](repeating: false, count: count)
    for root in roots { isNeeded[root] = true }
    for place in isNeeded.indices.reversed() where isNeeded[place] {
      let node = graph.nodes[place]
      guard node.operation.operandCount > 0 else { continue }
      if node.operation == .gamma || node.operation == .logGamma,
        graph.dependencies[place].contains(.amounts)
      {
        return
      }
      for operand in [node.a, node.b, node.c] where operand >= 0 { isNeeded[Int(operand)] = true }
    }
    for column in roots.indices {
      var slopes = [Int?](repeating: nil, count: count)
      for place in 0..<count where isNeeded[place] && graph.dependencies[place].contains(.amounts) {
        slopes[place] = slope(place, column, slopes)
      }
      for (row, root) in roots.enumerated() {
        if let slope = slopes[root] { partials.append((column * roots.count + row, slope)) }
      }
    }
    hasPartials = true
  }

  /// The derivative of a value by an amount; `nil` is 0.
  private mutating func slope(_ place: Int, _ column: Int, _ slopes: [Int?]) -> Int? {
    let node = graph.nodes[place]
    if node.operation == .amount { return Int(node.a) == column ? graph.number(1) : nil }
    let (a, b, c) = (Int(node.a), Int(node.b), Int(node.c))
    let slopeA = slopes[a]
    let slopeB = b >= 0 ? slopes[b] : nil
    let slopeC = c >= 0 ? slopes[c] : nil
    if slopeA == nil, slopeB == nil, slopeC == nil { return nil }
    switch node.operation {
    case .add: return sum(slopeA, slopeB)
    case .subtract: return difference(slopeA, slopeB)
    case .multiply: return sum(product(slopeA, b), product(slopeB, a))
    case .divide:
      // (a/b)′ = (a′ − (a/b)b′)/b
      return quotient(difference(slopeA, product(slopeB, place)), b)
    case .negate: return slopeA.map { graph.make(.negate, $0) }
    case .select:
      let zero = graph.number(0)
      if slopeB == nil, slopeC == nil { return nil }
      return graph.make(.select, a, slopeB ?? zero, slopeC ?? zero)
    case .minimum, .maximum:
      let zero = graph.number(0)
      let isFirst = node.operation == .minimum ? graph.make(.less, b, a) : graph.make(.less, a, b)
      return graph.make(.select, isFirst, slopeB ?? zero, slopeA ?? zero)
    case .power:
      // (aᵇ)′ = b aᵇ⁻¹ a′ + aᵇ ln a b′
      let lowered = graph.make(.power, a, graph.make(.subtract, b, graph.number(1)))
      let first = product(slopeA, graph.make(.multiply, b, lowered))
      guard slopeB != nil else { return first }
      return sum(first, product(slopeB, graph.make(.multiply, place, graph.make(.log, a))))
    default: return slopeOfFunction(node.operation, place, a).flatMap { product(slopeA, $0) }
    }
  }

  /// The derivative of a function by its argument `a`, at which its value is `place`; `nil` is 0.
  private mutating func slopeOfFunction(_ operation: Operation, _ place: Int, _ a: Int) -> Int? {
    let one = graph.number(1)
    switch operation {
    case .exp: return place
    case .expm1: return graph.make(.add, place, one)
    case .log: return graph.make(.divide, one, a)
    case .log1p: return graph.make(.divide, one, graph.make(.add, a, one))
    case .log2, .log10:
      let factor = graph.make(.log, graph.number(operation == .log2 ? 2 : 10))
      return graph.make(.divide, one, graph.make(.multiply, a, factor))
    case .squareRoot: return graph.make(.divide, graph.number(0.5), place)
    case .absolute:
      let isNegative = graph.make(.less, a, graph.number(0))
      return graph.make(.select, isNegative, graph.number(-1), one)
    case .sin: return graph.make(.cos, a)
    case .cos: return graph.make(.negate, graph.make(.sin, a))
    case .tan: return graph.make(.add, one, graph.make(.multiply, place, place))
    case .tanh: return graph.make(.subtract, one, graph.make(.multiply, place, place))
    case .logistic: return graph.make(.multiply, place, graph.make(.subtract, one, place))
    case .logit:
      return graph.make(
        .divide, one, graph.make(.multiply, a, graph.make(.subtract, one, a)))
    case .normalDistribution:
      let square = graph.make(.multiply, a, a)
      let density = graph.make(.exp, graph.make(.multiply, graph.number(-0.5), square))
      return graph.make(.multiply, graph.number(1 / (2 * Double.pi).squareRoot()), density)
    default: return nil
    }
  }

  private mutating func sum(_ a: Int?, _ b: Int?) -> Int? {
    guard let a else { return b }
    guard let b else { return a }
    return graph.make(.add, a, b)
  }

  private mutating func difference(_ a: Int?, _ b: Int?) -> Int? {
    guard let b else { return a }
    guard let a else { return graph.make(.negate, b) }
    return graph.make(.subtract, a, b)
  }

  private mutating func product(_ a: Int?, _ b: Int) -> Int? {
    a.map { graph.make(.multiply, $0, b) }
  }

  private mutating func quotient(_ a: Int?, _ b: Int) -> Int? {
    a.map { graph.make(.divide, $0, b) }
  }
}

/// How often a value is computed.
enum Stage: Int, Comparable {
  /// Once for all.
  case constant
  /// A number for each row of covariates, before any prediction.
  case row
  /// A number for each observation, before any prediction.
  case record
  /// A vector for each of a batch.
  case batch
  /// The same, again for each row of covariates.
  case batchRow
  /// For each observation, or evaluation of the derivatives.
  case inner

  static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }
}

/// The values that are needed, written for the order in which they are computed: what is the same
/// for many observations leaves the inner loop.
///
/// - Division by what was computed before is multiplication by its reciprocal, which is computed
///   there, too.
/// - e^u with a product u of something that depends on parameters only and something that the
///   records have becomes a decay, whose powers at the times of a subject are products of each
///   other.
struct Lowering {
  private(set) var graph = ValueGraph()
  private(set) var stages: [Stage] = []
  /// The new place of each value.
  private(set) var places: [Int]
  /// The places of the decays.
  private(set) var decays: [Int] = []
  private let steady: Dependencies
  private let allowsDecays: Bool

  /// - Parameters:
  ///   - steady: what is the same in all records of the subject.
  ///   - allowsDecays: whether times are those of observations.
  init(_ old: ValueGraph, roots: [Int], steady: Dependencies, allowsDecays: Bool) {
    self.steady = steady
    self.allowsDecays = allowsDecays
    places = [Int](repeating: -1, count: old.nodes.count)
    var isNeeded = [Bool](repeating: false, count: old.nodes.count)
    for root in roots { isNeeded[root] = true }
    for place in isNeeded.indices.reversed() where isNeeded[place] {
      let node = old.nodes[place]
      guard node.operation.operandCount > 0 else { continue }
      for operand in [node.a, node.b, node.c] where operand >= 0 { isNeeded[Int(operand)] = true }
    }
    for (place, node) in old.nodes.enumerated() where isNeeded[place] {
      places[place] = lowered(node, old, place)
    }
    completeStages()
  }

  private mutating func lowered(_ node: ValueGraph.Node, _ old: ValueGraph, _ place: Int) -> Int {
    if let value = old.constant(place) { return graph.number(value) }
    if node.operation.operandCount == 0 { return graph.input(node.operation, Int(node.a)) }
    let a = places[Int(node.a)]
    let b = node.b >= 0 ? places[Int(node.b)] : -1
    let c = node.c >= 0 ? places[Int(node.c)] : -1
    completeStages()
    switch node.operation {
    case .divide where stages[b] >= .batch && stages[b] < stages[a]:
      let reciprocal = graph.make(.reciprocal, b)
      return graph.make(.multiply, a, reciprocal)
    case .exp where allowsDecays && stages[a] == .inner && decays.count < Operand.decayLimit:
      guard let (rate, time) = factors(a, depth: 0) else { break }
      completeStages()
      guard let rate, let time, stages[rate] >= .batch, stages[time] == .record else { break }
      let decay = graph.make(.decay, rate, time)
      if !decays.contains(decay) { decays.append(decay) }
      return decay
    default: break
    }
    return graph.make(node.operation, a, b, c)
  }

  private mutating func completeStages() {
    while stages.count < graph.nodes.count { stages.append(stage(stages.count)) }
  }

  private func stage(_ place: Int) -> Stage {
    let depends = graph.dependencies[place]
    let varying = depends.intersection(.records).subtracting(steady)
    if depends.contains(.amounts) { return .inner }
    if !depends.contains(.parameters) {
      if depends.isEmpty { return .constant }
      return depends.isSubset(of: .covariates) ? .row : .record
    }
    if varying.isEmpty { return .batch }
    return varying == .covariates ? .batchRow : .inner
  }

  /// A product as what does not depend on time (first) and what depends on nothing but records
  /// (second); none: 1.
  private mutating func factors(_ place: Int, depth: Int) -> (Int?, Int?)? {
    if stages[place] == .record { return (nil, place) }
    if stages[place] < .inner { return (place, nil) }
    guard depth < 24 else { return nil }
    let node = graph.nodes[place]
    switch node.operation {
    case .negate:
      guard let inner = factors(Int(node.a), depth: depth + 1) else { return nil }
      // A number costs nothing to turn.
      if let time = inner.1 { return (inner.0, graph.make(.negate, time)) }
      return (inner.0.map { graph.make(.negate, $0) }, nil)
    case .multiply, .divide:
      guard let a = factors(Int(node.a), depth: depth + 1),
        let b = factors(Int(node.b), depth: depth + 1)
      else { return nil }
      return (join(node.operation, a.0, b.0), join(node.operation, a.1, b.1))
    default: return nil
    }
  }

  private mutating func join(_ operation: Operation, _ a: Int?, _ b: Int?) -> Int? {
    guard let b else { return a }
    guard let a else {
      return operation == .multiply ? b : graph.make(.divide, graph.number(1), b)
    }
    return graph.make(operation, a, b)
  }
}

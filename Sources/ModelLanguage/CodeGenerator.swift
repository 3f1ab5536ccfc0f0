/// Writes instructions for values of a lowered graph.
///
/// A section is a list of instructions that runs at one stage. Values that a later section reads
/// keep their register; all others give it back after their last use.
struct CodeGenerator {
  private let graph: ValueGraph
  private let stages: [Stage]
  private let decays: [Int]
  /// Where values of earlier sections, inputs and numbers stand.
  private(set) var homes: [Int: Operand] = [:]
  /// Constants, then numbers of rows, then numbers of records.
  private(set) var constants: [Int] = []
  private(set) var rowNumbers: [Int] = []
  private(set) var recordNumbers: [Int] = []
  private(set) var registerCount = 0
  private var freeRegisters: [Int] = []
  /// Registers that sections so far have kept.
  private var kept = 0

  init(_ lowering: Lowering) {
    graph = lowering.graph
    stages = lowering.stages
    decays = lowering.decays
  }

  /// Gives numbers, which are not vectors, their places; those that sections or decays read.
  mutating func placeNumbers(needed: Set<Int>) {
    let order = needed.sorted()
    constants = order.filter { stages[$0] == .constant }
    // Operations with fewer operands read the first number.
    if constants.isEmpty { constants = [-1] }
    rowNumbers = order.filter { stages[$0] == .row }
    recordNumbers = order.filter { stages[$0] == .record }
    for (index, place) in (constants + rowNumbers + recordNumbers).enumerated() where place >= 0 {
      homes[place] = Operand(.scalar, index)
    }
  }

  /// Where an input of vectors stands; `nil` for values that are computed.
  private func input(_ place: Int) -> Operand? {
    let node = graph.nodes[place]
    switch node.operation {
    case .parameter: return Operand(.parameter, Int(node.a))
    case .amount: return Operand(.amount, Int(node.a))
    case .decay: return decays.firstIndex(of: place).map { Operand(decay: $0) }
    default: return nil
    }
  }

  /// Values of a section: those that `roots` need and that have no home.
  func section(_ roots: [Int]) -> [Int] {
    var isNeeded: Set<Int> = []
    var stack = roots
    while let place = stack.popLast() {
      guard homes[place] == nil, input(place) == nil,
        isNeeded.insert(place).inserted
      else { continue }
      stack += operands(place)
    }
    return isNeeded.sorted()
  }

  func operands(_ place: Int) -> [Int] {
    let node = graph.nodes[place]
    guard node.operation.operandCount > 0 else { return [] }
    return [node.a, node.b, node.c].filter { $0 >= 0 }.map(Int.init)
  }

  /// Gives a vector that callers write a register of its own, for all sections.
  mutating func reserve(_ place: Int) -> Operand {
    let operand = Operand(.register, registerCount)
    registerCount += 1
    kept = registerCount
    homes[place] = operand
    return operand
  }

  /// Writes a section.
  /// - Parameters:
  ///   - keep: values that later sections read; they get a home.
  ///   - results: values that go to the result of that index.
  mutating func write(keep: [Int], results: [(place: Int, index: Int)] = []) -> [Instruction] {
    let order = section(keep + results.map(\.place))
    var uses: [Int: Int] = [:]
    for place in order {
      for operand in operands(place) { uses[operand, default: 0] += 1 }
    }
    for place in keep + results.map(\.place) { uses[place, default: 0] += 2 }
    let fused = fusions(order, uses)
    var lastUse: [Int: Int] = [:]
    var steps: [(place: Int, operation: Operation, operands: [Int])] = []
    for place in order where !fused.absorbed.contains(place) {
      let (operation, operands) =
        fused.replaced[place] ?? (graph.nodes[place].operation, self.operands(place))
      steps.append((place, operation, operands))
      for operand in operands { lastUse[operand] = steps.count - 1 }
    }
    let isKept = Set(keep)
    var resultOf: [Int: Int] = [:]
    for result in results where resultOf[result.place] == nil {
      resultOf[result.place] = result.index
    }
    freeRegisters = Array((kept..<max(kept, registerCount)).reversed())
    var code: [Instruction] = []
    var registers: [Int: Operand] = [:]
    var isWritten: Set<Int> = []
    for (number, step) in steps.enumerated() {
      let sources = step.operands.map { registers[$0] ?? home($0) }
      // The last reader of a register may write it.
      for operand in Set(step.operands)
      where lastUse[operand] == number && !isKept.contains(operand) {
        if let register = registers[operand], register.isRegister {
          freeRegisters.append(register.index)
        }
      }
      let target: Operand
      if let index = resultOf[step.place], !isKept.contains(step.place) {
        target = Operand(.result, index)
        // Results are memory as well, from which later instructions may read.
        isWritten.insert(index)
        registers[step.place] = target
      } else {
        let register = freeRegisters.popLast() ?? registerCount
        registerCount = max(registerCount, register + 1)
        target = Operand(.register, register)
        registers[step.place] = target
      }
      func source(_ i: Int) -> Operand { i < sources.count ? sources[i] : .none }
      code.append(
        Instruction(
          operation: step.operation, target: target, a: source(0), b: source(1), c: source(2)))
    }
    // Results that are inputs, kept, or wanted twice.
    for result in results where !isWritten.contains(result.index) {
      isWritten.insert(result.index)
      code.append(
        Instruction(
          operation: .constant, target: Operand(.result, result.index),
          a: registers[result.place] ?? home(result.place), b: .none, c: .none))
    }
    for place in keep where homes[place] == nil { homes[place] = registers[place] ?? home(place) }
    for place in keep {
      if let home = homes[place], home.isRegister { kept = max(kept, home.index + 1) }
    }
    return code
  }

  /// Where a value stands once it is computed.
  func home(_ place: Int) -> Operand {
    if let home = homes[place] ?? input(place) { return home }
    preconditionFailure("a value is read before it is computed")
  }

  /// Products that become part of the sum that reads them alone.
  private func fusions(_ order: [Int], _ uses: [Int: Int])
    -> (absorbed: Set<Int>, replaced: [Int: (Operation, [Int])])
  {
    let isHere = Set(order)
    var absorbed: Set<Int> = []
    var replaced: [Int: (Operation, [Int])] = [:]
    func product(_ place: Int) -> [Int]? {
      guard isHere.contains(place), uses[place] == 1, graph.nodes[place].operation == .multiply
      else { return nil }
      return operands(place)
    }
    for place in order {
      let node = graph.nodes[place]
      guard node.operation == .add || node.operation == .subtract else { continue }
      let (a, b) = (Int(node.a), Int(node.b))
      if let factors = product(a) {
        absorbed.insert(a)
        replaced[place] = (
          node.operation == .add ? .multiplyAdd : .multiplySubtract, factors + [b]
        )
      } else if let factors = product(b) {
        absorbed.insert(b)
        replaced[place] = (
          node.operation == .add ? .multiplyAdd : .subtractProduct, factors + [a]
        )
      }
    }
    return (absorbed, replaced)
  }
}

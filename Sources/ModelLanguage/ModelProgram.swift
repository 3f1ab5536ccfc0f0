import NumericKernels

/// The instructions of a model, for subjects whose records vary in certain ways.
final class ModelProgram: @unchecked Sendable {
  // @unchecked: the memory of instructions is written once, before anything reads it.

  /// Instructions in memory of their own.
  struct Section: BitwiseCopyable {
    let code: UnsafePointer<Instruction>
    let count: Int

    init(_ instructions: [Instruction]) {
      let memory = UnsafeMutablePointer<Instruction>.allocate(capacity: max(1, instructions.count))
      memory.initialize(from: instructions, count: instructions.count)
      code = UnsafePointer(memory)
      count = instructions.count
    }
  }

  /// A number that depends on records only.
  struct NumberStep {
    var operation: Operation
    var a: Int
    var b: Int
    var c: Int
    var constant: Double
    var isRecord: Bool
  }

  /// e^(rate·time): where the rate stands, and the time among the numbers of a record.
  struct Decay {
    var rate: Operand
    var time: Int
    /// Whether the rate may change between rows of covariates.
    var variesByRow: Bool
  }

  let constants: [Double]
  /// Numbers of rows and records by steps; the first are constants and rows' only.
  let numberSteps: [NumberStep]
  /// Steps whose values are the numbers of rows and of records, in the order of their scalars.
  let rowNumbers: [Int]
  let recordNumbers: [Int]
  let batch: Section
  let batchRow: Section
  /// For each output, of the inner stage.
  let outputs: [Section]
  let derivatives: Section
  /// ∂(dAᵢ/dt)/∂Aⱼ at `j · n + i`; empty if it has not been wanted.
  let jacobian: Section
  let decays: [Decay]
  /// Where values for the caller stand: library parameters, or properties of compartments.
  let libraryParameters: [Operand]
  let properties: [[Operand?]]
  /// Where the time of the derivatives is written; none if they do not depend on it.
  let timeRegister: Operand?
  let registerCount: Int

  var rowCount: Int { rowNumbers.count }
  var recordCount: Int { recordNumbers.count }
  var scalarCount: Int { constants.count + rowCount + recordCount }

  /// - Parameters:
  ///   - steady: what is the same in all records of the subjects.
  ///   - timeAmount: the input that stands for the time in derivatives.
  init(_ model: CheckedModel, steady: Dependencies, timeAmount: Int) {
    let isExplicit = model.compartments.isEmpty
    let derivativeRoots = model.compartments.compactMap(\.derivative)
    let propertyRoots = model.compartments.flatMap { $0.properties.compactMap { $0 } }
    let libraryRoots = model.library?.parameters ?? []
    let partials = model.partials.map(\.value)
    let lowering = Lowering(
      model.graph,
      roots: model.outputs.map(\.value) + derivativeRoots + propertyRoots + libraryRoots + partials,
      steady: steady, allowsDecays: isExplicit)
    let graph = lowering.graph
    let stages = lowering.stages
    func places(_ roots: [Int]) -> [Int] { roots.map { lowering.places[$0] } }

    // What crosses from section to section.
    var batchKept: Set<Int> = []
    var rowKept: Set<Int> = []
    var numbers: Set<Int> = []
    var seen: Set<Int> = []
    var stack = places(
      model.outputs.map(\.value) + derivativeRoots + propertyRoots + libraryRoots + partials)
    let roots = Set(stack)
    for root in roots { Self.keep(root, stages, &batchKept, &rowKept, &numbers) }
    while let place = stack.popLast() {
      guard seen.insert(place).inserted, stages[place] > .record else { continue }
      let node = graph.nodes[place]
      guard node.operation.operandCount > 0 else { continue }
      for operand in [node.a, node.b, node.c] where operand >= 0 {
        let operand = Int(operand)
        if stages[operand] < stages[place] {
          Self.keep(operand, stages, &batchKept, &rowKept, &numbers)
        }
        stack.append(operand)
      }
    }

    var generator = CodeGenerator(lowering)
    generator.placeNumbers(needed: numbers)
    var timeRegister: Operand?
    if let place = graph.nodes.firstIndex(where: {
      $0.operation == .amount && Int($0.a) == timeAmount
    }) {
      timeRegister = generator.reserve(place)
    }
    batch = Section(generator.write(keep: batchKept.sorted()))
    batchRow = Section(generator.write(keep: rowKept.sorted()))
    outputs = places(model.outputs.map(\.value)).map { place in
      Section(generator.write(keep: [], results: [(place, 0)]))
    }
    derivatives = Section(
      generator.write(
        keep: [], results: places(derivativeRoots).enumerated().map { ($0.element, $0.offset) }))
    let wanted = zip(places(partials), model.partials.map(\.index)).map { ($0, $1) }
    jacobian = Section(generator.write(keep: [], results: wanted))
    libraryParameters = places(libraryRoots).map { generator.home($0) }
    properties = model.compartments.map { compartment in
      compartment.properties.map { $0.map { generator.home(lowering.places[$0]) } }
    }
    self.timeRegister = timeRegister
    registerCount = max(1, generator.registerCount)
    constants = generator.constants.map { $0 < 0 ? 0 : graph.constant($0)! }
    let recordNumbers = generator.recordNumbers
    decays = lowering.decays.map { place in
      let (rate, time) = (Int(graph.nodes[place].a), Int(graph.nodes[place].b))
      return Decay(
        rate: generator.home(rate), time: recordNumbers.firstIndex(of: time)!,
        variesByRow: stages[rate] == .batchRow)
    }
    (numberSteps, rowNumbers, self.recordNumbers) = Self.steps(
      graph, stages, rows: generator.rowNumbers, records: recordNumbers)
  }

  private static func keep(
    _ place: Int, _ stages: [Stage], _ batch: inout Set<Int>, _ row: inout Set<Int>,
    _ numbers: inout Set<Int>
  ) {
    switch stages[place] {
    case .constant, .row, .record: numbers.insert(place)
    case .batch: batch.insert(place)
    case .batchRow: row.insert(place)
    case .inner: break
    }
  }

  /// The computation of numbers.
  private static func steps(
    _ graph: ValueGraph, _ stages: [Stage], rows: [Int], records: [Int]
  ) -> ([NumberStep], [Int], [Int]) {
    var isNeeded = [Bool](repeating: false, count: graph.nodes.count)
    for place in rows + records { isNeeded[place] = true }
    for place in isNeeded.indices.reversed() where isNeeded[place] {
      let node = graph.nodes[place]
      guard node.operation.operandCount > 0 else { continue }
      for operand in [node.a, node.b, node.c] where operand >= 0 { isNeeded[Int(operand)] = true }
    }
    var steps: [NumberStep] = []
    var newPlace = [Int](repeating: -1, count: graph.nodes.count)
    for place in isNeeded.indices where isNeeded[place] {
      let node = graph.nodes[place]
      let isInput = node.operation.operandCount == 0
      func operand(_ operand: Int32) -> Int {
        isInput || operand < 0 ? Int(operand) : newPlace[Int(operand)]
      }
      newPlace[place] = steps.count
      steps.append(
        NumberStep(
          operation: node.operation, a: operand(node.a), b: operand(node.b), c: operand(node.c),
          constant: graph.constant(place) ?? 0, isRecord: stages[place] == .record))
    }
    return (steps, rows.map { newPlace[$0] }, records.map { newPlace[$0] })
  }

  deinit {
    for section in [batch, batchRow, derivatives, jacobian] + outputs { section.code.deallocate() }
  }
}

import NumericKernels

/// Memory in which a model's instructions run, for one thread at a time.
package final class ModelWorkspace {
  /// Vectors that instructions work on at once.
  package static let capacity = 32
  /// From one register to the next: one more, so that registers do not all fall on the same lines
  /// of the cache.
  static let stride = capacity + 1

  let registers: UnsafeMutablePointer<Lanes>
  let scalars: UnsafeMutablePointer<Lanes>
  /// Powers of decays, by links.
  let powers: UnsafeMutablePointer<Lanes>
  /// 1, the power at time 0.
  let one: UnsafeMutablePointer<Lanes>
  let regions: UnsafeMutablePointer<InterpreterMemory.Region>
  /// Of the strip that is being computed.
  var program: ModelProgram?
  var parameters: UnsafeMutablePointer<Lanes>
  var rowNumbers: UnsafePointer<Double>
  var recordNumbers: UnsafePointer<Double>
  let derivatives: UnsafeMutablePointer<DerivativeEvaluator.State>
  var varies = false
  private let whole: UnsafeMutablePointer<Lanes>

  var memory: InterpreterMemory { InterpreterMemory(regions: regions) }

  package init(_ model: CompiledModel) {
    let programs = model.programs.flatMap { $0 }
    let registerCount = programs.map(\.registerCount).max()!
    let scalarCount = programs.map(\.scalarCount).max()!
    let powerCount = programs.map(\.decays.count).max()! > 0 ? 128 : 0
    let size = (registerCount + powerCount) * Self.stride + scalarCount + 1
    whole = UnsafeMutablePointer<Lanes>.allocate(capacity: size)
    whole.initialize(repeating: Lanes.all(0), count: size)
    registers = whole
    powers = registers + registerCount * Self.stride
    scalars = powers + powerCount * Self.stride
    one = scalars + scalarCount
    one.pointee = Lanes.all(1)
    parameters = whole
    rowNumbers = UnsafePointer(OpaquePointer(whole))
    recordNumbers = rowNumbers
    derivatives = .allocate(capacity: 1)
    derivatives.initialize(to: DerivativeEvaluator.State())
    regions = .allocate(capacity: 32)
    regions.initialize(
      repeating: InterpreterMemory.Region(base: one, stride: 0, step: 0), count: 32)
    regions[0] = InterpreterMemory.Region(base: registers, stride: Self.stride, step: 1)
    regions[1] = InterpreterMemory.Region(base: scalars, stride: 1, step: 0)
  }

  deinit {
    whole.deallocate()
    regions.deallocate()
    derivatives.deallocate()
  }

  /// Writes the constants, and the numbers of a row and an observation.
  func placeConstants(_ program: ModelProgram) {
    program.constants.withUnsafeBufferPointer { constants in
      for i in 0..<constants.count { scalars[i] = Lanes.all(constants[i]) }
    }
  }

  func placeRow(_ program: ModelProgram, _ numbers: UnsafePointer<Double>, _ row: Int) {
    let count = program.rowCount
    let target = scalars + program.constants.count
    for i in 0..<count { target[i] = Lanes.all(numbers[row * count + i]) }
  }

  func placeRecord(_ program: ModelProgram, _ numbers: UnsafePointer<Double>, _ observation: Int) {
    let count = program.recordCount
    let target = scalars + (program.constants.count + program.rowCount)
    for i in 0..<count { target[i] = Lanes.all(numbers[observation * count + i]) }
  }

  func run(_ section: ModelProgram.Section, count: Int) {
    if section.count > 0 { Interpreter.run(section.code, section.count, memory, count: count) }
  }
}

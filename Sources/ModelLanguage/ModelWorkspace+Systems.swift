package import NumericKernels

// What models with compartments compute, for one strip of a batch. A strip has at most `capacity`
// vectors.
extension ModelWorkspace {
  /// Computes what is the same for all observations.
  /// - Parameters:
  ///   - parameters: of the strip's first vector; parameter j of vector v at `j * batchCount + v`.
  ///   - width: vectors of the strip.
  package func begin(
    _ records: ModelRecords, parameters: UnsafePointer<Lanes>, batchCount: Int, width: Int
  ) {
    let program = records.program
    self.program = program
    self.parameters = UnsafeMutablePointer(mutating: parameters)
    rowNumbers = records.rowNumberPointer
    recordNumbers = records.recordNumberPointer
    derivatives.pointee.derivatives = program.derivatives
    derivatives.pointee.jacobian = program.jacobian
    derivatives.pointee.time = program.timeRegister.map { registers + $0.index * Self.stride }
    placeConstants(program)
    regions[0].base = registers
    regions[2] = InterpreterMemory.Region(
      base: self.parameters, stride: batchCount, step: 1)
    if records.rowCount > 0 { placeRow(program, rowNumbers, 0) }
    run(program.batch, count: width)
    if !records.variesByRow { run(program.batchRow, count: width) }
    varies = records.variesByRow
  }

  /// Values of the library's parameters, parameter j of vector v at `j * width + v`.
  package func placeLibraryParameters(_ target: UnsafeMutablePointer<Lanes>, width: Int) {
    for (j, place) in program!.libraryParameters.enumerated() {
      let (source, step) = memory.operand(place)
      for v in 0..<width { target[j * width + v] = source[v &* step] }
    }
  }

  /// Values of a compartment's property, of vector v at v.
  package func place(
    _ property: CompartmentProperty, of compartment: Int, _ target: UnsafeMutablePointer<Lanes>,
    width: Int
  ) {
    guard let place = program!.properties[compartment][property.rawValue] else { return }
    let (source, step) = memory.operand(place)
    for v in 0..<width { target[v] = source[v &* step] }
  }

  /// Predictions of an observation from the concentrations of the library.
  /// - Parameter concentrations: of the strip's vectors, one after another; `target` may be the
  ///   same memory.
  package func placeOutput(
    _ records: ModelRecords, observation: Int, concentrations: UnsafePointer<Lanes>,
    _ target: UnsafeMutablePointer<Lanes>, width: Int
  ) {
    // The only input that is an amount is the concentration, whatever its index.
    placeOutput(
      records, observation: observation, amounts: concentrations, stride: 0, target, width: width)
  }

  /// Predictions of an observation from amounts.
  /// - Parameters:
  ///   - amounts: of compartment c and the strip's vector v at `c * stride + v`.
  ///   - target: of vector v at v.
  package func placeOutput(
    _ records: ModelRecords, observation: Int, amounts: UnsafePointer<Lanes>, stride: Int,
    _ target: UnsafeMutablePointer<Lanes>, width: Int
  ) {
    let program = records.program
    placeRecord(program, recordNumbers, observation)
    regions[3] = InterpreterMemory.Region(
      base: UnsafeMutablePointer(mutating: amounts), stride: stride, step: 1)
    regions[4] = InterpreterMemory.Region(base: target, stride: 0, step: 1)
    run(program.outputs[records.outputs[observation]], count: width)
  }

  /// Makes the parameters of all vectors of the strip those of a row of covariates.
  package func use(row: Int, width: Int) {
    guard varies else { return }
    let program = program!
    placeRow(program, rowNumbers, row)
    run(program.batchRow, count: width)
  }

  /// Makes a vector of the strip the one that the functions below work on.
  package func select(vector: Int) {
    regions[0].base = registers + vector
    regions[2].base = parameters + vector
    if let register = program!.timeRegister {
      derivatives.pointee.time = registers + register.index * Self.stride + vector
    }
  }

  /// Makes the parameters those of a row of covariates.
  package func use(row: Int) {
    guard varies else { return }
    let program = program!
    placeRow(program, rowNumbers, row)
    run(program.batchRow, count: 1)
  }

  /// The value of a compartment's property at the parameters in use; `nil` if it is not given.
  package func property(_ property: CompartmentProperty, of compartment: Int)
    -> UnsafePointer<Lanes>?
  {
    program!.properties[compartment][property.rawValue].map { memory.operand($0).0 }
  }

  /// What computes the derivatives of the vector that is selected.
  package var evaluator: DerivativeEvaluator {
    DerivativeEvaluator(state: derivatives, regions: regions)
  }

  /// The prediction of an observation.
  package func placeOutput(
    _ records: ModelRecords, observation: Int, amounts: UnsafePointer<Lanes>,
    _ target: UnsafeMutablePointer<Lanes>
  ) {
    let program = records.program
    placeRecord(program, recordNumbers, observation)
    regions[3] = InterpreterMemory.Region(
      base: UnsafeMutablePointer(mutating: amounts), stride: 1, step: 0)
    regions[4] = InterpreterMemory.Region(base: target, stride: 1, step: 0)
    run(program.outputs[records.outputs[observation]], count: 1)
  }
}

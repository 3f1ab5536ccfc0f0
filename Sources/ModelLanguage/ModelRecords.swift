import NumericKernels

/// What a model needs to know of one observation.
package struct ModelRecord: Sendable, Equatable {
  package var time: Double
  /// Time since the last dose, 0 before the first.
  package var timeAfterDose: Double
  /// Amount of the last dose, 0 before the first.
  package var dose: Double
  /// Row of the covariates.
  package var row: Int
  /// Which of the model's outputs is observed.
  package var output: Int

  package init(
    time: Double, timeAfterDose: Double, dose: Double, row: Int = 0, output: Int = 0
  ) {
    self.time = time
    self.timeAfterDose = timeAfterDose
    self.dose = dose
    self.row = row
    self.output = output
  }
}

/// The numbers that a model computes once of a subject's records.
package final class ModelRecords: Sendable {
  let program: ModelProgram
  package let observationCount: Int
  /// Output and row of each observation.
  let outputs: [Int]
  let rows: [Int]
  /// Numbers of each row, and of each observation, in memory of their own.
  nonisolated(unsafe) let rowNumberPointer: UnsafePointer<Double>
  nonisolated(unsafe) let recordNumberPointer: UnsafePointer<Double>
  let rowCount: Int
  /// The chains of the decays' powers; `nil` if there are none, or it does not pay.
  let chains: DecayChains?
  /// Where all predictions are one factor that decays, the factor; the chains are those of the
  /// times between observations then, so that each prediction is the one before it times a power.
  let decayingFactor: Operand?
  /// Whether rows of covariates differ.
  package let variesByRow: Bool

  /// - Parameters:
  ///   - form: one that the model has; rows of covariates must not differ for the linear one.
  ///   - covariates: rows of values in the order of the vocabulary; at least one row.
  ///   - usesAllRows: whether rows are needed that no observation has.
  package init(
    _ model: CompiledModel, _ form: CompiledModel.Form, records: [ModelRecord],
    covariates: [[Double]], usesAllRows: Bool = false
  ) {
    let usedRows = usesAllRows ? Array(covariates.indices) : Array(Set(records.map(\.row))).sorted()
    let first = usedRows.first.map { covariates[$0] } ?? []
    variesByRow = !usedRows.allSatisfy { covariates[$0] == first }
    let doses = Set(records.map(\.dose))
    let isSteady = !variesByRow && (form != .explicit || doses.count <= 1)
    let programs = model.programs[form.rawValue]
    precondition(isSteady || programs.count == 2, "the model has this form for these records")
    let program = programs[isSteady ? 0 : 1]
    self.program = program
    observationCount = records.count
    outputs = records.map(\.output)
    rows = records.map(\.row)
    var values = [Double](repeating: 0, count: program.numberSteps.count)
    var rowNumbers: [Double] = []
    let nothing = ModelRecord(time: 0, timeAfterDose: 0, dose: 0)
    for row in program.rowCount > 0 ? covariates : [] {
      Self.compute(program, nothing, row, isRecord: false, &values)
      for step in program.rowNumbers { rowNumbers.append(values[step]) }
    }
    var recordNumbers: [Double] = []
    for record in program.recordCount > 0 ? records : [] {
      Self.compute(program, record, covariates[record.row], isRecord: true, &values)
      for step in program.recordNumbers { recordNumbers.append(values[step]) }
    }
    rowCount = covariates.count
    rowNumberPointer = Self.flat(rowNumbers)
    recordNumberPointer = Self.flat(recordNumbers)
    let factor = isSteady ? Self.decayingFactor(program, outputs: records.map(\.output)) : nil
    let steps = factor.flatMap { _ in
      DecayChains(
        program, recordCount: records.count, numbers: recordNumbers, rowsVary: false,
        elapsed: true)
    }
    decayingFactor = steps == nil ? nil : factor
    chains =
      steps
      ?? DecayChains(
        program, recordCount: records.count, numbers: recordNumbers, rowsVary: variesByRow)
  }

  /// The factor if the predictions of all observations are its product with the only decay.
  private static func decayingFactor(_ program: ModelProgram, outputs: [Int]) -> Operand? {
    // Errors add up from observation to observation.
    guard outputs.count <= 64, program.decays.count == 1, let output = outputs.first,
      outputs.allSatisfy({ $0 == output }), program.outputs[output].count == 1
    else { return nil }
    let instruction = program.outputs[output].code[0]
    let decay = Operand(decay: 0)
    guard instruction.operation == .multiply, (instruction.a == decay) != (instruction.b == decay)
    else { return nil }
    let factor = instruction.a == decay ? instruction.b : instruction.a
    let isVector = factor.isRegister || factor.region == Int(Operand.Region.parameter.rawValue)
    return isVector ? factor : nil
  }

  deinit {
    rowNumberPointer.deallocate()
    recordNumberPointer.deallocate()
  }

  private static func flat(_ values: [Double]) -> UnsafePointer<Double> {
    let memory = UnsafeMutablePointer<Double>.allocate(capacity: max(1, values.count))
    memory.initialize(from: values, count: values.count)
    return UnsafePointer(memory)
  }

  /// Computes numbers with the bits that they would have in vectors.
  private static func compute(
    _ program: ModelProgram, _ record: ModelRecord, _ row: [Double], isRecord: Bool,
    _ values: inout [Double]
  ) {
    for (place, step) in program.numberSteps.enumerated() where isRecord || !step.isRecord {
      switch step.operation {
      case .constant: values[place] = step.constant
      case .covariate: values[place] = row[step.a]
      case .time: values[place] = record.time
      case .timeAfterDose: values[place] = record.timeAfterDose
      case .dose: values[place] = record.dose
      default:
        func operand(_ place: Int) -> Double { place < 0 ? 0 : values[place] }
        values[place] = Interpreter.value(
          step.operation, operand(step.a), operand(step.b), operand(step.c))
      }
    }
  }
}

import CompartmentModels
import DifferentialEquations
import ModelLanguage
import NumericKernels

extension EquationModel {
  /// Predictions by the library.
  func predictLinear(
    _ program: EquationProgram, _ parameters: UnsafePointer<Lanes>, _ count: Int,
    _ predictions: UnsafeMutablePointer<Lanes>, _ workspace: EquationWorkspace,
    trouble: UnsafeMutablePointer<EventTrouble?>? = nil
  ) {
    let language = workspace.language
    let observationCount = program.records.observationCount
    let parameterCount = linearSources.count
    let capacity = ModelWorkspace.capacity
    workspace.reserveLibrary((2 * parameterCount + observationCount) * capacity)
    let ordered = workspace.library
    let values = ordered + parameterCount * capacity
    let concentrations = values + parameterCount * capacity
    for first in stride(from: 0, to: count, by: capacity) {
      let width = min(capacity, count - first)
      language.begin(
        program.records, parameters: parameters + first, batchCount: count, width: width)
      language.placeLibraryParameters(values, width: width)
      for (place, source) in linearSources.enumerated() {
        let target = ordered + place * width
        switch source {
        case .parameter(let parameter):
          for v in 0..<width { target[v] = values[parameter * width + v] }
        case .property(let property):
          language.place(property, of: 0, target, width: width)
        }
      }
      let isDirect = compiled.isPlainLinear && count <= capacity
      linear!.predict(
        program.linear!, parameters: ordered, count: width,
        predictions: isDirect ? predictions : concentrations, trouble: trouble)
      if isDirect { continue }
      for j in 0..<observationCount {
        language.placeOutput(
          program.records, observation: j, concentrations: concentrations + j * width,
          predictions + (j * count + first), width: width)
      }
    }
  }

  /// Predictions by the library, with parameters that change between records.
  func predictVaryingLinear(
    _ program: EquationProgram, _ parameters: UnsafePointer<Lanes>, _ count: Int,
    _ predictions: UnsafeMutablePointer<Lanes>, _ workspace: EquationWorkspace,
    trouble: UnsafeMutablePointer<EventTrouble?>? = nil
  ) {
    let language = workspace.language
    let varying = program.varyingLinear!
    let (setCount, resultCount) = (varying.setCount, varying.resultCount)
    let valueCount = varyingLinear!.valueCount
    let parameterCount = valueCount - varyingInputs.count
    let observationCount = program.records.observationCount
    // Values of many sets should not leave the cache before they are used.
    let capacity = max(1, min(ModelWorkspace.capacity, 4096 / (setCount * valueCount)))
    let isDirect = compiled.isPlainLinear
    let resultRoom = isDirect ? 0 : resultCount * observationCount
    workspace.reserveLibrary((setCount * valueCount + resultRoom) * capacity)
    let values = workspace.library
    let results = values + setCount * valueCount * capacity
    for first in stride(from: 0, to: count, by: capacity) {
      let width = min(capacity, count - first)
      language.begin(
        program.records, parameters: parameters + first, batchCount: count, width: width)
      for set in 0..<setCount {
        language.use(row: set, width: width)
        let target = values + set * valueCount * width
        language.placeLibraryParameters(target, width: width)
        for place in 0..<varyingInputs.count {
          let input = varyingInputs[place]
          language.place(
            input.property, of: input.compartment, target + (parameterCount + place) * width,
            width: width)
        }
      }
      varying.predict(
        values: values, count: width, results: isDirect ? predictions + first : results,
        stride: isDirect ? count : width, trouble: trouble)
      if isDirect { continue }
      var set = setCount - 1
      for j in 0..<observationCount {
        let own = program.observationSets[j]
        if own != set {
          set = own
          language.use(row: set, width: width)
        }
        language.placeOutput(
          program.records, observation: j, amounts: results + j * resultCount * width,
          stride: varying.givesAmounts ? width : 0, predictions + (j * count + first), width: width)
      }
    }
  }

  /// Predictions by solving differential equations, one vector after another.
  func predictDifferential(
    _ program: EquationProgram, _ parameters: UnsafePointer<Lanes>, _ count: Int,
    _ predictions: UnsafeMutablePointer<Lanes>, _ workspace: EquationWorkspace,
    trouble: UnsafeMutablePointer<EventTrouble?>? = nil
  ) {
    if compiled.hasJacobian {
      solve(KnownPartials.self, program, parameters, count, predictions, workspace, trouble)
    } else {
      solve(UnknownPartials.self, program, parameters, count, predictions, workspace, trouble)
    }
  }

  private func solve<Partials: PartialsKnowledge>(
    _ partials: Partials.Type, _ program: EquationProgram, _ parameters: UnsafePointer<Lanes>,
    _ count: Int, _ predictions: UnsafeMutablePointer<Lanes>, _ workspace: EquationWorkspace,
    _ trouble: UnsafeMutablePointer<EventTrouble?>?
  ) {
    let language = workspace.language
    let schedule = program.schedule!
    let solver = workspace.solver!
    let compartmentCount = compiled.compartments.count
    var machine = EventMachine(
      compartmentCount: compartmentCount, doseCapacity: schedule.doseCount)
    machine.isWatching = trouble != nil
    let capacity = ModelWorkspace.capacity
    for first in stride(from: 0, to: count, by: capacity) {
      let width = min(capacity, count - first)
      language.begin(
        program.records, parameters: parameters + first, batchCount: count, width: width)
      for v in 0..<width {
        language.select(vector: v)
        solver.begin()
        for i in 0..<compartmentCount { workspace.isOn[i] = Lanes.all(1) }
        var system = EquationSystem<Partials>(
          workspace: language, solver: solver, records: program.records,
          compartmentCount: compartmentCount, predictions: predictions + (first + v),
          stride: count, isOn: workspace.isOn)
        machine.run(schedule, &system)
        if first + v == 0 { trouble?.pointee = machine.trouble }
      }
    }
  }
}

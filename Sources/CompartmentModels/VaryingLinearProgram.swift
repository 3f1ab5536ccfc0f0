public import NumericKernels
import PopulationModel

/// What a linear model with varying parameters has computed of a subject's events.
public final class VaryingLinearProgram: Sendable {
  let model: VaryingLinearModel
  let schedule: EventSchedule
  let hasInitialAmounts: Bool
  public let givesAmounts: Bool
  /// Number of sets of parameters.
  public let setCount: Int

  init(_ timeline: EventTimeline, _ model: VaryingLinearModel, givesAmounts: Bool) {
    self.model = model
    self.givesAmounts = givesAmounts
    setCount = timeline.covariates.count
    hasInitialAmounts = model.inputs.contains { $0.input == .initialAmount }
    schedule = EventSchedule(
      timeline, compartmentCount: model.compartmentCount, defaultDoseCompartment: 0)
  }

  /// Values of one observation.
  public var resultCount: Int { givesAmounts ? model.compartmentCount : 1 }

  /// Computes concentrations, or amounts, of all observations.
  /// - Parameters:
  ///   - values: value j of the set s for vector v at `(s * valueCount + j) * count + v`.
  ///   - results: value c of observation j for vector v goes to `(j * resultCount + c) * stride +
  ///     v`.
  ///   - trouble: takes why the first sample is lost.
  public func predict(
    values: UnsafePointer<Lanes>, count: Int, results: UnsafeMutablePointer<Lanes>, stride: Int,
    trouble: UnsafeMutablePointer<EventTrouble?>? = nil
  ) {
    let constantCount = VaryingLinearConstants.count
    let valueCount = model.valueCount
    withUnsafeTemporaryAllocation(
      of: Lanes.self, capacity: setCount * constantCount + LinearShape.constantCount
    ) { memory in
      let own = memory.baseAddress!
      let table = own + LinearShape.constantCount
      var machine = EventMachine(
        compartmentCount: model.compartmentCount, doseCapacity: schedule.doseCount)
      machine.isWatching = trouble != nil
      for v in 0..<count {
        for set in 0..<setCount {
          model.place(
            VaryingLinearConstants(place: table + set * constantCount),
            values: values + set * valueCount * count, count: count, v: v, own: own)
        }
        var system = VaryingLinearSystem(
          modeCount: model.shape.modeCount, hasDepot: model.shape.hasDepot, table: table,
          constants: VaryingLinearConstants(place: table), hasInitialAmounts: hasInitialAmounts,
          results: results + v, stride: stride, givesAmounts: givesAmounts)
        machine.run(schedule, &system)
        if v == 0 { trouble?.pointee = machine.trouble }
      }
    }
  }
}

import CompartmentModels
import ModelLanguage
import PopulationModel

/// What a model of equations has computed of a subject's events.
final class EquationProgram: PreparedSubject {
  let form: CompiledModel.Form
  let records: ModelRecords
  /// Of the library.
  let linear: (any PreparedSubject)?
  /// Of the library, with parameters that change.
  let varyingLinear: VaryingLinearProgram?
  /// The set of parameters of each observation, for the library.
  let observationSets: [Int]
  let schedule: EventSchedule?

  /// - Parameter isWatched: whether the event machine is to be used in any case.
  init(_ timeline: EventTimeline, _ model: EquationModel, isWatched: Bool = false) {
    let compiled = model.compiled
    let sets = ParameterSets(timeline, model)
    let isOn = !Self.turnsCompartments(timeline)
    if compiled.kind == .explicit {
      form = .explicit
    } else if model.linear != nil, sets.covariates.count == 1, isOn {
      form = .linear
    } else if model.varyingLinear != nil, isOn {
      form = .varyingLinear
    } else {
      form = .differential
    }
    let usesSets = form == .linear || form == .varyingLinear
    var plain = usesSets ? sets.timeline : timeline
    let records = Self.records(plain, model)
    self.records = ModelRecords(
      compiled, form, records: records,
      covariates: usesSets ? sets.covariates : model.usedCovariates(timeline),
      usesAllRows: form != .explicit)
    observationSets = usesSets ? records.map(\.row) : []
    // What is observed is an output of the equations, whatever its compartment.
    plain.observations = timeline.observations.map { _ in EventTimeline.ObservedPlace() }
    linear =
      form == .linear
      ? (isWatched ? model.linear?.prepareForMachine(plain) : model.linear?.prepare(plain)) : nil
    varyingLinear =
      form == .varyingLinear
      ? model.varyingLinear?.prepare(plain, givesAmounts: !compiled.has(.linear)) : nil
    schedule =
      form == .differential
      ? EventSchedule(
        plain, compartmentCount: compiled.compartments.count, defaultDoseCompartment: 0) : nil
  }

  static func turnsCompartments(_ timeline: EventTimeline) -> Bool {
    timeline.events.contains { if case .turn = $0.action { true } else { false } }
  }

  /// Time, last dose, row and output of each observation. A reset forgets the doses before it.
  private static func records(
    _ timeline: EventTimeline, _ model: EquationModel
  ) -> [ModelRecord] {
    var records = timeline.observations.map { place in
      ModelRecord(
        time: 0, timeAfterDose: 0, dose: 0, output: model.output(place) ?? 0)
    }
    var last: (time: Double, amount: Double)?
    for event in timeline.events {
      switch event.action {
      case .dose(let place): last = (event.time, timeline.doses[place].amount)
      case .observe(let place):
        records[place].time = event.time
        records[place].timeAfterDose = last.map { event.time - $0.time } ?? 0
        records[place].dose = last?.amount ?? 0
        records[place].row = event.covariates
      case .reset: last = nil
      case .turn, .pass: break
      }
    }
    return records
  }
}

extension EquationModel {
  /// Which output an observation has; `nil` if its DVID is not among the numbers.
  func output(_ place: EventTimeline.ObservedPlace) -> Int? {
    if place.output == 0 { return outputs.count == 1 ? 0 : nil }
    return outputNumbers.firstIndex(of: place.output) ?? (outputs.count == 1 ? 0 : nil)
  }
}

import CompartmentModels
import ModelLanguage
import PopulationModel

/// What a model of equations has computed of a subject's events.
final class EquationProgram: PreparedSubject {
  let form: CompiledModel.Form
  let records: ModelRecords
  /// Of the library.
  let linear: (any PreparedSubject)?
  let schedule: EventSchedule?

  init(_ timeline: EventTimeline, _ model: EquationModel) {
    let compiled = model.compiled
    // What does not count may change without changing the model's form.
    let covariates = timeline.covariates.map { row in
      model.covariatePlaces.map { compiled.usesCovariate[$0] ? row[$0] : 0 }
    }
    let rows = Set(timeline.events.map(\.covariates))
    let varies = rows.contains { covariates[$0] != covariates[rows.first!] }
    if compiled.kind == .explicit {
      form = .explicit
    } else if model.linear != nil, !varies, !Self.turnsCompartments(timeline) {
      form = .linear
    } else {
      form = .differential
    }
    records = ModelRecords(
      compiled, form,
      records: Self.records(timeline, model, hasOneRow: form == .linear),
      covariates: form == .linear ? [covariates[rows.first ?? 0]] : covariates,
      usesAllRows: form == .differential)
    var plain = timeline
    // What is observed is an output of the equations, whatever its compartment.
    plain.observations = timeline.observations.map { _ in EventTimeline.ObservedPlace() }
    linear = form == .linear ? model.linear?.prepare(plain) : nil
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
    _ timeline: EventTimeline, _ model: EquationModel, hasOneRow: Bool
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
    // The linear form has one row.
    if hasOneRow { for place in records.indices { records[place].row = 0 } }
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

public import PopulationData
public import PopulationModel

extension LinearModel {
  /// Refuses doses and observations in compartments that the model does not have or cannot follow,
  /// infusions whose rate or duration the model should have and has not, and, where the residual
  /// error needs a prediction, observations before the first dose that cannot be 0.
  public func validate(_ subject: Subject, residual: ResidualErrorModel) throws(ModelError) {
    let timeline = EventTimeline(subject)
    // The timeline has the same doses and observations in the same order.
    let doseLines = subject.occasions.flatMap { $0.doses.map(\.line) }
    let observationLines = subject.occasions.flatMap { $0.observations.map(\.line) }
    for (place, dose) in timeline.doses.enumerated() {
      let line = place < doseLines.count ? doseLines[place] : nil
      if let reason = objection(to: dose) {
        throw .record(subject: subject.id, line: line, reason: reason)
      }
    }
    for (place, observation) in timeline.observations.enumerated() {
      let line = place < observationLines.count ? observationLines[place] : nil
      if let reason = objection(to: observation) {
        throw .record(subject: subject.id, line: line, reason: reason)
      }
    }
    for event in timeline.events {
      if case .turn(let compartment, let isOn) = event.action,
        !(shape.hasDepot && compartment == 1)
      {
        throw .record(
          subject: subject.id, line: subject.line(turning: compartment),
          reason: """
            EVID 2 turns compartment \(compartment) \(isOn ? "on" : "off"), which `\(name)` cannot do\
            \(shape.hasDepot ? " (only compartment 1, the depot, can be turned off)" : ""); \
            leave the row out with `ignore` or use a model of your own
            """)
      }
    }
    guard residual.needsPrediction else { return }
    for occasion in subject.occasions {
      for observation in occasion.observations
      where observation.precedingDoses == 0 && !observation.admitsZero {
        throw .observationBeforeDose(
          subject: subject.id, line: observation.line, time: observation.time, residual)
      }
    }
  }

  /// The compartments as a reader of a message needs them.
  private var compartments: String {
    var parts =
      shape.hasDepot
      ? ["1, the depot", "2, the central compartment"] : ["1, the central compartment"]
    for place in 1..<max(1, shape.modeCount) {
      parts.append("\(shape.central + 1 + place), a peripheral one")
    }
    let last = parts.removeLast()
    return parts.isEmpty ? last : parts.joined(separator: "; ") + "; or \(last)"
  }

  private func objection(to dose: EventTimeline.Dose) -> String? {
    let compartment = dose.compartment
    if let reason = absence(of: compartment, "a dose", 1) { return reason }
    let isDefault = compartment == 0 || compartment == 1
    let target = shape.hasDepot ? "the depot" : "the central compartment"
    switch dose.entry {
    case .modelledRate where !isDefault || !shape.parameters.has(.rate):
      return isDefault
        ? """
        RATE of a dose is -1, so the model has the rate of the infusion, but there is no parameter `rate`; \
        add `rate` to the parameters or write the rate into RATE
        """
        : """
        RATE of a dose into compartment \(compartment) is -1, but the parameter `rate` belongs to doses into \
        compartment 1, \(target); write the rate into RATE
        """
    case .modelledDuration where !isDefault || !shape.parameters.has(.duration):
      return isDefault
        ? """
        RATE of a dose is -2, so the model has the duration of the infusion, but there is no parameter `dur`; \
        add `dur` to the parameters or write the rate into RATE
        """
        : """
        RATE of a dose into compartment \(compartment) is -2, but the parameter `dur` belongs to doses into \
        compartment 1, \(target); write the rate into RATE
        """
    default: return nil
    }
  }

  private func objection(to observation: EventTimeline.ObservedPlace) -> String? {
    let compartment = observation.compartment
    if observation.output > 1 {
      return """
        DVID of an observation is \(observation.output), but `\(name)` has one output, the concentration; \
        leave the row out with `ignore` or use a model of your own
        """
    }
    if let reason = absence(of: compartment, "an observation", shape.central + 1) { return reason }
    if shape.hasDepot, compartment == 1 {
      return """
        CMT of an observation is 1, the depot, which has no concentration; write 0 or 2 for the \
        central compartment, or leave the row out with `ignore`
        """
    }
    return nil
  }

  /// What is wrong with a compartment of a dose or an observation, if the model cannot follow it.
  private func absence(of compartment: Int, _ what: String, _ usual: Int) -> String? {
    if compartment < 0 || compartment > shape.compartmentCount {
      return """
        CMT of \(what) is \(compartment), expected \(compartments), or 0 for \(usual); \
        correct CMT or leave the row out with `ignore`
        """
    }
    if compartment > shape.central + 1, shape.parameters.disposition == .coefficients {
      let names = parameterNames.prefix(shape.parameters.dispositionCount)
      return """
        CMT of \(what) is \(compartment), a peripheral compartment, about which the parameters \
        \(names.joined(separator: ", ")) say nothing; use a set with volumes, or correct CMT
        """
    }
    return nil
  }
}

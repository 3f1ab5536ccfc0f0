import ModelLanguage
import PopulationData
import PopulationModel

extension EquationModel {
  /// Refuses doses that the equations cannot follow, observations of outputs that there are not, and covariates that vary where
  /// they may not.
  public func validate(_ subject: Subject, residual: ResidualErrorModel) throws(ModelError) {
    let timeline = EventTimeline(subject)
    // The timeline has the same doses and observations in the same order.
    let doseLines = subject.occasions.flatMap { $0.doses.map(\.line) }
    let observationLines = subject.occasions.flatMap { $0.observations.map(\.line) }
    for (place, dose) in timeline.doses.enumerated() {
      if let reason = objection(to: dose) {
        throw .record(
          subject: subject.id, line: place < doseLines.count ? doseLines[place] : nil,
          reason: reason)
      }
    }
    for (place, observation) in timeline.observations.enumerated() where output(observation) == nil
    {
      throw .record(
        subject: subject.id,
        line: place < observationLines.count ? observationLines[place] : nil,
        reason: objection(to: observation))
    }
    if let reason = objection(to: timeline) {
      throw .record(subject: subject.id, line: nil, reason: reason)
    }
  }

  /// The compartments as a reader of a message needs them.
  private var compartmentList: String {
    compiled.compartments.enumerated().map { "\($0.offset + 1) (\($0.element))" }
      .joined(separator: ", ")
  }

  private func objection(to dose: EventTimeline.Dose) -> String? {
    guard compiled.kind != .explicit else {
      if dose.entry != .bolus || dose.steadyState != .none {
        return """
          the equations have no compartments, so an infusion or a steady state (RATE, SS) has no meaning in them; \
          write the model with `d/dt` or `linCmt`, or leave the row out with `ignore`
          """
      }
      return nil
    }
    let count = compiled.compartments.count
    guard (0...count).contains(dose.compartment) else {
      return """
        CMT of a dose is \(dose.compartment), expected \(compartmentList), or 0 for 1; correct CMT, or add the \
        compartment to the equations
        """
    }
    let compartment = max(0, dose.compartment - 1)
    let name = compiled.compartments[compartment]
    let given = compiled.givenProperties[compartment]
    if dose.entry == .modelledRate, !given[CompartmentProperty.rate.rawValue] {
      return """
        RATE of a dose is -1, so the model has the rate of the infusion, but the equations have no `rate(\(name))`; \
        add it, or write the rate into RATE
        """
    }
    if dose.entry == .modelledDuration, !given[CompartmentProperty.duration.rawValue] {
      return """
        RATE of a dose is -2, so the model has the duration of the infusion, but the equations have no \
        `dur(\(name))`; add it, or write the rate into RATE
        """
    }
    return nil
  }

  private func objection(to observation: EventTimeline.ObservedPlace) -> String {
    let numbers = zip(outputNumbers, outputs).map { "\($0) (\($1))" }.joined(separator: ", ")
    return observation.output == 0
      ? """
      an observation has no DVID, and the model has \(outputs.count) outputs: \(numbers); add a column DVID
      """
      : """
      DVID of an observation is \(observation.output), expected \(numbers); correct DVID, or add the output
      """
  }

  private func objection(to timeline: EventTimeline) -> String? {
    let turned = timeline.events.compactMap { event -> Int? in
      if case .turn(let compartment, _) = event.action { compartment } else { nil }
    }
    if let compartment = turned.first(where: { $0 > compiled.compartments.count }) {
      return compiled.kind == .explicit
        ? "EVID 2 turns compartment \(compartment) on or off, and the equations have no compartments; leave the row out with `ignore`"
        : """
        EVID 2 turns compartment \(compartment) on or off, expected \(compartmentList); correct CMT or leave the row \
        out with `ignore`
        """
    }
    guard case .library = compiled.kind, !compiled.has(.differential) else { return nil }
    if !turned.isEmpty {
      return """
        EVID 2 turns a compartment on or off, about which the parameters of `linCmt` say nothing; use a set with \
        volumes, or leave the row out with `ignore`
        """
    }
    if varyingLinear != nil { return nil }
    if ParameterSets(timeline, self).covariates.count > 1 || linear == nil {
      return """
        `linCmt` with these parameters needs covariates that do not change, and properties of the first compartment \
        only; use a set with volumes or rate constants
        """
    }
    return nil
  }
}

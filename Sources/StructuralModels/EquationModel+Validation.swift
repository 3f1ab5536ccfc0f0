import ModelLanguage
package import PopulationData
package import PopulationModel

extension EquationModel {
  /// Refuses doses that the equations cannot follow, observations of outputs that there are not,
  /// and covariates that vary where they may not.
  package func validate(_ subject: Subject, residual: ResidualErrorModel) throws(ModelError) {
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
    if compiled.derivativesReadTime {
      for event in timeline.events {
        guard case .dose(let place) = event.action, let reason = objection(to: event, timeline)
        else { continue }
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
      let turned = timeline.events.compactMap { event -> Int? in
        if case .turn(let compartment, _) = event.action { compartment } else { nil }
      }
      let wrong = turned.first { $0 > compiled.compartments.count } ?? turned.first
      throw .record(
        subject: subject.id, line: wrong.flatMap(subject.line(turning:)), reason: reason)
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

  /// A steady state exists where the equations are the same in each interval, which those that read
  /// the time need not be.
  private func objection(to event: EventTimeline.Event, _ timeline: EventTimeline) -> String? {
    guard case .dose(let place) = event.action else { return nil }
    let dose = timeline.doses[place]
    guard dose.steadyState != .none else { return nil }
    if dose.interval <= 0 {
      return """
        SS of a dose is \(dose.steadyState == .add ? 2 : 1) with AMT 0, an infusion without end, which has no steady state, \
        as the differential equations read the time; write the infusion out, with AMT, from a time at which the amounts \
        are known
        """
    }
    let covariates = usedCovariates(timeline)[event.covariates]
    if periods.repeats(compiled, every: dose.interval, until: event.time, covariates) {
      return nil
    }
    let interval = "\(dose.interval)"
    return """
      SS of a dose is \(dose.steadyState == .add ? 2 : 1), and the differential equations read the time and do not repeat \
      themselves every II \(interval.hasSuffix(".0") ? String(interval.dropLast(2)) : interval), so that there is no steady \
      state; write the doses out (ADDL) from a time at which the amounts are known, or give the equations a period, \
      as a number, that divides II
      """
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

public import PopulationData

extension EventTimeline {
  /// Everything that happens to a subject of a data set: all occasions one after the other with
  /// resets between them, additional doses and changes of covariates in their places.
  ///
  /// An occasion that begins before anything happens in it has an event of its own there, at which
  /// the first row of its covariates holds. Events have the rows that hold in the intervals that
  /// end with them, doses those of the rows of the file that ordered them.
  public init(_ subject: Subject) {
    self.init(events: [], doses: [], observations: [], covariates: subject.covariates)
    for (number, occasion) in subject.occasions.enumerated() {
      begin(occasion, isFirst: number == 0)
      occasion.forEachHappening { append($0, of: occasion) }
    }
  }

  /// Where an occasion begins: a reset, but for the first one.
  private mutating func begin(_ occasion: Occasion, isFirst: Bool) {
    var first: (time: Double, covariates: Int)?
    occasion.forEachHappening { happening in
      if first != nil { return }
      first =
        switch happening {
        case .dose(let place): (occasion.doses[place].time, occasion.doses[place].covariates)
        case .observation(let place):
          (occasion.observations[place].time, occasion.observations[place].covariates)
        case .other(let place): (occasion.others[place].time, occasion.others[place].covariates)
        }
    }
    guard let first, !isFirst || occasion.start != nil else { return }
    events.append(
      Event(
        time: occasion.start ?? first.time, action: isFirst ? .pass : .reset,
        covariates: first.covariates))
  }

  private mutating func append(_ happening: Occasion.Happening, of occasion: Occasion) {
    switch happening {
    case .dose(let place):
      let dose = occasion.doses[place]
      events.append(
        Event(time: dose.time, action: .dose(doses.count), covariates: dose.covariates))
      doses.append(Dose(dose))
    case .observation(let place):
      let observation = occasion.observations[place]
      events.append(
        Event(
          time: observation.time, action: .observe(observations.count),
          covariates: observation.covariates))
      observations.append(
        ObservedPlace(output: observation.output, compartment: observation.compartment))
    case .other(let place):
      let other = occasion.others[place]
      let action: Action =
        other.compartment == 0
        ? .pass : .turn(compartment: abs(other.compartment), isOn: other.compartment > 0)
      events.append(Event(time: other.time, action: action, covariates: other.covariates))
    }
  }
}

extension EventTimeline.Dose {
  fileprivate init(_ dose: DoseRecord) {
    let entry: EventTimeline.Entry =
      switch dose.entry {
      case .bolus: .bolus
      case .rate(let rate): .rate(rate)
      case .duration(let duration): .duration(duration)
      case .modelledRate: .modelledRate
      case .modelledDuration: .modelledDuration
      }
    let steadyState: EventTimeline.SteadyState =
      switch dose.steadyState {
      case .none: .none
      case .replace: .replace
      case .add: .add
      }
    self.init(
      amount: dose.amount, entry: entry, compartment: dose.compartment, steadyState: steadyState,
      interval: dose.interval, covariates: dose.dosingCovariates)
  }
}

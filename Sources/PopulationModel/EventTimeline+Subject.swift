import PopulationData

extension EventTimeline {
  /// The events of a subject, in the order in which they count.
  public init(_ subject: Subject) {
    var events: [Event] = []
    var doses: [Dose] = []
    var observations: [ObservedPlace] = []
    for (number, occasion) in subject.occasions.enumerated() {
      let start = occasion.doses.first?.time ?? occasion.observations.first?.time ?? 0
      if number > 0 {
        let first = occasion.observations.first.map { min($0.time, start) } ?? start
        events.append(Event(time: first, action: .reset))
      }
      var given = 0
      func give(upTo count: Int) {
        while given < count {
          let dose = occasion.doses[given]
          events.append(Event(time: dose.time, action: .dose(doses.count)))
          doses.append(Dose(amount: dose.amount, compartment: dose.compartment))
          given += 1
        }
      }
      for observation in occasion.observations {
        give(upTo: observation.precedingDoses)
        events.append(Event(time: observation.time, action: .observe(observations.count)))
        observations.append(ObservedPlace(compartment: observation.compartment))
      }
      give(upTo: occasion.doses.count)
    }
    self.init(events: events, doses: doses, observations: observations)
  }
}

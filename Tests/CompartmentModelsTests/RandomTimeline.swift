import PopulationModel

extension EventTimeline {
  /// A history with events of all kinds that a model can follow.
  static func random(for modelCase: ModelCase, _ random: inout RandomNumbers) -> EventTimeline {
    let reference = modelCase.references[0]
    let central = reference.central
    var events: [Event] = []
    var doses: [Dose] = []
    var observations: [ObservedPlace] = []
    // Half of the histories are the simple ones that most subjects have.
    let isSimple = random.chance(0.5)
    // Longer lags have tests of their own: short intervals take the repetition of them long.
    let longestLag = modelCase.references.map(\.lag).max()!
    var time = random.chance(0.3) ? random.uniform(-5, 5) : 0
    func addDose(_ dose: Dose, additional: Int, every interval: Double) {
      var copy = dose
      for k in 0...additional {
        if k > 0 { copy.steadyState = .none }
        events.append(Event(time: time + Double(k) * interval, action: .dose(doses.count)))
        doses.append(copy)
      }
    }
    func dose(_ random: inout RandomNumbers) {
      let interval = random.chance(0.5) ? 12 : random.scale(4, 24)
      var dose = Dose(amount: random.scale(1, 100))
      if !isSimple || reference.hasDepot && random.chance(0.2) {
        dose.compartment = random.below(
          modelCase.isMacro ? central + 2 : reference.compartmentCount + 1)
      }
      let isDefault = dose.compartment <= 1
      if random.chance(isSimple ? 0.3 : 0.6), !(isSimple && reference.hasDepot && isDefault) {
        dose.entry =
          random.chance(0.5)
          ? .rate(random.scale(1, 50)) : .duration(random.scale(0.1, random.chance(0.3) ? 40 : 6))
      }
      if isDefault {
        if modelCase.inputs.contains("dur"), random.chance(0.4) { dose.entry = .modelledDuration }
        if modelCase.inputs.contains("rate"), random.chance(0.4) { dose.entry = .modelledRate }
      }
      var additional = random.chance(0.3) ? random.below(4) : 0
      if random.chance(0.25) {
        dose.steadyState = random.chance(0.7) ? .replace : .add
        dose.interval = max(interval, longestLag + 0.1)
        if random.chance(0.2), dose.entry != .bolus, dose.entry != .modelledDuration {
          if case .duration = dose.entry { dose.entry = .rate(random.scale(1, 10)) }
          dose.interval = 0
          dose.amount = 0
          additional = 0
        }
      }
      addDose(dose, additional: additional, every: max(interval, dose.interval))
    }
    for _ in 0..<(2 + random.below(8)) {
      switch random.below(10) {
      case 0..<4: dose(&random)
      case 4 where !isSimple && random.chance(0.3):
        // What is ahead of the reset would not be in order after it.
        let end = events.map(\.time).max() ?? time
        events.sort { $0.time < $1.time }
        time = random.chance(0.5) ? end : end - 3
        events.append(Event(time: time, action: .reset))
        return finish(&random)
      case 5 where !isSimple && reference.hasDepot && random.chance(0.3):
        events.append(Event(time: time, action: .turn(compartment: 1, isOn: random.chance(0.5))))
      default:
        for _ in 0..<random.below(4) {
          observe(&random)
          time += random.chance(0.6) ? 0.5 * Double(1 + random.below(6)) : random.scale(0.01, 10)
        }
      }
      time += random.chance(0.3) ? 0 : random.chance(0.5) ? 1 : random.scale(0.01, 20)
    }
    func observe(_ random: inout RandomNumbers) {
      var compartment = 0
      if !isSimple, random.chance(0.4) {
        compartment = central + 1
        if !modelCase.isMacro { compartment += random.below(reference.exchange.count + 1) }
      }
      events.append(Event(time: time, action: .observe(observations.count)))
      observations.append(ObservedPlace(compartment: compartment))
    }
    func finish(_ random: inout RandomNumbers) -> EventTimeline {
      let reset = events.lastIndex { $0.action == .reset }.map { $0 + 1 } ?? 0
      for _ in 0..<2 { dose(&random) }
      for _ in 0..<4 {
        time += random.scale(0.05, 10)
        observe(&random)
      }
      // Additional doses come before records of the same time.
      let tail = events[reset...].enumerated().sorted {
        ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
      }
      events.replaceSubrange(reset..., with: tail.map(\.element))
      // Observations are numbered in the order in which they come.
      var places: [ObservedPlace] = []
      for e in events.indices {
        guard case .observe(let place) = events[e].action else { continue }
        events[e].action = .observe(places.count)
        places.append(observations[place])
      }
      return EventTimeline(events: events, doses: doses, observations: places)
    }
    return finish(&random)
  }
}

import PopulationModel

/// Follows a timeline for one sample: all that is under way is a list, steady states are long
/// histories of doses.
struct ReferenceHistory {
  let model: ReferenceModel
  private var amounts: [Double]
  private var boluses: [(time: Double, compartment: Int, amount: Double)] = []
  private var infusions: [(start: Double, end: Double, compartment: Int, rate: Double)] = []
  private var clock = 0.0
  private(set) var predictions: [Double] = []

  init(_ model: ReferenceModel) {
    self.model = model
    amounts = [Double](repeating: 0, count: model.compartmentCount)
  }

  static func predict(_ timeline: EventTimeline, _ model: ReferenceModel) -> [Double] {
    var history = ReferenceHistory(model)
    history.clock = timeline.events.first?.time ?? 0
    for event in timeline.events { history.follow(event, timeline) }
    return history.predictions
  }

  private mutating func follow(_ event: EventTimeline.Event, _ timeline: EventTimeline) {
    if event.action == .reset {
      self.boluses = []
      self.infusions = []
      amounts = amounts.map { _ in 0 }
      clock = event.time
      return
    }
    pass(to: event.time)
    switch event.action {
    case .dose(let place): give(timeline.doses[place])
    case .observe(let place):
      let compartment = timeline.observations[place].compartment
      let c = compartment == 0 ? model.central : compartment - 1
      let volume =
        c == model.central ? model.volume : model.peripheralVolumes[c - model.central - 1]
      predictions.append(amounts[c] / volume)
    case .turn(let compartment, let isOn):
      precondition(compartment == 1 && model.hasDepot)
      // Nothing but doses, which turn it on, flows into the depot: on or off is the same for what
      // comes later.
      if isOn { return }
      amounts[0] = 0
      infusions.removeAll { $0.compartment == 0 && $0.start <= clock }
    case .reset, .pass: break
    }
  }

  private mutating func pass(to time: Double) {
    // In order of time, and of arrival where times are equal.
    let stops = (boluses.map(\.time) + infusions.flatMap { [$0.start, $0.end] } + [time])
      .filter { $0 >= clock && $0 <= time }.sorted()
    for stop in stops {
      if stop > clock {
        let middle = 0.5 * (clock + stop)
        var rates = [Double](repeating: 0, count: model.compartmentCount)
        for infusion in infusions where infusion.start < middle && middle < infusion.end {
          rates[infusion.compartment] += infusion.rate
        }
        amounts = model.integrate(amounts, rates: rates, time: stop - clock)
        clock = stop
      }
      for bolus in boluses where bolus.time <= clock { amounts[bolus.compartment] += bolus.amount }
      boluses.removeAll { $0.time <= clock }
    }
    infusions.removeAll { $0.end <= clock }
  }

  private mutating func give(_ dose: EventTimeline.Dose) {
    let compartment = dose.compartment == 0 ? 0 : dose.compartment - 1
    let isDefault = compartment == 0
    let amount = dose.amount * (isDefault ? model.bioavailability : 1)
    let lag = isDefault ? model.lag : 0
    var infusion: (rate: Double, duration: Double)?
    switch dose.entry {
    case .bolus: break
    case .rate(let rate): infusion = (rate, amount / rate)
    case .duration(let duration): infusion = (amount / duration, duration)
    case .modelledRate: infusion = (model.rate, amount / model.rate)
    case .modelledDuration: infusion = (amount / model.duration, model.duration)
    }
    let now = clock
    if dose.steadyState != .none {
      // All doses of a long time before, into an empty body.
      var past = ReferenceHistory(model)
      let memory = 37 / model.slowest
      if dose.interval > 0 {
        let count = Int(
          ((memory + lag + (infusion?.duration ?? 0)) / dose.interval).rounded(.up) + 1)
        past.clock = now + lag - Double(count) * dose.interval
        for k in (1...count).reversed() {
          let time = now + lag - Double(k) * dose.interval
          past.pass(to: min(time, now))
          past.add(amount, infusion, compartment, at: time)
        }
      } else {
        past.clock = now - memory
        past.infusions = [(now - memory, now, compartment, infusion!.rate)]
      }
      past.pass(to: now)
      if dose.steadyState == .replace {
        amounts = past.amounts
        boluses = past.boluses
        infusions = past.infusions
      } else {
        for c in amounts.indices { amounts[c] += past.amounts[c] }
        boluses += past.boluses
        infusions += past.infusions
      }
      if dose.interval <= 0 { return }
    }
    add(amount, infusion, compartment, at: now + lag)
  }

  private mutating func add(
    _ amount: Double, _ infusion: (rate: Double, duration: Double)?, _ compartment: Int,
    at time: Double
  ) {
    if let infusion {
      infusions.append((time, time + infusion.duration, compartment, infusion.rate))
    } else if time <= clock {
      amounts[compartment] += amount
    } else {
      boluses.append((time, compartment, amount))
    }
  }
}

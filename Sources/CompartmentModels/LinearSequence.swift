import PopulationModel

/// The moments of a subject whose order does not depend on parameters, with the time before each
/// and the rate that was infused.
struct LinearSequence {
  struct Moment {
    var action: LinearProgram.Step.Action
    var elapsed = 0.0
    var place = 0
    var amount = 0.0
    var rate = 0.0
  }

  /// Infusions into the central compartment: of `count` equal ones the first ends at `end`, the
  /// others at intervals.
  private struct Running {
    var end: Double
    var rate: Double
    var count: Int
    var interval: Double
  }

  private(set) var steps: [Moment] = []
  private(set) var regimens: [LinearProgram.Regimen] = []
  private var running: [Running] = []
  private var clock = 0.0

  /// Nil if lags, shares or modelled infusions move something, or if an infusion enters the depot
  /// or something is turned off.
  init?(_ timeline: EventTimeline, shape: LinearShape) {
    if shape.parameters.has(.lag), !timeline.doses.isEmpty { return nil }
    let hasShare = shape.parameters.has(.bioavailability)
    clock = timeline.events.first?.time ?? 0
    for event in timeline.events {
      if event.action == .reset {
        running = []
        clock = event.time
        steps.append(Moment(action: .reset))
        continue
      }
      switch event.action {
      case .dose(let place):
        let dose = timeline.doses[place]
        let compartment = dose.compartment == 0 ? 0 : dose.compartment - 1
        let isDepot = compartment < shape.central
        var (rate, duration) = (0.0, 0.0)
        switch dose.entry {
        case .bolus: break
        case .rate(let given):
          // With F it would last for a time of each lane's own, and without an end it would not
          // have F.
          if hasShare, compartment == 0 { return nil }
          (rate, duration) = (given, dose.amount / given)
        case .duration(let given): (rate, duration) = (dose.amount / given, given)
        case .modelledRate, .modelledDuration: return nil
        }
        if dose.entry != .bolus, isDepot { return nil }
        advance(to: event.time)
        if dose.steadyState != .none {
          if dose.interval > 0, duration / dose.interval > 1e6 { return nil }
          giveSteadyState(dose, compartment, rate: rate, duration: duration)
          if dose.interval <= 0 { continue }
        }
        if dose.entry == .bolus {
          happen(Moment(action: isDepot ? .depotBolus : .centralBolus, amount: dose.amount))
        } else {
          running.append(
            Running(end: event.time + duration, rate: rate, count: 1, interval: 0))
        }
      case .observe:
        advance(to: event.time)
        happen(Moment(action: .observe))
      case .turn: return nil
      // Parameters are constant.
      case .pass, .reset: break
      }
    }
  }

  /// Time passes, and infusions end on the way.
  private mutating func advance(to time: Double) {
    while true {
      let next = running.map(\.end).min() ?? .infinity
      let stop = max(clock, min(next, time))
      if stop > clock {
        let rate = running.reduce(0) { $0 + $1.rate * Double($1.count) }
        steps.append(Moment(action: .pass, elapsed: stop - clock, rate: rate))
        clock = stop
      }
      if next > time { break }
      for i in running.indices where running[i].end <= stop {
        running[i].count -= 1
        running[i].end += running[i].interval
      }
      running.removeAll { $0.count == 0 }
    }
  }

  /// Joins what happens to the time that has just passed.
  private mutating func happen(_ moment: Moment) {
    var moment = moment
    if let last = steps.last, last.action == .pass {
      moment.elapsed = last.elapsed
      moment.rate = last.rate
      steps.removeLast()
    }
    steps.append(moment)
  }

  private mutating func giveSteadyState(
    _ dose: EventTimeline.Dose, _ compartment: Int, rate: Double, duration: Double
  ) {
    let replaces = dose.steadyState == .replace
    if replaces { running = [] }
    happen(
      Moment(
        action: replaces ? .replaceSteadyState : .addSteadyState, place: regimens.count))
    regimens.append(
      LinearProgram.Regimen(
        compartment: compartment, amount: dose.amount, rate: rate,
        duration: dose.interval > 0 ? duration : 0, interval: dose.interval))
    if dose.interval > 0, duration > 0 {
      let count = (duration / dose.interval).rounded(.up) - 1
      if count > 0 {
        running.append(
          Running(
            end: clock + (duration - count * dose.interval), rate: rate, count: Int(count),
            interval: dose.interval))
      }
    }
  }
}

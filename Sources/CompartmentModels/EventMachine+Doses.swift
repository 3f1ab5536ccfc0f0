import CVector
import NumericKernels

extension EventMachine {
  /// Gives a dose at its record.
  @inlinable
  mutating func give<System: CompartmentSystem>(
    _ dose: EventSchedule.Dose, _ parameters: DosingParameters, _ system: inout System
  ) {
    let compartment = dose.compartment
    if isOff[compartment] { return }
    let zero = Lanes.all(0)
    let one = Lanes.all(1)
    let amount = parameters.bioavailability * dose.amount
    var (rate, duration) = (zero, zero)
    var sense = one
    switch dose.entry {
    case .bolus: break
    case .rate:
      rate = Lanes.all(dose.value)
      duration = amount / rate
    case .duration:
      duration = Lanes.all(dose.value)
      rate = amount / duration
    case .modelledRate:
      rate = parameters.rate
      duration = amount / rate
      sense = cvector_select_less(zero, rate, one, zero)
    case .modelledDuration:
      duration = parameters.duration
      rate = amount / duration
      sense = cvector_select_less(zero, duration, one, zero)
    }
    if dose.steadyState != .none, dose.interval <= 0 {
      // An infusion without end, which has been running until now; there is no amount.
      placeSteadyState(
        SteadyRegimen(
          compartment: compartment, amount: zero, rate: rate, duration: zero, interval: 0), dose,
        lag: zero,
        &system)
      lose(lanesWithout: sense)
      return
    }
    var lag = parameters.lag
    sense = cvector_select_less(parameters.bioavailability, zero, zero, sense)
    sense = cvector_select_less(lag, zero, zero, sense)
    // Neither is NaN, and the lag is not infinite.
    let finite = Lanes.all(.greatestFiniteMagnitude)
    sense = cvector_select_less(parameters.bioavailability + lag, finite, sense, zero)
    if dose.steadyState != .none {
      sense = cvector_select_less(Lanes.all(dose.interval), lag, zero, sense)
    }
    // What is lost must not keep the others waiting.
    lag = cvector_select_less(zero, sense, lag, zero)
    duration = cvector_select_less(zero, sense, duration, zero)
    rate = cvector_select_less(zero, sense, rate, zero)
    if dose.steadyState != .none {
      placeSteadyState(
        SteadyRegimen(
          compartment: compartment, amount: amount, rate: rate, duration: duration,
          interval: dose.interval), dose, lag: lag, &system)
    }
    let arrival = now + lag
    if dose.entry == .bolus {
      let atOnce = cvector_select_less(now, arrival, zero, amount)
      system.give(atOnce, to: compartment, amounts)
      if cvector_any_less(now, arrival) {
        arrivals[arrivalCount] = Arrival(
          time: cvector_select_less(now, arrival, arrival, Lanes.all(.infinity)),
          amount: cvector_select_less(now, arrival, amount, zero), compartment: compartment)
        arrivalCount += 1
      }
    } else {
      infusions[infusionCount] = Infusion(
        start: arrival, end: arrival + duration, rate: rate, count: one, interval: 0,
        compartment: compartment, isModelled: dose.entry == .modelledRate)
      infusionCount += 1
    }
    lose(lanesWithout: sense)
  }

  /// Makes the amounts those of a steady state, or adds them, just before the dose at a record.
  @inlinable
  mutating func placeSteadyState<System: CompartmentSystem>(
    _ regimen: SteadyRegimen, _ dose: EventSchedule.Dose, lag: Lanes, _ system: inout System
  ) {
    let zero = Lanes.all(0)
    let steady = room(0)
    if !system.placeSteadyState(steady, of: regimen) { iterate(steady, regimen, &system) }
    if regimen.interval > 0 {
      let interval = Lanes.all(regimen.interval)
      // From the arrival of the last dose to its next record.
      let since = cvector_select_less(zero, lag, interval - lag, zero)
      if cvector_any_less(zero, since) {
        let given = cvector_select_less(zero, since, regimen.amount, zero)
        passInterval(steady, regimen, dose: given, from: now - since, length: since, &system)
      }
    }
    if dose.steadyState == .replace {
      clear()
      for place in 0..<stateCount { amounts[place] = steady[place] }
    } else {
      for place in 0..<stateCount { amounts[place] += steady[place] }
    }
    if regimen.interval > 0, cvector_any_less(zero, regimen.duration) {
      // Infusions before this one that still run: that of k intervals ago ends at lag + duration − k intervals from now.
      let interval = Lanes.all(regimen.interval)
      let whole = (lag + regimen.duration) / interval
      let count = cvector_max(whole.rounded(.up) - 1, zero)
      if cvector_any_less(zero, count) {
        let end = now + (lag + cvector_fma(-count, interval, regimen.duration))
        infusions[infusionCount] = Infusion(
          start: now, end: cvector_select_less(zero, count, end, Lanes.all(.infinity)),
          rate: regimen.rate, count: count, interval: regimen.interval,
          compartment: regimen.compartment, isModelled: false)
        infusionCount += 1
      }
    }
  }

  /// A dose of a regimen arrives, and time passes, no more than the interval.
  @inlinable
  mutating func passInterval<System: CompartmentSystem>(
    _ state: UnsafeMutablePointer<Lanes>, _ regimen: SteadyRegimen, dose: Lanes, from start: Lanes,
    length: Lanes, _ system: inout System
  ) {
    let zero = Lanes.all(0)
    for compartment in 0..<compartmentCount { rates[compartment] = zero }
    let end = start + length
    guard cvector_any_less(zero, regimen.duration) else {
      system.give(dose, to: regimen.compartment, state)
      system.advance(state, rates: rates, from: start, to: end)
      return
    }
    let interval = Lanes.all(regimen.interval)
    let whole = (regimen.duration / interval).rounded(.down)
    let rest = cvector_fma(-whole, interval, regimen.duration)
    let middle = start + cvector_min(rest, length)
    rates[regimen.compartment] = regimen.rate * (whole + 1)
    system.advance(state, rates: rates, from: start, to: middle)
    rates[regimen.compartment] = regimen.rate * whole
    system.advance(state, rates: rates, from: middle, to: end)
  }
}

public import CVector
public import NumericKernels

extension EventMachine {
  /// Gives a dose at its record.
  @inlinable
  mutating func give<System: CompartmentSystem>(
    _ dose: EventSchedule.Dose, _ parameters: DosingParameters, _ system: inout System
  ) {
    let compartment = dose.compartment
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
    // Doses of the train before this one have entered.
    if isAnyOff, dose.steadyState != .none { turnOn(compartment, where: one, &system) }
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
    // What is lost must not keep the others waiting.
    lag = cvector_select_less(zero, sense, lag, zero)
    duration = cvector_select_less(zero, sense, duration, zero)
    rate = cvector_select_less(zero, sense, rate, zero)
    // Doses of the train that are on their way at the record, beside the one of the record itself.
    var pending = zero
    if dose.steadyState != .none {
      pending = placeSteadyState(
        SteadyRegimen(
          compartment: compartment, amount: amount, rate: rate, duration: duration,
          interval: dose.interval), dose, lag: lag, &system)
    }
    let arrival = now + lag
    if dose.entry == .bolus {
      let atOnce = cvector_select_less(now, arrival, zero, amount)
      if isAnyOff {
        turnOn(compartment, where: cvector_select_less(now, arrival, zero, one), &system)
      }
      system.give(atOnce, to: compartment, amounts)
      if cvector_any_less(now, arrival) {
        let first = arrival - pending * dose.interval
        arrivals[arrivalCount] = Arrival(
          time: cvector_select_less(now, arrival, first, Lanes.all(.infinity)),
          amount: cvector_select_less(now, arrival, amount, zero), count: pending + 1,
          interval: dose.interval, compartment: compartment)
        arrivalCount += 1
      }
    } else {
      let isLater = cvector_select_less(now, arrival, one, zero)
      if isAnyOff { turnOn(compartment, where: one - isLater, &system) }
      infusions[infusionCount] = Infusion(
        start: cvector_select_less(zero, isLater, arrival, Lanes.all(.infinity)),
        end: arrival + duration, rate: rate, starting: isLater, ending: one, interval: 0,
        compartment: compartment, isModelled: dose.entry == .modelledRate)
      infusionCount += 1
    }
    lose(lanesWithout: sense)
  }

  /// Makes the amounts those of a steady state, or adds them, just before the dose at a record.
  /// - Returns: how many doses of before the record are still on their way.
  @inlinable @discardableResult
  mutating func placeSteadyState<System: CompartmentSystem>(
    _ regimen: SteadyRegimen, _ dose: EventSchedule.Dose, lag: Lanes, _ system: inout System
  ) -> Lanes {
    let zero = Lanes.all(0)
    let steady = room(0)
    let interval = Lanes.all(regimen.interval)
    // With a lag of n intervals to n + 1, without the end, the last dose that has arrived was given
    // n + 1 intervals ago, that is, it arrived `since` before now; with one of n intervals, all but
    // rounding, it was given n ago and arrives now.
    var passed = zero
    var since = zero
    if regimen.interval > 0, cvector_any_less(zero, lag) {
      passed = ((lag / interval) * (1 - 0x1p-48)).rounded(.up)
      since = cvector_min(cvector_max(cvector_fma(passed, interval, -lag), zero), interval)
      since = cvector_select_less(zero, lag, since, zero)
    }
    if !system.placeSteadyState(steady, of: regimen) {
      iterate(steady, regimen, until: now - since, &system)
    }
    if cvector_any_less(zero, passed) {
      let given = cvector_select_less(zero, passed, regimen.amount, zero)
      passInterval(steady, regimen, dose: given, from: now - since, length: since, &system)
    }
    if dose.steadyState == .replace {
      clear()
      for place in 0..<stateCount { amounts[place] = steady[place] }
    } else {
      for place in 0..<stateCount { amounts[place] += steady[place] }
    }
    let pending = cvector_max(passed - 1, zero)
    if regimen.interval > 0, cvector_any_less(zero, regimen.duration) {
      // Infusions before this one that have not ended: that of k intervals ago starts at lag − k
      // intervals from now and ends at lag + duration − k intervals.
      let whole = (lag + regimen.duration) / interval
      let count = cvector_max(whole.rounded(.up) - 1, pending)
      if cvector_any_less(zero, count) {
        let never = Lanes.all(.infinity)
        let start = now + (lag - pending * interval)
        let end = now + (lag + cvector_fma(-count, interval, regimen.duration))
        infusions[infusionCount] = Infusion(
          start: cvector_select_less(zero, pending, start, never),
          end: cvector_select_less(zero, count, end, never),
          rate: regimen.rate, starting: pending, ending: count, interval: regimen.interval,
          compartment: regimen.compartment, isModelled: false)
        infusionCount += 1
      }
    }
    return pending
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

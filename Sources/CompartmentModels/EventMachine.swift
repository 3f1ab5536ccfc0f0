public import CVector
public import NumericKernels

/// Carries a system of compartments through a subject's timeline, for one vector of eight samples
/// at a time.
///
/// Records come at one time for all lanes. What a dose does later (it arrives after its lag, its
/// infusion ends) comes at a time of each lane's own: between two records the machine goes from one
/// such time to the next, each lane by itself, and a lane that has arrived at the record waits for
/// the others.
///
/// Rules, those of NONMEM 7.5 where it has them:
/// - The parameters of a record's row hold in the interval that ends with it. A dose has the
///   bioavailability, lag, duration (RATE −2) and first rate (RATE −1) of the record that ordered
///   it; a rate follows the rows while the infusion runs, at the same total amount.
/// - At equal times the order of records counts. A dose with a lag that arrives at the time of a
///   later record counts for it.
/// - An infusion with a rate keeps it and lasts for F·amount/rate; one with a duration keeps that.
/// - A steady state (SS 1) takes the place of all that was there or on its way; SS 2 adds to it.
///   The dose of its record is the last of a train without beginning, at k intervals before the
///   record for k = 0, 1, 2, …; with a lag it arrives at lag − k·interval after the record. So with
///   a lag above n intervals n doses of before the record are still on their way.
///   Infusions longer than the interval overlap, and those that still run go on.
/// - A steady state without an interval is that of an infusion without end, which ends at its
///   record. It has no lag (NONMEM Users Guide VI, V.F.1: a lag applies to all steady-state doses,
///   "except to steady-state infusions").
/// - A reset makes all as it was at the beginning.
/// - A compartment that is turned off loses its content, and infusions that run into it end. A dose
///   turns it on at the time at which the dose enters, after its lag (V.H of that guide); a dose of
///   a steady state at its record, as doses of its train have entered.
///
/// A lane is lost, and its amounts are NaN, if its lag or a bioavailability is negative, if a
/// modelled rate or duration is not above 0, or if a steady state does not exist.
///
/// The memory is allocated once and serves any number of runs; each thread has a machine of its
/// own.
public struct EventMachine: ~Copyable {
  /// A dose that enters at once, later; or several equal ones of a steady state, of which one
  /// arrives at every interval.
  @usableFromInline
  struct Arrival {
    /// Of the next one; ∞ where all have arrived.
    @usableFromInline var time: Lanes
    /// Of each.
    @usableFromInline var amount: Lanes
    /// How many are still to arrive.
    @usableFromInline var count: Lanes
    @usableFromInline var interval: Double
    @usableFromInline var compartment: Int

    @inlinable
    init(time: Lanes, amount: Lanes, count: Lanes, interval: Double, compartment: Int) {
      self.time = time
      self.amount = amount
      self.count = count
      self.interval = interval
      self.compartment = compartment
    }
  }

  /// An infusion; or several equal ones of a steady state, of which one starts and one ends at
  /// every interval.
  @usableFromInline
  struct Infusion {
    /// Next start; ∞ where all have started.
    @usableFromInline var start: Lanes
    /// Next end; ∞ where all have ended.
    @usableFromInline var end: Lanes
    /// Of each.
    @usableFromInline var rate: Lanes
    /// How many are still to start.
    @usableFromInline var starting: Lanes
    /// How many are still to end: those that run, and those that are still to start.
    @usableFromInline var ending: Lanes
    @usableFromInline var interval: Double
    @usableFromInline var compartment: Int
    /// Whether the rate follows the covariates.
    @usableFromInline var isModelled: Bool

    @inlinable
    init(
      start: Lanes, end: Lanes, rate: Lanes, starting: Lanes, ending: Lanes, interval: Double,
      compartment: Int, isModelled: Bool
    ) {
      self.start = start
      self.end = end
      self.rate = rate
      self.starting = starting
      self.ending = ending
      self.interval = interval
      self.compartment = compartment
      self.isModelled = isModelled
    }
  }

  public let compartmentCount: Int
  @usableFromInline let stateCount: Int
  /// Amounts, rates, and what the search for a steady state needs.
  @usableFromInline let memory: UnsafeMutablePointer<Lanes>
  @usableFromInline let arrivals: UnsafeMutablePointer<Arrival>
  @usableFromInline let infusions: UnsafeMutablePointer<Infusion>
  /// By compartment: 1 in lanes in which it is on, else 0.
  @usableFromInline let isOn: UnsafeMutablePointer<Lanes>
  @usableFromInline var isAnyOff = false
  @usableFromInline var arrivalCount = 0
  @usableFromInline var infusionCount = 0
  @usableFromInline var now = Lanes.all(0)
  private let doseCapacity: Int
  /// Whether a run writes down why its first lane is lost, if it is.
  public var isWatching = false
  /// Why the first lane was lost in the last run.
  public internal(set) var trouble: EventTrouble?

  /// - Parameters:
  ///   - compartmentCount: of the systems.
  ///   - stateCount: of the systems; nil if it is the same.
  ///   - doseCapacity: the largest `doseCount` of the schedules.
  public init(compartmentCount: Int, stateCount: Int? = nil, doseCapacity: Int) {
    self.compartmentCount = compartmentCount
    self.stateCount = stateCount ?? compartmentCount
    self.doseCapacity = doseCapacity
    memory = .allocate(capacity: compartmentCount + 8 * self.stateCount)
    memory.initialize(
      repeating: Lanes.all(0), count: compartmentCount + 8 * self.stateCount)
    arrivals = .allocate(capacity: doseCapacity + 1)
    // A dose at steady state has those before it too.
    infusions = .allocate(capacity: 2 * doseCapacity + 1)
    isOn = .allocate(capacity: compartmentCount)
    isOn.initialize(repeating: Lanes.all(1), count: compartmentCount)
  }

  deinit {
    memory.deallocate()
    arrivals.deallocate()
    infusions.deallocate()
    isOn.deallocate()
  }

  /// The amounts as they are now.
  @inlinable @inline(__always)
  var amounts: UnsafeMutablePointer<Lanes> { memory }

  @inlinable @inline(__always)
  var rates: UnsafeMutablePointer<Lanes> { memory + stateCount }

  /// Room for `place` (from 0 to 6) of the search for a steady state.
  @inlinable @inline(__always)
  func room(_ place: Int) -> UnsafeMutablePointer<Lanes> {
    memory + compartmentCount + (1 + place) * stateCount
  }

  /// Follows all events of a schedule.
  /// - Parameters:
  ///   - schedule: for the system's compartments, with no more doses than the machine has room for.
  ///   - system: takes the observations as they come.
  @inlinable
  public mutating func run<System: CompartmentSystem>(
    _ schedule: EventSchedule, _ system: inout System
  ) {
    precondition(
      schedule.compartmentCount == compartmentCount && system.stateCount == stateCount
        && schedule.doseCount <= capacity, "the machine was made for this schedule")
    if isWatching { beginWatch() }
    guard schedule.stepCount > 0 else { return }
    var row = schedule.steps[0].covariates
    system.use(covariates: row)
    system.placeInitialAmounts(amounts)
    clear()
    for compartment in 0..<compartmentCount { isOn[compartment] = Lanes.all(1) }
    isAnyOff = false
    now = Lanes.all(schedule.steps[0].time)
    // Whether infusions have rates of a row that is not in use.
    var hasOldRates = false
    for s in 0..<schedule.stepCount {
      let step = schedule.steps[s]
      if step.covariates != row {
        row = step.covariates
        system.use(covariates: row)
        hasOldRates = true
      }
      if hasOldRates, infusionCount > 0 { followRates(system) }
      hasOldRates = false
      let time = Lanes.all(step.time)
      if step.action == .reset {
        clear()
        if isAnyOff {
          for compartment in 0..<compartmentCount {
            turnOn(compartment, where: Lanes.all(1), &system)
          }
        }
        system.placeInitialAmounts(amounts)
        now = time
        continue
      }
      advance(to: time, &system)
      if isWatching { watch(step) }
      switch step.action {
      case .dose:
        let dose = schedule.doses[step.place]
        // An additional dose has the parameters of the record that ordered it.
        if dose.covariates != row { system.use(covariates: dose.covariates) }
        let parameters = system.dosing(dose.compartment)
        if dose.covariates != row {
          system.use(covariates: row)
          hasOldRates = true
        }
        give(dose, parameters, &system)
        if isWatching { watch(step, dose, parameters) }
      case .observe: system.observe(step.place, amounts: amounts, time: step.time)
      case .turnOn: turnOn(step.place, where: Lanes.all(1), &system)
      case .turnOff: turnOff(step.place, &system)
      case .pass, .reset: break
      }
    }
  }

  @usableFromInline var capacity: Int { doseCapacity }

  /// Goes to a record, and stops wherever something happens in a lane on the way.
  @inlinable
  mutating func advance<System: CompartmentSystem>(to time: Lanes, _ system: inout System) {
    if arrivalCount == 0, infusionCount == 0 {
      for compartment in 0..<compartmentCount { rates[compartment] = Lanes.all(0) }
      if cvector_any_less(now, time) {
        system.advance(amounts, rates: rates, from: now, to: time)
      }
      now = time
      return
    }
    while true {
      var next = time
      for a in 0..<arrivalCount { next = cvector_min(arrivals[a].time, next) }
      for i in 0..<infusionCount {
        next = cvector_min(infusions[i].start, cvector_min(infusions[i].end, next))
      }
      for compartment in 0..<compartmentCount { rates[compartment] = Lanes.all(0) }
      for i in 0..<infusionCount {
        let infusion = infusions[i]
        rates[infusion.compartment] += infusion.rate * (infusion.ending - infusion.starting)
      }
      // An end that lies before now by rounding must not turn the clock back.
      next = cvector_max(now, next)
      if cvector_any_less(now, next) {
        system.advance(amounts, rates: rates, from: now, to: next)
      }
      now = next
      passMoment(&system)
      if !cvector_any_less(now, time) { break }
    }
  }

  /// What happens in each lane at its time: doses arrive, infusions start and end.
  @inlinable
  mutating func passMoment<System: CompartmentSystem>(_ system: inout System) {
    let zero = Lanes.all(0)
    let one = Lanes.all(1)
    let never = Lanes.all(.infinity)
    var left = 0
    for a in 0..<arrivalCount {
      var arrival = arrivals[a]
      let isDue = cvector_select_less(now, arrival.time, zero, one)
      if isAnyOff { turnOn(arrival.compartment, where: isDue, &system) }
      let dose = cvector_select_less(zero, isDue, arrival.amount, zero)
      system.give(dose, to: arrival.compartment, amounts)
      arrival.count -= isDue
      let following = cvector_select_less(
        zero, arrival.count, arrival.time + arrival.interval, never)
      arrival.time = cvector_select_less(zero, isDue, following, arrival.time)
      if cvector_any_less(arrival.time, never) {
        arrival.amount = cvector_select_less(arrival.time, never, arrival.amount, zero)
        arrivals[left] = arrival
        left += 1
      }
    }
    arrivalCount = left
    left = 0
    for i in 0..<infusionCount {
      var infusion = infusions[i]
      if cvector_any_less(infusion.start, never) {
        let isDue = cvector_select_less(now, infusion.start, zero, one)
        if isAnyOff { turnOn(infusion.compartment, where: isDue, &system) }
        infusion.starting -= isDue
        let following = cvector_select_less(
          zero, infusion.starting, infusion.start + infusion.interval, never)
        infusion.start = cvector_select_less(zero, isDue, following, infusion.start)
      }
      let isOver = cvector_select_less(now, infusion.end, zero, one)
      infusion.ending -= isOver
      let following = cvector_select_less(
        zero, infusion.ending, infusion.end + infusion.interval, never)
      infusion.end = cvector_select_less(zero, isOver, following, infusion.end)
      if cvector_any_less(infusion.end, never) {
        infusions[left] = infusion
        left += 1
      }
    }
    infusionCount = left
  }

  /// Gives running infusions the modelled rates of new covariates; what is left of their amounts
  /// stays.
  @inlinable
  mutating func followRates<System: CompartmentSystem>(_ system: System) {
    let zero = Lanes.all(0)
    for i in 0..<infusionCount where infusions[i].isModelled {
      let infusion = infusions[i]
      let rate = system.dosing(infusion.compartment).rate
      let from = cvector_select_less(
        zero, infusion.starting, cvector_max(now, infusion.start), now)
      let left = (infusion.end - from) * infusion.rate
      let isEnded = infusion.end
      var end = from + left / rate
      // The same rate, the same end to the last bit.
      end = cvector_select_less(rate, infusion.rate, end, infusion.end)
      end = cvector_select_less(
        infusion.rate, rate, from + left / rate, end)
      infusions[i].end = cvector_select_less(isEnded, Lanes.all(.infinity), end, isEnded)
      infusions[i].rate = rate
      // Without a rate above 0 the lane is lost.
      lose(lanesWithout: cvector_select_less(zero, rate, Lanes.all(1), zero), but: isEnded)
    }
  }

  /// Forgets all doses that have been given but have not arrived.
  @inlinable
  mutating func clear() {
    arrivalCount = 0
    infusionCount = 0
  }

  /// Makes all amounts NaN in the lanes that are not above 0, but in those where `finished` is ∞.
  @inlinable
  func lose(lanesWithout sense: Lanes, but finished: Lanes = Lanes.all(0)) {
    let zero = Lanes.all(0)
    let isLost = cvector_select_less(zero, sense, zero, Lanes.all(.nan))
    let loss = cvector_select_less(finished, Lanes.all(.infinity), isLost, zero)
    for place in 0..<stateCount { amounts[place] += loss }
  }
}

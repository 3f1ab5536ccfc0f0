import CVector
import NumericKernels
import PopulationModel

/// What a linear model has computed of a subject's events.
///
/// Where nothing that happens depends on the parameters, all is laid out here: one step for each
/// moment, and the powers of the modes for all distinct times between them, each of which is
/// computed once for a vector. Else the event machine goes through the schedule.
final class LinearProgram: PreparedSubject {
  /// What a moment brings, after the time since the moment before.
  struct Step: BitwiseCopyable {
    enum Action: UInt8, BitwiseCopyable {
      case depotBolus, centralBolus, observe, reset, replaceSteadyState, addSteadyState, pass
    }
    var action: Action
    /// Place of the time's powers; −1: no time has passed.
    var power: Int32
    /// Of a steady state in `regimens`.
    var place: Int32
    /// Of a dose.
    var amount: Double
    /// Of the infusions into the central compartment since the step before.
    var rate: Double
  }

  /// A power e^−λt, or the product of two before it.
  struct Power: BitwiseCopyable {
    var time: Double
    var first: Int32
    var second: Int32
    /// Whether an infusion runs during such a time.
    var hasInfusion: Bool
  }

  /// A steady state of doses without parameters.
  struct Regimen: BitwiseCopyable {
    var compartment: Int
    var amount: Double
    var rate: Double
    var duration: Double
    var interval: Double
  }

  let shape: LinearShape
  /// Nil where the steps below do.
  let schedule: EventSchedule?
  let followsPeripherals: Bool
  nonisolated(unsafe) private let observed: UnsafeMutablePointer<Int32>
  let observationCount: Int
  nonisolated(unsafe) let steps: UnsafeMutablePointer<Step>
  let stepCount: Int
  nonisolated(unsafe) let powers: UnsafeMutablePointer<Power>
  let powerCount: Int
  let regimens: [Regimen]
  let hasInfusions: Bool

  convenience init(_ timeline: EventTimeline, shape: LinearShape) {
    self.init(timeline, shape: shape, isGeneral: false)
  }

  /// - Parameter isGeneral: whether the event machine is to be used in any case.
  init(_ timeline: EventTimeline, shape: LinearShape, isGeneral: Bool) {
    self.shape = shape
    let central = shape.central
    observationCount = timeline.observations.count
    observed = .allocate(capacity: max(1, observationCount))
    for (place, observation) in timeline.observations.enumerated() {
      let compartment = observation.compartment == 0 ? central : observation.compartment - 1
      (observed + place).initialize(to: Int32(compartment))
    }
    let doses = timeline.doses.map { $0.compartment == 0 ? 0 : $0.compartment - 1 }
    followsPeripherals =
      doses.contains { $0 > central }
      || (0..<observationCount).contains { [observed] in observed[$0] > central }
    let sequence =
      isGeneral || followsPeripherals ? nil : LinearSequence(timeline, shape: shape)
    schedule =
      sequence == nil
      ? EventSchedule(
        timeline, compartmentCount: shape.compartmentCount, defaultDoseCompartment: 0) : nil
    let chain = PowerChain(sequence?.steps.map(\.elapsed) ?? [])
    powerCount = chain.links.count
    powers = .allocate(capacity: max(1, powerCount))
    for (place, link) in chain.links.enumerated() {
      (powers + place).initialize(
        to: Power(
          time: link.time, first: Int32(link.factors?.0 ?? -1),
          second: Int32(link.factors?.1 ?? -1), hasInfusion: false))
    }
    stepCount = sequence?.steps.count ?? 0
    steps = .allocate(capacity: max(1, stepCount))
    for (place, moment) in (sequence?.steps ?? []).enumerated() {
      let power = chain.places[place]
      if power >= 0, moment.rate != 0 { powers[power].hasInfusion = true }
      (steps + place).initialize(
        to: Step(
          action: moment.action, power: Int32(power), place: Int32(moment.place),
          amount: moment.amount, rate: moment.rate))
    }
    regimens = sequence?.regimens ?? []
    hasInfusions = sequence?.steps.contains { $0.rate != 0 } ?? false
  }

  deinit {
    observed.deallocate()
    steps.deallocate()
    powers.deallocate()
  }

  /// Vectors of the powers of one time: of the modes; of the depot, and what it passes on; and of
  /// infusions.
  private var powerStride: Int {
    shape.modeCount * (hasInfusions ? 2 : 1) + (shape.hasDepot ? shape.modeCount + 1 : 0)
  }

  /// - Parameter trouble: takes why the first sample is lost, where the event machine goes through
  ///   the schedule.
  func predict(
    parameters: UnsafePointer<Lanes>, count: Int, predictions: UnsafeMutablePointer<Lanes>,
    trouble: UnsafeMutablePointer<EventTrouble?>? = nil
  ) {
    let stateCount = shape.stateCount
    let powerRoom = powerCount * powerStride
    withUnsafeTemporaryAllocation(
      of: Lanes.self, capacity: LinearShape.constantCount + 2 * stateCount + powerRoom
    ) { memory in
      let constants = memory.baseAddress!
      let state = constants + LinearShape.constantCount
      let table = state + 2 * stateCount
      func system(_ v: Int) -> LinearSystem {
        shape.placeConstants(constants, parameters: parameters, count: count, v: v)
        return LinearSystem(
          modeCount: shape.modeCount, hasDepot: shape.hasDepot,
          followsPeripherals: followsPeripherals,
          constants: constants, observed: observed, predictions: predictions + v, stride: count)
      }
      if let schedule {
        var machine = EventMachine(
          compartmentCount: shape.compartmentCount,
          stateCount: followsPeripherals ? stateCount : shape.modeCount + 1,
          doseCapacity: schedule.doseCount)
        machine.isWatching = trouble != nil
        for v in 0..<count {
          var system = system(v)
          machine.run(schedule, &system)
          if v == 0 { trouble?.pointee = machine.trouble }
        }
        return
      }
      for v in 0..<count {
        let system = system(v)
        switch (shape.modeCount, shape.hasDepot) {
        case (1, false): walk(modes: 1, hasDepot: false, system, table, state)
        case (2, false): walk(modes: 2, hasDepot: false, system, table, state)
        case (3, false): walk(modes: 3, hasDepot: false, system, table, state)
        case (1, true): walk(modes: 1, hasDepot: true, system, table, state)
        case (2, true): walk(modes: 2, hasDepot: true, system, table, state)
        default: walk(modes: 3, hasDepot: true, system, table, state)
        }
      }
    }
  }

  /// Follows the steps, with the state in registers. `modes` and `hasDepot` are literals, so that
  /// each model has code of its own.
  @inline(__always)
  private func walk(
    modes: Int, hasDepot: Bool, _ system: LinearSystem, _ table: UnsafeMutablePointer<Lanes>,
    _ state: UnsafeMutablePointer<Lanes>
  ) {
    let stride = powerStride
    placePowers(modes: modes, hasDepot: hasDepot, stride: stride, system, table)
    let zero = Lanes.all(0)
    var (z0, z1, z2, depot) = (zero, zero, zero, zero)
    let (share0, share1, share2) = (
      system.shares[0] * system.perVolume[0],
      modes > 1 ? system.shares[1] * system.perVolume[0] : zero,
      modes > 2 ? system.shares[2] * system.perVolume[0] : zero
    )
    let bioavailability = system.bioavailability
    var prediction = system.predictions
    // In the default compartment, all of a dose that is not a rate of the data set.
    let infusionShare = hasDepot ? Lanes.all(1) : bioavailability
    let infused = hasDepot ? 2 * modes + 1 : modes
    for s in 0..<stepCount {
      let step = steps[s]
      if step.power >= 0 {
        let power = table + Int(step.power) * stride
        z0 *= power[0]
        if modes > 1 { z1 *= power[1] }
        if modes > 2 { z2 *= power[2] }
        if hasDepot {
          z0 = cvector_fma(power[modes + 1], depot, z0)
          if modes > 1 { z1 = cvector_fma(power[modes + 2], depot, z1) }
          if modes > 2 { z2 = cvector_fma(power[modes + 3], depot, z2) }
          depot *= power[modes]
        }
        if step.rate != 0 {
          let rate = infusionShare * step.rate
          z0 = cvector_fma(power[infused], rate, z0)
          if modes > 1 { z1 = cvector_fma(power[infused + 1], rate, z1) }
          if modes > 2 { z2 = cvector_fma(power[infused + 2], rate, z2) }
        }
      }
      switch step.action {
      case .observe:
        var value = share0 * z0
        if modes > 1 { value = cvector_fma(share1, z1, value) }
        if modes > 2 { value = cvector_fma(share2, z2, value) }
        prediction[0] = value
        prediction += system.stride
      case .depotBolus: depot = cvector_fma(bioavailability, Lanes.all(step.amount), depot)
      case .centralBolus:
        let amount = infusionShare * step.amount
        z0 += amount
        if modes > 1 { z1 += amount }
        if modes > 2 { z2 += amount }
      case .reset: (z0, z1, z2, depot) = (zero, zero, zero, zero)
      case .replaceSteadyState, .addSteadyState:
        placeSteadyState(regimens[Int(step.place)], system, state)
        if step.action == .replaceSteadyState { (z0, z1, z2, depot) = (zero, zero, zero, zero) }
        z0 += state[0]
        if modes > 1 { z1 += state[1] }
        if modes > 2 { z2 += state[2] }
        if hasDepot { depot += state[modes] }
      case .pass: break
      }
    }
  }

  /// Powers of all distinct times, and what goes with them.
  @inline(__always)
  private func placePowers(
    modes: Int, hasDepot: Bool, stride: Int, _ system: LinearSystem,
    _ table: UnsafeMutablePointer<Lanes>
  ) {
    let rates = system.rates
    let absorption = system.absorption
    for j in 0..<powerCount {
      let power = powers[j]
      let own = table + j * stride
      if power.first >= 0 {
        let (a, b) = (table + Int(power.first) * stride, table + Int(power.second) * stride)
        for i in 0..<(hasDepot ? modes + 1 : modes) { own[i] = a[i] * b[i] }
      } else {
        let exponent = -log2e * power.time
        for i in 0..<modes { own[i] = exp2Clamped(rates[i] * exponent) }
        if hasDepot { own[modes] = exp2Clamped(absorption * exponent) }
      }
    }
    if hasDepot {
      for i in 0..<modes {
        let distance = absorption - rates[i]
        let inverse = 1 / distance
        for j in 0..<powerCount {
          let own = table + j * stride
          own[modes + 1 + i] =
            absorption
            * decayDifference(
              own[i], own[modes], distance: distance, inverse: inverse,
              time: Lanes.all(powers[j].time))
        }
      }
    }
    if hasInfusions {
      let place = hasDepot ? 2 * modes + 1 : modes
      for i in 0..<modes {
        let inverse = 1 / rates[i]
        for j in 0..<powerCount where powers[j].hasInfusion {
          let own = table + j * stride
          own[place + i] = decayDifference(
            Lanes.all(1), own[i], distance: rates[i], inverse: inverse,
            time: Lanes.all(powers[j].time))
        }
      }
    }
  }

  @inline(never)
  private func placeSteadyState(
    _ regimen: Regimen, _ system: LinearSystem, _ state: UnsafeMutablePointer<Lanes>
  ) {
    let share = regimen.compartment == 0 ? system.bioavailability : Lanes.all(1)
    let amount = share * regimen.amount
    // An infusion of the data set's rate has no share here: it would last for a time that depends
    // on it.
    let rate = regimen.duration > 0 ? amount / regimen.duration : Lanes.all(regimen.rate)
    _ = system.placeSteadyState(
      state,
      of: SteadyRegimen(
        compartment: regimen.compartment, amount: amount, rate: rate,
        duration: Lanes.all(regimen.duration), interval: regimen.interval))
  }
}

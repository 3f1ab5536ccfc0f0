import CVector
import NumericKernels

/// What a linear model is in all its subjects: which compartments and parameters there are.
struct LinearShape: Sendable {
  /// Compartments of disposition, 1 to 3, which is the number of modes too.
  let modeCount: Int
  let hasDepot: Bool
  let parameters: LinearParameters

  /// Compartment of the drug's concentration, from 0.
  var central: Int { hasDepot ? 1 : 0 }
  var compartmentCount: Int { modeCount + central }
  /// Vectors of one sample's constants; see `LinearSystem`.
  static let constantCount = 3 + 3 + 1 + 2 + 2 + 1 + 2 + 4
  /// Vectors of the state with all that may be followed.
  var stateCount: Int { modeCount + 1 + 2 * (modeCount - 1) }
}

/// A linear model for one vector of samples: exact in every interval, whatever its length.
///
/// The state is: zᵢ for each mode, which all that enters the central compartment enters whole; the
/// amount d in the depot; and, where peripheral compartments take doses or are observed, in each of
/// them the amount w that has not been in the central compartment yet and the amount y that has.
/// With the rates λᵢ and shares Cᵢ of the modes
///
///     z′ᵢ = −λᵢzᵢ + ka·d + Σ k21·w + R,   A₁ = Σ Cᵢzᵢ,   d′ = −ka·d + R,   w′ = −k21·w + R,
///     y′ = −k21·y + k12 Σ Cᵢzᵢ,   A₂ = w + y.
///
/// These are chains of first-order stages: their solutions are divided differences of the
/// exponential function with positive factors, so nothing cancels, also where rates coincide or
/// times are short.
struct LinearSystem: CompartmentSystem {
  /// As in `LinearShape`, whose arrays would be counted.
  let modeCount: Int
  let hasDepot: Bool
  /// Whether w and y are followed.
  let followsPeripherals: Bool
  /// λ₁λ₂λ₃, C₁C₂C₃, ka, k21 and k31, k12 and k13, 1/V, 1/V2 and 1/V3, dosing: F, lag, rate,
  /// duration.
  let constants: UnsafeMutablePointer<Lanes>
  /// Observed compartment of each observation, from 0.
  var observed: UnsafePointer<Int32>
  /// Prediction j goes to `stride`·j.
  var predictions: UnsafeMutablePointer<Lanes>
  let stride: Int

  var rates: UnsafeMutablePointer<Lanes> { constants }
  var shares: UnsafeMutablePointer<Lanes> { constants + 3 }
  var absorption: Lanes { constants[6] }
  var inward: UnsafeMutablePointer<Lanes> { constants + 7 }
  var outward: UnsafeMutablePointer<Lanes> { constants + 9 }
  var perVolume: UnsafeMutablePointer<Lanes> { constants + 11 }
  var bioavailability: Lanes { constants[14] }

  var central: Int { hasDepot ? 1 : 0 }
  var compartmentCount: Int { modeCount + central }
  var defaultDoseCompartment: Int { 0 }
  var stateCount: Int { modeCount + 1 + 2 * peripheralCount }

  var peripheralCount: Int { followsPeripherals ? modeCount - 1 : 0 }

  /// Places of the state.
  private var depot: Int { modeCount }
  private func fresh(_ peripheral: Int) -> Int { modeCount + 1 + peripheral }
  private func returned(_ peripheral: Int) -> Int { 2 * modeCount + peripheral }

  mutating func use(covariates row: Int) {}

  func dosing(_ compartment: Int) -> DosingParameters {
    guard compartment == 0 else { return DosingParameters() }
    return DosingParameters(
      bioavailability: constants[14], lag: constants[15], rate: constants[16],
      duration: constants[17])
  }

  func give(_ dose: Lanes, to compartment: Int, _ amounts: UnsafeMutablePointer<Lanes>) {
    if compartment == central {
      for i in 0..<modeCount { amounts[i] += dose }
    } else if compartment < central {
      amounts[depot] += dose
    } else {
      amounts[fresh(compartment - central - 1)] += dose
    }
  }

  /// Only the depot can be off.
  func empty(
    _ compartment: Int, where lanes: Lanes, _ amounts: UnsafeMutablePointer<Lanes>
  ) {
    let zero = Lanes.all(0)
    amounts[depot] = cvector_select_less(zero, lanes, zero, amounts[depot])
  }

  func observe(_ observation: Int, amounts: UnsafePointer<Lanes>, time: Double) {
    let compartment = Int(observed[observation])
    let value: Lanes
    if compartment == central {
      value = centralAmount(amounts) * perVolume[0]
    } else {
      let p = compartment - central - 1
      value = (amounts[fresh(p)] + amounts[returned(p)]) * perVolume[1 + p]
    }
    predictions[observation * stride] = value
  }

  @inline(__always)
  func centralAmount(_ amounts: UnsafePointer<Lanes>) -> Lanes {
    var sum = shares[0] * amounts[0]
    for i in 1..<max(1, modeCount) { sum = cvector_fma(shares[i], amounts[i], sum) }
    return sum
  }

  func advance(
    _ amounts: UnsafeMutablePointer<Lanes>, rates infusions: UnsafePointer<Lanes>,
    from start: Lanes, to end: Lanes
  ) {
    let time = end - start
    if followsPeripherals { advancePeripherals(amounts, infusions, time) }
    let zero = Lanes.all(0)
    let depotDecay = hasDepot ? decay(absorption * time) : zero
    let inflow = infusions[central]
    let hasInflow = cvector_any_less(zero, inflow)
    let depotInflow = hasDepot ? infusions[0] : zero
    let hasDepotInflow = hasDepot && cvector_any_less(zero, depotInflow)
    for i in 0..<modeCount {
      let rate = rates[i]
      let own = decay(rate * time)
      var next = own * amounts[i]
      if hasDepot {
        let distance = absorption - rate
        let passed =
          absorption
          * decayDifference(
            own, depotDecay, distance: distance, inverse: 1 / distance, time: time)
        next = cvector_fma(passed, amounts[depot], next)
      }
      if hasInflow {
        next = cvector_fma(filling(own, rate: rate, time: time), inflow, next)
      }
      if hasDepotInflow {
        next = cvector_fma(
          absorption * time * time
            * ExponentialDifferences.three(rate * time, absorption * time, zero), depotInflow, next)
      }
      for p in 0..<peripheralCount {
        let source = inward[p]
        next = cvector_fma(
          source * time * ExponentialDifferences.two(rate * time, source * time),
          amounts[fresh(p)], next)
        let into = infusions[central + 1 + p]
        if cvector_any_less(zero, into) {
          next = cvector_fma(
            source * time * time * ExponentialDifferences.three(rate * time, source * time, zero),
            into, next)
        }
      }
      amounts[i] = next
    }
    if hasDepot {
      var next = depotDecay * amounts[depot]
      if hasDepotInflow {
        next = cvector_fma(
          filling(depotDecay, rate: absorption, time: time), depotInflow, next)
      }
      amounts[depot] = next
    }
    for p in 0..<peripheralCount {
      let own = decay(inward[p] * time)
      let into = infusions[central + 1 + p]
      amounts[fresh(p)] = cvector_fma(
        filling(own, rate: inward[p], time: time), into, own * amounts[fresh(p)])
    }
  }

  /// What an infusion at the rate 1 leaves after a time in a stage: (1 − e^−λt)/λ.
  @inline(__always)
  func filling(_ own: Lanes, rate: Lanes, time: Lanes) -> Lanes {
    decayDifference(
      Lanes.all(1), own, distance: rate, inverse: 1 / rate, time: time)
  }

  /// y, from all that is upstream of it, at the beginning of the interval.
  @inline(never)
  private func advancePeripherals(
    _ amounts: UnsafeMutablePointer<Lanes>, _ infusions: UnsafePointer<Lanes>, _ time: Lanes
  ) {
    let zero = Lanes.all(0)
    let absorbed = absorption * time
    for p in 0..<peripheralCount {
      let back = inward[p] * time
      var gain = zero
      for i in 0..<modeCount {
        let own = rates[i] * time
        var mode = ExponentialDifferences.two(own, back) * amounts[i]
        mode += stage(infusions[central], time) {
          ExponentialDifferences.three(own, back, zero)
        }
        if hasDepot {
          let inflow = infusions[0]
          mode +=
            absorbed
            * (ExponentialDifferences.three(own, back, absorbed) * amounts[depot]
              + stage(inflow, time) { ExponentialDifferences.four(own, back, absorbed, zero) })
        }
        for q in 0..<peripheralCount {
          let source = inward[q] * time
          mode +=
            source
            * (ExponentialDifferences.three(own, back, source) * amounts[fresh(q)]
              + stage(infusions[central + 1 + q], time) {
                ExponentialDifferences.four(own, back, source, zero)
              })
        }
        gain = cvector_fma(shares[i], mode, gain)
      }
      amounts[returned(p)] = cvector_fma(
        outward[p] * time, gain, decay(back) * amounts[returned(p)])
    }
  }

  /// The part of an infusion, which is 0 in most intervals.
  @inline(__always)
  private func stage(_ rate: Lanes, _ time: Lanes, _ difference: () -> Lanes) -> Lanes {
    cvector_any_less(Lanes.all(0), rate) ? rate * time * difference() : Lanes.all(0)
  }
}

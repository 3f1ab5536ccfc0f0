import CVector
import NumericKernels

/// A linear model whose parameters may vary between rows of the timeline, for one vector of
/// samples: exact in every interval, in which they are constant.
///
/// The state is the amounts in the compartments themselves, which stay when the parameters change;
/// each interval takes them to the modes of its own parameters and back. Infusions and the depot
/// fill a mode as they do in `LinearSystem`.
struct VaryingLinearSystem: CompartmentSystem {
  let modeCount: Int
  let hasDepot: Bool
  /// Constants of all sets of parameters, `VaryingLinearConstants.count` each.
  let table: UnsafeMutablePointer<Lanes>
  /// Of the set in use.
  var constants: VaryingLinearConstants
  /// Whether amounts may be below 0.
  let hasInitialAmounts: Bool
  /// Value c of observation j goes to `(j · resultCount + c) · stride`: the concentration, or the
  /// amounts of all compartments.
  let results: UnsafeMutablePointer<Lanes>
  let stride: Int
  let givesAmounts: Bool

  var central: Int { hasDepot ? 1 : 0 }
  var compartmentCount: Int { modeCount + central }
  var defaultDoseCompartment: Int { 0 }

  mutating func use(covariates row: Int) {
    constants = VaryingLinearConstants(place: table + row * VaryingLinearConstants.count)
  }

  func placeInitialAmounts(_ amounts: UnsafeMutablePointer<Lanes>) {
    for compartment in 0..<compartmentCount {
      amounts[compartment] = constants.inputs[5 * compartment + 4]
    }
  }

  func dosing(_ compartment: Int) -> DosingParameters {
    let inputs = constants.inputs + 5 * compartment
    return DosingParameters(
      bioavailability: inputs[0], lag: inputs[1], rate: inputs[2], duration: inputs[3])
  }

  func observe(_ observation: Int, amounts: UnsafePointer<Lanes>, time: Double) {
    if givesAmounts {
      let target = results + observation * compartmentCount * stride
      for compartment in 0..<compartmentCount {
        target[compartment * stride] = amounts[compartment]
      }
    } else {
      results[observation * stride] = amounts[central] * constants.perVolume
    }
  }

  func advance(
    _ amounts: UnsafeMutablePointer<Lanes>, rates infusions: UnsafePointer<Lanes>,
    from start: Lanes, to end: Lanes
  ) {
    let time = end - start
    switch (modeCount, hasDepot) {
    case (1, false): advance(modes: 1, hasDepot: false, amounts, infusions, time)
    case (2, false): advance(modes: 2, hasDepot: false, amounts, infusions, time)
    case (3, false): advance(modes: 3, hasDepot: false, amounts, infusions, time)
    case (1, true): advance(modes: 1, hasDepot: true, amounts, infusions, time)
    case (2, true): advance(modes: 2, hasDepot: true, amounts, infusions, time)
    default: advance(modes: 3, hasDepot: true, amounts, infusions, time)
    }
  }

  /// `modes` and `hasDepot` are literals, so that each model has code of its own.
  @inline(__always)
  private func advance(
    modes: Int, hasDepot: Bool, _ amounts: UnsafeMutablePointer<Lanes>,
    _ infusions: UnsafePointer<Lanes>, _ time: Lanes
  ) {
    let zero = Lanes.all(0)
    let central = hasDepot ? 1 : 0
    let (x, r) = (amounts + central, infusions + central)
    let hasInflow =
      cvector_any_less(zero, r[0]) || modes > 1 && cvector_any_less(zero, r[1])
      || modes > 2 && cvector_any_less(zero, r[2])
    let hasDepotInflow = hasDepot && cvector_any_less(zero, infusions[0])
    let absorption = constants.absorption
    let depotDecay = hasDepot ? decay(absorption * time) : zero
    let depot = hasDepot ? amounts[0] : zero
    var (y0, y1, y2) = (zero, zero, zero)
    for i in 0..<modes {
      let rate = constants.rates[i]
      let (into, out) = (constants.inward + 3 * i, constants.outward + 3 * i)
      let own = decay(rate * time)
      @inline(__always)
      func total(_ of: UnsafePointer<Lanes>) -> Lanes {
        var sum = into[0] * of[0]
        if modes > 1 { sum = cvector_fma(into[1], of[1], sum) }
        if modes > 2 { sum = cvector_fma(into[2], of[2], sum) }
        return sum
      }
      var mode = own * total(x)
      if hasInflow {
        mode = cvector_fma(
          decayDifference(
            Lanes.all(1), own, distance: rate, inverse: constants.perRate[i], time: time), total(r),
          mode)
      }
      if hasDepot {
        var passed =
          decayDifference(
            own, depotDecay, distance: absorption - rate, inverse: constants.perDistance[i],
            time: time) * depot
        if hasDepotInflow {
          passed = cvector_fma(
            time * time * ExponentialDifferences.three(rate * time, absorption * time, zero),
            infusions[0], passed)
        }
        mode = cvector_fma(into[0] * absorption, passed, mode)
      }
      y0 = cvector_fma(out[0], mode, y0)
      if modes > 1 { y1 = cvector_fma(out[1], mode, y1) }
      if modes > 2 { y2 = cvector_fma(out[2], mode, y2) }
    }
    // Rounding must not make an amount negative.
    let least = hasInitialAmounts ? Lanes.all(-.infinity) : zero
    x[0] = cvector_select_less(zero, time, cvector_max(least, y0), x[0])
    if modes > 1 { x[1] = cvector_select_less(zero, time, cvector_max(least, y1), x[1]) }
    if modes > 2 { x[2] = cvector_select_less(zero, time, cvector_max(least, y2), x[2]) }
    if hasDepot {
      var next = depotDecay * depot
      if hasDepotInflow {
        next = cvector_fma(
          decayDifference(
            Lanes.all(1), depotDecay, distance: absorption, inverse: 1 / absorption, time: time),
          infusions[0], next)
      }
      amounts[0] = cvector_select_less(zero, time, next, depot)
    }
  }
}

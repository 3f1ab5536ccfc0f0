import CVector
import NumericKernels

extension VaryingLinearSystem {
  /// The depot forgets at a rate of its own, and so does each mode: what an interval adds to one
  /// whose sources are steady, divided by what it forgets in an interval, is its steady state.
  ///
  /// Infusions that last for m whole intervals and a rest run m times at once all the time, and
  /// once more during the rest.
  func placeSteadyState(_ amounts: UnsafeMutablePointer<Lanes>, of regimen: SteadyRegimen) -> Bool {
    let zero = Lanes.all(0)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 8) { scratch in
      let (constant, infusions) = (scratch.baseAddress!, scratch.baseAddress! + 4)
      for compartment in 0..<4 {
        constant[compartment] = zero
        infusions[compartment] = zero
      }
      for compartment in 0..<compartmentCount { amounts[compartment] = zero }
      if regimen.interval <= 0 {
        infusions[regimen.compartment] = regimen.rate
        placeEquilibrium(amounts, infusions)
        return
      }
      let interval = Lanes.all(regimen.interval)
      let whole = (regimen.duration / interval).rounded(.down)
      if cvector_any_less(zero, whole) {
        infusions[regimen.compartment] = whole * regimen.rate
        placeEquilibrium(constant, infusions)
      }
      let rest = cvector_fma(-whole, interval, regimen.duration)
      let isBolus = !cvector_any_less(zero, regimen.rate)
      func repeatOnce() {
        if isBolus {
          amounts[regimen.compartment] += regimen.amount
          infusions[regimen.compartment] = zero
          advance(amounts, rates: infusions, from: zero, to: interval)
        } else {
          infusions[regimen.compartment] = regimen.rate
          advance(amounts, rates: infusions, from: zero, to: rest)
          infusions[regimen.compartment] = zero
          advance(amounts, rates: infusions, from: rest, to: interval)
        }
      }
      if hasDepot {
        repeatOnce()
        amounts[0] = repeated(amounts[0], constants.absorption, interval)
        for compartment in 1..<compartmentCount { amounts[compartment] = zero }
      }
      repeatOnce()
      var (y0, y1, y2) = (zero, zero, zero)
      let x = amounts + central
      for i in 0..<modeCount {
        let (into, out) = (constants.inward + 3 * i, constants.outward + 3 * i)
        var mode = into[0] * x[0]
        if modeCount > 1 { mode = cvector_fma(into[1], x[1], mode) }
        if modeCount > 2 { mode = cvector_fma(into[2], x[2], mode) }
        mode = repeated(mode, constants.rates[i], interval)
        y0 = cvector_fma(out[0], mode, y0)
        if modeCount > 1 { y1 = cvector_fma(out[1], mode, y1) }
        if modeCount > 2 { y2 = cvector_fma(out[2], mode, y2) }
      }
      x[0] = y0
      if modeCount > 1 { x[1] = y1 }
      if modeCount > 2 { x[2] = y2 }
      for compartment in 0..<compartmentCount { amounts[compartment] += constant[compartment] }
    }
    return true
  }

  /// What an interval leaves, divided by what is forgotten in it, 1 − e^−λt, which is accurate
  /// where it is small. What forgets nothing, λ = 0, has no steady state unless nothing enters it.
  private func repeated(_ gain: Lanes, _ rate: Lanes, _ time: Lanes) -> Lanes {
    let zero = Lanes.all(0)
    let forgotten =
      rate
      * decayDifference(
        Lanes.all(1), decay(rate * time), distance: rate, inverse: 1 / rate, time: time)
    return cvector_select_equal(gain, zero, zero, gain / forgotten)
  }

  /// Where what flows in is what flows out.
  private func balanced(_ inflow: Lanes, _ rate: Lanes) -> Lanes {
    let zero = Lanes.all(0)
    return cvector_select_equal(inflow, zero, zero, inflow / rate)
  }

  /// The amounts at which all that is infused leaves again.
  private func placeEquilibrium(
    _ amounts: UnsafeMutablePointer<Lanes>, _ infusions: UnsafePointer<Lanes>
  ) {
    var first = infusions[central]
    if hasDepot {
      amounts[0] = balanced(infusions[0], constants.absorption)
      first += infusions[0]
    }
    for compartment in central..<compartmentCount { amounts[compartment] = Lanes.all(0) }
    for i in 0..<modeCount {
      let (into, out) = (constants.inward + 3 * i, constants.outward + 3 * i)
      var mode = into[0] * first
      for j in 1..<max(1, modeCount) { mode = cvector_fma(into[j], infusions[central + j], mode) }
      mode = balanced(mode, constants.rates[i])
      for j in 0..<modeCount {
        amounts[central + j] = cvector_fma(out[j], mode, amounts[central + j])
      }
    }
  }
}

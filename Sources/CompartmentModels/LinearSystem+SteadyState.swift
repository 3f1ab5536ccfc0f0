import CVector
import NumericKernels

extension LinearSystem {
  /// Stages are upstream or downstream of each other, and each forgets at a rate of its own: what
  /// an interval adds to a stage whose sources are steady, divided by what the stage forgets in an
  /// interval, is its steady state. So depot, modes and what has returned to peripheral
  /// compartments become steady one after another.
  ///
  /// Infusions that last for m whole intervals and a rest run m times at once all the time, and
  /// once more during the rest.
  func placeSteadyState(_ amounts: UnsafeMutablePointer<Lanes>, of regimen: SteadyRegimen) -> Bool {
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: stateCount + 5) { scratch in
      let constant = scratch.baseAddress!
      let infusions = constant + stateCount
      let zero = Lanes.all(0)
      for place in 0..<stateCount {
        amounts[place] = zero
        constant[place] = zero
      }
      for compartment in 0..<5 { infusions[compartment] = zero }
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
          give(regimen.amount, to: regimen.compartment, amounts)
          infusions[regimen.compartment] = zero
          advance(amounts, rates: infusions, from: zero, to: interval)
        } else {
          infusions[regimen.compartment] = regimen.rate
          advance(amounts, rates: infusions, from: zero, to: rest)
          infusions[regimen.compartment] = zero
          advance(amounts, rates: infusions, from: rest, to: interval)
        }
      }
      let modes = modeCount
      let peripherals = peripheralCount
      // Depot and fresh drug in peripheral compartments have no sources.
      if hasDepot || peripherals > 0 {
        repeatOnce()
        if hasDepot { amounts[modes] = repeated(amounts[modes], absorption, interval) }
        for p in 0..<peripherals {
          amounts[modes + 1 + p] = repeated(amounts[modes + 1 + p], inward[p], interval)
        }
        for i in 0..<modes { amounts[i] = zero }
        for p in 0..<peripherals { amounts[2 * modes + p] = zero }
      }
      repeatOnce()
      for i in 0..<modes { amounts[i] = repeated(amounts[i], rates[i], interval) }
      if peripherals > 0 {
        for p in 0..<peripherals { amounts[2 * modes + p] = zero }
        repeatOnce()
        for p in 0..<peripherals {
          amounts[2 * modes + p] = repeated(amounts[2 * modes + p], inward[p], interval)
        }
      }
      for place in 0..<stateCount { amounts[place] += constant[place] }
    }
    return true
  }

  /// What an interval leaves in a stage, divided by what the stage forgets in it, 1 − e^−λt, which
  /// is accurate where it is small. A stage that forgets nothing, λ = 0, has no steady state unless
  /// nothing enters it.
  private func repeated(_ gain: Lanes, _ rate: Lanes, _ time: Lanes) -> Lanes {
    let zero = Lanes.all(0)
    let forgotten = rate * filling(decay(rate * time), rate: rate, time: time)
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
    let modes = modeCount
    var input = infusions[central]
    if hasDepot {
      amounts[modes] = balanced(infusions[0], absorption)
      input += infusions[0]
    }
    let peripherals = peripheralCount
    for p in 0..<peripherals {
      let into = infusions[central + 1 + p]
      amounts[modes + 1 + p] = balanced(into, inward[p])
      input += into
    }
    for i in 0..<modes { amounts[i] = balanced(input, rates[i]) }
    for p in 0..<peripherals {
      amounts[2 * modes + p] = balanced(centralAmount(amounts) * outward[p], inward[p])
    }
  }
}

import CompartmentModels
import NumericKernels

/// The reference models of eight lanes as a system of compartments, without closed forms: lane by
/// lane, by Taylor's series.
struct ReferenceSystem: CompartmentSystem {
  /// By row of the covariates and lane.
  let rows: [[ReferenceModel]]
  let observedCompartments: [Int]
  var predictions: [[Double]] = []
  private(set) var row = 0

  init(rows: [[ReferenceModel]], observedCompartments: [Int]) {
    self.rows = rows
    self.observedCompartments = observedCompartments
  }

  var models: [ReferenceModel] { rows[row] }
  var compartmentCount: Int { rows[0][0].compartmentCount }
  var defaultDoseCompartment: Int { 0 }
  var steadyTolerance: Double { 1e-11 }

  mutating func use(covariates row: Int) { self.row = row }

  func dosing(_ compartment: Int) -> DosingParameters {
    guard compartment == 0 else { return DosingParameters() }
    var parameters = DosingParameters()
    for (lane, model) in models.enumerated() {
      parameters.bioavailability[lane] = model.bioavailability
      parameters.lag[lane] = model.lag
      parameters.rate[lane] = model.rate
      parameters.duration[lane] = model.duration
    }
    return parameters
  }

  mutating func advance(
    _ amounts: UnsafeMutablePointer<Lanes>, rates: UnsafePointer<Lanes>, from start: Lanes,
    to end: Lanes
  ) {
    for lane in 0..<8 where start[lane] < end[lane] && !amounts[0][lane].isNaN {
      let before = (0..<compartmentCount).map { amounts[$0][lane] }
      let after = models[lane].integrate(
        before, rates: (0..<compartmentCount).map { rates[$0][lane] },
        time: end[lane] - start[lane])
      for (c, amount) in after.enumerated() { amounts[c][lane] = amount }
    }
  }

  mutating func observe(_ observation: Int, amounts: UnsafePointer<Lanes>, time: Double) {
    predictions.append(
      models.enumerated().map { lane, model in
        let c = observedCompartments[observation]
        let volume =
          c == model.central ? model.volume : model.peripheralVolumes[c - model.central - 1]
        return amounts[c][lane] / volume
      })
  }
}

/// One compartment with Michaelis–Menten elimination, by the classical method of Runge and Kutta.
struct SaturableSystem: CompartmentSystem {
  let maximum: Lanes
  let half: Lanes
  var amounts: [Lanes] = []

  init(maximum: Lanes, half: Lanes) {
    self.maximum = maximum
    self.half = half
  }

  var compartmentCount: Int { 1 }
  var defaultDoseCompartment: Int { 0 }
  var steadyTolerance: Double { 1e-10 }
  mutating func use(covariates row: Int) {}
  func dosing(_ compartment: Int) -> DosingParameters { DosingParameters() }

  mutating func advance(
    _ amounts: UnsafeMutablePointer<Lanes>, rates: UnsafePointer<Lanes>, from start: Lanes,
    to end: Lanes
  ) {
    let h = (end - start) / 400
    func slope(_ a: Lanes) -> Lanes { rates[0] - maximum * a / (half + a) }
    for _ in 0..<400 {
      let a = amounts[0]
      let k1 = slope(a)
      let k2 = slope(a + 0.5 * h * k1)
      let k3 = slope(a + 0.5 * h * k2)
      let k4 = slope(a + h * k3)
      amounts[0] = a + h / 6 * (k1 + 2 * (k2 + k3) + k4)
    }
  }

  mutating func observe(_ observation: Int, amounts: UnsafePointer<Lanes>, time: Double) {
    self.amounts.append(amounts[0])
  }
}

import CompartmentModels
import NumericKernels
import PopulationModel
import Testing

/// Two compartments without elimination, the first of which fills by itself at the rate 1; a
/// quarter of what either holds flows to the other in a unit of time if `exchanges`.
struct FillingSystem: CompartmentSystem {
  var lag = Lanes.all(0)
  var exchanges = false
  var on = [Lanes.all(1), Lanes.all(1)]
  var amounts: [[Lanes]] = []
  var compartmentCount: Int { 2 }
  var defaultDoseCompartment: Int { 0 }
  mutating func use(covariates row: Int) {}
  mutating func turn(_ compartment: Int, isOn: Lanes) { on[compartment] = isOn }
  func dosing(_ compartment: Int) -> DosingParameters { DosingParameters(lag: lag) }

  mutating func advance(
    _ amounts: UnsafeMutablePointer<Lanes>, rates: UnsafePointer<Lanes>, from start: Lanes,
    to end: Lanes
  ) {
    let h = (end - start) / 64
    func slope(_ a: (Lanes, Lanes)) -> (Lanes, Lanes) {
      let k = exchanges ? 0.25 : 0.0
      return (
        on[0] * (1 + rates[0] + k * a.1 - k * a.0), on[1] * (rates[1] + k * a.0) - k * a.1
      )
    }
    for _ in 0..<64 {
      let a = (amounts[0], amounts[1])
      let k1 = slope(a)
      let k2 = slope((a.0 + 0.5 * h * k1.0, a.1 + 0.5 * h * k1.1))
      let k3 = slope((a.0 + 0.5 * h * k2.0, a.1 + 0.5 * h * k2.1))
      let k4 = slope((a.0 + h * k3.0, a.1 + h * k3.1))
      amounts[0] = a.0 + h / 6 * (k1.0 + 2 * (k2.0 + k3.0) + k4.0)
      amounts[1] = a.1 + h / 6 * (k1.1 + 2 * (k2.1 + k3.1) + k4.1)
    }
  }

  mutating func observe(_ observation: Int, amounts: UnsafePointer<Lanes>, time: Double) {
    self.amounts.append([amounts[0], amounts[1]])
  }
}

@Suite("Compartments that are off")
struct OffCompartmentTests {
  typealias Event = EventTimeline.Event
  typealias Dose = EventTimeline.Dose

  static func run(
    _ events: [Event], _ doses: [Dose], lag: Lanes = Lanes.all(0), exchanges: Bool = false
  ) -> [[Lanes]] {
    let count = events.count { if case .observe = $0.action { true } else { false } }
    var system = FillingSystem(lag: lag, exchanges: exchanges)
    EventMachineTests.run(
      EventTimeline(events: events, doses: doses, observations: (0..<count).map { _ in .init() }),
      &system)
    return system.amounts
  }

  static func off(_ time: Double) -> Event {
    Event(time: time, action: .turn(compartment: 1, isOn: false))
  }
  static func dose(_ time: Double, _ place: Int = 0) -> Event {
    Event(time: time, action: .dose(place))
  }
  static func observe(_ times: [Double], from first: Int = 0) -> [Event] {
    times.enumerated().map { Event(time: $0.element, action: .observe(first + $0.offset)) }
  }

  @Test("a bolus turns its compartment on, with or without CMT", arguments: [0, 1])
  func bolus(_ compartment: Int) {
    let found = Self.run(
      Self.observe([0, 3]) + [Self.off(4)] + Self.observe([5], from: 2) + [Self.dose(6)]
        + Self.observe([6, 8], from: 3), [Dose(amount: 1, compartment: compartment)])
    #expect(found.map { $0[0][5] } == [0, 3, 0, 1, 3])
  }

  @Test("an infusion turns its compartment on when it begins")
  func infusion() {
    let found = Self.run(
      [Self.off(0), Self.dose(2)] + Self.observe([1.9999, 2, 3, 5, 9].sorted().filter { $0 >= 2 }),
      [Dose(amount: 6, entry: .rate(3))])
    // 1 by itself and 3 by the infusion, which ends at 4.
    for (a, b) in zip(found, [0.0, 4, 9, 13]) { #expect(abs(a[0][0] - b) < 1e-12) }
  }

  @Test("each additional dose turns it on again")
  func additional() {
    let doses = (0..<3).map { _ in Dose(amount: 5) }
    let found = Self.run(
      [Self.off(0), Self.dose(1, 0)] + Self.observe([2]) + [Self.off(3), Self.dose(4, 1)]
        + Self.observe([6], from: 1) + [Self.off(6)] + Self.observe([6.5], from: 2)
        + [Self.dose(7, 2)] + Self.observe([9], from: 3), doses)
    for (a, b) in zip(found, [6.0, 7, 0, 7]) { #expect(abs(a[0][0] - b) < 1e-12) }
  }

  @Test("a dose with a lag turns it on when it enters, in each sample at its own time")
  func lag() {
    let lag = Lanes(0, 0.5, 1, 1.5, 2, 2.5, 3, 9)
    let found = Self.run(
      [Self.dose(0), Self.off(1.25)] + Self.observe([1.25, 2, 4]), [Dose(amount: 5)], lag: lag)
    for lane in 0..<8 {
      // What has entered before is lost; what enters later turns it on, and it fills from there.
      #expect(found[0][0][lane] == 0)
      for (place, time) in [(1, 2.0), (2, 4.0)] {
        let isOn = lag[lane] > 1.25 && lag[lane] <= time
        let expected = isOn ? 5 + time - lag[lane] : 0
        #expect(abs(found[place][0][lane] - expected) < 1e-12, "lane \(lane) at \(time)")
      }
    }
  }

  @Test("an infusion with a lag turns it on when it begins, one that runs ends")
  func laggedInfusion() {
    let lag = Lanes(0, 0.5, 1, 1.5, 2, 2.5, 3, 9)
    let found = Self.run(
      [Self.dose(0), Self.off(1.25)] + Self.observe([6]), [Dose(amount: 4, entry: .duration(2))],
      lag: lag)
    for lane in 0..<8 {
      let isOn = lag[lane] > 1.25 && lag[lane] < 6
      #expect(abs(found[0][0][lane] - (isOn ? 4 + 6 - lag[lane] : 0)) < 1e-12, "lane \(lane)")
    }
  }

  @Test(
    "what flows to a compartment that is off is lost, and no longer once a dose has turned it on")
  func flow() {
    let found = Self.run(
      [Self.dose(0, 0), Self.off(0), Self.dose(4, 1)] + Self.observe([4, 8]),
      [Dose(amount: 8, compartment: 2), Dose(amount: 1)], exchanges: true)
    let left = 8 * exp(-0.25 * 4)
    #expect(abs(found[0][0][2] - 1) < 1e-9)
    #expect(abs(found[0][1][2] - left) < 1e-7)
    // From there on the sum grows by 1 a unit of time, and the difference d of the two obeys d′ = 1
    // − d/2.
    let sum = 1 + left + 4
    let difference = 2 + (1 - left - 2) * exp(-0.5 * 4)
    #expect(abs(found[1][0][2] - 0.5 * (sum + difference)) < 1e-7)
    #expect(abs(found[1][1][2] - 0.5 * (sum - difference)) < 1e-7)
  }

  @Test("a steady state turns its compartment on at the record")
  func steadyState() {
    var reference = ReferenceModel(k10: 0.2, volume: 3)
    reference.hasDepot = true
    reference.ka = 1.1
    for lag in [0.0, 4, 12, 20] {
      reference.lag = lag
      let model = LinearModelTests.variants("one-compartment oral").first {
        $0.parameterNames == ["CL", "V", "ka", "tlag"]
      }!
      func timeline(_ isOff: Bool) -> EventTimeline {
        EventTimeline(
          events: (isOff ? [Self.off(0)] : []) + [Self.dose(1)] + Self.observe([1, 3, 9, 13, 20]),
          doses: [Dose(amount: 50, steadyState: .replace, interval: 12)],
          observations: (0..<5).map { _ in .init() })
      }
      let modelCase = ModelCase(model, references: [ReferenceModel](repeating: reference, count: 8))
      let (found, expected) = (
        modelCase.predict(timeline(true)), modelCase.predict(timeline(false))
      )
      for (a, b) in zip(found, expected) { #expect(abs(a[0] - b[0]) < 1e-12 * b[0]) }
      #expect(expected[4][0] > 0)
    }
  }
}

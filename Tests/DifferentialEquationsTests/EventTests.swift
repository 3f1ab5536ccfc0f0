import CompartmentModels
import DifferentialEquations
import NumericKernels
import PopulationModel
import Testing

/// A depot, a central and a peripheral compartment, by differential equations.
private struct TwoCompartments: DerivativeFunction {
  var absorption, elimination, out, back: Lanes

  func derivatives(
    time: Lanes, amounts: UnsafePointer<Lanes>, into derivatives: UnsafeMutablePointer<Lanes>
  ) {
    let input = absorption * amounts[0]
    let exchange = out * amounts[1] - back * amounts[2]
    derivatives[0] = -input
    derivatives[1] = input - elimination * amounts[1] - exchange
    derivatives[2] = exchange
  }
}

/// The same for the event machine, with a lag.
private struct TwoCompartmentSystem: CompartmentSystem {
  let equations: TwoCompartments
  let lag, volume: Lanes
  let solver: DifferentialEquationSolver
  var predictions: [Lanes]

  var compartmentCount: Int { 3 }
  var defaultDoseCompartment: Int { 0 }
  var steadyTolerance: Double { 1e-7 }

  mutating func use(covariates row: Int) { solver.parametersChange() }

  func dosing(_ compartment: Int) -> DosingParameters {
    compartment == 0 ? DosingParameters(lag: lag) : DosingParameters()
  }

  mutating func advance(
    _ amounts: UnsafeMutablePointer<Lanes>, rates: UnsafePointer<Lanes>, from start: Lanes,
    to end: Lanes
  ) { solver.advance(equations, amounts: amounts, rates: rates, from: start, to: end) }

  mutating func observe(_ observation: Int, amounts: UnsafePointer<Lanes>, time: Double) {
    predictions[observation] = amounts[1] / volume
  }
}

@Suite("Differential equations through a subject's events")
struct EventTests {
  @Test("doses, infusions, lags, resets and steady states come out as in closed form")
  func closedForm() throws {
    let names = ["V", "k", "k12", "k21", "ka", "tlag"]
    let values = [
      spread(20, 1.5), spread(0.2, 1.5, turn: 1), spread(0.4, 2, turn: 2), spread(0.3, 2, turn: 3),
      spread(1.2, 1.5, turn: 4), spread(0.5, 2, turn: 5),
    ]
    let variants = LinearModel.all.first { $0.name == "two-compartment oral" }!.variants
    let model = try #require(variants.first { Set($0.parameterNames) == Set(names) })

    var events: [EventTimeline.Event] = []
    var doses: [EventTimeline.Dose] = []
    var observations = 0
    func give(_ dose: EventTimeline.Dose, _ time: Double) {
      events.append(.init(time: time, action: .dose(doses.count)))
      doses.append(dose)
    }
    func observe(_ times: [Double]) {
      for time in times {
        events.append(.init(time: time, action: .observe(observations)))
        observations += 1
      }
    }
    give(.init(amount: 100), 0)
    observe([0, 0.6, 1, 2, 5, 11])
    give(.init(amount: 60, entry: .rate(20), compartment: 2), 12)
    observe([13, 14, 16, 20])
    give(.init(amount: 50, entry: .duration(1.5), compartment: 1), 20)
    observe([21, 22, 30])
    give(.init(amount: 80, steadyState: .replace, interval: 12), 36)
    observe([36.5, 38, 44])
    give(.init(amount: 30, compartment: 2, steadyState: .add, interval: 8), 48)
    observe([49, 60])
    events.append(.init(time: 72, action: .reset))
    give(.init(amount: 100, compartment: 2), 72)
    observe([73, 100])
    let timeline = EventTimeline(
      events: events, doses: doses, observations: (0..<observations).map { _ in .init() })

    let parameters = model.parameterNames.map { name in values[names.firstIndex(of: name)!] }
    var expected = [Lanes](repeating: Lanes.all(0), count: observations)
    model.predict(
      model.prepare(timeline), parameters: parameters, count: 1, predictions: &expected)

    var system = TwoCompartmentSystem(
      equations: TwoCompartments(
        absorption: values[4], elimination: values[1], out: values[2], back: values[3]),
      lag: values[5], volume: values[0],
      solver: DifferentialEquationSolver(
        compartmentCount: 3, tolerances: SolverTolerances(relative: 1e-10, absolute: 1e-10)),
      predictions: [Lanes](repeating: Lanes.all(.nan), count: observations))
    let schedule = EventSchedule(timeline, compartmentCount: 3, defaultDoseCompartment: 0)
    var machine = EventMachine(compartmentCount: 3, doseCapacity: schedule.doseCount)
    machine.run(schedule, &system)
    for (found, known) in zip(system.predictions, expected) {
      for lane in 0..<8 { #expect(abs(found[lane] - known[lane]) < 1e-7 * known[lane] + 1e-9) }
    }
    #expect(expected.contains { $0[0] > 1 })
    #expect(system.solver.statistics.failures == 0)
    #expect(system.solver.statistics.handOvers == 0)
  }
}

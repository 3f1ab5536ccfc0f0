import CompartmentModels
import NumericKernels
import PopulationModel
import Testing

@Suite("The event machine")
struct EventMachineTests {
  typealias Event = EventTimeline.Event
  typealias Dose = EventTimeline.Dose

  static func run<System: CompartmentSystem>(_ timeline: EventTimeline, _ system: inout System) {
    let schedule = EventSchedule(
      timeline, compartmentCount: system.compartmentCount,
      defaultDoseCompartment: system.defaultDoseCompartment)
    var machine = EventMachine(
      compartmentCount: system.compartmentCount, doseCapacity: schedule.doseCount)
    machine.run(schedule, &system)
  }

  /// One compartment without elimination, of volume 1: amounts that have arrived.
  static let keeping = ReferenceModel(k10: 0, volume: 1)

  static func amounts(_ timeline: EventTimeline, _ rows: [ReferenceModel]) -> [Double] {
    var system = ReferenceSystem(
      rows: rows.map { [ReferenceModel](repeating: $0, count: 8) },
      observedCompartments: timeline.observations.map { _ in 0 })
    run(timeline, &system)
    return system.predictions.map { $0[3] }
  }

  @Test("the fast way and the machine agree", arguments: LinearModelTests.names)
  func ways(_ name: String) {
    let variants = LinearModelTests.variants(name).filter { !$0.parameterNames.contains("tlag") }
    var random = RandomNumbers(names: name)
    for _ in 0..<150 {
      let modelCase = ModelCase.random(variants[random.below(variants.count)], &random)
      let timeline = EventTimeline.random(for: modelCase, &random)
      let count = timeline.observations.count
      let fast = modelCase.predict(timeline)
      let general = modelCase.predict(
        modelCase.model.prepareForMachine(timeline), observations: count, count: 2)
      for j in 0..<count {
        for lane in 0..<8 {
          #expect(
            abs(fast[j][lane] - general[j][lane]) <= 1e-11 * general[j][lane] + 1e-250)
        }
      }
    }
  }

  @Test(
    "a system without closed forms goes the same way, steady states by repetition too",
    arguments: ["one-compartment oral", "two-compartment"])
  func repetition(_ name: String) {
    let variants = LinearModelTests.variants(name)
    var random = RandomNumbers(names: name)
    for _ in 0..<80 {
      let modelCase = ModelCase.random(variants[random.below(variants.count)], &random)
      let timeline = EventTimeline.random(for: modelCase, &random)
      let central = modelCase.references[0].central
      if timeline.events.contains(where: { if case .turn = $0.action { true } else { false } }) {
        continue
      }
      var system = ReferenceSystem(
        rows: [modelCase.references],
        observedCompartments: timeline.observations.map {
          $0.compartment == 0 ? central : $0.compartment - 1
        })
      Self.run(timeline, &system)
      let expected = modelCase.predict(timeline)
      for j in expected.indices {
        for lane in 0..<8 {
          let size = expected.reduce(0) { max($0, $1[lane]) }
          #expect(
            abs(system.predictions[j][lane] - expected[j][lane])
              <= 1e-8 * expected[j][lane] + 1e-9 * size,
            "\(modelCase.model.parameterNames) \(timeline) \(j) lane \(lane)")
        }
      }
    }
  }

  @Test(
    "a steady state of saturable elimination repeats itself, and there is none above the maximum")
  func saturable() {
    let maximum = Lanes(20, 12, 10.5, 9.8, 8, 100, 30, 11)
    let half = Lanes(5, 50, 20, 5, 5, 1, 300, 0.1)
    for dose in [
      Dose(amount: 100, steadyState: .replace, interval: 10),
      Dose(amount: 100, entry: .rate(25), steadyState: .replace, interval: 10),
      Dose(amount: 100, entry: .duration(35), steadyState: .replace, interval: 10),
    ] {
      let doses = [dose] + (1...3).map { _ in Dose(amount: 100, entry: dose.entry) }
      let events = (0..<4).flatMap { k in
        [
          Event(time: 10 * Double(k), action: .dose(k)),
          Event(time: 10 * Double(k) + 9.99, action: .observe(k)),
        ]
      }
      var system = SaturableSystem(maximum: maximum, half: half)
      Self.run(
        EventTimeline(events: events, doses: doses, observations: (0..<4).map { _ in .init() }),
        &system)
      // Lanes that need more repetitions do not change those that need fewer.
      for lane in [0, 4, 6] {
        var alone = SaturableSystem(
          maximum: Lanes.all(maximum[lane]), half: Lanes.all(half[lane]))
        Self.run(
          EventTimeline(events: events, doses: doses, observations: (0..<4).map { _ in .init() }),
          &alone)
        #expect(
          zip(alone.amounts, system.amounts).allSatisfy {
            $0[lane].bitPattern == $1[lane].bitPattern
          })
      }
      for lane in 0..<8 {
        let values = system.amounts.map { $0[lane] }
        if maximum[lane] <= 10 {
          #expect(values.allSatisfy { $0.isNaN }, "lane \(lane)")
        } else {
          for value in values { #expect(abs(value - values[0]) < 1e-6 * values[0], "lane \(lane)") }
        }
      }
    }
    // Constant infusion: maximum·A/(half + A) = rate.
    let events = [Event(time: 0, action: .dose(0)), Event(time: 0, action: .observe(0))]
    var system = SaturableSystem(maximum: maximum, half: half)
    Self.run(
      EventTimeline(
        events: events,
        doses: [Dose(amount: 0, entry: .rate(7), steadyState: .replace, interval: 0)],
        observations: [.init()]), &system)
    for lane in 0..<8 {
      let exact = 7 * half[lane] / (maximum[lane] - 7)
      #expect(abs(system.amounts[0][lane] - exact) < 1e-6 * exact)
    }
  }

  @Test("parameters of a record's row hold in the interval that ends with it")
  func covariates() {
    let rates = [0.1, 0.5, 0.2]
    let rows = rates.map {
      ReferenceModel(k10: $0, volume: 2, lag: $0 == 0.5 ? 1 : 0, bioavailability: $0)
    }
    let timeline = EventTimeline(
      events: [
        Event(time: 0, action: .dose(0), covariates: 0),
        Event(time: 2, action: .observe(0), covariates: 1),
        Event(time: 3, action: .dose(1), covariates: 1),
        Event(time: 6, action: .observe(1), covariates: 2),
      ], doses: [Dose(amount: 100), Dose(amount: 100, covariates: 1)],
      observations: [.init(), .init()])
    let found = Self.amounts(timeline, rows)
    let first = 10 * exp(-0.5 * 2)
    // The second dose: F 0.5 and lag 1 of its row, then two time units at the rate of the next row.
    let second = first * exp(-0.5) * exp(-0.2 * 3) + 50 * exp(-0.2 * 2)
    #expect(abs(found[0] - first / 2) < 1e-13)
    #expect(abs(found[1] - second / 2) < 1e-13)
  }

  @Test("a modelled rate follows the rows while the infusion runs, the amount stays")
  func modelledRate() {
    var rows = [Self.keeping, Self.keeping]
    rows[0].rate = 10
    rows[1].rate = 5
    let timeline = EventTimeline(
      events: [
        Event(time: 0, action: .dose(0), covariates: 0),
        Event(time: 4, action: .observe(0), covariates: 1),
        Event(time: 6, action: .observe(1), covariates: 0),
        Event(time: 11.5, action: .observe(2), covariates: 0),
        Event(time: 20, action: .observe(3), covariates: 1),
      ], doses: [Dose(amount: 100, entry: .modelledRate)],
      observations: (0..<4).map { _ in .init() })
    let found = Self.amounts(timeline, rows)
    for (a, b) in zip(found, [20.0, 40, 95, 100]) { #expect(abs(a - b) < 1e-12) }
  }

  @Test("an additional dose has the dosing parameters of the record that ordered it")
  func additionalDose() {
    var rows = [Self.keeping, Self.keeping]
    rows[0].bioavailability = 0.5
    rows[0].lag = 1
    rows[0].rate = 10
    rows[1].rate = 4
    let timeline = EventTimeline(
      events: [
        Event(time: 0, action: .dose(0), covariates: 0),
        Event(time: 12, action: .dose(1), covariates: 1),
        Event(time: 12.5, action: .observe(0), covariates: 1),
        Event(time: 14, action: .observe(1), covariates: 1),
        Event(time: 24, action: .observe(2), covariates: 1),
      ], doses: [Dose(amount: 20, entry: .modelledRate), Dose(amount: 20, entry: .modelledRate)],
      observations: (0..<3).map { _ in .init() })
    // The second infusion of 10 begins at 13, at the rate of the row of the records that follow it.
    for (a, b) in zip(Self.amounts(timeline, rows), [10.0, 14, 20]) { #expect(abs(a - b) < 1e-12) }
  }

  @Test(
    "at equal times the order of records counts, and a dose that arrives counts for a later record")
  func ties() {
    var late = Self.keeping
    late.lag = 2
    let events = [
      Event(time: 0, action: .observe(0)), Event(time: 0, action: .dose(0)),
      Event(time: 0, action: .observe(1)), Event(time: 2, action: .observe(2)),
    ]
    let timeline = EventTimeline(
      events: events, doses: [Dose(amount: 1)], observations: (0..<3).map { _ in .init() })
    #expect(Self.amounts(timeline, [Self.keeping]) == [0, 1, 1])
    #expect(Self.amounts(timeline, [late]) == [0, 0, 1])
  }

  @Test(
    "a reset ends infusions and doses on their way, a compartment turned off ends infusions alone")
  func cancelling() {
    var late = Self.keeping
    late.lag = 5
    let doses = [Dose(amount: 8, entry: .rate(1)), Dose(amount: 100), Dose(amount: 1)]
    func timeline(_ action: EventTimeline.Action) -> EventTimeline {
      EventTimeline(
        events: [
          Event(time: 0, action: .dose(0)), Event(time: 0, action: .dose(1)),
          Event(time: 4, action: .observe(0)), Event(time: 4, action: action),
          Event(time: 4, action: .dose(2)), Event(time: 10, action: .observe(1)),
          Event(time: 10, action: .turn(compartment: 1, isOn: true)),
          Event(time: 11, action: .dose(2)), Event(time: 20, action: .observe(2)),
        ], doses: doses, observations: (0..<3).map { _ in .init() })
    }
    #expect(Self.amounts(timeline(.reset), [Self.keeping]) == [104, 1, 2])
    #expect(Self.amounts(timeline(.reset), [late]) == [0, 1, 2])
    // The dose at 4 turns it on again.
    #expect(
      Self.amounts(timeline(.turn(compartment: 1, isOn: false)), [Self.keeping]) == [104, 1, 2])
    // With a lag of 5 all three enter after 4: 5 of 8 until 10, and all until 20.
    #expect(Self.amounts(timeline(.turn(compartment: 1, isOn: false)), [late]) == [0, 106, 110])
    #expect(Self.amounts(timeline(.pass), [Self.keeping]) == [104, 109, 110])
  }

  @Test("lanes whose dosing has no sense are lost, the others are not")
  func lost() {
    var models = [ReferenceModel](repeating: ReferenceModel(k10: 0.1, volume: 1), count: 8)
    for lane in 0..<8 {
      models[lane].duration = 2
      models[lane].rate = 3
    }
    models[1].lag = -1
    models[2].lag = .nan
    models[3].bioavailability = -0.1
    models[4].bioavailability = .nan
    models[5].duration = 0
    models[6].rate = -2
    models[7].lag = 13
    let cases: [(Dose, Set<Int>)] = [
      (Dose(amount: 1), [1, 2, 3, 4]),
      (Dose(amount: 1, entry: .modelledDuration), [1, 2, 3, 4, 5]),
      (Dose(amount: 1, entry: .modelledRate), [1, 2, 3, 4, 6]),
      (Dose(amount: 1, entry: .rate(2)), [1, 2, 3, 4]),
      (Dose(amount: 1, steadyState: .replace, interval: 12), [1, 2, 3, 4]),
    ]
    for (dose, expected) in cases {
      var system = ReferenceSystem(rows: [models], observedCompartments: [0])
      Self.run(
        EventTimeline(
          events: [Event(time: 0, action: .dose(0)), Event(time: 20, action: .observe(0))],
          doses: [dose], observations: [.init()]), &system)
      #expect(Set((0..<8).filter { system.predictions[0][$0].isNaN }) == expected)
    }
  }
}

import CompartmentModels
import NumericKernels
import PopulationModel
import Testing

/// Amounts or concentrations of all observations by observation, compartment and lane, of a vector
/// whose values are given by set, place and lane.
private func results(
  _ model: VaryingLinearModel, _ timeline: EventTimeline, values: [[[Double]]], givesAmounts: Bool,
  count: Int = 1
) -> [[[Double]]] {
  let program = model.prepare(timeline, givesAmounts: givesAmounts)
  #expect(program.setCount == values.count)
  var vectors = [Lanes](
    repeating: Lanes.all(1), count: values.count * model.valueCount * count)
  for (s, set) in values.enumerated() {
    for (j, lanes) in set.enumerated() {
      let place = (s * model.valueCount + j) * count + count - 1
      for lane in 0..<8 { vectors[place][lane] = lanes[lane] }
    }
  }
  let size = program.resultCount
  var found = [Lanes](
    repeating: Lanes.all(.nan), count: max(1, timeline.observations.count * size * count))
  program.predict(values: &vectors, count: count, results: &found, stride: count)
  return timeline.observations.indices.map { j in
    (0..<size).map { c in (0..<8).map { found[(j * size + c) * count + count - 1][$0] } }
  }
}

@Suite("Linear models with varying parameters")
struct VaryingLinearModelTests {
  static let families = LinearModel.all.map(\.name)

  /// The library's models without optional parameters whose compartments are known.
  static func models(_ name: String) -> [LinearModel] {
    LinearModel.all.first { $0.name == name }!.variants.filter {
      $0.parameterNames == $0.necessaryParameters && !$0.parameterNames.contains("gamma")
    }
  }

  static let inputs: [(compartment: Int, input: VaryingLinearModel.Input)] = [
    (0, .lag), (0, .bioavailability), (0, .duration), (0, .rate),
  ]

  /// Values of the model and of the inputs above.
  static func values(_ model: LinearModel, _ references: [ReferenceModel]) -> [[Double]] {
    ModelCase(model, references: references).values
      + [
        references.map(\.lag), references.map(\.bioavailability), references.map(\.duration),
        references.map(\.rate),
      ]
  }

  static func turns(_ timeline: EventTimeline) -> Bool {
    timeline.events.contains { if case .turn = $0.action { true } else { false } }
  }

  @Test(
    "the amounts are those of the differential equations, whatever changes and when",
    arguments: families)
  func reference(_ name: String) throws {
    var random = RandomNumbers(names: "varying " + name)
    let complete = LinearModel.all.first { $0.name == name }!.variants.filter { variant in
      LinearModel.optionalParameters.allSatisfy(variant.parameterNames.contains)
        && !variant.parameterNames.contains("alpha")
    }
    var compared = 0
    for _ in 0..<60 {
      let source = ModelCase.random(complete[0], &random)
      var timeline = EventTimeline.random(for: source, &random)
      if Self.turns(timeline) { continue }
      var rows = [source.references]
      for _ in 0..<2 {
        rows.append(
          zip(source.references, ModelCase.random(complete[0], &random).references).map {
            var other = $1
            // No lag is longer than the interval of a steady state.
            other.lag = $0.lag * random.uniform(0, 1)
            return other
          })
      }
      for e in timeline.events.indices { timeline.events[e].covariates = random.below(3) }
      for d in timeline.doses.indices { timeline.doses[d].covariates = random.below(3) }
      timeline.covariates = [[0], [1], [2]]
      let central = source.references[0].central
      let observed = timeline.observations.map {
        $0.compartment == 0 ? central : $0.compartment - 1
      }
      var system = ReferenceSystem(rows: rows, observedCompartments: observed)
      EventMachineTests.run(timeline, &system)
      // The reference repeats intervals until little changes.
      let isSteady = timeline.doses.contains { $0.steadyState != .none }
      let (relative, absolute) = isSteady ? (1e-8, 1e-9) : (1e-10, 1e-12)
      let rowOf = timeline.events.compactMap { event -> Int? in
        if case .observe = event.action { event.covariates } else { nil }
      }
      for model in Self.models(name) {
        let varying = try #require(VaryingLinearModel(model, inputs: Self.inputs))
        let found = results(
          varying, timeline, values: rows.map { Self.values(model, $0) }, givesAmounts: true)
        for j in observed.indices {
          for lane in 0..<8 {
            let reference = rows[rowOf[j]][lane]
            let c = observed[j]
            let volume =
              c == central ? reference.volume : reference.peripheralVolumes[c - central - 1]
            let expected = system.predictions[j][lane] * volume
            let size = timeline.doses.reduce(0) { $0 + $1.amount } + 100
            compared += 1
            #expect(
              abs(found[j][c][lane] - expected) <= relative * expected + absolute * size,
              "\(model.parameterNames) observation \(j) lane \(lane): \(found[j][c][lane]), \(expected)"
            )
          }
        }
      }
    }
    #expect(compared > 1000)
  }

  @Test("without changes it is the library's model, to rounding", arguments: families)
  func constant(_ name: String) throws {
    var random = RandomNumbers(names: "constant " + name)
    for model in Self.models(name) {
      let varying = try #require(VaryingLinearModel(model, inputs: []))
      for _ in 0..<20 {
        let modelCase = ModelCase.random(model, &random)
        var timeline = EventTimeline.random(for: modelCase, &random)
        if Self.turns(timeline) { continue }
        for j in timeline.observations.indices { timeline.observations[j].compartment = 0 }
        let expected = modelCase.predict(timeline)
        let found = results(varying, timeline, values: [modelCase.values], givesAmounts: false)
        for j in expected.indices {
          for lane in 0..<8 {
            let size = expected.reduce(0) { max($0, $1[lane]) }
            #expect(
              abs(found[j][0][lane] - expected[j][lane])
                <= 1e-11 * expected[j][lane] + 1e-14 * size,
              "\(model.parameterNames) observation \(j) lane \(lane)")
          }
        }
      }
    }
  }

  /// Rate constants that lie far apart, coincide, or are 0.
  @Test("extreme and coincident rates are those of the library's model", arguments: [1, 2, 3])
  func extremes(_ modeCount: Int) throws {
    var random = RandomNumbers(modeCount)
    let names = [
      ["V", "k", "ka"], ["V", "k", "k12", "k21", "ka"],
      ["V", "k", "k12", "k21", "k13", "k31", "ka"],
    ][modeCount - 1]
    let model = try #require(
      LinearModel.all.flatMap(\.variants).first { $0.parameterNames == names })
    let varying = try #require(VaryingLinearModel(model, inputs: []))
    let times = [0.01, 0.1, 0.5, 1, 2, 3, 5, 8, 13, 21]
    var doses = [
      EventTimeline.Dose(amount: 10),
      EventTimeline.Dose(amount: 5, entry: .rate(2), compartment: 2),
    ]
    if modeCount > 1 { doses.append(EventTimeline.Dose(amount: 5, compartment: modeCount + 1)) }
    var events = doses.indices.map { EventTimeline.Event(time: 0, action: .dose($0)) }
    for (j, time) in times.enumerated() {
      events.append(EventTimeline.Event(time: time, action: .observe(j)))
    }
    let timeline = EventTimeline(
      events: events, doses: doses, observations: times.map { _ in EventTimeline.ObservedPlace() })
    let program = model.prepare(timeline)
    for _ in 0..<100 {
      let few = (0..<2).map { _ in random.scale(1e-5, 20) }
      let values = names.map { name in
        (0..<8).map { _ in
          if name == "V" { return 1.0 }
          if random.chance(0.3) { return few[random.below(2)] }
          if name != "k", name != "ka", random.chance(0.1) { return 0.0 }
          return random.scale(1e-5, 20)
        }
      }
      var parameters = values.map { lanes in
        var vector = Lanes.all(0)
        for lane in 0..<8 { vector[lane] = lanes[lane] }
        return vector
      }
      var expected = [Lanes](repeating: Lanes.all(.nan), count: times.count)
      model.predict(program, parameters: &parameters, count: 1, predictions: &expected)
      let found = results(varying, timeline, values: [values], givesAmounts: false)
      for j in times.indices {
        for lane in 0..<8 {
          // Exchange in one direction only is shifted by 1e-12 of itself, and less exact.
          let absolute = values.contains { $0[lane] == 0 } ? 1e-9 : 1e-11
          #expect(
            abs(found[j][0][lane] - expected[j][lane]) <= 1e-9 * expected[j][lane] + absolute,
            "\(names) \(values.map { $0[lane] }): \(found[j][0][lane]), \(expected[j][lane])")
        }
      }
    }
  }

  @Test("no lane sees another one, and no vector another one", arguments: families)
  func lanes(_ name: String) throws {
    var random = RandomNumbers(names: "lanes " + name)
    let model = Self.models(name)[0]
    let complete = LinearModel.all.first { $0.name == name }!.variants.first { variant in
      LinearModel.optionalParameters.allSatisfy(variant.parameterNames.contains)
    }!
    let varying = try #require(VaryingLinearModel(model, inputs: Self.inputs))
    for _ in 0..<20 {
      let source = ModelCase.random(complete, &random)
      var timeline = EventTimeline.random(for: source, &random)
      if Self.turns(timeline) { continue }
      for e in timeline.events.indices { timeline.events[e].covariates = e % 2 }
      timeline.covariates = [[0], [1]]
      let other = ModelCase.random(complete, &random).references
      var values = [source.references, other].map { Self.values(model, $0) }
      let before = results(varying, timeline, values: values, givesAmounts: true)
      for set in 0..<2 {
        for place in values[set].indices {
          values[set][place][2] = random.chance(0.5) ? .nan : -1
          values[set][place][5] = .infinity
        }
      }
      let after = results(varying, timeline, values: values, givesAmounts: true, count: 3)
      for j in before.indices {
        for c in before[j].indices {
          for lane in 0..<8 where lane != 2 && lane != 5 {
            #expect(before[j][c][lane].bitPattern == after[j][c][lane].bitPattern)
          }
        }
      }
    }
  }

  @Test("a step of the clearance: exponential functions joined where it is")
  func step() throws {
    let model = LinearModel.all[0].variants.first { $0.parameterNames == ["CL", "V"] }!
    let varying = try #require(
      VaryingLinearModel(model, inputs: [(compartment: 0, input: .initialAmount)]))
    let timeline = EventTimeline(
      events: [
        .init(time: 0, action: .pass), .init(time: 2, action: .observe(0)),
        .init(time: 5, action: .observe(1), covariates: 1), .init(time: 5, action: .reset),
        .init(time: 6, action: .observe(2), covariates: 1),
      ], doses: [], observations: [.init(), .init(), .init()], covariates: [[0], [1]])
    func eight(_ value: Double) -> [Double] { [Double](repeating: value, count: 8) }
    let found = results(
      varying, timeline,
      values: [[eight(1), eight(10), eight(80)], [eight(2), eight(20), eight(40)]],
      givesAmounts: false)
    let expected = [
      8 * NumericKernels.exp(-0.2), 4 * NumericKernels.exp(-0.5), 4 * NumericKernels.exp(-0.1),
    ]
    for (j, value) in expected.enumerated() {
      #expect(abs(found[j][0][4] - value) <= 1e-14 * value)
    }
  }

  @Test("three exponential terms do not tell which compartment is which")
  func unknownCompartments() throws {
    let model = try #require(
      LinearModel.all.flatMap(\.variants).first {
        $0.parameterNames == ["A", "alpha", "B", "beta", "C", "gamma"]
      })
    #expect(VaryingLinearModel(model, inputs: []) == nil)
  }
}

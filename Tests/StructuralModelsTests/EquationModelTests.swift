import CompartmentModels
import DifferentialEquations
import NumericKernels
import PopulationModel
import StructuralModels
import Testing

/// Predictions of a prepared subject by observation, for parameter vectors that fill three vectors
/// of eight samples.
func predictions(
  _ model: EquationModel, _ timeline: EventTimeline, _ samples: [[Double]]
) -> [[Double]] {
  run(model.parameterNames.count, timeline.observations.count, samples) {
    model.predict(model.prepare(timeline), parameters: $0, count: $1, predictions: $2)
  }
}

func predictions(
  _ model: LinearModel, _ timeline: EventTimeline, _ samples: [[Double]]
) -> [[Double]] {
  run(model.parameterNames.count, timeline.observations.count, samples) {
    model.predict(model.prepare(timeline), parameters: $0, count: $1, predictions: $2)
  }
}

private func run(
  _ parameterCount: Int, _ observationCount: Int, _ samples: [[Double]],
  _ predict: (UnsafePointer<Lanes>, Int, UnsafeMutablePointer<Lanes>) -> Void
) -> [[Double]] {
  let count = (samples.count + 7) / 8
  var parameters = [Lanes](repeating: Lanes.all(1), count: count * parameterCount)
  for (s, sample) in samples.enumerated() {
    for (j, value) in sample.enumerated() { parameters[j * count + s / 8][s % 8] = value }
  }
  var result = [Lanes](repeating: Lanes.all(.nan), count: max(1, count * observationCount))
  parameters.withUnsafeBufferPointer { parameters in
    result.withUnsafeMutableBufferPointer { result in
      predict(parameters.baseAddress!, count, result.baseAddress!)
    }
  }
  return samples.indices.map { s in
    (0..<observationCount).map { result[$0 * count + s / 8][s % 8] }
  }
}

/// Samples around typical values.
func samples(around typical: [Double], count: Int = 20) -> [[Double]] {
  (0..<count).map { s in
    typical.enumerated().map { j, value in
      let u = (Double(s * 7 + j * 13 + 1) * 0.618033988749895).truncatingRemainder(dividingBy: 1)
      return value * (0.5 + u)
    }
  }
}

/// Doses at times, then observations.
func timeline(
  doses: [(time: Double, dose: EventTimeline.Dose)], times: [Double],
  covariates: [[Double]] = [[]], row: (Double) -> Int = { _ in 0 },
  places: [EventTimeline.ObservedPlace]? = nil
) -> EventTimeline {
  var events = doses.enumerated().map {
    EventTimeline.Event(
      time: $0.element.time, action: .dose($0.offset), covariates: row($0.element.time))
  }
  events += times.enumerated().map {
    EventTimeline.Event(time: $0.element, action: .observe($0.offset), covariates: row($0.element))
  }
  // Doses come first at equal times, as the sort keeps their order.
  let sorted = events.enumerated().sorted {
    ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
  }
  return EventTimeline(
    events: sorted.map(\.element), doses: doses.map(\.dose),
    observations: places
      ?? [EventTimeline.ObservedPlace](repeating: EventTimeline.ObservedPlace(), count: times.count),
    covariates: covariates)
}

func expectClose(
  _ a: [[Double]], _ b: [[Double]], _ tolerance: Double, absolute: Double = 0,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var worst = 0.0
  var isSound = a.count == b.count
  for (x, y) in zip(a, b) {
    isSound = isSound && x.count == y.count
    for (x, y) in zip(x, y) {
      let error = max(0, abs(x - y) - absolute) / max(abs(y), 1e-300)
      worst = error.isNaN ? .infinity : max(worst, error)
    }
  }
  #expect(
    isSound && worst <= tolerance, "worst relative error \(worst)", sourceLocation: sourceLocation)
}

let bolus = EventTimeline.Dose(amount: 100)

@Suite("Models of equations")
struct EquationModelTests {
  static let times = [0.5, 1, 1.5, 2, 3, 4, 5.5, 8, 12, 24]

  @Test("the published example without compartments is the library's model")
  func publishedExample() throws {
    let equations = try EquationModel("C = dose / V * exp(-k * t)", parameters: ["V", "k"])
    let library = LinearModel.all[0].variants.first { $0.parameterNames == ["V", "k"] }!
    let subject = timeline(doses: [(0, bolus)], times: Self.times)
    let samples = samples(around: [20, 0.3])
    expectClose(
      predictions(equations, subject, samples), predictions(library, subject, samples), 1e-12)
  }

  @Test("explicit equations of absorption are the library's model, also over several doses by tad")
  func absorption() throws {
    let equations = try EquationModel(
      "k = CL / V; C = dose * ka / (V * (ka - k)) * (exp(-k * tad) - exp(-ka * tad))",
      parameters: ["CL", "V", "ka"])
    let library = LinearModel.all.first { $0.name == "one-compartment oral" }!.variants[0]
    #expect(library.parameterNames == ["CL", "V", "ka"])
    let subject = timeline(doses: [(0, bolus)], times: Self.times)
    let samples = samples(around: [3, 20, 1.5])
    expectClose(
      predictions(equations, subject, samples), predictions(library, subject, samples), 1e-11)
  }

  /// Every linear model, with a regimen of boluses, infusions and steady states.
  @Test("linCmt is the library's model, and the same as differential equations")
  func libraryModels() throws {
    let subject = timeline(
      doses: [
        (0, EventTimeline.Dose(amount: 100)),
        (3.5, EventTimeline.Dose(amount: 50, entry: .rate(25))),
        (9, EventTimeline.Dose(amount: 80, steadyState: .replace, interval: 6)),
      ], times: Self.times)
    for family in LinearModel.all {
      for library in family.variants
      where library.parameterNames == library.necessaryParameters
        && !library.parameterNames.contains("V1")
      {
        let names = library.parameterNames
        let typical = ["CL": 3, "V": 20, "ka": 1.5, "A": 0.05, "B": 0.03, "C": 0.01, "alpha": 2]
        let values = names.map {
          typical[$0] ?? ($0.hasPrefix("V") ? 30 : $0.hasPrefix("Q") ? 2 : 0.2)
        }
        let samples = samples(around: values)
        let call = "cp = linCmt(" + names.map { "\($0) = \($0)" }.joined(separator: ", ") + ")"
        let equations = try EquationModel(call, parameters: names)
        let expected = predictions(library, subject, samples)
        expectClose(predictions(equations, subject, samples), expected, 1e-12)
        // Further arithmetic.
        let scaled = try EquationModel(call + " * 1000\nlcp = log(cp)", parameters: names)
        expectClose(
          predictions(scaled, subject, samples),
          expected.map { $0.map { NumericKernels.log($0 * 1000) } }, 1e-12)
        // With amounts of compartments too.
        guard names.contains("V") else { continue }
        let amounts = try EquationModel(
          call + "\ncp2 = cp + 0 * \(names.contains("ka") ? "depot" : "central * central")",
          parameters: names)
        expectClose(predictions(amounts, subject, samples), expected, 1e-11)
        // A compartment that is turned on needs differential equations, and changes nothing.
        var turned = subject
        turned.events.insert(.init(time: 0, action: .turn(compartment: 1, isOn: true)), at: 0)
        let solved = try EquationModel(
          call, parameters: names, tolerances: .init(relative: 1e-11, absolute: 1e-13))
        expectClose(predictions(solved, turned, samples), expected, 1e-7)
      }
    }
  }

  @Test("lag, bioavailability, rate and duration of linCmt are the library's")
  func doseProperties() throws {
    let library = LinearModel.all.first { $0.name == "one-compartment oral" }!.variants.first {
      Set($0.parameterNames) == ["CL", "V", "ka", "tlag", "F", "dur", "rate"]
    }!
    let names = library.parameterNames
    let equations = try EquationModel(
      """
      lag(depot) = tlag; f(depot) = F
      dur(depot) = dur; rate(depot) = rate
      cp = linCmt(KA = ka, V = V, CL = CL)
      """, parameters: names)
    let subject = timeline(
      doses: [
        (0, EventTimeline.Dose(amount: 100)),
        (4, EventTimeline.Dose(amount: 60, entry: .modelledDuration)),
        (7, EventTimeline.Dose(amount: 60, entry: .modelledRate)),
      ], times: Self.times)
    let typical = ["CL": 3, "V": 20, "ka": 1.5, "tlag": 0.4, "F": 0.6, "dur": 2, "rate": 30]
    let samples = samples(around: names.map { typical[$0]! })
    expectClose(
      predictions(equations, subject, samples), predictions(library, subject, samples), 1e-12)
  }

  @Test("differential equations agree with the closed form of a linear model")
  func differentialEquations() throws {
    let equations = try EquationModel(
      """
      lag(gut) = tlag; f(gut) = F
      d/dt(gut) = -ka * gut
      d/dt(blood) = ka * gut - CL / V * blood - Q / V * blood + Q / V2 * tissue
      d/dt(tissue) = Q / V * blood - Q / V2 * tissue
      cp = blood / V
      """, parameters: ["CL", "V", "Q", "V2", "ka", "tlag", "F"],
      tolerances: .init(relative: 1e-11, absolute: 1e-13))
    let library = LinearModel.all.first { $0.name == "two-compartment oral" }!.variants.first {
      Set($0.parameterNames) == ["CL", "V", "Q", "V2", "ka", "tlag", "F"]
    }!
    let subject = timeline(
      doses: [
        (0, EventTimeline.Dose(amount: 100)),
        (6, EventTimeline.Dose(amount: 70, steadyState: .replace, interval: 8)),
      ], times: Self.times)
    let values = ["CL": 3, "V": 20, "Q": 4, "V2": 30, "ka": 1.5, "tlag": 0.4, "F": 0.6]
    let samples = samples(around: equations.parameterNames.map { values[$0]! })
    let reordered = samples.map { sample in
      library.parameterNames.map { sample[equations.parameterNames.firstIndex(of: $0)!] }
    }
    expectClose(
      predictions(equations, subject, samples), predictions(library, subject, reordered), 1e-7)
  }

  @Test("saturable elimination agrees with its closed form by Lambert's function")
  func saturableElimination() throws {
    let equations = try EquationModel(
      "d/dt(A) = -Vm * A / (Km + A)\nC = A", parameters: ["Vm", "Km"],
      tolerances: .init(relative: 1e-11, absolute: 1e-13))
    let subject = timeline(doses: [(0, bolus)], times: Self.times)
    let samples = samples(around: [10, 30])
    let values = predictions(equations, subject, samples)
    for (sample, row) in zip(samples, values) {
      for (time, amount) in zip(Self.times, row) {
        // Km ln(A₀/A) + A₀ − A = Vm t (S. Schnell & C. Mendoza, J Theor Biol 187 (1997) 207–212).
        let left = sample[1] * NumericKernels.log(100 / amount) + 100 - amount
        #expect(abs(left - sample[0] * time) <= 1e-8 * max(1, sample[0] * time))
      }
    }
  }

  @Test("covariates that change make the parameters change at their records")
  func changingCovariates() throws {
    let text = "cl = CL * (WT / 70)^0.75; cp = linCmt(CL = cl, V = V)"
    // In closed form: to rounding, whatever the tolerances.
    let model = try EquationModel(
      text, parameters: ["CL", "V"], covariates: ["WT"],
      tolerances: .init(relative: 1e-2, absolute: 1))
    let subject = timeline(
      doses: [(0, bolus)], times: Self.times, covariates: [[70], [35]], row: { $0 > 3 ? 1 : 0 })
    let samples = samples(around: [3, 20])
    let factor = NumericKernels.pow(Lanes.all(0.5), Lanes.all(0.75))[0]
    let expected = samples.map { sample in
      Self.times.map { time in
        // The row of a record holds from the record before it, which is the one at 3.
        let exponent = -sample[0] / sample[1] * (min(time, 3) + factor * max(0, time - 3))
        return 100 / sample[1] * NumericKernels.exp(exponent)
      }
    }
    expectClose(predictions(model, subject, samples), expected, 1e-12)
    // The same without compartments, where the parameters are those of the observation's row.
    let explicit = try EquationModel(
      "k = CL * (WT / 70)^0.75 / V; C = dose / V * exp(-k * t)", parameters: ["CL", "V"],
      covariates: ["WT"])
    let other = samples.map { sample in
      Self.times.map { time in
        let rate = sample[0] / sample[1] * (time > 3 ? factor : 1)
        return 100 / sample[1] * NumericKernels.exp(-rate * time)
      }
    }
    expectClose(predictions(explicit, subject, samples), other, 1e-12)
  }

  @Test("each observation has the output that its DVID names")
  func outputs() throws {
    let model = try EquationModel(
      "C = dose / V * exp(-k * t); E = 100 - C * t; F = C + E", parameters: ["V", "k"],
      outputs: ["E", "C"], outputNumbers: [7, 3])
    let subject = timeline(
      doses: [(0, bolus)], times: [1, 2, 3],
      places: [.init(output: 3), .init(output: 7), .init(output: 3)])
    let (v, k) = (20.0, 0.3)
    func c(_ t: Double) -> Double { 100 / v * NumericKernels.exp(-k * t) }
    expectClose(predictions(model, subject, [[v, k]]), [[c(1), 100 - c(2) * 2, c(3)]], 1e-14)
  }

  @Test("initial amounts, resets and compartments that are off")
  func resets() throws {
    let model = try EquationModel(
      "A(0) = base; d/dt(A) = -k * A + 0 * B; d/dt(B) = k * A\nC = A + 1000 * B",
      parameters: ["k", "base"], tolerances: .init(relative: 1e-11, absolute: 1e-13))
    let subject = EventTimeline(
      events: [
        .init(time: 0, action: .pass), .init(time: 2, action: .observe(0)),
        .init(time: 3, action: .turn(compartment: 2, isOn: false)),
        .init(time: 4, action: .observe(1)), .init(time: 5, action: .reset),
        .init(time: 6, action: .observe(2)),
      ], doses: [], observations: [.init(), .init(), .init()])
    let (k, base) = (0.4, 10.0)
    func a(_ t: Double) -> Double { base * NumericKernels.exp(-k * t) }
    expectClose(
      predictions(model, subject, [[k, base]]),
      [[a(2) + 1000 * (base - a(2)), a(4), a(1) + 1000 * (base - a(1))]], 1e-8)
  }

  @Test("a dose into a compartment that is off turns it on")
  func turnedOn() throws {
    let model = try EquationModel("d/dt(A) = R; cp = A", parameters: ["R"])
    func subject(_ dose: EventTimeline.Dose) -> EventTimeline {
      EventTimeline(
        events: [
          .init(time: 0, action: .observe(0)), .init(time: 3, action: .observe(1)),
          .init(time: 4, action: .turn(compartment: 1, isOn: false)),
          .init(time: 5, action: .observe(2)), .init(time: 6, action: .dose(0)),
          .init(time: 6, action: .observe(3)), .init(time: 8, action: .observe(4)),
        ], doses: [dose], observations: [.init(), .init(), .init(), .init(), .init()])
    }
    expectClose(
      predictions(model, subject(.init(amount: 1, compartment: 1)), [[1]]), [[0, 3, 0, 1, 3]],
      1e-12)
    expectClose(
      predictions(model, subject(.init(amount: 1, entry: .rate(1))), [[2]]), [[0, 6, 0, 0, 5]],
      1e-12)
    // With a lag at another time in each sample.
    let late = try EquationModel(
      "d/dt(A) = R; lag(A) = L; cp = A", parameters: ["R", "L"])
    expectClose(
      predictions(late, subject(.init(amount: 1)), [[1, 0], [1, 0.5], [1, 1.5], [1, 9]]),
      [[0, 3, 0, 1, 3], [0, 3, 0, 0, 2.5], [0, 3, 0, 0, 1.5], [0, 3, 0, 0, 0]], 1e-12)
  }

  @Test(
    "a sample has the same bits in any batch and lane, and what is outside the domain stays alone")
  func lanes() throws {
    for text in [
      "C = dose / V * exp(-k * t)", "C = linCmt(V = V, K = k)",
      "d/dt(A) = -k * A / (1 + A); C = A / V",
    ] {
      let model = try EquationModel(text, parameters: ["V", "k"])
      let subject = timeline(doses: [(0, bolus), (2, bolus)], times: Self.times)
      var many = samples(around: [20, 0.3], count: 300)
      many[3] = [.nan, 0.3]
      many[9] = [20, .infinity]
      many[17] = [0, -1]
      let together = predictions(model, subject, many)
      for place in [0, 5, 10, 11, 16, 18, 255, 256, 299] {
        let alone = predictions(model, subject, [many[place]])[0]
        #expect(alone.map(\.bitPattern) == together[place].map(\.bitPattern), "\(text) \(place)")
        #expect(alone.allSatisfy { $0.isFinite })
      }
    }
  }
}

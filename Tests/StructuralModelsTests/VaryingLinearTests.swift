import DifferentialEquations
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Testing

@Suite("linCmt with parameters that change")
struct VaryingLinearTests {
  static let covariates = [[70.0, 1], [50, 2], [90, 3], [70, 2]]

  /// By compartments: parameters with typical values, what they depend on, and the model by name
  /// and as equations.
  struct Written {
    var names: [String]
    var typical: [Double]
    var common: String
    var call: String
    var equations: String

    init(compartments: Int, isOral: Bool) {
      names = ["CL", "V"]
      typical = [3, 20]
      common = "cl = CL * (WT / 70)^0.75 * (1 + 0.2 * (OCC - 1))\nv = V * WT / 70\n"
      call = "CL = cl, V = v"
      var (outward, inward, others) = ("", "", "")
      if compartments > 1 {
        let first = compartments == 2 ? "Q" : "Q2"
        names += [first, "V2"]
        typical += [2, 30]
        common += "q2 = \(first) * (WT / 70)^0.75\nv2 = V2 * WT / 70\n"
        call += ", \(first) = q2, V2 = v2"
        outward += " - q2 / v * central"
        inward += " + q2 / v2 * peripheral1"
        others += "d/dt(peripheral1) = q2 / v * central - q2 / v2 * peripheral1\n"
      }
      if compartments > 2 {
        names += ["Q3", "V3"]
        typical += [0.7, 50]
        common += "q3 = Q3 / OCC\n"
        call += ", Q3 = q3, V3 = V3"
        outward += " - q3 / v * central"
        inward += " + q3 / V3 * peripheral2"
        others += "d/dt(peripheral2) = q3 / v * central - q3 / V3 * peripheral2\n"
      }
      names += ["lag0", "F0", "R0", "D0"]
      typical += [0.3, 0.8, 25, 1.5]
      let first = isOral ? "depot" : "central"
      let properties =
        "lag(\(first)) = lag0 * OCC\nf(\(first)) = F0 / OCC\n"
        + "rate(\(first)) = R0 * OCC\ndur(\(first)) = D0 + OCC\nlag(central) = 0.1 * WT / 70\n"
      if isOral {
        names.append("ka")
        typical.append(1.2)
        common += "absorption = ka * (1 + 0.5 * (OCC == 2))\n" + properties
        call += ", ka = absorption"
        inward += " + absorption * depot"
        others = "d/dt(depot) = -absorption * depot\n" + others
      } else {
        common += properties.replacing("lag(central) = 0.1 * WT / 70\n", with: "")
      }
      // Compartments in the order of the library.
      let central = "d/dt(central) = -cl / v * central\(outward)\(inward)\n"
      equations =
        isOral
        ? others.replacing(
          "d/dt(depot) = -absorption * depot\n",
          with: "d/dt(depot) = -absorption * depot\n" + central) : central + others
    }
  }

  /// The row that an additional dose has is not that of the record that ordered it.
  static let subject: EventTimeline = {
    typealias Dose = EventTimeline.Dose
    typealias Event = EventTimeline.Event
    let doses = [
      Dose(amount: 100, covariates: 0), Dose(amount: 100, covariates: 0),
      Dose(amount: 60, entry: .rate(20), covariates: 1),
      Dose(amount: 60, entry: .modelledDuration, covariates: 2),
      Dose(amount: 80, entry: .modelledRate, covariates: 1),
      Dose(amount: 90, steadyState: .replace, interval: 12, covariates: 2),
      Dose(amount: 50, entry: .duration(3), steadyState: .add, interval: 24, covariates: 3),
      Dose(amount: 100, covariates: 1),
    ]
    var events: [Event] = []
    var count = 0
    func observe(_ times: [Double], _ row: Int) {
      for time in times {
        events.append(Event(time: time, action: .observe(count), covariates: row))
        count += 1
      }
    }
    func give(_ dose: Int, _ time: Double, _ row: Int) {
      events.append(Event(time: time, action: .dose(dose), covariates: row))
    }
    give(0, 0, 0)
    observe([0.5, 1, 2.5], 0)
    observe([4, 6], 1)
    give(1, 8, 2)
    observe([8.5, 9, 10], 2)
    give(2, 12, 1)
    observe([13, 14], 1)
    observe([14.5, 18], 3)
    give(3, 20, 2)
    observe([21, 22], 2)
    observe([23, 26], 0)
    give(4, 30, 1)
    observe([31, 32], 0)
    observe([33, 40], 1)
    events.append(Event(time: 1, action: .reset, covariates: 3))
    observe([2], 3)
    give(5, 3, 2)
    observe([3.5, 5], 2)
    observe([9], 0)
    give(6, 10, 3)
    observe([11, 14], 3)
    observe([20], 1)
    events.append(Event(time: 0, action: .reset, covariates: 1))
    give(7, 0, 1)
    observe([1, 2, 8], 1)
    return EventTimeline(
      events: events, doses: doses,
      observations: [EventTimeline.ObservedPlace](repeating: .init(), count: count),
      covariates: covariates)
  }()

  @Test(
    "it is the same model as d/dt at tight tolerances",
    arguments: [(1, false), (1, true), (2, false), (2, true), (3, false), (3, true)])
  func equations(_ compartments: Int, _ isOral: Bool) throws {
    let written = Written(compartments: compartments, isOral: isOral)
    func model(_ text: String) throws -> EquationModel {
      try EquationModel(
        text, parameters: written.names, covariates: ["WT", "OCC"],
        tolerances: .init(relative: 1e-13, absolute: 1e-14))
    }
    let samples = samples(around: written.typical, count: 9)
    let expected = predictions(
      try model(written.common + written.equations + "cp = central / v"), Self.subject, samples)
    let concentration = try model(written.common + "cp = linCmt(\(written.call))")
    expectClose(
      predictions(concentration, Self.subject, samples), expected, 1e-9, absolute: 1e-13)
    // Further arithmetic with what changes, and the amounts themselves.
    let further = try model(written.common + "cp = linCmt(\(written.call))\ny = 2 * cp + WT")
    let last = compartments > 1 ? "peripheral\(compartments - 1)" : "central"
    let amounts = try model(written.common + "cp = linCmt(\(written.call))\ny = \(last) + WT * cp")
    let both = try model(
      written.common + written.equations + "y = \(last) + WT * central / v")
    let rows = Self.subject.events.compactMap { event -> Int? in
      if case .observe = event.action { event.covariates } else { nil }
    }
    expectClose(
      predictions(further, Self.subject, samples),
      expected.map { zip($0, rows).map { 2 * $0 + Self.covariates[$1][0] } }, 1e-9)
    let found = predictions(amounts, Self.subject, samples)
    let solved = predictions(both, Self.subject, samples)
    // Before the first steady state, which differential equations come close to only as far as one
    // interval changes little.
    expectClose(
      found.map { Array($0.prefix(18)) }, solved.map { Array($0.prefix(18)) }, 1e-9, absolute: 1e-12
    )
    expectClose(found, solved, 1e-8, absolute: 1e-12)
  }

  @Test("two exponential terms are the rate constants that they stand for")
  func exponentialTerms() throws {
    let names = ["k", "k12", "k21"]
    let common = "k10 = k * OCC; out = k12 * WT / 70\n"
    let rates = try EquationModel(
      common + "cp = linCmt(V = 20, k = k10, k12 = out, k21 = k21)", parameters: names,
      covariates: ["WT", "OCC"])
    let terms = try EquationModel(
      common + """
        s = k10 + out + k21
        w = sqrt(s * s - 4 * k10 * k21)
        a = (s + w) / 2
        b = (s - w) / 2
        cp = linCmt(A = (a - k21) / w / 20, alpha = a, B = (k21 - b) / w / 20, beta = b)
        """, parameters: names, covariates: ["WT", "OCC"])
    let swapped = try EquationModel(
      common + """
        s = k10 + out + k21
        w = sqrt(s * s - 4 * k10 * k21)
        a = (s + w) / 2
        b = (s - w) / 2
        cp = linCmt(B = (a - k21) / w / 20, beta = a, A = (k21 - b) / w / 20, alpha = b)
        """, parameters: names, covariates: ["WT", "OCC"])
    let subject = timeline(
      doses: [
        (0, bolus),
        (5, EventTimeline.Dose(amount: 30, entry: .rate(10), compartment: 2, covariates: 1)),
      ], times: EquationModelTests.times, covariates: Self.covariates,
      row: { $0 > 10 ? 2 : $0 > 3 ? 1 : 0 })
    let samples = samples(around: [0.2, 0.3, 0.15])
    let expected = predictions(rates, subject, samples)
    expectClose(predictions(terms, subject, samples), expected, 1e-11)
    expectClose(predictions(swapped, subject, samples), expected, 1e-11)
  }

  @Test("initial amounts, and a compartment that is off, beside changes of the covariates")
  func initialAmounts() throws {
    let text = "central(0) = 10 * OCC; cp = linCmt(CL = CL * OCC, V = V)"
    let model = try EquationModel(
      text, parameters: ["CL", "V"], covariates: ["OCC"],
      tolerances: .init(relative: 1e-12, absolute: 1e-14))
    var subject = EventTimeline(
      events: [
        .init(time: 0, action: .pass, covariates: 1), .init(time: 2, action: .observe(0)),
        .init(time: 3, action: .observe(1), covariates: 1),
        .init(time: 3, action: .reset, covariates: 2),
        .init(time: 4, action: .observe(2), covariates: 2),
      ], doses: [], observations: [.init(), .init(), .init()], covariates: [[1], [2], [3]])
    let (cl, v) = (3.0, 20.0)
    func part(_ time: Double) -> Double { NumericKernels.exp(-cl / v * time) }
    let expected = [20 / v * part(2), 20 / v * part(4), 30 / v * part(3)]
    expectClose(predictions(model, subject, [[cl, v]]), [expected], 1e-14)
    // Differential equations take over where a compartment is turned off.
    subject.events.insert(
      .init(time: 2.5, action: .turn(compartment: 1, isOn: false), covariates: 0), at: 2)
    expectClose(predictions(model, subject, [[cl, v]]), [[expected[0], 0, expected[2]]], 1e-9)
  }

  @Test("a sample has the same bits in any batch and lane")
  func lanes() throws {
    let written = Written(compartments: 3, isOral: true)
    var many = samples(around: written.typical, count: 300)
    many[3][0] = .nan
    many[9][1] = 0
    many[17][4] = -1
    // So many rows that not all vectors of a batch are computed side by side.
    var long = Self.subject
    long.covariates = long.events.indices.map { [50 + Double($0), Double($0 % 3 + 1)] }
    for e in long.events.indices { long.events[e].covariates = e }
    for subject in [Self.subject, long] {
      for output in ["", "2 * ", "0 * peripheral1 + "] {
        let model = try EquationModel(
          written.common + "y = \(output)linCmt(\(written.call))", parameters: written.names,
          covariates: ["WT", "OCC"])
        let together = predictions(model, subject, many)
        for place in [0, 5, 10, 11, 16, 18, 255, 256, 299] {
          let alone = predictions(model, subject, [many[place]])[0]
          #expect(alone.map(\.bitPattern) == together[place].map(\.bitPattern), "\(place)")
          #expect(alone.allSatisfy { $0.isFinite })
        }
      }
    }
  }

  @Test("only parameters that do not tell the compartments must stay the same in a subject")
  func refusals() throws {
    func model(_ call: String) throws -> EquationModel {
      try EquationModel(
        "cp = linCmt(\(call))", parameters: ["a", "b", "c"], covariates: ["WT"])
    }
    func subject(_ second: Double) -> Subject {
      Subject(
        id: "7", index: 0,
        occasions: [
          Occasion(
            doses: [DoseRecord(time: 0, amount: 1)],
            observations: [
              Observation(time: 1, value: 1, precedingDoses: 1),
              Observation(time: 2, value: 1, precedingDoses: 1, covariates: 1),
            ])
        ], covariates: [[70], [second]])
    }
    let two = try model("A = a * WT, alpha = a, B = b, beta = b")
    let three = try model("A = a * WT, alpha = a, B = b, beta = b, C = c, gamma = c")
    try two.validate(subject(80), residual: .additive)
    try three.validate(subject(70), residual: .additive)
    #expect(throws: ModelError.self) { try three.validate(subject(80), residual: .additive) }
  }

  @Test("a row that differs in nothing that the model uses changes no bit")
  func equalRows() throws {
    let model = try EquationModel(
      "cp = linCmt(CL = CL * OCC, V = V, ka = ka)", parameters: ["CL", "V", "ka"],
      covariates: ["WT", "OCC"])
    let samples = samples(around: [3, 20, 1])
    func subject(_ rows: [[Double]]) -> EventTimeline {
      timeline(
        doses: [(0, bolus)], times: EquationModelTests.times, covariates: rows,
        row: { $0 > 5 ? 2 : $0 > 1 ? 1 : 0 })
    }
    let a = predictions(model, subject([[70, 1], [70, 1], [70, 2]]), samples)
    let b = predictions(model, subject([[70, 1], [50, 1], [60, 2]]), samples)
    #expect(a == b)
  }
}

import DifferentialEquations
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Testing

@Suite("Why a model has no prediction")
struct TroubleTests {
  static func subject(
    _ doses: [DoseRecord], covariates: [[Double]] = Subject.noCovariates, row: Int = 0
  ) -> Subject {
    Subject(
      id: "7", index: 0,
      occasions: [
        Occasion(
          doses: doses,
          observations: [
            Observation(time: 9, value: 3, line: 5, precedingDoses: doses.count, covariates: row)
          ])
      ], covariates: covariates)
  }

  static func steady(amount: Double = 100, rate: Double? = nil, interval: Double = 10) -> DoseRecord
  {
    DoseRecord(
      time: 0, amount: amount, line: 2, entry: rate.map { DoseRecord.Entry.rate($0) } ?? .bolus,
      steadyState: .replace, interval: interval)
  }

  static let saturable = "d/dt(A) = -Vm*A/(Km + A); cp = A"

  @Test("doses above the maximum of a saturable elimination have no steady state, those below have")
  func saturable() throws {
    let model = try EquationModel(Self.saturable, parameters: ["Vm", "Km"])
    for (maximum, half) in [(9.0, 20.0), (9.9, 20), (5, 300), (1, 1), (9, 0.01), (0.1, 50)] {
      let trouble = try #require(
        model.trouble(of: Self.subject([Self.steady()]), parameters: [maximum, half]))
      #expect(trouble.line == 2)
      #expect(
        trouble.reason
          == "doses of 100 every 10 (SS) have no steady state, as they bring more than the model eliminates"
      )
    }
    for (maximum, half) in [(20.0, 20.0), (10.5, 5), (11, 300), (100, 1)] {
      #expect(
        model.trouble(of: Self.subject([Self.steady()]), parameters: [maximum, half]) == nil)
    }
  }

  @Test("an infusion without end above the maximum has none, one below it has")
  func infusion() throws {
    let model = try EquationModel(Self.saturable, parameters: ["Vm", "Km"])
    let subject = Self.subject([Self.steady(amount: 0, rate: 10, interval: 0)])
    for maximum in [9.9, 5, 0.1] {
      let trouble = try #require(model.trouble(of: subject, parameters: [maximum, 20]))
      #expect(trouble.reason.hasPrefix("an infusion without end (SS) has no steady state"))
    }
    for maximum in [10.5, 20, 1000] {
      #expect(model.trouble(of: subject, parameters: [maximum, 20]) == nil)
    }
  }

  @Test("the steady state of a saturable elimination is that of a long train of doses")
  func train() throws {
    let model = try EquationModel(
      Self.saturable, parameters: ["Vm", "Km"],
      tolerances: .init(relative: 1e-11, absolute: 1e-11))
    let values = [[20.0, 20], [12, 5], [14, 300], [15, 1], [10.5, 20], [13, 100]]
    let times = [0.0, 2, 5, 9.5]
    let steady = predictions(
      model,
      timeline(
        doses: [(0, .init(amount: 100, steadyState: .replace, interval: 10))], times: times), values
    )
    let count = 3000
    let train = predictions(
      model,
      timeline(
        doses: (0...count).map { (10 * Double($0 - count), .init(amount: 100)) }, times: times),
      values)
    expectClose(steady, train, 1e-6)
  }

  @Test(
    "without absorption or elimination there is no steady state, whatever the form of the model")
  func nothingEliminated() throws {
    let texts = [
      "d/dt(D) = -ka*D; d/dt(A) = ka*D - k*A; cp = A",
      "cp = linCmt(ka = ka, k = k, V = 1)",
      "f(depot) = 1; f(central) = 0.5; cp = linCmt(ka = ka, k = k, V = 1)",
    ]
    for text in texts {
      let model = try EquationModel(text, parameters: ["ka", "k"])
      for dose in [
        Self.steady(), Self.steady(rate: 50), Self.steady(amount: 0, rate: 5, interval: 0),
      ] {
        for parameters in [[0, 0.3], [1.0, 0], [0, 0]] {
          let trouble = try #require(
            model.trouble(of: Self.subject([dose]), parameters: parameters), "\(text) \(dose)")
          #expect(trouble.line == 2)
          #expect(trouble.reason.contains("no steady state"), "\(text) \(dose) \(parameters)")
        }
        #expect(model.trouble(of: Self.subject([dose]), parameters: [1, 0.3]) == nil)
      }
      // Beside good samples in the same vector, which stay as they are.
      let subject = timeline(
        doses: [(0, .init(amount: 100, steadyState: .replace, interval: 10))], times: [1, 5])
      let found = predictions(model, subject, [[1, 0.3], [0, 0.3], [2, 0.1], [1, 0]])
      #expect(found[0] == predictions(model, subject, [[1, 0.3]])[0])
      #expect(found[2] == predictions(model, subject, [[2, 0.1]])[0])
      #expect((found[1] + found[3]).allSatisfy { !$0.isFinite })
      // A dose into the central compartment needs no absorption.
      let central = timeline(
        doses: [(0, .init(amount: 100, compartment: 2, steadyState: .replace, interval: 10))],
        times: [5])
      let share = text.hasPrefix("f(") ? 0.5 : 1
      expectClose(
        predictions(model, central, [[0, 0.3]]),
        [[share * 100 * exp(-1.5) / (1 - exp(-3))]], 1e-6)
    }
  }

  @Test("the catalogue's models say the same of their parameters")
  func catalogue() throws {
    let oral = try StructuralModelCatalog.model(
      named: "one-compartment oral", parameters: ["CL", "V", "ka", "tlag"])
    let subject = Self.subject([Self.steady()])
    #expect(oral.trouble(of: subject, parameters: [1, 10, 1, 0.5]) == nil)
    // A lag above the interval is that of a train whose doses are still on their way.
    #expect(oral.trouble(of: subject, parameters: [1, 10, 1, 25]) == nil)
    for parameters in [[0, 10, 1, 0.5], [1, 10, 0, 0.5], [0, 10, 0, 0.5]] {
      let trouble = oral.trouble(of: subject, parameters: parameters)
      #expect(trouble?.line == 2)
      #expect(trouble?.reason.contains("no steady state") == true, "\(parameters)")
    }
    #expect(
      oral.trouble(of: subject, parameters: [1, 10, 1, -0.5])
        == PredictionTrouble(line: 2, reason: "the lag of the dose is -0.5, expected 0 or more"))
  }

  @Test("shares, rates and durations outside their range are named")
  func dosing() throws {
    let model = try EquationModel(
      "d/dt(A) = -k*A; f(A) = F; rate(A) = R; dur(A) = D; cp = A", parameters: ["k", "F", "R", "D"])
    func reason(_ entry: DoseRecord.Entry, _ parameters: [Double]) -> String? {
      model.trouble(
        of: Self.subject([DoseRecord(time: 0, amount: 9, line: 4, entry: entry)]),
        parameters: parameters)?.reason
    }
    #expect(reason(.bolus, [0.1, 1, 0, -1]) == nil)
    #expect(
      reason(.bolus, [0.1, -1, 1, 1])
        == "the bioavailability of the dose is -1.0, expected 0 or more")
    #expect(
      reason(.modelledRate, [0.1, 1, 0, 1])
        == "the rate of the infusion (RATE -1) is 0.0, expected more than 0")
    #expect(
      reason(.modelledDuration, [0.1, 1, 1, -2])
        == "the duration of the infusion (RATE -2) is -2.0, expected more than 0")
  }

  @Test("a covariate of which the equations take a logarithm, a quotient or a power is named")
  func covariates() throws {
    let dose = DoseRecord(time: 0, amount: 100, line: 2)
    for (text, operation) in [
      ("k = a + 0.75*log(CRCL); d/dt(A) = -k*A; cp = A", "`log`"),
      ("k = a*ln(CRCL/90); cp = dose*exp(-k*t)", "`log`"),
      ("cp = linCmt(CL = a*70/CRCL, V = 10)", "a quotient"),
      ("k = a*(CRCL/90)^(-0.25); d/dt(A) = -k*A; cp = A", "a power"),
      ("k = a + log10(CRCL); d/dt(A) = -k*A; cp = A", "`log10`"),
    ] {
      let model = try EquationModel(text, parameters: ["a"], covariates: ["WT", "CRCL"])
      let trouble = try #require(
        model.trouble(
          of: Self.subject([dose], covariates: [[70, 90], [70, 0]], row: 1), parameters: [0.3]),
        "\(text)")
      #expect(trouble.line == 5, "\(text)")
      #expect(trouble.reason == "\(operation) in the equations is no finite number with CRCL = 0.0")
      #expect(
        model.trouble(
          of: Self.subject([dose], covariates: [[70, 90], [70, 80]], row: 1), parameters: [0.3])
          == nil)
    }
  }
}

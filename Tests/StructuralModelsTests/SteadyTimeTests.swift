import DifferentialEquations
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Testing

import func Glibc.cos

/// Differential equations that read the time have a steady state only if they repeat themselves
/// from dose to dose.
@Suite("Steady states of equations that read the time")
struct SteadyTimeTests {
  /// Elimination that is faster at noon than at midnight.
  static let circadian = "d/dt(A) = -k*(1 + 0.5*sin(2*pi*t/24))*A; lag(A) = tlag; cp = A/V"

  static func model(_ text: String, _ parameters: [String] = ["k", "V", "tlag"]) throws
    -> EquationModel
  {
    try EquationModel(
      text, parameters: parameters, tolerances: .init(relative: 1e-11, absolute: 1e-13))
  }

  static func subject(_ dose: DoseRecord) -> Subject {
    Subject(
      id: "7", index: 0,
      occasions: [
        Occasion(
          doses: [dose], observations: [Observation(time: 40, value: 3, line: 3, precedingDoses: 1)]
        )
      ])
  }

  static func steady(time: Double = 7, interval: Double, amount: Double = 100) -> DoseRecord {
    DoseRecord(
      time: time, amount: amount, line: 2, entry: amount == 0 ? .rate(5) : .bolus,
      steadyState: .replace, interval: interval)
  }

  static func refusal(_ model: EquationModel, _ dose: DoseRecord) -> String? {
    do {
      try model.validate(subject(dose), residual: .additive)
      return nil
    } catch { return "\(error.line ?? 0): \(error)" }
  }

  @Test(
    "with a period that divides II it is the periodic state, with a lag too",
    arguments: [24.0, 48, 72], [0.0, 5, 24, 31])
  func periodic(_ interval: Double, _ lag: Double) throws {
    let model = try Self.model(Self.circadian)
    #expect(Self.refusal(model, Self.steady(interval: interval)) == nil)
    let (k, v, start) = (0.04, 10.0, 7.0)
    // A(t)/A(s) = exp −∫ of the rate from s to t.
    func decay(_ s: Double, _ t: Double) -> Double {
      let w = 2 * Double.pi / 24
      return exp(-k * (t - s + 0.5 / w * (cos(w * s) - cos(w * t))))
    }
    let times = [7.0, 10, 20, 31, 31.5, 40, 55, 79.5]
    // Every dose of a long train by itself.
    let expected = times.map { t in
      (0..<400).reduce(0.0) { sum, n in
        let arrival = start + lag - Double(n) * interval
        return arrival <= t ? sum + 100 / v * decay(arrival, t) : sum
      }
    }
    let dose = EventTimeline.Dose(amount: 100, steadyState: .replace, interval: interval)
    let found = predictions(
      model, timeline(doses: [(start, dose)], times: times), [[k, v, lag], [k, v, lag]])
    expectClose(found, [expected, expected], 1e-6)
  }

  @Test("a course of the day by whole days is periodic as well")
  func steps() throws {
    let model = try Self.model(
      "h = t - 24*floor(t/24); d/dt(A) = -k*ifelse(h < 8, 0.2, 1)*A; lag(A) = tlag; cp = A/V")
    #expect(Self.refusal(model, Self.steady(interval: 24)) == nil)
    #expect(Self.refusal(model, Self.steady(interval: 12)) != nil)
    let k = 0.1
    // A day forgets exp(−k(16 + 0.2·8)); at 7 an hour of the slow part is left.
    let peak = 100 / (1 - exp(-k * 17.6))
    let found = predictions(
      model,
      timeline(
        doses: [(7, .init(amount: 100, steadyState: .replace, interval: 24))], times: [7, 8, 10]),
      [[k, 1, 0]])
    expectClose(found, [[peak, peak * exp(-0.2 * k), peak * exp(-2.2 * k)]], 1e-6)
  }

  @Test(
    "without it the dose is refused, with its line and what to do",
    arguments: [
      (circadian, 12.0), (circadian, 36.0), (circadian, 23.9),
      ("d/dt(A) = -k*exp(-t/100)*A; lag(A) = tlag; cp = A/V", 24.0),
      ("d/dt(A) = k*t - A/V; lag(A) = tlag; cp = A", 24.0),
      ("d/dt(A) = -k*ifelse(t < 0, 0.5, 1.0)*A; lag(A) = tlag; cp = A/V", 24.0),
      ("d/dt(A) = -k*(1 + 0.5*sin(2*pi*t/V))*A; lag(A) = tlag; cp = A", 24.0),
      ("d/dt(A) = -k*A; d/dt(B) = k*A - 0.1*(2 + cos(t))*B; lag(A) = tlag; cp = B/V", 24.0),
    ])
  func refused(_ text: String, _ interval: Double) throws {
    let message = try #require(
      Self.refusal(try Self.model(text), Self.steady(interval: interval)))
    let shown = interval == interval.rounded() ? "\(Int(interval))" : "\(interval)"
    #expect(
      message
        == "2: subject 7: SS of a dose is 1, and the differential equations read the time and do not repeat themselves "
        + "every II \(shown), so that there is no steady state; write the doses out (ADDL) from a time at which the "
        + "amounts are known, or give the equations a period, as a number, that divides II.")
  }

  @Test("an infusion without end is refused where the equations read the time")
  func constant() throws {
    let message = try #require(
      Self.refusal(try Self.model(Self.circadian), Self.steady(interval: 0, amount: 0)))
    #expect(
      message.hasPrefix("2: subject 7: SS of a dose is 1 with AMT 0, an infusion without end"))
  }

  @Test("equations whose outputs alone read the time have steady states")
  func outputs() throws {
    let model = try Self.model("d/dt(A) = -k*A; lag(A) = tlag; cp = A/V + t")
    #expect(Self.refusal(model, Self.steady(interval: 5)) == nil)
  }
}

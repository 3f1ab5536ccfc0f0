import CompartmentModels
import Glibc
import NumericKernels
import PopulationModel
import Testing

/// The C library's, not the one that is tested.
private func exp(_ x: Double) -> Double { Glibc.exp(x) }

/// Formulas of M. Gibaldi, D. Perrier, "Pharmacokinetics", 2nd edition, Marcel Dekker, New York
/// 1982, with Glibc's functions.
@Suite("Known answers of linear models")
struct KnownAnswerTests {
  static let times = [0.25, 0.5, 1, 2, 4, 8, 12, 24]

  func predict(
    _ name: String, _ values: KeyValuePairs<String, Double>, _ dose: EventTimeline.Dose
  ) -> [Double] {
    let model = LinearModelTests.variants(name).first {
      Set($0.parameterNames) == Set(values.map(\.key))
    }!
    let timeline = EventTimeline(
      events: [.init(time: 0, action: .dose(0))]
        + Self.times.enumerated().map { .init(time: $1, action: .observe($0)) },
      doses: [dose], observations: Self.times.map { _ in .init() })
    var parameters = model.parameterNames.map { name in
      Lanes.all(values.first { $0.key == name }!.value)
    }
    var predictions = [Lanes](repeating: Lanes.all(0), count: Self.times.count)
    model.predict(
      model.prepare(timeline), parameters: &parameters, count: 1, predictions: &predictions)
    return predictions.map { $0[0] }
  }

  func expect(_ predictions: [Double], _ formula: (Double) -> Double, _ source: String) {
    for (t, value) in zip(Self.times, predictions) {
      #expect(abs(value - formula(t)) < 1e-13 * formula(t), "\(source), t = \(t)")
    }
  }

  @Test("one compartment, first-order absorption")
  func oral() {
    let (ka, k, v, share) = (1.5, 0.2, 20.0, 0.8)
    // Equation 1.93: C = kₐFX₀/(V(kₐ − K)) · (e^−Kt − e^−kₐt)
    func c(_ t: Double) -> Double {
      ka * share * 100 / (v * (ka - k)) * (exp(-k * t) - exp(-ka * t))
    }
    expect(
      predict("one-compartment oral", ["V": v, "k": k, "ka": ka, "F": share], .init(amount: 100)),
      c, "equation 1.93")
    expect(
      predict(
        "one-compartment oral", ["V1": v, "CL": k * v, "ka": ka, "F": share], .init(amount: 100)),
      c,
      "equation 1.93")
  }

  @Test("one compartment, infusion and after it")
  func infusion() {
    let (k, v, end) = (0.3, 10.0, 3.0)
    // Equations 1.42 and 1.45: C = k₀/(VK) · (1 − e^−Kt), and with e^−K(t−T) after the end T
    expect(
      predict("one-compartment", ["V": v, "k": k], .init(amount: 60, entry: .rate(20))),
      { t in 20 / (v * k) * (1 - exp(-k * min(t, end))) * exp(-k * max(0, t - end)) },
      "equations 1.42 and 1.45")
  }

  @Test("two compartments, bolus and infusion")
  func twoCompartments() {
    let (k10, k12, k21, v) = (0.4, 0.7, 0.25, 5.0)
    let sum = k10 + k12 + k21
    let alpha = 0.5 * (sum + sqrt(sum * sum - 4 * k21 * k10))
    let beta = 0.5 * (sum - sqrt(sum * sum - 4 * k21 * k10))
    // Equations 2.16 to 2.18: A = X₀(α − k21)/(V(α − β)), B = X₀(k21 − β)/(V(α − β))
    let a = (alpha - k21) / (v * (alpha - beta))
    let b = (k21 - beta) / (v * (alpha - beta))
    func bolus(_ t: Double) -> Double { 50 * (a * exp(-alpha * t) + b * exp(-beta * t)) }
    expect(
      predict("two-compartment", ["V": v, "k": k10, "k12": k12, "k21": k21], .init(amount: 50)),
      bolus,
      "equation 2.16")
    expect(
      predict(
        "two-compartment", ["V1": v, "CL": k10 * v, "Q": k12 * v, "V2": k12 * v / k21],
        .init(amount: 50)), bolus, "equation 2.16")
    expect(
      predict(
        "two-compartment", ["A": a, "alpha": alpha, "B": b, "beta": beta], .init(amount: 50)),
      bolus, "equation 2.16")
    // An infusion is the integral of boluses.
    let end = 2.5
    func part(_ a: Double, _ rate: Double, _ t: Double) -> Double {
      20 * a / rate * (1 - exp(-rate * min(t, end))) * exp(-rate * max(0, t - end))
    }
    expect(
      predict(
        "two-compartment", ["V": v, "k": k10, "k12": k12, "k21": k21],
        .init(amount: 50, entry: .duration(end))),
      { part(a, alpha, $0) + part(b, beta, $0) }, "two-compartment infusion")
  }

  @Test("one compartment, oral, steady state")
  func oralSteadyState() {
    let (ka, k, v, tau) = (0.9, 0.15, 12.0, 8.0)
    // Equation 3.33: C = kₐFX₀/(V(kₐ − K)) · (e^−Kt/(1 − e^−Kτ) − e^−kₐt/(1 − e^−kₐτ)), no dose
    // afterwards
    expect(
      predict(
        "one-compartment oral", ["V": v, "k": k, "ka": ka],
        .init(amount: 100, steadyState: .replace, interval: tau)),
      { t in
        ka * 100 / (v * (ka - k))
          * (exp(-k * t) / (1 - exp(-k * tau)) - exp(-ka * t) / (1 - exp(-ka * tau)))
      }, "equation 3.33")
  }
}

import Glibc

/// A model as people have them, with a design and true values: a job that draws its own data set.
package struct RealModel: Sendable {
  package let name: String
  /// Lines of the section `model` that say what is predicted, and of the random effects beside
  /// `distribution: lognormal`.
  let model: [String]
  /// Random effects in order, and what is the same in all subjects, with typical values.
  let effects: [(name: String, typical: Double)]
  var fixed: [(name: String, typical: Double)] = []
  var subjects = 100
  let observations: Int
  var dose = 100.0
  /// Values of the first effect, which follows the mixture: one for each component.
  var components: [Double] = []

  /// IIV of 30 % and an error of 10 %.
  private static let variance = 0.09
  private static let sigma = 0.1

  package static let all: [RealModel] = [
    RealModel(
      name: "oral", model: ["structure: one-compartment oral"],
      effects: [("ka", 1), ("CL", 5), ("V", 40)], observations: 12),
    RealModel(
      name: "two-compartment", model: ["structure: two-compartment"],
      effects: [("CL", 5), ("V1", 40), ("Q", 8), ("V2", 60)], observations: 12),
    RealModel(
      name: "oral-lag", model: ["structure: one-compartment oral"],
      effects: [("ka", 1), ("CL", 5), ("V", 40), ("tlag", 0.4)], observations: 12),
    RealModel(
      name: "two-compartment-oral", model: ["structure: two-compartment oral"],
      effects: [("ka", 1), ("CL", 5), ("V1", 40), ("Q", 8), ("V2", 60)], observations: 15),
    RealModel(
      name: "two-compartment-oral-lag", model: ["structure: two-compartment oral"],
      effects: [("ka", 1), ("CL", 5), ("V1", 40), ("Q", 8), ("V2", 60), ("tlag", 0.4)],
      observations: 15),
    RealModel(
      name: "three-compartment-oral-lag", model: ["structure: three-compartment oral"],
      effects: [
        ("ka", 1), ("CL", 5), ("V1", 40), ("Q2", 8), ("V2", 60), ("Q3", 2), ("V3", 100),
        ("tlag", 0.4),
      ], observations: 18),
    RealModel(
      name: "three-components", model: ["structure: one-compartment oral"],
      effects: [("CL", 5), ("ka", 1), ("V", 40)], subjects: 200, observations: 12,
      components: [2.4, 5, 10.6]),
    RealModel(
      name: "michaelis-menten",
      model: equations("c = A/V", "d/dt(A) = -Vmax*c/(Km + c)", "conc = c"),
      effects: [("Vmax", 10), ("V", 40)], fixed: [("Km", 1)], subjects: 50, observations: 12),
    RealModel(
      name: "michaelis-menten-oral",
      model: equations(
        "c = A/V", "d/dt(D) = -ka*D", "d/dt(A) = ka*D - Vmax*c/(Km + c)", "conc = c"),
      effects: [("ka", 1), ("Vmax", 10), ("V", 40), ("Km", 1)], subjects: 50, observations: 12),
    RealModel(
      name: "transit",
      model: equations(
        "d/dt(D) = -ktr*D", "d/dt(T1) = ktr*(D - T1)", "d/dt(T2) = ktr*(T1 - T2)",
        "d/dt(T3) = ktr*T2 - ka*T3", "d/dt(A) = ka*T3 - CL/V*A - Q/V*A + Q/60*P",
        "d/dt(P) = Q/V*A - Q/60*P", "conc = A/V"),
      effects: [("ktr", 3), ("ka", 1), ("CL", 5), ("V", 40)], fixed: [("Q", 8)], subjects: 50,
      observations: 12),
    RealModel(
      name: "target-mediated",
      model: equations(
        "R0 = ksyn/0.1", "L = A/V", "s = L - R - Kss", "free = 0.5*(s + sqrt(s*s + 4*Kss*L))",
        "C = L - free", "d/dt(A) = -CL*free - kint*C*V",
        "d/dt(R) = ksyn - 0.1*(R - C) - kint*C", "R(0) = R0", "conc = free"),
      effects: [("CL", 1), ("V", 40), ("ksyn", 0.1)], fixed: [("Kss", 0.2), ("kint", 0.05)],
      subjects: 50, observations: 12),
  ]

  private static func equations(_ lines: String...) -> [String] {
    ["equations: |"] + lines.map { "  " + $0 }
  }

  /// The job of one data set.
  /// - Parameters:
  ///   - seed: of the data.
  ///   - hasStart: whether fits start 30 % off the true values, each effect and the next on
  ///     different sides; else where the data say.
  package func job(seed: Int, hasStart: Bool) -> String {
    let isMixture = components.count > 1
    func membership(_ place: Int) -> String { isMixture && place > 0 ? "shared" : "mixture" }
    var lines = ["popmix: 1", "job: \(name)", "model:"] + model.map { "  " + $0 }
    lines.append("  random-effects:")
    for (place, effect) in effects.enumerated() {
      lines.append(
        "    \(effect.name): {distribution: lognormal, membership: \(membership(place))}")
    }
    if !fixed.isEmpty {
      lines.append("  fixed-effects:")
      lines += fixed.map { "    \($0.name): {distribution: lognormal}" }
    }
    let hasEquations = model[0].hasPrefix("equations")
    lines +=
      hasEquations
      ? ["  residual-error:", "    conc: {error: proportional}"]
      : ["  residual-error: proportional"]
    if hasStart { lines += ["  start:"] + values(off: 1.3).map { "    " + $0 } }
    lines += ["mixture: {components: \(max(1, components.count))}", "simulation:"]
    lines += [
      "  data-sets: 1", "  subjects: \(subjects)",
      "  doses: [{time: 0, amount: \(dose)}]",
      "  times: [\(times.map { "\($0)" }.joined(separator: ", "))]", "  seed: \(seed)",
      "  values:",
    ]
    lines += values(off: 1).map { "    " + $0 } + ["output: results", ""]
    return lines.joined(separator: "\n")
  }

  /// From a quarter of an hour to a day.
  private var times: [Double] {
    (0..<observations).map {
      let time = 0.25 * pow(96, Double($0) / Double(observations - 1))
      return (time * 1000).rounded() / 1000
    }
  }

  private func values(off factor: Double) -> [String] {
    var place = 0
    func moved(_ x: Double) -> Double {
      place += 1
      return place % 2 == 1 ? x * factor : x / factor
    }
    func list(_ values: [Double]) -> String {
      values.count == 1 ? "\(values[0])" : "[\(values.map { "\($0)" }.joined(separator: ", "))]"
    }
    var typical: [String] = []
    for (number, effect) in effects.enumerated() {
      let own = number == 0 && components.count > 1 ? components : [effect.typical]
      // Components keep their distances.
      let shift = moved(1)
      typical.append("\(effect.name): \(list(own.map { $0 * shift }))")
    }
    typical += fixed.map { "\($0.name): \(moved($0.typical))" }
    let variances = effects.map { "\($0.name): \(Self.variance * factor)" }
    var lines = [
      "typical: {\(typical.joined(separator: ", "))}",
      "variance: {\(variances.joined(separator: ", "))}",
      "sigma: \(Self.sigma * factor)",
    ]
    if components.count > 1 {
      let share = 1 / Double(components.count)
      let first = components.dropLast().map { _ in share }
      lines.append("weights: \(list(first + [1 - first.reduce(0, +)]))")
    }
    return lines
  }
}

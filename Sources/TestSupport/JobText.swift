package let shared = "{distribution: normal, membership: shared}"
package let mixed = "{distribution: normal, membership: mixture}"
package let lognormal = "{distribution: lognormal, membership: mixture}"
package let design = "subjects: 10, doses: [{time: 0, amount: 100}], times: [1, 2]"
package let trueValues =
  "values: {typical: {V: 20, k: 0.3}, variance: {V: 4, k: 0.01}, sigma: 0.1}"

/// A small correct job, or one with the faults of the arguments.
package func job(
  head: String = "popmix: 1\njob: study",
  data: String? = "{files: a.csv}",
  structure: String = "structure: one-compartment bolus",
  effects: String = "random-effects: {V: \(shared), k: \(lognormal)}",
  residualError: String = "residual-error: additive",
  start: String? = nil,
  fixed: String? = nil,
  mixture: String? = nil,
  estimation: String? = nil,
  simulation: String? = nil,
  rest: String = ""
) -> String {
  var model = "\(structure), \(effects), \(residualError)"
  if let start { model += ", start: \(start)" }
  if let fixed { model += ", fixed: \(fixed)" }
  var lines = [head]
  if let data { lines.append("data: \(data)") }
  lines.append("model: {\(model)}")
  if let mixture { lines.append("mixture: \(mixture)") }
  if let estimation { lines.append("estimation: \(estimation)") }
  if let simulation { lines.append("simulation: \(simulation)") }
  return (lines + [rest]).joined(separator: "\n") + "\n"
}

import JobControl
import TestSupport
import Testing

let shared = "{distribution: normal, membership: shared}"
let mixed = "{distribution: normal, membership: mixture}"
let lognormal = "{distribution: lognormal, membership: mixture}"
let design = "subjects: 10, doses: [{time: 0, amount: 100}], times: [1, 2]"
let trueValues =
  "values: {typical: {V: 20, k: 0.3}, variance: {V: 4, k: 0.01}, sigma: 0.1}"

/// A small correct job, or one with the faults of the arguments.
func job(
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

/// A structure with more random effects than there is one for.
let threeEffects = JobVocabulary(structures: ["many": [["A", "B", "C"]]])

func threeEffectJob(estimation: String? = nil) -> String {
  job(
    structure: "structure: many",
    effects: "random-effects: {A: \(shared), B: \(shared), C: \(shared)}", estimation: estimation)
}

func read(_ text: String, path: String = "job.yaml") throws -> JobFile {
  try JobFileReader().read(text, path: path)
}

/// Expects these messages and no others, the first of them at the mark.
func expectFault(
  _ marked: String, _ messages: String..., vocabulary: JobVocabulary = .version1,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let text = MarkedText(marked)
  do {
    _ = try JobFileReader(vocabulary: vocabulary).read(text.text, path: "job.yaml")
    Issue.record("the job was accepted:\n\(text.text)", sourceLocation: sourceLocation)
  } catch {
    guard case .invalid(let faults) = error else {
      Issue.record("\(error)", sourceLocation: sourceLocation)
      return
    }
    #expect(faults.map(\.message) == messages, sourceLocation: sourceLocation)
    #expect(
      faults.first?.description
        == "job.yaml:\(text.line):\(text.column): \(messages.first ?? "")",
      sourceLocation: sourceLocation)
  }
}

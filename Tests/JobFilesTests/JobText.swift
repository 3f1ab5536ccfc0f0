import JobFiles
import TestSupport
import Testing

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

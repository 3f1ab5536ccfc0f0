import Foundation
import ModelLanguage
import NumericKernels
import Testing

@Suite("Random texts")
struct FuzzTests {
  /// How many texts; POPMIX_FUZZ_TEXTS asks for more than the usual 20 000.
  static let count =
    ProcessInfo.processInfo.environment["POPMIX_FUZZ_TEXTS"].flatMap { Int($0) } ?? 20_000

  private static let samples: [[Double]] = {
    let values = [
      1, 0.3, 20, -1, 0, -0.0, 1e308, -1e308, .leastNonzeroMagnitude, 1e-300, .infinity, -.infinity,
      .nan, 2, 1e10,
      0.5,
    ]
    return values.indices.map { i in
      [values[i], values[(i * 5 + 3) % 16], values[(i * 7 + 1) % 16]]
    }
  }()

  @Test(
    "every text is a model or has faults with places inside it, and models give numbers for any parameters"
  )
  func texts() {
    var fuzzer = Fuzzer(seed: 20_261_126)
    var models = 0
    let vocabulary = ModelVocabulary(
      parameters: Fuzzer.parameters, covariates: Fuzzer.covariates, library: exampleLibrary)
    for number in 0..<Self.count {
      let text = fuzzer.text()
      do {
        let model = try CompiledModel(text, vocabulary: vocabulary)
        models += 1
        check(model, text)
      } catch {
        let lines = text.split(
          omittingEmptySubsequences: false, whereSeparator: { "\n\r\r\n".contains($0) })
        let faults = error.diagnostics
        #expect(!faults.isEmpty && faults.count <= ModelTextError.limit)
        for fault in faults {
          let isInside =
            fault.line >= 1 && fault.column >= 1 && fault.length >= 1
            && fault.line <= lines.count && fault.column <= lines[fault.line - 1].count + 2
          if !isInside || fault.message.isEmpty {
            Issue.record("text \(number): \(fault) is not a place of \(text.debugDescription)")
          }
        }
      }
    }
    // A test of faults only would not test the models.
    #expect(models > Self.count / 10)
  }

  /// Runs a model; samples must not depend on those beside them.
  private func check(_ model: CompiledModel, _ text: String) {
    guard model.kind == .explicit else { return }
    let times: [(Double, Int)] = [(0, 0), (1, 0), (2.5, 1), (2.5, 1), (-1, 0), (1e9, 1)]
    let records = ModelRecords(
      model, .explicit,
      records: times.map { ModelRecord(time: $0.0, timeAfterDose: $0.0, dose: 100, row: $0.1) },
      covariates: [[70, 1], [50, 0]])
    let together = evaluate(model, records, Self.samples)
    let alone = evaluate(model, records, [Self.samples[2]])[0]
    for (a, b) in zip(together[2], alone)
    where a.bitPattern != b.bitPattern && !(a.isNaN && b.isNaN) {
      Issue.record("a sample depends on others in \(text.debugDescription)")
    }
  }
}

import Foundation
import ModelLanguage
import NumericKernels
import TestSupport
import Testing

@Suite("Random texts")
struct FuzzTests {
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
  func texts() throws {
    let vocabulary = ModelVocabulary(
      parameters: Fuzzer.parameters, covariates: Fuzzer.covariates, library: exampleLibrary)
    let run = try FuzzRun("equations", seeds: 0..<20) { generator in
      var fuzzer = Fuzzer(seed: generator.next())
      let text = fuzzer.text()
      do {
        check(try CompiledModel(text, vocabulary: vocabulary), text)
        return FuzzRun.Outcome(text: text, isRead: true)
      } catch let error as ModelTextError {
        let lines = text.split(
          omittingEmptySubsequences: false, whereSeparator: { "\n\r\r\n".contains($0) })
        let faults = error.diagnostics
        #expect(!faults.isEmpty && faults.count <= ModelTextError.limit)
        for fault in faults {
          let isInside =
            fault.line >= 1 && fault.column >= 1 && fault.length >= 1
            && fault.line <= lines.count && fault.column <= lines[fault.line - 1].count + 2
          if !isInside || fault.message.isEmpty {
            Issue.record("\(fault) is not a place of \(text.debugDescription)")
          }
        }
        return FuzzRun.Outcome(text: text, isRead: false)
      }
    }
    // A test of faults only would not test the models.
    #expect(run.read > run.texts / 10)
    #expect(run.slow.isEmpty, "\(run.slow)")
    #expect(run.peakMemory ?? 0 < 1024)
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

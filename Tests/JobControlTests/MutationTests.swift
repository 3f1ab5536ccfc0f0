import JobControl
import Testing

@Suite("damaged job files")
struct MutationTests {
  @Test("a damaged example is read or refused at a place inside it", arguments: 0..<8)
  func mutations(seed: UInt64) throws {
    var generator = SplitMix64(state: seed)
    let alphabet = Array("abkV019.-+eE:,[]{}&*!|>'\"%@#~? \t\n\\é\u{0}")
    var refused = 0
    for _ in 0..<250 {
      var text = Array(exampleJob)
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let start = Int.random(in: 0..<text.count, using: &generator)
        let end = min(start + Int.random(in: 1...12, using: &generator), text.count)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: text.removeSubrange(start..<end)
        case 1: text[start] = alphabet.randomElement(using: &generator)!
        case 2: text.insert(contentsOf: text[start..<end], at: start)
        default: text.insert(alphabet.randomElement(using: &generator)!, at: start)
        }
      }
      do {
        _ = try read(String(text))
      } catch JobError.invalid(let faults) {
        refused += 1
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        #expect(!faults.isEmpty)
        for fault in faults {
          let isInside =
            lines.indices.contains(fault.line - 1)
            && (1...lines[fault.line - 1].count + 1).contains(fault.column)
          #expect(isInside, "\(fault) in:\n\(String(text))")
        }
      }
    }
    // Most damages are faults; were they not, the test would look at nothing.
    #expect(refused > 100)
  }
}

/// A small generator, so that a failure can be repeated.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

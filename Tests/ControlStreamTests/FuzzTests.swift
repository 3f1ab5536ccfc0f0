import ControlStreams
import Foundation
import Testing

@Suite("Damaged control streams")
struct ControlStreamFuzzTests {
  /// How many texts; POPMIX_FUZZ_TEXTS asks for more than the usual thousand.
  private static let count =
    ProcessInfo.processInfo.environment["POPMIX_FUZZ_TEXTS"].flatMap { Int($0) } ?? 1000
  /// Signs and words that mean something somewhere.
  private static let pieces: [String] = [
    "(", ")", "=", "$", ";", "&", "\n", "\r\n", "\"", "'", ",", "*", "**", "/", "-", "+", ".", "0",
    "1e999",
    "-1e308", "99999999999999999999", "THETA(1)", "THETA(0)", "ETA(2)", "EPS(99)", "A(1)", "IF (",
    "ENDIF",
    "EXP(", "LOG(0)", "$OMEGA BLOCK(3)", "$OMEGA BLOCK(99999) 1", "SAME", "SAME(1000000000)", "FIX",
    "$MIX", "MIXNUM",
    "$PRIOR NWPRI", "DADT(1)", "$TABLE", "IGNORE=(", "\u{85}", "\u{2028}", "\u{0}", "é", "µ",
  ]

  @Test("a damaged stream is translated or refused within two seconds, and the job is plain text")
  func damaged() throws {
    let names = try Streams.rows("accepted.tsv").map { $0[0] }
    var generator = SplitMix(state: 20_261_130)
    var translated = 0
    for number in 0..<Self.count {
      let path = "\(Streams.folder)/accepted/\(names[number % names.count])/run.ctl"
      var text = Array(try Streams.text(path).unicodeScalars)
      for _ in 0..<Int.random(in: 1...4, using: &generator) where !text.isEmpty {
        let start = Int.random(in: 0..<text.count, using: &generator)
        let end = min(start + Int.random(in: 1...20, using: &generator), text.count)
        let piece = Array(Self.pieces.randomElement(using: &generator)!.unicodeScalars)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: text.removeSubrange(start..<end)
        case 1: text.insert(contentsOf: text[start..<end], at: start)
        case 2: text.replaceSubrange(start..<end, with: piece)
        default: text.insert(contentsOf: piece, at: start)
        }
      }
      let damaged = String(String.UnicodeScalarView(text))
      let begin = ContinuousClock.now
      if let job = try? ControlStreamImport.job(from: damaged, path: path) {
        translated += 1
        let isPlain = job.text.unicodeScalars.allSatisfy {
          $0 == "\n" || $0 == "\t"
            || $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value)
              && !(0x2028...0x2029).contains($0.value)
        }
        #expect(isPlain, "text \(number): \(damaged.debugDescription)")
      }
      #expect(
        begin.duration(to: .now) < .seconds(2), "text \(number): \(damaged.debugDescription)")
    }
    // Refusals only would not test the translation.
    #expect(translated > Self.count / 50)
  }
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

import ControlStreams
import Foundation
import JobControl
import JobFiles
import TestSupport
import Testing

/// Damages of job files and control streams. What is imported has to be a job that can be read.
@Suite("Damaged job files and control streams")
struct FuzzTests {
  /// The root of the repository.
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  private static func texts(
    in folder: String, named suffix: String
  ) throws -> [(path: String, text: [Character])] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(suffix) }
      .sorted().map { name in
        let path = "\(folder)/\(name)"
        return (path, Array(try String(contentsOfFile: path, encoding: .utf8)))
      }
  }

  /// Signs and words that mean something somewhere in a job.
  private static let jobPieces =
    Array("abkV019.-+eE:,[]{}&*!|>'\"%@#~? \t\n\\é\u{0}").map { [$0] }
    + [
      "\r\n", "- ", ": ", "---\n", "...\n", "&a", "*a", "<<: *a", "!!float", "!!binary", "~",
      "null",
      "{", "[[[[", "1e999", "-1e308", "0x1F", "99999999999999999999", ".inf", ".nan", "\u{85}",
      "\u{FEFF}", "model:", "start:", "components: [1, 99]", "fixed: [", "d/dt(x) = ", "exp(", "^",
      "lognormal", "covariates: {", "\n  ", "\n      ",
    ].map { Array($0) }

  /// The same of control streams.
  private static let streamPieces = [
    "(", ")", "=", "$", ";", "&", "\n", "\r\n", "\"", "'", ",", "*", "**", "/", "-", "+", ".", "0",
    "1e999", "-1e308", "99999999999999999999", "=1e20", "INF", "(0, 0)", "(INF)", "THETA(1)",
    "THETA(0)", "ETA(2)", "EPS(99)", "A(1)",
    "IF (", "ENDIF", "EXP(", "LOG(0)", "$OMEGA BLOCK(3)", "$OMEGA BLOCK(99999) 1", "SAME",
    "SAME(1000000000)", "FIX", "$MIX", "MIXNUM", "$PRIOR NWPRI", "DADT(1)", "$TABLE", "IGNORE=(",
    "\u{85}", "\u{2028}", "\u{0}", "é", "µ",
  ].map { Array($0) }

  private static func damaged(
    _ whole: [Character], _ pieces: [[Character]], _ generator: inout SplitMix64
  ) -> String {
    var text = whole
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !text.isEmpty {
      let start = Int.random(in: 0..<text.count, using: &generator)
      let end = min(start + Int.random(in: 1...20, using: &generator), text.count)
      let piece = pieces.randomElement(using: &generator)!
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: text.removeSubrange(start..<end)
      case 1: text.insert(contentsOf: text[start..<end], at: start)
      case 2: text.replaceSubrange(start..<end, with: piece)
      default: text.insert(contentsOf: piece, at: start)
      }
    }
    return String(text)
  }

  @Test("a damaged job is read, or refused at a place inside it, within two seconds")
  func jobs() throws {
    let whole =
      try Self.texts(in: "\(Self.root)/jobs", named: ".yaml")
      + [("job.yaml", Array(exampleJob))]
    let run = try FuzzRun("jobs", seeds: 0..<2) { generator in
      let text = Self.damaged(
        whole.randomElement(using: &generator)!.text, Self.jobPieces, &generator)
      do {
        _ = try JobFileReader().read(text, path: "job.yaml")
        return FuzzRun.Outcome(text: text, isRead: true)
      } catch JobError.invalid(let faults) {
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        #expect(!faults.isEmpty)
        for fault in faults {
          let isInside =
            lines.indices.contains(fault.line - 1)
            && (1...lines[fault.line - 1].count + 1).contains(fault.column)
          #expect(isInside, "\(fault) in:\n\(text)")
        }
        return FuzzRun.Outcome(text: text, isRead: false)
      }
    }
    // Were all refused or none, the test would look at little.
    #expect(run.read > run.texts / 20 && run.read < run.texts * 19 / 20, "\(run.read)")
    #expect(run.slow.isEmpty, "\(run.slow)")
    #expect(run.peakMemory ?? 0 < 1024)
  }

  @Test("a damaged stream is refused, or translated to a job that is read, within two seconds")
  func streams() throws {
    let whole = try Self.texts(
      in: "\(Self.root)/Tests/ControlStreamTests/Streams/accepted", named: ".ctl")
    let run = try FuzzRun("control streams", seeds: 0..<1) { generator in
      // The path leads to the columns of the data.
      let (path, stream) = whole.randomElement(using: &generator)!
      let text = Self.damaged(stream, Self.streamPieces, &generator)
      guard let job = try? ControlStreamImport.job(from: text, path: path) else {
        return FuzzRun.Outcome(text: text, isRead: false)
      }
      let isPlain = job.text.unicodeScalars.allSatisfy {
        $0 == "\n" || $0 == "\t"
          || $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value)
            && !(0x2028...0x2029).contains($0.value)
      }
      #expect(isPlain, "\(text.debugDescription)")
      do {
        _ = try JobFileReader().read(job.text, path: "job.yaml")
      } catch {
        Issue.record("\(error)\nin the job:\n\(job.text)\nof the stream:\n\(text)")
      }
      return FuzzRun.Outcome(text: text, isRead: true)
    }
    #expect(run.read > run.texts / 50, "\(run.read)")
    #expect(run.slow.isEmpty, "\(run.slow)")
    #expect(run.peakMemory ?? 0 < 1024)
  }
}

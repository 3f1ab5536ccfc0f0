import ControlStreams
import Foundation
import Testing

/// Control streams in the forms people use, each beside the hand-written job of the same model, and
/// such as cannot be translated.
enum Streams {
  static let folder = "\(FileManager.default.currentDirectoryPath)/Tests/ControlStreamTests/Streams"

  /// Rows of a table with tabs, without its header.
  static func rows(_ name: String) throws -> [[String]] {
    try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      .split(separator: "\n").dropFirst().map { $0.split(separator: "\t").map(String.init) }
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }
}

@Suite("Control streams")
struct ControlStreamTests {
  @Test("what cannot be translated is named with its line")
  func refused() throws {
    let rows = try Streams.rows("refused.tsv")
    #expect(rows.count >= 30)
    for row in rows {
      let (line, fragment) = (row[1], row[2])
      let path = "\(Streams.folder)/refused/\(row[0])"
      let error = #expect(throws: ControlStreamError.self, "\(row[0])") {
        try ControlStreamImport.job(from: Streams.text(path), path: path)
      }
      let isNamed = error?.faults.contains { fault in
        "\(fault.position.line)" == line && fault.message.localizedCaseInsensitiveContains(fragment)
      }
      #expect(isNamed == true, "\(row[0]): \(error.map { "\($0)" } ?? "accepted")")
    }
  }

  @Test("every stream that has a job is translated, to the same text each time")
  func accepted() throws {
    let rows = try Streams.rows("accepted.tsv")
    #expect(rows.count >= 30)
    for row in rows {
      let path = "\(Streams.folder)/accepted/\(row[0])/run.ctl"
      let text = try Streams.text(path)
      let job = try ControlStreamImport.job(from: text, path: path)
      #expect(job.text.contains("popmix: 1"))
      #expect(try ControlStreamImport.job(from: text, path: path).text == job.text)
    }
  }

  @Test("of several variables with one error the first is named, whatever the seed of hashing")
  func first() throws {
    let path = "\(Streams.folder)/refused/amount-in-pk.ctl"
    let error = #expect(throws: ControlStreamError.self) {
      try ControlStreamImport.job(from: Streams.text(path), path: path)
    }
    // CL is made of TVCL.
    #expect(error?.faults.first?.message.hasPrefix("TVCL depends on A(1) in $PK") == true)
  }

  @Test("a file that is no control stream has one fault")
  func other() {
    for text in ["", "popmix: 1\njob: study\n", "; a comment\n"] {
      let error = #expect(throws: ControlStreamError.self) {
        try ControlStreamImport.job(from: text, path: "run.ctl")
      }
      #expect(error?.faults.count == 1, "\(error.map { "\($0)" } ?? "")")
    }
  }

  @Test("cut off after any character, a control stream is translated or refused, and never crashes")
  func cut() throws {
    for name in ["error-weight", "mixture-reference", "advan13-turnover"] {
      let path = "\(Streams.folder)/accepted/\(name)/run.ctl"
      let text = try Streams.text(path)
      for length in stride(from: 0, to: text.count, by: 3) {
        _ = try? ControlStreamImport.job(from: String(text.prefix(length)), path: path)
      }
    }
  }
}

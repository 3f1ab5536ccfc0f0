import Foundation
import Testing

/// Results go out where they are made; files are read back at the edges only.
@Suite("Results that are read back")
struct ReadingBackTests {
  private static let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources/JobControl").path

  @Test("a run parses results only of earlier runs, and of folders that a command compares")
  func edges() throws {
    let names = FileManager.default.enumerator(atPath: Self.folder)?.compactMap { $0 as? String }
    var found: Set<String> = []
    for name in try #require(names) where name.hasSuffix(".swift") {
      let text = try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8)
      if text.contains(/Document(?:\.dataSet)?\(\s*json:|TableFile\(/) { found.insert(name) }
    }
    #expect(
      found == [
        // When the run that has done the fits began.
        "Formats/JobRunner+Formats.swift", "Ledger/EarlierFits.swift", "Ledger/LedgerAudit.swift",
        "Run/OutputComparison.swift",
        // A table that the user gives.
        "Study/PublishedFigures.swift",
      ])
  }
}

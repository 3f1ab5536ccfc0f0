import Foundation
import Testing

@Suite("The documents")
struct DocumentTests {
  private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Paths of all documents from the root of the repository.
  static let documents: [String] = {
    let guide = "Sources/popmix/popmix.docc"
    let pages =
      (try? FileManager.default.contentsOfDirectory(
        atPath: root.appendingPathComponent(guide).path)) ?? []
    return [
      "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "Tests/Campaign/README.md",
    ]
      + pages.filter { $0.hasSuffix(".md") }.sorted().map { "\(guide)/\($0)" }
  }()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The text without blocks of code.
  private static func prose(_ path: String) throws -> String {
    try text(path).components(separatedBy: "```").enumerated()
      .filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined()
  }

  /// What a browser calls a heading: letters, digits, `_`, and `-` for spaces.
  private static func anchor(_ heading: Substring) -> String {
    let plain = heading.replacing(/\[([^\]]*)\]\([^)]*\)/) { $0.output.1 }
    return String(
      plain.lowercased().compactMap { character -> Character? in
        if character == " " { return "-" }
        return character.isLetter || character.isNumber || "-_".contains(character)
          ? character : nil
      })
  }

  private static func anchors(_ path: String) throws -> Set<String> {
    Set(
      try prose(path).split(separator: "\n").filter { $0.hasPrefix("#") }
        .map { anchor($0.drop { $0 == "#" }.drop { $0 == " " }) })
  }

  @Test("there are more than twenty")
  func count() { #expect(Self.documents.count > 20) }

  @Test("each link leads to a file that is there, and to a heading in it", arguments: documents)
  func links(path: String) throws {
    let folder = Self.root.appendingPathComponent(path).deletingLastPathComponent()
    for match in try Self.prose(path).matches(of: /\]\(([^)\s]+)\)/) {
      let target = match.output.1
      guard !target.contains("://"), !target.hasPrefix("doc:"), !target.hasPrefix("mailto:")
      else { continue }
      let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let file =
        parts[0].isEmpty
        ? Self.root.appendingPathComponent(path)
        : folder.appendingPathComponent(String(parts[0])).standardizedFileURL
      #expect(FileManager.default.fileExists(atPath: file.path), "\(path): \(target)")
      guard parts.count == 2, file.pathExtension == "md" else { continue }
      let relative = String(file.path.dropFirst(Self.root.path.count + 1))
      #expect(try Self.anchors(relative).contains(String(parts[1])), "\(path): \(target)")
    }
  }

  @Test("the version is the program's wherever it is written")
  func version() throws {
    let program = try Self.text("Sources/popmix/PopmixCommand.swift")
    let version = try #require(program.firstMatch(of: /version = "([0-9.]+)"/)).output.1
    #expect(try Self.text("CITATION.cff").contains("\nversion: \(version)\n"))
    for path in ["Sources/popmix/popmix.docc/Installation.md", "scripts/popmix.def"] {
      for match in try Self.text(path).matches(of: /popmix[\/-]([0-9]+\.[0-9]+\.[0-9]+)/) {
        #expect(match.output.1 == version, "\(path)")
      }
    }
  }
}

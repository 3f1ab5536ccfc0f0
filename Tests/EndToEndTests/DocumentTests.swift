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

  /// The targets of the map in CONTRIBUTING.md, in its order.
  private static func mapped() throws -> [String] {
    let text = try text("CONTRIBUTING.md")
    let map = try #require(
      text.components(separatedBy: "## ").first { $0.contains("NumericKernels") })
    return map.matches(of: /(?m)^ {4}([A-Za-z]+) +\S/).map { String($0.output.1) }
  }

  private static func sources(of target: String) -> [URL] {
    let folder = root.appendingPathComponent("Sources/\(target)")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
  }

  @Test("the map of the source names every target, and each imports only from those before it")
  func map() throws {
    let map = try Self.mapped()
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: Self.root.appendingPathComponent("Sources").path)
    let targets = folders.filter { !Self.sources(of: $0).isEmpty }
    // The map has MPIBackend on the line of MessagePassing; the others are not part of the program.
    let others = ["MPIBackend", "TestSupport", "communicator-contract", "popmix-bench"]
    #expect(Set(map + others) == Set(targets).subtracting(["EStepKernelsV3", "EStepKernelsV4"]))
    let places = Dictionary(uniqueKeysWithValues: map.enumerated().map { ($1, $0) })
    var imports = 0
    for (place, target) in map.enumerated() {
      for file in Self.sources(of: target) {
        for match in try String(contentsOf: file, encoding: .utf8)
          .matches(of: /(?m)^(?:package |public )?import (?:[a-z]+ )?([A-Za-z]+)/)
        {
          guard let other = places[String(match.output.1)] else { continue }
          imports += 1
          #expect(other < place, "\(target) imports \(match.output.1): \(file.lastPathComponent)")
        }
      }
    }
    #expect(imports > 500)
  }

  @Test("comments end at 100 columns")
  func comments() throws {
    var count = 0
    for folder in ["Sources", "Tests"] {
      let files = FileManager.default.enumerator(
        at: Self.root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
      for case let file as URL in files?.allObjects ?? [] where file.pathExtension == "swift" {
        count += 1
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        where line.count > 100 && line.drop(while: { $0 == " " }).hasPrefix("//") {
          Issue.record("\(file.lastPathComponent): \(line)")
        }
      }
    }
    #expect(count > 500)
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

import Foundation
import Testing

/// What others may call is small, deliberate, and written down.
@Suite("The interface of the library")
struct InterfaceTests {
  private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  private static let library = "Sources/PopmixLibrary"

  private static func files(in folder: String) throws -> [(name: String, text: String)] {
    let path = root.appendingPathComponent(folder).path
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    return try names.filter { $0.hasSuffix(".swift") }.sorted().map {
      ($0, try String(contentsOfFile: path + "/" + $0, encoding: .utf8))
    }
  }

  /// The public declarations of a file, each in one line up to its body, within its type.
  static func declarations(_ text: String) -> [String] {
    var result: [String] = []
    var types: [(indent: Int, name: String)] = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for (number, line) in lines.enumerated() {
      let indent = line.prefix { $0 == " " }.count
      let code = line.drop { $0 == " " }
      if code.hasPrefix("}") { types.removeAll { $0.indent >= indent } }
      let opening = String(code).replacing(/^(public |final )*/, with: "")
      if let match = opening.firstMatch(of: /^(?:struct|class|enum|extension|actor) ([\w.]+)/) {
        types.append((indent, String(match.output.1)))
      }
      guard code.hasPrefix("public ") else { continue }
      var declaration = String(code)
      var next = number + 1
      // A declaration goes on until its parentheses are closed.
      while declaration.count(where: { $0 == "(" }) > declaration.count(where: { $0 == ")" }),
        next < lines.count
      {
        declaration += " " + lines[next].drop { $0 == " " }
        next += 1
      }
      if let body = declaration.firstIndex(of: "{") { declaration = String(declaration[..<body]) }
      if declaration.contains(" let ") || declaration.contains(" var "),
        let value = declaration.firstRange(of: " = ")
      {
        declaration = String(declaration[..<value.lowerBound])
      }
      let isType = declaration.contains(#/^public (?:final )?(?:struct|class|enum) /#)
      let within = (isType ? types.dropLast() : types[...]).map(\.name).joined(separator: ".")
      let plain = declaration.replacing("( ", with: "(").trimmingCharacters(in: .whitespaces)
      result.append(within.isEmpty ? plain : "\(within): \(plain)")
    }
    return result
  }

  @Test("declarations are found with their types, on one line or several")
  func finds() {
    let text = """
      public struct A: Sendable {
        public let x: Int
        let hidden = 1
        public struct B {
          public var y = [1, 2]
        }
        public init(
          a: Int, b: String = ")("
        ) throws {
        }
      }

      extension A.B {
        public static func make() -> A { A() }
      }
      """
    #expect(
      Self.declarations(text) == [
        "public struct A: Sendable", "A: public let x: Int", "A: public struct B",
        "A.B: public var y",
        "A: public init(a: Int, b: String = \")(\" ) throws", "A.B: public static func make() -> A",
      ])
  }

  @Test("it is what Interface.txt says: a change of one is a change of the other")
  func interface() throws {
    let found = try Self.files(in: Self.library).flatMap { Self.declarations($0.text) }.sorted()
    let path = Self.root.appendingPathComponent("\(Self.library)/Interface.txt")
    let written = try String(contentsOf: path, encoding: .utf8)
      .split(separator: "\n").map(String.init)
    for line in found where !written.contains(line) {
      Issue.record("public, and not in \(Self.library)/Interface.txt: \(line)")
    }
    for line in written where !found.contains(line) {
      Issue.record("in \(Self.library)/Interface.txt, and not public: \(line)")
    }
    #expect(found == written)
  }

  @Test("the other targets are public only where their code is inlined into others")
  func targets() throws {
    let sources = Self.root.appendingPathComponent("Sources").path
    let targets = try FileManager.default.contentsOfDirectory(atPath: sources)
    var found: Set<String> = []
    for target in targets {
      for file in try Self.files(in: "Sources/\(target)")
      where file.text.contains(/(?m)^ *(?:@\w+(?:\([^)]*\))? +)*public (?!import)/) {
        found.insert(target)
      }
    }
    #expect(
      found == [
        "CompartmentModels", "DifferentialEquations", "EStepKernels", "KernelInterface",
        "MessagePassing", "NumericKernels", "PopmixLibrary", "PopulationData", "PopulationModel",
      ])
  }
}

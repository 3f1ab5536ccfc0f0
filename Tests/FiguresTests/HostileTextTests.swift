import Figures
import Foundation
import FoundationXML
import TestSupport
import Testing

/// The texts of an SVG file, and the names of its elements.
private final class SVGTexts: NSObject, XMLParserDelegate {
  private(set) var texts: [String] = []
  private(set) var elements: Set<String> = []
  private(set) var isWhole = false

  init(_ svg: [UInt8]) {
    super.init()
    let parser = XMLParser(data: Data(svg))
    parser.delegate = self
    isWhole = parser.parse()
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements.insert(name)
    texts.append("")
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if !texts.isEmpty { texts[texts.count - 1] += string }
  }
}

@Suite("Hostile texts in figures")
struct HostileTextTests {
  private func figure(_ text: String) -> Figure {
    let tick = [(place: 1.0, text: text)]
    return Figure(
      name: "hostile",
      panels: [
        Panel(
          title: text, x: Axis(text, range: 0...2, ticks: tick),
          y: Axis(text, range: 0...2, ticks: tick),
          series: [
            Series(.points(x: [1], y: [1]), title: text),
            Series(.line(x: [0, 1], y: [1, 1]), title: text + " line"),
            Series(.bars(x: [1], heights: [1], width: 1), title: text + " bars"),
          ], labels: [(1, 1, text)]),
        Panel(title: text, x: Axis(""), y: Axis(""), series: []),
      ], columns: 2, panelSize: (500, 300), note: text)
  }

  @Test("are texts: nothing runs, the drawing is whole and has them as they are")
  func staysText() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let gnuplot = try Gnuplot.found()
    let mark = folder.appending(path: "x").path
    for text in HostileTexts.all(mark: mark) {
      let drawn = try gnuplot.draw(figure(text))
      #expect(drawn.remarks == "", "\(text.prefix(60))")
      let found = SVGTexts(drawn.svg)
      #expect(found.isWhole, "\(text.prefix(60))")
      #expect(found.elements.isDisjoint(with: ["script", "image", "foreignObject", "b"]))
      let visible = String(
        String.UnicodeScalarView(PlotText.visible(text).unicodeScalars.map { $0 == "'" ? "’" : $0 })
      )
      if !visible.allSatisfy(\.isWhitespace) {
        #expect(
          found.texts.contains { $0.contains(visible.trimmingCharacters(in: .whitespaces)) },
          "\(visible)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }
  }

  @Test("of any kind are texts")
  func random() throws {
    var generator = SplitMix64(seed: 7)
    let alphabet = Array("'\"`$(){}%@\\#;!|<>&^_~\nabEOD \t\u{202E}\u{301}é😀".unicodeScalars)
    let texts = (0..<60).map { _ in
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 1...30, using: &generator) {
        text.append(alphabet.randomElement(using: &generator)!)
      }
      return String(text)
    }
    let panels = texts.map { text in
      Panel(
        title: text, x: Axis(text, range: 0...2, ticks: [(1, text)]), y: Axis("y"),
        series: [Series(.points(x: [1], y: [1]), title: text)], labels: [(1, 1, text)])
    }
    let drawn = try Gnuplot.found().draw(
      Figure(name: "random", panels: panels, columns: 6, panelSize: (200, 150)))
    #expect(drawn.remarks == "")
    let found = SVGTexts(drawn.svg)
    #expect(found.isWhole)
    #expect(found.elements.isDisjoint(with: ["script", "image", "foreignObject"]))
  }

  @Test("are cut, and have no controls and no towers of marks")
  func visible() {
    #expect(PlotText.visible(String(repeating: "x", count: 100)).count == PlotText.longest)
    #expect(PlotText.visible("a\u{7}b\u{202E}c") == "a\u{FFFD}b\u{FFFD}c")
    let tower = "e" + String(repeating: "\u{301}", count: 1000)
    #expect(PlotText.visible(tower).unicodeScalars.count == 4)
  }
}

import Figures
import Foundation
import Testing

@Suite("Drawing by gnuplot")
struct GnuplotTests {
  private func panel(_ geometry: Geometry, isLogarithmic: Bool = false) -> Panel {
    Panel(
      title: "t", x: Axis("x", isLogarithmic: isLogarithmic),
      y: Axis("y", isLogarithmic: isLogarithmic), series: [Series(geometry, title: "s")],
      references: [.horizontal(1), .vertical(1), .identity])
  }

  @Test("Nothing to see, one point, and numbers that are none, are drawn without a complaint")
  func odd() throws {
    let none: [Double] = []
    let strange: [Double] = [.nan, .infinity, -.infinity, 1e300, -1e300, 1e-300, 0, -1]
    var panels: [Panel] = []
    for isLogarithmic in [false, true] {
      for values in [none, [5], [0], [-3, -3], strange] {
        panels += [
          panel(.points(x: values, y: values), isLogarithmic: isLogarithmic),
          panel(.line(x: values, y: values), isLogarithmic: isLogarithmic),
          panel(.bars(x: values, heights: values, width: 1), isLogarithmic: isLogarithmic),
          panel(.band(x: values, low: values, high: values), isLogarithmic: isLogarithmic),
          panel(
            .segments(x: values, y: values, toX: values, toY: values), isLogarithmic: isLogarithmic),
          panel(
            .intervals(x: values, y: values, low: values, high: values),
            isLogarithmic: isLogarithmic),
          panel(
            .tiles(values.filter(\.isFinite).map { Tile(x: $0...$0, y: $0...$0, colour: .blue) })),
        ]
      }
    }
    let drawn = try Gnuplot.found().draw(
      Figure(name: "odd", panels: panels, columns: 7, panelSize: (160, 140)))
    #expect(drawn.remarks == "")
    #expect(String(decoding: drawn.svg, as: UTF8.self).contains("</svg>"))
    #expect(drawn.pdf.starts(with: Array("%PDF".utf8)))
  }

  @Test(
    "Values that nearly are one value are drawn, in ranges of their own and in given ones",
    arguments: [1.11341, -1e-9, 4.2e7, 0.1 + 0.2])
  func nearlyConstant(value: Double) throws {
    let values = [value, value.nextUp, value * (1 + 1e-14), value * (1 + 1e-9)]
    var panels: [Panel] = []
    for range in [nil, min(value, value.nextUp)...max(value, value.nextUp), value...value] {
      panels += [
        Panel(
          x: Axis("x", range: range), y: Axis("y", range: range),
          series: [Series(.points(x: values, y: values))]),
        Panel(
          x: Axis("x"), y: Axis("y", range: range, startsAtZero: true),
          series: [Series(.line(x: [0, 1, 2, 3], y: values))]),
        Panel(
          x: Axis("x"), y: Axis("y", range: range, isLogarithmic: true),
          series: [Series(.line(x: [0, 1, 2, 3], y: values.map(abs)))]),
      ]
    }
    panels.append(
      Panel(
        x: Axis("x", range: 0...0), y: Axis("y", range: -0.0...1e-40),
        series: [Series(.points(x: [0], y: [0]))]))
    let drawn = try Gnuplot.found().draw(Figure(name: "same", panels: panels, columns: 3))
    #expect(drawn.remarks == "")
  }

  @Test("numbers keep all their digits")
  func digits() {
    let figure = Figure(
      name: "f",
      panels: [
        Panel(
          x: Axis("x"), y: Axis("y"),
          series: [Series(.points(x: [0.1 + 0.2, 1234567.891], y: [1, 2]))])
      ])
    let script = Gnuplot(program: "").script(of: figure)
    #expect(script.contains("0.30000000000000004 1\n1234567.891 2\n"))
  }

  @Test("Two thousand points take little more than fifty bytes each, and all are there")
  func small() throws {
    let values = (0..<2000).map { Double($0) * 0.7310 }
    let drawn = try Gnuplot.found().draw(
      Figure(
        name: "many",
        panels: [Panel(x: Axis("x"), y: Axis("y"), series: [Series(.points(x: values, y: values))])]
      )
    )
    #expect(drawn.svg.count < 110_000)
    #expect(
      String(decoding: drawn.svg, as: UTF8.self).components(separatedBy: "<use xlink:href='#m0'")
        .count == 2001)
  }

  @Test("A figure is the same bytes each time")
  func same() throws {
    let figure = Figure(
      name: "same",
      panels: [panel(.points(x: [1, 2, 3], y: [2, 1, 3])), panel(.line(x: [1, 2], y: [3, 4]))],
      columns: 2)
    let gnuplot = try Gnuplot.found()
    #expect(try gnuplot.draw(figure).svg == gnuplot.draw(figure).svg)
  }

  @Test("A program that fails is told with what it said")
  func failing() throws {
    let figure = Figure(name: "f", panels: [panel(.points(x: [1], y: [1]))])
    #expect {
      try Gnuplot(program: "/bin/false").draw(figure)
    } throws: {
      "\($0)".contains("could not draw the figure f (exit code 1")
    }
    #expect {
      try Gnuplot(program: "/bin/true").draw(figure)
    } throws: {
      "\($0)".contains("its files are not complete")
    }
    #expect {
      try Gnuplot(program: "/nonexistent/gnuplot").draw(figure)
    } throws: {
      "\($0)".contains("starting /nonexistent/gnuplot failed")
    }
  }

  @Test("Components differ in colour, shape and dash, so that they can be told apart in grey")
  func palette() {
    let looks = (0..<6).map { [Palette.shape($0).rawValue, Palette.dash($0).rawValue] }
    #expect(Set(looks).count == 6)
    #expect(Set((0..<21).map(Palette.colour)).count == 21)
  }
}

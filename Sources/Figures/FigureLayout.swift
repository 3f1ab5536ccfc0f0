/// Where the parts of a figure are, in pixels from its upper left corner.
struct FigureLayout {
  static let fontSize = 13.0
  static let smallSize = 11.5
  private static let legendRow = 20.0
  private static let edge = 8.0

  let width: Double
  let height: Double
  let entries: [(entry: LegendEntry, x: Double, y: Double)]
  /// Of each panel without its labels.
  let plots: [(left: Double, top: Double, right: Double, bottom: Double)]
  let noteY: Double

  init(_ figure: Figure) {
    width = Double(figure.columns) * figure.panelSize.width
    var placed: [(LegendEntry, x: Double, y: Double)] = []
    var (x, y) = (Self.edge + 6, Self.edge + Self.legendRow / 2)
    for entry in LegendEntry.entries(of: figure) {
      let size = LegendEntry.symbolWidth + 8 + PlotText.width(entry.title) * Self.smallSize + 18
      if x > Self.edge + 6, x + size > width - Self.edge {
        x = Self.edge + 6
        y += Self.legendRow
      }
      placed.append((entry, x, y))
      x += size
    }
    entries = placed.map { (entry: $0.0, x: $0.x, y: $0.y) }
    let top = placed.isEmpty ? Self.edge : y + Self.legendRow / 2 + 4
    let rows = (figure.panels.count + figure.columns - 1) / figure.columns
    let bottom = top + Double(rows) * figure.panelSize.height
    height = bottom + (figure.note == nil ? 4 : 24)
    noteY = bottom + 10
    plots = figure.panels.indices.map { i in
      let panel = figure.panels[i]
      let cellLeft = Double(i % figure.columns) * figure.panelSize.width
      let cellTop = top + Double(i / figure.columns) * figure.panelSize.height
      let left =
        Self.widestTick(panel.y.ticks, least: 46) + (panel.y.label.isEmpty ? 8 : 30)
      let below =
        (panel.x.hasUprightTicks ? Self.widestTick(panel.x.ticks, least: 20) + 10 : 28)
        + (panel.x.label.isEmpty ? 6 : 26)
      return (
        left: cellLeft + min(left, 0.45 * figure.panelSize.width),
        top: cellTop + (panel.title == nil ? 8 : 28),
        right: cellLeft + figure.panelSize.width - 24,
        bottom: cellTop + figure.panelSize.height - min(below, 0.45 * figure.panelSize.height)
      )
    }
  }

  private static func widestTick(_ ticks: [(place: Double, text: String)]?, least: Double) -> Double
  {
    let widest = ticks?.map { min(PlotText.width($0.text), 24 * 0.58) }.max() ?? 0
    return max(least, widest * smallSize + 8)
  }

  /// A place as gnuplot's shares of the figure, from its lower left corner.
  func screen(_ x: Double, _ y: Double) -> String {
    "screen \(number(x / width)),\(number(1 - y / height))"
  }
}

/// A line of the legend.
struct LegendEntry: Hashable {
  enum Symbol: Hashable { case line, point, area }
  static let symbolWidth = 26.0

  let title: String
  let symbol: Symbol
  let style: Style

  static func entries(of figure: Figure) -> [LegendEntry] {
    var entries: [LegendEntry] = []
    for series in figure.panels.flatMap(\.series) {
      guard let title = series.title else { continue }
      let symbol: Symbol =
        switch series.geometry {
        case .line, .segments: .line
        case .points, .intervals: .point
        case .band, .bars, .tiles: .area
        }
      let entry = LegendEntry(title: title, symbol: symbol, style: series.style)
      if !entries.contains(entry) { entries.append(entry) }
    }
    return entries
  }

  /// Commands that draw it.
  /// - Parameters:
  ///   - number: its place in the legend.
  ///   - font: of its text.
  func commands(in layout: FigureLayout, number place: Int, x: Double, y: Double, font: String)
    -> [String]
  {
    let right = x + Self.symbolWidth
    let text =
      "set label \(PlotText.quoted(title)) at \(layout.screen(right + 6, y)) left \(font) front"
    let look = "lc rgb '\(style.colour.gnuplot)'"
    switch symbol {
    case .line:
      // Of two arrows that differ in their dashes only, gnuplot 5.4 draws the second like the
      // first.
      return [
        "set arrow from \(layout.screen(x, y)) to \(layout.screen(right, y)) nohead \(look)"
          + " lw \(number(style.width + 0.01 * Double(place))) dt \(style.dash.gnuplot) front",
        text,
      ]
    case .point:
      let (type, scale) = style.shape.gnuplot
      return [
        "set label '' at \(layout.screen((x + right) / 2, y)) point pt \(type) "
          + "ps \(number(max(style.size, 0.6) * scale)) lc rgb '\(style.colour.with(opacity: 1).gnuplot)' front",
        text,
      ]
    case .area:
      return [
        "set object rectangle from \(layout.screen(x, y - 6)) to \(layout.screen(right, y + 6)) "
          + "fc rgb '\(style.colour.gnuplot)' fs solid border lc rgb '#AAAAAA' front", text,
      ]
    }
  }
}

/// A number as gnuplot reads it.
func number(_ value: Double) -> String {
  guard value.isFinite else { return "NaN" }
  if value == value.rounded(), abs(value) < 1e15 { return "\(Int(value))" }
  // The shortest digits that are this number: of fewer, nearly equal ones would become equal.
  return "\(value)"
}

import Diagnostics
import Figures
import PopulationModel
import Report

/// Who belongs to which component.
struct ClassFigures {
  let view: FitView

  /// Bars beside each other.
  private static let barLimit = 300
  private static let pairLimit = 6

  func figures() -> [ReportFigure] {
    (view.componentCount > 1 ? [membership()] : []) + scatter()
  }

  private func membership() -> ReportFigure {
    let components = 0..<view.componentCount
    let order = (0..<view.rows.count).sorted { a, b in
      let (first, second) = (view.rows.classes[a], view.rows.classes[b])
      if first != second { return first < second }
      let (p, q) = (view.rows.membership[first][a], view.rows.membership[first][b])
      return p != q ? p > q : a < b
    }
    let sample = Sample(of: order.count, limit: Self.barLimit)
    var tiles = components.map { _ in [Tile]() }
    for (bar, place) in sample.places.enumerated() {
      var low = 0.0
      for k in components {
        let tau = view.rows.membership[k][order[place]]
        guard tau.isFinite, tau > 0.002 else { continue }
        tiles[k].append(
          Tile(
            x: Double(bar)...Double(bar + 1), y: low...min(1, low + tau),
            colour: Palette.colour(k)))
        low += tau
      }
    }
    let series = components.map { k in
      Series(.tiles(tiles[k]), title: view.componentName(k), Style(Palette.colour(k)))
    }
    var borders: [Reference] = []
    for bar in sample.places.indices.dropFirst()
    where view.rows.classes[order[sample.places[bar]]]
      != view.rows.classes[order[sample.places[bar - 1]]]
    {
      borders.append(.vertical(Double(bar)))
    }
    let ticks = [0.0, 0.25, 0.5, 0.75, 1].map { share -> (place: Double, text: String) in
      (
        place: share * Double(sample.places.count),
        text: grouped(Int((share * Double(order.count)).rounded()))
      )
    }
    return ReportFigure(
      figure: Figure(
        name: "membership",
        panels: [
          Panel(
            x: Axis(
              "subjects, sorted by class and probability",
              range: 0...Double(max(1, sample.places.count)), ticks: ticks),
            y: Axis("probability", range: 0...1), series: series, references: borders)
        ], panelSize: (760, 300), note: sample.note("subjects")),
      heading: "Probabilities of the components",
      caption:
        "A bar for each subject, divided by its probabilities of belonging to the components. Sharp steps mean that subjects are told apart well; a long slope "
        + "between colours that many could belong to either. Expected in the wrong class: \(Text.number(view.fit.expectedMisclassifications)) of \(grouped(view.rows.count)) subjects."
    )
  }

  /// Conditional means of two effects, with the components.
  private func scatter() -> [ReportFigure] {
    let effects = view.model.effects
    var pairs: [(Int, Int)] = []
    for a in effects.indices { for b in effects.indices where b > a { pairs.append((a, b)) } }
    guard !pairs.isEmpty else { return [] }
    let shown = pairs.prefix(Self.pairLimit)
    let sample = Sample(of: view.rows.count, limit: Sample.limit / shown.count)
    let panels = shown.map { a, b in
      var series = (0..<view.componentCount).map { k in
        let own = sample.places.filter { view.rows.classes[$0] == k }
        return Series(
          .points(
            x: view.conditionalMeans(a, subjects: own), y: view.conditionalMeans(b, subjects: own)),
          title: view.componentCount > 1 ? "class \(k + 1)" : "subjects",
          Style(Palette.colour(k).with(opacity: 0.6), shape: Palette.shape(k), size: 0.45))
      }
      for k in 0..<view.componentCount {
        for (level, dash) in [(0.5, Dash.dashed), (0.95, Dash.solid)] {
          let ellipse = ComponentEllipse.of(
            view.fitted, effects: (a, b), component: k, level: level)
          series.append(
            Series(
              .line(x: ellipse.points.map(\.x), y: ellipse.points.map(\.y)),
              title: nil,
              Style(Palette.colour(k), width: 1.4, dash: dash)))
        }
      }
      // One line of the legend for all components.
      for (level, dash) in [("50 %", Dash.dashed), ("95 %", .solid)] {
        series.append(
          Series(
            .line(x: [], y: []), title: "\(level) of a component",
            Style(.darkGrey, width: 1.4, dash: dash)))
      }
      return Panel(x: Axis(view.effectName(a)), y: Axis(view.effectName(b)), series: series)
    }
    var notes = sample.note("subjects").map { [$0] } ?? []
    if shown.count < pairs.count {
      notes.append("\(shown.count) of \(pairs.count) pairs of effects shown")
    }
    return [
      ReportFigure(
        figure: Figure(
          name: "conditional-means", panels: Array(panels), columns: panels.count > 1 ? 2 : 1,
          panelSize: panels.count > 1 ? PanelSize.half : (760, 440),
          note: notes.isEmpty ? nil : notes.joined(separator: "; ")),
        heading: "Conditional means of the random effects",
        caption:
          "A point for each subject, and the lines within which the components have half and 95 % of their subjects. Points are drawn towards the middle where the data say little (shrinkage). "
          + "Points along a slope point to a correlation that the model lacks; points far from all lines to outliers; a cloud in several parts within one line to a missing component."
      )
    ]
  }
}

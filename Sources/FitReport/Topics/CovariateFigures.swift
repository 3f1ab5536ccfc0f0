import Figures
import PopulationData

/// Columns of the data file that the fit did not use, by class.
struct CovariateFigures {
  let view: FitView
  let columns: [SubjectColumn]

  private static let panelLimit = 12
  /// Columns with up to so many different values are counted.
  private static let levelLimit = 8

  func figures() -> [ReportFigure] {
    let found = columns.compactMap { column in panel(column).map { (column.name, $0) } }
    guard !found.isEmpty else { return [] }
    let texts = columns.filter {
      $0.numbers == nil && Set($0.texts.filter { !$0.isEmpty }).count > Self.levelLimit
    }.map(\.name)
    let left =
      texts.isEmpty
      ? ""
      : " Left out, as texts of more than \(Self.levelLimit) kinds: "
        + "\(texts.prefix(Self.panelLimit).joined(separator: ", "))\(texts.count > Self.panelLimit ? ", …" : "")."
    let shown = found.prefix(Self.panelLimit)
    return [
      ReportFigure(
        figure: Figure(
          name: "covariates", panels: shown.map(\.1), columns: min(3, max(2, shown.count)),
          panelSize: shown.count > 2 ? PanelSize.third : PanelSize.half,
          note: shown.count < found.count
            ? "\(shown.count) of \(found.count) columns shown" : nil),
        heading: "Covariates by class",
        caption:
          "The columns of the data that the fit did not use, with their values in each subject's first row. Numbers as boxes from the lower to the upper quartile with the "
          + "median, whiskers to the last value within 1.5 times the box, and points beyond; few values as shares. A covariate that differs between classes may be what the mixture stands for: put it into the model.\(left)"
      )
    ]
  }

  private func panel(_ column: SubjectColumn) -> Panel? {
    let levels = Set(column.texts.filter { !$0.isEmpty })
    guard levels.count > 1 else { return nil }
    if levels.count > Self.levelLimit, let numbers = column.numbers {
      return boxes(column.name, numbers)
    }
    guard levels.count <= Self.levelLimit else { return nil }
    return shares(column)
  }

  private var classTicks: [(place: Double, text: String)] {
    (0..<view.componentCount).map {
      (Double($0), view.componentCount > 1 ? "class \($0 + 1)" : "all")
    }
  }

  private func subjects(_ k: Int) -> [Int] {
    view.rows.classes.indices.filter { view.rows.classes[$0] == k }
  }

  private func boxes(_ name: String, _ numbers: [Double?]) -> Panel {
    let series = (0..<view.componentCount).flatMap { k in
      BoxPlot(subjects(k).compactMap { numbers[$0] })
        .series(at: Double(k), colour: Palette.colour(k), shape: Palette.shape(k))
    }
    return Panel(
      title: name,
      x: Axis("", range: -0.6...(Double(view.componentCount) - 0.4), ticks: classTicks),
      y: Axis(""), series: series)
  }

  private func shares(_ column: SubjectColumn) -> Panel {
    let levels = Set(column.texts.filter { !$0.isEmpty }).sorted { a, b in
      let (first, second) = (Double(a), Double(b))
      if let first, let second { return first < second }
      return a < b
    }
    var series: [Series] = []
    for k in 0..<view.componentCount {
      let own = subjects(k).map { column.texts[$0] }.filter { !$0.isEmpty }
      guard !own.isEmpty else { continue }
      let heights = levels.map { level in
        100 * Double(own.count { $0 == level }) / Double(own.count)
      }
      let width = 0.8 / Double(view.componentCount)
      series.append(
        Series(
          .bars(
            x: levels.indices.map { Double($0) - 0.4 + width * (Double(k) + 0.5) },
            heights: heights, width: width * 0.92),
          title: view.componentCount > 1 ? "class \(k + 1)" : nil, Style(Palette.colour(k))))
    }
    return Panel(
      title: column.name,
      x: Axis(
        "", range: -0.6...(Double(levels.count) - 0.4),
        ticks: levels.enumerated().map { (Double($0), $1) },
        hasUprightTicks: levels.contains { $0.count > 6 }),
      y: Axis("% of the class", startsAtZero: true), series: series)
  }
}

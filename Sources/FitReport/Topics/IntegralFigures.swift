import Figures
import Report

extension UncertaintyFigures {
  /// How well the integrals of single subjects are known.
  func effectiveSampleSizes() -> [ReportFigure] {
    // The number of nodes of a rule is small even when all is well, and no measure of their
    // accuracy.
    guard view.fit.nodes != "gauss-hermite" else { return [] }
    var panels: [Panel] = []
    let components = 0..<view.componentCount
    /// The integrals that count.
    func values(_ columns: [[Double]], _ k: Int) -> [Double] {
      columns[k].indices.filter {
        columns[k][$0].isFinite && view.rows.membership[k][$0] > 0.01
      }.map { columns[k][$0] }
    }
    for k in components.prefix(6) {
      let sizes = values(view.rows.effectiveSampleSizes, k)
      guard !sizes.isEmpty else { continue }
      let histogram = Histogram(sizes, bars: 30, range: 0...max(1, sizes.max() ?? 1))
      panels.append(
        Panel(
          title: view.componentName(k), x: Axis("effective sample size"),
          y: Axis("subjects", startsAtZero: true),
          series: [
            Series(
              .bars(
                x: histogram.centres, heights: histogram.counts.map(Double.init),
                width: histogram.width * 0.94), title: nil, Style(Palette.colour(k)))
          ]))
    }
    let shapes = components.map { values(view.rows.tailShapes, $0) }
    if shapes.contains(where: { !$0.isEmpty }) {
      let all = shapes.flatMap { $0 }
      let range = min(-0.5, all.min() ?? 0)...max(1, all.max() ?? 1)
      panels.append(
        Panel(
          title: "Pareto k", x: Axis("k of the tail of the weights"),
          y: Axis("integrals", startsAtZero: true),
          series: components.filter { !shapes[$0].isEmpty }.map { k in
            let histogram = Histogram(shapes[k], bars: 24, range: range)
            return Series(
              .bars(
                x: histogram.centres, heights: histogram.counts.map(Double.init),
                width: histogram.width * 0.94),
              title: view.componentCount > 1 ? view.componentName(k) : nil,
              Style(Palette.colour(k).with(opacity: 0.6)))
          }, references: [.vertical(0.7)]))
    }
    guard !panels.isEmpty else { return [] }
    return [
      ReportFigure(
        figure: Figure(
          name: "effective-sample-sizes", panels: panels, columns: panels.count > 1 ? 2 : 1,
          panelSize: (380, 260),
          note: view.componentCount > 6 ? "6 of \(view.componentCount) components shown" : nil),
        heading: "Effective sample sizes",
        caption:
          "How many independent samples the integral of each subject is worth, where the subject's probability of the component is above 0.01. "
          + "Single subjects far below the others have integrals that are not to be trusted; values of k beyond the dashed line at 0.7 say the same. "
          + "Look at such subjects in the table below.")
    ]
  }
}

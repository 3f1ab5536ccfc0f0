import Figures
import Report

/// How well the estimates are known, and how well the integrals.
struct UncertaintyFigures {
  let view: FitView

  private static let parameterLimit = 40

  func figures() -> [ReportFigure] {
    standardErrors() + correlations() + effectiveSampleSizes()
  }

  private func standardErrors() -> [ReportFigure] {
    let known = view.fit.parameters.filter { parameter in
      guard !parameter.fixed, parameter.estimate != 0 else { return false }
      let errors = parameter.standardErrors
      return (parameter.standardError ?? errors?.observed ?? errors?.sandwich) != nil
    }
    let shown = Array(known.prefix(Self.parameterLimit))
    guard !shown.isEmpty else { return [] }
    let kinds: [(String, Colour, Shape, (FitDocument.Parameter) -> Double?)] = [
      (
        "outer product of scores", .blue, .circle,
        { $0.standardErrors?.outerProduct ?? $0.standardError }
      ),
      ("observed information", .vermillion, .triangle, { $0.standardErrors?.observed }),
      ("sandwich", .green, .square, { $0.standardErrors?.sandwich }),
    ]
    let given = kinds.filter { kind in shown.contains { kind.3($0) != nil } }
    let series = given.enumerated().map { number, kind in
      var (x, y): ([Double], [Double]) = ([], [])
      for (i, parameter) in shown.enumerated() {
        guard let error = kind.3(parameter) else { continue }
        x.append(Double(i) + 0.22 * (Double(number) - Double(given.count - 1) / 2))
        y.append(100 * error / abs(parameter.estimate))
      }
      return Series(.points(x: x, y: y), title: kind.0, Style(kind.1, shape: kind.2, size: 0.8))
    }
    let values = series.flatMap { series -> [Double] in
      if case .points(_, let y) = series.geometry { return y }
      return []
    }
    let isLogarithmic = (values.max() ?? 1) > 50 * (values.min() ?? 1) && (values.min() ?? 0) > 0
    let others =
      given.count == 1
      ? " This fit has standard errors of one kind only."
      : " The three should be alike; where they differ by more than a third the model is misspecified or the sample is small, and the sandwich is the one to trust least in small and most in large samples."
    return [
      ReportFigure(
        figure: Figure(
          name: "standard-errors",
          panels: [
            Panel(
              x: Axis(
                "", range: -0.6...(Double(shown.count) - 0.4),
                ticks: shown.enumerated().map { (Double($0), $1.name) }, hasUprightTicks: true),
              y: Axis(
                "relative standard error, %", startsAtZero: !isLogarithmic,
                isLogarithmic: isLogarithmic), series: series)
          ], panelSize: PanelSize.whole,
          note: shown.count < known.count
            ? "\(shown.count) of \(known.count) parameters shown" : nil),
        heading: "Standard errors",
        caption:
          "Standard errors as a share of the estimates. Means below 20 % and variances below 50 % are usual; a parameter far above the others is hardly determined by the data.\(others)"
      )
    ]
  }

  private func correlations() -> [ReportFigure] {
    guard let covariance = view.fit.covariance.outerProduct, covariance.count > 1 else { return [] }
    let names = view.fit.covariance.order
    let count = min(names.count, covariance.count, Self.parameterLimit)
    var tiles: [Tile] = []
    var labels: [(x: Double, y: Double, text: String)] = []
    for i in 0..<count {
      for j in 0...i {
        let scale: Double = (covariance[i][i] * covariance[j][j]).squareRoot()
        let correlation: Double = scale > 0 ? covariance[i][j] / scale : 0
        guard correlation.isFinite else { continue }
        let x = Double(j)
        let y = Double(i)
        tiles.append(
          Tile(
            x: (x - 0.5)...(x + 0.5), y: (-y - 0.5)...(-y + 0.5),
            colour: Self.colour(correlation)))
        if count <= 14, i != j { labels.append((x, -y, fixed(correlation, 2))) }
      }
    }
    let side = count <= 14 ? 46.0 : 620 / Double(count)
    let size = side * Double(count)
    let legend = [(-1, "-1"), (-0.5, "-0.5"), (0, "0"), (0.5, "0.5"), (1, "1")].map { value, text in
      Series(
        .tiles([]), title: "correlation \(text)", Style(Self.colour(Double(value))))
    }
    let condition =
      view.fit.covariance.conditionNumber.map {
        " The condition number of the information is \(significant($0, 3)); above a million some standard errors mean little."
      } ?? ""
    return [
      ReportFigure(
        figure: Figure(
          name: "correlations",
          panels: [
            Panel(
              x: Axis(
                "", range: -0.5...(Double(count) - 0.5),
                ticks: (0..<count).map { (Double($0), names[$0]) }, hasUprightTicks: true),
              y: Axis(
                "", range: (0.5 - Double(count))...0.5,
                ticks: (0..<count).map { (-Double($0), names[$0]) }),
              series: [Series(.tiles(tiles))] + legend, labels: labels)
          ], panelSize: (min(760, max(520, size + 120)), max(300, min(700, size + 110))),
          note: count < names.count ? "\(count) of \(names.count) parameters shown" : nil),
        heading: "Correlations of the estimates",
        caption:
          "Blue is negative, orange positive, white none. Correlations beyond 0.95 or below -0.95 say that the data do not tell two parameters apart.\(condition)"
      )
    ]
  }

  /// From blue by white to orange.
  private static func colour(_ correlation: Double) -> Colour {
    let share = min(1, abs(correlation))
    let end: (Double, Double, Double) = correlation < 0 ? (0, 114, 178) : (213, 94, 0)
    func mixed(_ value: Double) -> UInt32 { UInt32((255 + (value - 255) * share).rounded()) }
    return Colour(mixed(end.0) << 16 | mixed(end.1) << 8 | mixed(end.2))
  }

  private func effectiveSampleSizes() -> [ReportFigure] {
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
    let isRule = view.fit.nodes == "gauss-hermite"
    return [
      ReportFigure(
        figure: Figure(
          name: "effective-sample-sizes", panels: panels, columns: panels.count > 1 ? 2 : 1,
          panelSize: (380, 260),
          note: view.componentCount > 6 ? "6 of \(view.componentCount) components shown" : nil),
        heading: "Effective sample sizes",
        caption:
          "How many independent samples the integral of each subject is worth, where the subject's probability of the component is above 0.01. "
          + (isRule
            ? "The nodes of this fit are those of a Gauss-Hermite rule: their number is small even when all is well and no measure of their accuracy. "
            : "Single subjects far below the others have integrals that are not to be trusted; values of k beyond the dashed line at 0.7 say the same. ")
          + "Look at such subjects in the table below.")
    ]
  }
}

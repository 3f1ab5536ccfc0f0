import Figures
import Report

/// How well the estimates are known, and how well the integrals.
struct UncertaintyFigures {
  let view: FitView

  static let parameterLimit = 40

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
}

import Figures
import Report

/// What a study shows of its methods.
struct StudyFigures {
  let study: StudyFolder

  private static let parameterLimit = 24

  func figures() -> [ReportFigure] {
    errors(
      "prediction-errors", "Prediction errors against the population", \.errorPercent,
      "against the values that the data were drawn from")
      + errors(
        "prediction-errors-realised", "Prediction errors against the realised values",
        \.realisedErrorPercent,
        "against the values in each simulated sample, such as the mean of the effects of its subjects; parameters without such values are left out"
      )
      + coverage() + misclassification()
  }

  private var methodTicks: [(place: Double, text: String)] {
    study.document.methods.enumerated().map { (Double($0), $1.name) }
  }

  private func errors(
    _ name: String, _ heading: String, _ value: (StudyFolder.Replicate) -> Double, _ against: String
  ) -> [ReportFigure] {
    var panels: [Panel] = []
    var count = 0
    for parameter in study.parameterNames {
      let own = study.replicates.filter { $0.parameter == parameter }
      let methods = study.document.methods.enumerated().map { number, method in
        (number, own.filter { $0.method == method.name }.map(value).filter(\.isFinite))
      }
      guard methods.contains(where: { $0.1.count > 1 }) else { continue }
      count += 1
      guard panels.count < Self.parameterLimit else { continue }
      panels.append(
        Panel(
          title: parameter,
          x: Axis(
            "", range: -0.6...(Double(study.document.methods.count) - 0.4), ticks: methodTicks,
            hasUprightTicks: study.document.methods.count > 3
              || study.document.methods.contains { $0.name.count > 9 }),
          y: Axis("error, %"),
          series: methods.flatMap { number, values in
            BoxPlot(values).series(
              at: Double(number), colour: Palette.colour(number), shape: Palette.shape(number))
          }, references: [.horizontal(0)]))
    }
    guard !panels.isEmpty else { return [] }
    return [
      ReportFigure(
        figure: Figure(
          name: name, panels: panels, columns: 3, panelSize: (253, 240),
          note: count > panels.count ? "\(panels.count) of \(count) parameters shown" : nil),
        heading: heading,
        caption:
          "Of each data set the error of the estimate in percent, \(against). Boxes go from the lower to the upper quartile with the median, whiskers to the last value within 1.5 times the box, points lie beyond. "
          + "Boxes should be about the dashed line at 0; one that is above or below it as a whole shows a bias, long ones a parameter that the design hardly determines."
      )
    ]
  }

  /// Three kinds of standard errors by two intervals, and profiles; those of odds, which weights
  /// only have, are in `study.csv`.
  private static let coverageLimit = 7
  /// Points beside each other in half the width of a page.
  private static let pointLimit = 20

  private func coverage() -> [ReportFigure] {
    let names = Array(study.parameterNames.prefix(Self.parameterLimit))
    var kinds: [(error: String, scale: String)] = []
    for coverage in study.document.methods.flatMap(\.parameters).flatMap(\.coverage)
    where coverage.scale != "odds"
      && !kinds.contains(where: { $0 == (coverage.standardError, coverage.scale) })
    {
      kinds.append((coverage.standardError, coverage.scale))
    }
    let points = names.count * study.document.methods.count
    let isWide = points > Self.pointLimit
    let distance = min(0.25, 0.8 / Double(max(1, study.document.methods.count)))
    let panels = kinds.prefix(Self.coverageLimit).map { kind in
      let methods = study.document.methods
      return Panel(
        title: kind.scale == "profile"
          ? "profile likelihood" : "\(kind.error.replacing("_", with: " ")), \(kind.scale)",
        x: Axis(
          "", range: -0.6...(Double(names.count) - 0.4),
          ticks: names.enumerated().map { (Double($0), $1) }, hasUprightTicks: true),
        y: Axis("coverage, %"),
        series: methods.enumerated().map { number, method in
          var (x, y, low, high): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
          for (i, name) in names.enumerated() {
            guard
              let found = method.parameters.first(where: { $0.name == name })?.coverage
                .first(where: { $0.standardError == kind.error && $0.scale == kind.scale })
            else { continue }
            let error = found.percentError ?? 0
            x.append(Double(i) + distance * (Double(number) - Double(methods.count - 1) / 2))
            y.append(found.percent)
            low.append(max(0, found.percent - 2 * error))
            high.append(min(100, found.percent + 2 * error))
          }
          return Series(
            .intervals(x: x, y: y, low: low, high: high), title: method.name,
            Style(Palette.colour(number), shape: Palette.shape(number), size: 0.6))
        }, references: [.horizontal(95)])
    }
    guard !panels.isEmpty else { return [] }
    return [
      ReportFigure(
        figure: Figure(
          name: "coverage", panels: Array(panels), columns: panels.count > 1 && !isWide ? 2 : 1,
          panelSize: panels.count > 1 && !isWide
            ? PanelSize.half : (min(1400, max(760, 90 + 7 * Double(points))), 300),
          note: names.count < study.parameterNames.count
            ? "\(names.count) of \(study.parameterNames.count) parameters shown" : nil),
        heading: "Coverage of the 95 % intervals",
        caption:
          "How often the interval has the true value in it, by kind of standard error and scale of the interval, with two simulation standard errors to each side. Points should lie about the dashed line at 95 %; "
          + "one below it with its whole bar says that the standard error is too small.")
    ]
  }

  private func misclassification() -> [ReportFigure] {
    let methods = study.document.methods.enumerated().map {
      ($0, $1.name, study.misclassified($1.name))
    }
    .filter { !$2.isEmpty }
    guard !methods.isEmpty else { return [] }
    let most = methods.flatMap(\.2).max() ?? 0
    let step = max(1, (most + 40) / 40)
    let panels = methods.map { number, name, counts in
      let bars = (0...most / step).map { bar in counts.count { $0 / step == bar } }
      return Panel(
        title: name, x: Axis("subjects in the wrong class"),
        y: Axis("data sets", startsAtZero: true),
        series: [
          Series(
            .bars(
              x: bars.indices.map { Double($0 * step) + Double(step - 1) / 2 },
              heights: bars.map(Double.init), width: 0.9 * Double(step)), title: nil,
            Style(Palette.colour(number)))
        ])
    }
    return [
      ReportFigure(
        figure: Figure(
          name: "misclassified", panels: panels, columns: panels.count > 1 ? 2 : 1,
          panelSize: (380, 260)),
        heading: "Misclassified subjects",
        caption:
          "How many data sets have how many subjects in another class than the component that they were drawn from. Many far from 0 say that the components overlap, or that the design does not tell subjects apart."
      )
    ]
  }
}

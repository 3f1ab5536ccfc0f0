import Diagnostics
import Figures
import PopulationData
import Report

/// Observations beside predictions, and residuals.
struct PredictionFigures {
  let view: FitView
  /// A row for each observation of the chosen subjects.
  let rows: [ObservationDiagnostic]
  /// Place in the data set of the subject of each row.
  let note: String?

  /// - Parameter subjects: of the whole data set.
  init(_ view: FitView, subjects: [Subject]) {
    self.view = view
    let perSubject = max(1, view.dataSet.observations / max(1, subjects.count))
    let sample = Sample(of: subjects.count, limit: max(1, Sample.limit / perSubject))
    let rows = view.fitted.diagnostics(
      sample.places.map { subjects[$0] }, sample.places.map(view.estimate))
    self.rows = rows.map { row in
      var row = row
      row.subject = sample.places[row.subject]
      return row
    }
    note =
      sample.isWhole
      ? nil
      : "\(grouped(rows.count)) of \(grouped(view.dataSet.observations)) observations shown: those of "
        + "\(grouped(sample.places.count)) of \(grouped(sample.count)) subjects"
  }

  func figures() -> [ReportFigure] { [observedAndPredicted(), residuals()] }

  /// Points by class, each with its colour and shape.
  private func points(
    _ x: (ObservationDiagnostic) -> Double, _ y: (ObservationDiagnostic) -> Double
  ) -> [Series] {
    (0..<view.componentCount).map { k in
      let own = rows.filter { view.rows.classes[$0.subject] == k && $0.censoring == 0 }
      return Series(
        .points(x: own.map(x), y: own.map(y)),
        title: view.componentCount > 1 ? "class \(k + 1)" : nil,
        Style(Palette.colour(k).with(opacity: 0.55), shape: Palette.shape(k), size: 0.38))
    }
  }

  private var hasCensored: Bool { rows.contains { $0.censoring != 0 } }

  /// What is known by a limit only.
  private func censored(
    _ title: String, _ x: (ObservationDiagnostic) -> Double,
    _ y: (ObservationDiagnostic) -> Double?
  ) -> [Series] {
    let own = rows.compactMap { row in
      row.censoring == 0 ? nil : y(row).map { (x: x(row), y: $0) }
    }
    guard !own.isEmpty else { return [] }
    return [
      Series(
        .points(x: own.map(\.x), y: own.map(\.y)), title: title,
        Style(Colour(0x555555, opacity: 0.6), shape: .ring, size: 0.38))
    ]
  }

  private func observedAndPredicted() -> ReportFigure {
    let values = rows.flatMap { [$0.observed, $0.populationPrediction, $0.individualPrediction] }
      .filter(\.isFinite)
    let isLogarithmic =
      (values.min() ?? 0) > 0 && (values.max() ?? 0) > 30 * (values.min() ?? 1)
    func panel(_ title: String, _ prediction: (ObservationDiagnostic) -> Double) -> Panel {
      Panel(
        title: title, x: Axis("prediction", isLogarithmic: isLogarithmic),
        y: Axis("observed \(view.valueName)", isLogarithmic: isLogarithmic),
        series: points(prediction, \.observed)
          + censored("beyond a limit, at the limit", prediction, \.observed),
        references: [.identity])
    }
    return ReportFigure(
      figure: Figure(
        name: "observed-predicted",
        panels: [
          panel("population prediction", \.populationPrediction),
          panel("individual prediction", \.individualPrediction),
        ], columns: 2, panelSize: PanelSize.half, note: note),
      heading: "Observed and predicted",
      caption:
        "Left against the prediction at the typical values of the subject's class, right against that at the subject's own conditional means. Points should lie "
        + "evenly about the dashed line of equality, close to it on the right. A bend, or points on one side at high or low values, says that the structure of the model is wrong.\(isLogarithmic ? " Both axes are logarithmic." : "")"
        + (hasCensored
          ? " Values that are known by a limit only are marked apart, at their limit; nothing is expected of them but to lie on the side of the line where their prediction is beyond it."
          : "")
    )
  }

  private func residuals() -> ReportFigure {
    func panel(
      _ x: String, isLogarithmic: Bool = false, _ value: (ObservationDiagnostic) -> Double
    ) -> Panel {
      Panel(
        x: Axis(x, isLogarithmic: isLogarithmic), y: Axis("weighted residual"),
        series: points(value, \.weightedResidual)
          + censored("drawn beyond a limit", value, \.drawnResidual) + [trend(value)],
        references: [.horizontal(0), .horizontal(-1.96), .horizontal(1.96)])
    }
    let predictions = rows.map(\.individualPrediction).filter(\.isFinite)
    let isLogarithmic =
      (predictions.min() ?? 0) > 0 && (predictions.max() ?? 0) > 30 * (predictions.min() ?? 1)
    return ReportFigure(
      figure: Figure(
        name: "residuals",
        panels: [
          panel(view.timeName, \.time),
          panel("individual prediction", isLogarithmic: isLogarithmic, \.individualPrediction),
        ], columns: 2, panelSize: PanelSize.half, note: note),
      heading: "Weighted residuals",
      caption:
        "Differences between observation and individual prediction in standard deviations of the residual error, against time and against prediction. They should scatter evenly about 0, "
        + "95 % of them within the outer dashed lines, fewer where subjects have few observations. The black line is the mean of neighbours and should be flat; a trend "
        + "says that the structure is wrong, a funnel that the residual error is."
        + (hasCensored
          ? " Of a value that is known by a limit only there is no residual: the rings are drawn from the residual error's distribution beyond the limit, at the individual prediction, and count for the mean of neighbours. "
            + "Without them the other residuals would seem to rise where few values are above the limit."
          : ""))
  }

  /// Means of neighbours, in up to ten groups of equal size.
  private func trend(_ x: (ObservationDiagnostic) -> Double) -> Series {
    let sorted = rows.map { (x: x($0), y: $0.drawnResidual ?? $0.weightedResidual) }
      .filter { $0.x.isFinite && $0.y.isFinite }
      .sorted { $0.x < $1.x }
    let groups = min(10, sorted.count / 8)
    var places: [Double] = []
    var means: [Double] = []
    for group in 0..<max(0, groups) {
      let own = sorted[sorted.count * group / groups..<sorted.count * (group + 1) / groups]
      let place = own.reduce(0) { $0 + $1.x } / Double(own.count)
      let mean = own.reduce(0) { $0 + $1.y } / Double(own.count)
      if let last = places.last, place <= last { continue }
      places.append(place)
      means.append(mean)
    }
    return Series(.line(x: places, y: means), title: "mean of neighbours", Style(.black, width: 2))
  }
}

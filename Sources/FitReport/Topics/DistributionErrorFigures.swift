import Diagnostics
import Figures
import Report

extension CheckFigures {
  /// Normalised prediction distribution errors (NPDE).
  func distributionErrors() -> [ReportFigure] {
    let errors = PredictionDistributionErrors(view.fitted, subjects: subjects)
    guard errors.count > 2 else { return [] }
    let rows = view.fitted.diagnostics(
      subjects, subjects.indices.map(view.estimate), npde: errors
    ).filter { $0.npde?.isFinite == true }
    let sample = Sample(of: rows.count)
    let shown = sample.places.map { rows[$0] }
    let hasCensored = rows.contains { $0.censoring != 0 }
    let points = { (x: (ObservationDiagnostic) -> Double) -> [Series] in
      [false, true].compactMap { isCensored in
        let own = shown.filter { ($0.censoring != 0) == isCensored }
        guard !own.isEmpty else { return nil }
        return Series(
          .points(x: own.map(x), y: own.map { $0.npde! }),
          title: isCensored ? "drawn beyond a limit" : hasCensored ? "measured" : nil,
          isCensored
            ? Style(Colour(0x555555, opacity: 0.6), shape: .ring, size: 0.38)
            : Style(Colour(0x0072B2, opacity: 0.55), size: 0.38))
      }
    }
    let bars = errors.summary.histogram(bars: 24)
    let width = bars[0].range.upperBound - bars[0].range.lowerBound
    let count = Double(errors.count)
    let grid = (0...120).map { -4 + Double($0) / 15 }
    let quantiles = errors.summary.quantiles(limit: 600)
    let lines: [Reference] = [.horizontal(0), .horizontal(-1.96), .horizontal(1.96)]
    let panels = [
      Panel(
        title: "histogram", x: Axis("NPDE", range: -4...4), y: Axis("density", startsAtZero: true),
        series: [
          Series(
            .bars(
              x: bars.map { ($0.range.lowerBound + $0.range.upperBound) / 2 },
              heights: bars.map { Double($0.count) / count / width }, width: width),
            title: "NPDE", Style(Colour(0x9CC5E0))),
          Series(
            .line(x: grid, y: grid.map(Self.normalDensity)), title: "standard normal",
            Style(.vermillion, width: 2)),
        ]),
      Panel(
        title: "quantiles", x: Axis("standard normal", range: -4...4),
        y: Axis("NPDE", range: -4...4),
        series: [
          Series(
            .points(x: quantiles.map(\.expected), y: quantiles.map(\.value)), title: nil,
            Style(.blue, size: 0.4))
        ], references: [.identity]),
      Panel(
        title: "over time", x: Axis(view.timeName), y: Axis("NPDE"), series: points(\.time),
        references: lines),
      Panel(
        title: "over the prediction", x: Axis("prediction of the mixture"), y: Axis("NPDE"),
        series: points(\.mixturePrediction), references: lines),
    ]
    var notes: [String] = []
    if errors.subjectsUsed < subjects.count {
      notes.append("by \(grouped(errors.subjectsUsed)) of \(grouped(subjects.count)) subjects")
    }
    if let note = sample.note("NPDE") { notes.append(note) }
    func p(_ value: Double?) -> String {
      value.map { $0 < 0.001 ? "below 0.001" : significant($0, 2) } ?? "unknown"
    }
    let hasLimits = view.quantificationLimit != nil || errors.leavesOutBelowLimits
    let censoredRemark =
      hasCensored
      ? " A value that is known by a limit only is drawn from the simulated ones beyond its limit, and so are simulated values there."
      : ""
    let limitRemark =
      !hasLimits
      ? ""
      : " The data lack the values below the quantification limit, which the simulated ones have: NPDE are somewhat above what is expected, for low predictions most of all."
    return [
      ReportFigure(
        figure: Figure(
          name: "npde", panels: panels, columns: 2, panelSize: PanelSize.half,
          note: notes.isEmpty ? nil : notes.joined(separator: "; ")),
        heading: "Normalised prediction distribution errors (NPDE)",
        caption:
          "Where each observation lies among \(grouped(errors.replicates)) simulated ones, on the scale of a standard normal. Mean \(significant(errors.mean, 2)) (0 expected, p \(p(errors.meanPValue))), "
          + "variance \(significant(errors.variance, 3)) (1 expected, p \(p(errors.variancePValue))), normality p \(p(errors.normalityPValue)), all together p \(p(errors.globalPValue)). The bars should follow the curve, the quantiles the line, and the "
          + "points should scatter evenly, without a trend. The prediction of the mixture is the mean of the components' typical predictions by their weights; "
          + "over the prediction of a subject's class, which follows from its observations, there would be a trend even if the model were right.\(censoredRemark)\(limitRemark)"
      )
    ]
  }

  private static func normalDensity(_ x: Double) -> Double {
    0.3989422804014327 * exponential(-x * x / 2)
  }
}

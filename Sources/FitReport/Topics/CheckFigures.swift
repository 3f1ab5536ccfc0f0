import Diagnostics
import Figures
import PopulationData
import Report

/// What the fitted model would have given, beside what was observed: visual predictive check and NPDE.
struct CheckFigures {
  let view: FitView
  let subjects: [Subject]
  let isPredictionCorrected: Bool
  /// Groups of subjects by a column of the data, and its name.
  let strata: (column: String, groups: [(label: String, subjects: [Int])])?

  func figures() -> [ReportFigure] { predictiveCheck() + distributionErrors() }

  private func predictiveCheck() -> [ReportFigure] {
    let check = VisualPredictiveCheck(
      view.fitted, subjects: subjects, strata: strata?.groups,
      isPredictionCorrected: isPredictionCorrected)
    guard !check.strata.isEmpty else { return [] }
    let perStratum = max(50, Sample.limit / check.strata.count)
    var shown = 0
    let panels = check.strata.map { stratum in
      let sample = Sample(of: stratum.points.count, limit: perStratum)
      shown += sample.places.count
      return panel(stratum, points: sample.places.map { stratum.points[$0] }, of: check)
    }
    let total = check.strata.reduce(0) { $0 + $1.points.count }
    var notes = ["\(grouped(check.replicates)) replicates"]
    if check.subjectsUsed < subjects.count {
      notes.append("by \(grouped(check.subjectsUsed)) of \(grouped(subjects.count)) subjects")
    }
    if shown < total {
      notes.append("\(grouped(shown)) of \(grouped(total)) observations shown as points")
    }
    let inside = check.strata.flatMap { $0.bins.flatMap(\.isWithin) }
    let corrected =
      isPredictionCorrected
      ? " Observed and simulated values are prediction-corrected, so that doses and times which differ within a bin do not widen the bands."
      : ""
    return [
      ReportFigure(
        figure: Figure(
          name: isPredictionCorrected ? "vpc-corrected" : "vpc", panels: panels,
          columns: panels.count > 1 ? 2 : 1,
          panelSize: panels.count > 1 ? PanelSize.half : PanelSize.whole,
          note: notes.joined(separator: "; ")),
        heading: "Visual predictive check"
          + (strata.map { ", by \($0.column)" } ?? "")
          + (isPredictionCorrected ? ", prediction-corrected" : ""),
        caption:
          "Lines are the 5 %, 50 % and 95 % quantiles of the observations, bands where 95 % of the quantiles of data simulated from the fit lie. Lines should stay in their bands: "
          + "\(inside.count { $0 }) of \(inside.count) do, 95 % are expected. A middle line outside says that the typical course is wrong, outer ones that the "
          + "variability is.\(corrected)")
    ]
  }

  private func panel(
    _ stratum: VisualPredictiveCheck.Stratum, points: [(time: Double, value: Double)],
    of check: VisualPredictiveCheck
  ) -> Panel {
    let times = stratum.bins.map(\.time)
    let looks: [(String, Colour, Dash)] = [
      ("5 %", .blue, .dashed), ("50 %", .vermillion, .solid), ("95 %", .green, .dashDotted),
    ]
    var series: [Series] = []
    for (q, look) in looks.enumerated() {
      let bands = stratum.bins.map { $0.simulated[q] }
      let title = "simulated \(look.0)"
      if times.count > 1 {
        series.append(
          Series(
            .band(x: times, low: bands.map(\.low), high: bands.map(\.high)), title: title,
            Style(look.1.with(opacity: 0.28))))
      } else {
        series.append(
          Series(
            .intervals(
              x: times, y: bands.map(\.median), low: bands.map(\.low), high: bands.map(\.high)),
            title: title, Style(look.1)))
      }
    }
    series.append(
      Series(
        .points(x: points.map(\.time), y: points.map(\.value)), title: "observations",
        Style(Colour(0x555555, opacity: 0.45), shape: .ring, size: 0.4)))
    for (q, look) in looks.enumerated() {
      series.append(
        Series(
          .line(x: times, y: stratum.bins.map { $0.observed[q] }), title: "observed \(look.0)",
          Style(look.1, width: 2, dash: look.2)))
      series.append(
        Series(
          .points(x: times, y: stratum.bins.map { $0.observed[q] }), title: nil,
          Style(look.1, shape: Palette.shape(q), size: 0.6)))
    }
    let value = isPredictionCorrected ? "prediction-corrected \(view.valueName)" : view.valueName
    return Panel(
      title: strata.map { "\($0.column) \(stratum.label)" }, x: Axis(view.timeName),
      y: Axis(value), series: series)
  }

  private func distributionErrors() -> [ReportFigure] {
    let errors = PredictionDistributionErrors(view.fitted, subjects: subjects)
    guard errors.count > 2 else { return [] }
    let rows = view.fitted.diagnostics(
      subjects, subjects.indices.map(view.estimate), npde: errors
    ).filter { $0.npde?.isFinite == true }
    let sample = Sample(of: rows.count)
    let shown = sample.places.map { rows[$0] }
    let points = { (x: (ObservationDiagnostic) -> Double) in
      Series(
        .points(x: shown.map(x), y: shown.map { $0.npde! }), title: nil,
        Style(Colour(0x0072B2, opacity: 0.55), size: 0.38))
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
        title: "over time", x: Axis(view.timeName), y: Axis("NPDE"), series: [points(\.time)],
        references: lines),
      Panel(
        title: "over the prediction", x: Axis("population prediction"), y: Axis("NPDE"),
        series: [points(\.populationPrediction)], references: lines),
    ]
    var notes: [String] = []
    if errors.subjectsUsed < subjects.count {
      notes.append("by \(grouped(errors.subjectsUsed)) of \(grouped(subjects.count)) subjects")
    }
    if let note = sample.note("NPDE") { notes.append(note) }
    func p(_ value: Double?) -> String {
      value.map { $0 < 0.001 ? "below 0.001" : significant($0, 2) } ?? "unknown"
    }
    return [
      ReportFigure(
        figure: Figure(
          name: "npde", panels: panels, columns: 2, panelSize: PanelSize.half,
          note: notes.isEmpty ? nil : notes.joined(separator: "; ")),
        heading: "Normalised prediction distribution errors (NPDE)",
        caption:
          "Where each observation lies among \(grouped(errors.replicates)) simulated ones, on the scale of a standard normal. Mean \(significant(errors.mean, 2)) (0 expected, p \(p(errors.meanPValue))), "
          + "variance \(significant(errors.variance, 3)) (1 expected, p \(p(errors.variancePValue))), normality p \(p(errors.normalityPValue)), all together p \(p(errors.globalPValue)). The bars should follow the curve, the quantiles the line, and the "
          + "points should scatter evenly, without a trend.")
    ]
  }

  private static func normalDensity(_ x: Double) -> Double {
    0.3989422804014327 * exponential(-x * x / 2)
  }
}

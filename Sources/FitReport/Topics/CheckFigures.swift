import Diagnostics
import Figures
import PopulationData
import PopulationModel
import Report

/// What the fitted model would have given, beside what was observed: visual predictive check and
/// NPDE.
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
      isPredictionCorrected: isPredictionCorrected,
      quantificationLimit: view.quantificationLimit)
    guard !check.strata.isEmpty else { return [] }
    let perStratum = max(50, Sample.limit / check.strata.count)
    var shown = 0
    var panels = check.strata.map { stratum in
      let sample = Sample(of: stratum.points.count, limit: perStratum)
      shown += sample.places.count
      return panel(stratum, points: sample.places.map { stratum.points[$0] }, of: check)
    }
    panels += CensoredShares(check: check, view: view, title: title).panels()
    let total = check.strata.reduce(0) { $0 + $1.points.count }
    var notes = ["\(grouped(check.replicates)) replicates"]
    if check.subjectsUsed < subjects.count {
      notes.append("by \(grouped(check.subjectsUsed)) of \(grouped(subjects.count)) subjects")
    }
    if shown < total {
      notes.append("\(grouped(shown)) of \(grouped(total)) observations shown as points")
    }
    let inside = check.areWithin
    let corrected =
      isPredictionCorrected
      ? " Observed and simulated values are prediction-corrected, so that doses and times which differ within a bin do not widen the bands."
      : ""
    let limited =
      view.quantificationLimit.map {
        " Simulated values below the quantification limit, \(Text.number($0)), are left out, as they are in the data."
      } ?? ""
    return [
      ReportFigure(
        figure: Figure(
          name: isPredictionCorrected ? "vpc-corrected" : "vpc", panels: panels,
          columns: check.strata.count > 1 ? 2 : 1,
          panelSize: check.strata.count > 1 ? PanelSize.half : PanelSize.whole,
          note: notes.joined(separator: "; ")),
        heading: "Visual predictive check"
          + (strata.map { ", by \($0.column)" } ?? "")
          + (isPredictionCorrected ? ", prediction-corrected" : ""),
        caption:
          "Lines are the 5 %, 50 % and 95 % quantiles of the observations, bands where 95 % of the quantiles of data simulated from the fit lie. Lines should stay in their bands: "
          + "\(inside.count { $0 }) of \(inside.count) do, 95 % are expected. A middle line outside says that the typical course is wrong, outer ones that the "
          + "variability is.\(corrected)\(limited)\(CensoredShares.caption(check))")
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
    // Several limits are those of single subjects.
    let limits = isPredictionCorrected || stratum.limits.count > 2 ? [] : stratum.limits
    return Panel(
      title: title(stratum), x: Axis(view.timeName), y: Axis(value), series: series,
      references: limits.map { .horizontal($0) })
  }

  private func title(_ stratum: VisualPredictiveCheck.Stratum) -> String? {
    strata.map { "\($0.column) \(stratum.label)" }
      ?? (view.fitted.model.outputs.count > 1 ? stratum.label : nil)
  }
}

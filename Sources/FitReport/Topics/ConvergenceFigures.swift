import Figures
import Report

/// The way of each start to its end: figure 2 of W07.
struct ConvergenceFigures {
  let view: FitView

  /// More parameters are not drawn.
  private static let panelLimit = 24
  /// More starts are not drawn.
  private static let startLimit = 20

  func figures() -> [ReportFigure] {
    let starts = shownStarts
    guard starts.contains(where: { !$0.iterations.isEmpty }) else { return [] }
    return [logLikelihood(starts)] + parameters(starts)
  }

  /// The start that was kept and the others in their order.
  private var shownStarts: [IterationRows.Start] {
    let others = view.iterations.starts.filter { $0.number != view.dataSet.start }
    let kept = view.iterations.starts.filter { $0.number == view.dataSet.start }
    // The kept one is drawn last, above the others.
    return others.prefix(Self.startLimit - 1) + kept
  }

  private var note: String? {
    let count = view.iterations.starts.count
    return count > Self.startLimit
      ? "\(Self.startLimit) of \(grouped(count)) starts shown, the kept one among them" : nil
  }

  private func style(_ start: IterationRows.Start) -> (String?, Style) {
    if view.iterations.starts.count == 1 { return (nil, Style(.blue, width: 1.8)) }
    return start.number == view.dataSet.start
      ? ("start \(start.number), kept", Style(.vermillion, width: 2.2))
      : ("other starts", Style(Colour(0x0072B2, opacity: 0.7), width: 1, dash: .dashed))
  }

  private func logLikelihood(_ starts: [IterationRows.Start]) -> ReportFigure {
    let hasPrior = starts.contains { !$0.logPriors.isEmpty }
    let name = hasPrior ? "log posterior" : "log L"
    let series = starts.map { start in
      let (title, style) = style(start)
      return Series(.line(x: start.iterations, y: start.objectives), title: title, style)
    }
    let ends = starts.compactMap(\.objectives.last).filter(\.isFinite)
    let best = ends.max() ?? 0
    let worst = ends.min() ?? 0
    // From the first iterations one would see nothing else.
    let room = max(10, 1.5 * (best - worst), 0.002 * abs(best))
    let zoomed = starts.flatMap(\.objectives).filter { $0.isFinite && $0 > best - room }
    let panels = [
      Panel(
        title: "all iterations", x: Axis("iteration"), y: Axis(name), series: series),
      Panel(
        title: "near the maximum", x: Axis("iteration"),
        y: Axis(
          name,
          range: ((zoomed.min() ?? best - room) - 0.03 * room)...(best + 0.06 * room)),
        series: series),
    ]
    return ReportFigure(
      figure: Figure(
        name: "log-likelihood", panels: panels, columns: 2, panelSize: PanelSize.half, note: note),
      heading: hasPrior
        ? "Log posterior over the iterations" : "Log-likelihood over the iterations",
      caption: (hasPrior ? "log L and the log density of the prior together. " : "")
        + "Left from the start on, right near its end. The lines should rise and become flat long before they end. Starts that end lower have found "
        + "another, lower maximum; if the highest end was reached by one start only, more starts may find a higher one. With the method paper new samples make the line "
        + "shake by the sampling error.")
  }

  private func parameters(_ starts: [IterationRows.Start]) -> [ReportFigure] {
    let names = view.iterations.parameterNames
    guard !names.isEmpty else { return [] }
    let shown = names.indices.prefix(Self.panelLimit)
    let panels = shown.map { j in
      Panel(
        title: names[j], x: Axis(""), y: Axis(""),
        series: starts.map { start in
          let (title, style) = style(start)
          return Series(.line(x: start.iterations, y: start.parameters[j]), title: title, style)
        })
    }
    var notes = ["iterations from left to right"]
    if names.count > shown.count {
      notes.append("\(shown.count) of \(names.count) parameters shown")
    }
    if let note { notes.append(note) }
    return [
      ReportFigure(
        figure: Figure(
          name: "parameters", panels: Array(panels), columns: 3, panelSize: PanelSize.third,
          note: notes.joined(separator: "; ")),
        heading: "Parameters over the iterations",
        caption:
          "One panel for each free parameter. All lines should have become flat. A parameter that still moves at the end is badly determined, "
          + "or the iterations were too few; one that runs to 0 or away points to a component or a variance that the data do not need."
      )
    ]
  }
}

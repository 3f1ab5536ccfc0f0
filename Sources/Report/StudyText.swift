import Estimation
import Spelling
import Study

/// The table of the field for one method of a study: for the terminal, and as Markdown.
package struct StudyText: Sendable {
  private let method: StudyMethod
  private var summary: StudySummary { method.summary }

  package init(_ method: StudyMethod) { self.method = method }

  /// For the terminal.
  package var terminal: String {
    var lines = [headline, ""]
    // The files have the others.
    let shown = summary.parameters.filter { $0.kind.isPrincipal || $0.name == "sigma" }
    let rows = [header.map(\.short)] + shown.map(cells)
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      cells.enumerated().map { padded($1, widths[$0], right: $0 > 0) }.joined(separator: "  ")
    }
    // The groups stand over their first columns.
    var groups = ""
    for (column, header) in header.enumerated() where !header.group.isEmpty {
      let place = widths[..<column].reduce(0) { $0 + $1 + 2 }
      groups = padded(groups, place) + header.group
    }
    lines += ["  " + groups] + rows.map { "  " + line($0) } + [""]
    lines += notes.map { "  " + $0 }
    return lines.joined(separator: "\n") + "\n"
  }

  /// As Markdown, with the published figures beside those of this study.
  package var markdown: String {
    var lines = ["## \(markdownText(method.name))", "", markdownText(headline) + "", ""]
    lines.append("| " + header.map(\.long).joined(separator: " | ") + " |")
    lines.append("|---|" + String(repeating: "---:|", count: header.count - 1))
    for parameter in summary.parameters {
      lines.append("| " + cells(parameter).map(markdownText).joined(separator: " | ") + " |")
    }
    lines.append("")
    for note in notes { lines += [markdownText(note), ""] }
    for source in sources { lines += published(source) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// With a column for profile likelihood where the fits have such intervals.
  private var header: [(short: String, group: String, long: String)] {
    Self.standardHeader
      + (hasProfiles ? [("profile", "", "coverage %, profile likelihood")] : [])
  }

  private var hasProfiles: Bool {
    summary.parameters.contains { $0.coverage.contains { $0.interval == .profile } }
  }

  private static let standardHeader: [(short: String, group: String, long: String)] = [
    ("parameter", "", "parameter"), ("true", "", "true"), ("mean estimate", "", "mean estimate"),
    ("mean error %", "against the truth", "mean error %"), ("RMSE %", "", "RMSE %"),
    ("mean error %", "within the sample", "within the sample: mean error %"),
    ("RMSE %", "", "within the sample: RMSE %"),
    ("Wald", "coverage %", "coverage %, Wald"),
    ("on scale", "", "coverage %, on the scale of the tables"),
  ]

  private func cells(_ parameter: StudySummary.Parameter) -> [String] {
    func coverage(_ interval: StudyInterval) -> String {
      let found = parameter.coverage.first {
        $0.interval == interval && $0.kind == .outerProduct
      }
      return text(found?.percent, decimals: 1)
    }
    return [
      parameter.name, significant(parameter.truth), text(parameter.mean),
      text(parameter.errorPercent, decimals: 2),
      text(parameter.rootMeanSquareErrorPercent, decimals: 2),
      text(parameter.realisedErrorPercent, decimals: 2),
      text(parameter.realisedRootMeanSquareErrorPercent, decimals: 2), coverage(.wald),
      coverage(.scaled),
    ] + (hasProfiles ? [coverage(.profile)] : [])
  }

  private var headline: String {
    let statuses = summary.statuses.map { "\($0.count) \($0.status)" }.joined(separator: ", ")
    let settings = method.settings
    let nodes =
      !settings.method.keepsNodes
      ? "\(settings.samples) \(settings.nodeText) per subject and component" : settings.nodeText
    return "\(method.name) (\(settings.method.name), \(nodes)): "
      + "\(counted(summary.count, "data set")): \(statuses)"
  }

  private var notes: [String] {
    var notes: [String] = []
    if let found = summary.misclassification {
      let any = found.meanWhereAny.map { "; \(text($0, decimals: 2)) where there are any" } ?? ""
      notes.append(
        "subjects in the wrong class: mean \(text(found.mean, decimals: 2)), most \(found.most), none in "
          + "\(found.none) of \(found.dataSets) data sets (\(text(found.nonePercent, decimals: 1)) %)\(any)"
      )
    }
    let withoutErrors = summary.parameters.compactMap { parameter in
      parameter.coverage.first { $0.kind == .outerProduct && $0.count < parameter.count }
        .map { (parameter.name, $0.count, parameter.count) }
    }
    if let (name, count, all) = withoutErrors.min(by: { $0.1 < $1.1 }) {
      notes.append(
        "coverage counts fits with standard errors only: \(count) of \(all) for \(name)")
    }
    if summary.relabelled > 0 {
      notes.append(
        "components renamed to fit the truth in \(counted(summary.relabelled, "data set"))")
    }
    notes.append(
      "± is one simulation error; within the sample: against the values realised in each; 95 % intervals from the outer product of "
        + "the scores")
    for source in sources {
      let all = method.comparisons.filter { $0.other.source == source }
      let far = all.compactMap { pair in
        pair.other.difference(of: pair.own).map { (pair.own, $0) }
      }
      guard let worst = far.max(by: { abs($0.1) < abs($1.1) }) else { continue }
      let beyond = far.count { abs($0.1) > 3 }
      notes.append(
        "beside \(source): \(counted(far.count, "figure")), \(beyond) of them farther than 3 joint simulation errors; the farthest "
          + "is \(worst.0.name) of \(worst.0.parameter), by \(fixed(worst.1, 1))")
    }
    return notes
  }

  private var sources: [String] {
    var sources: [String] = []
    for pair in method.comparisons where !sources.contains(pair.other.source) {
      sources.append(pair.other.source)
    }
    return sources
  }

  private func published(_ source: String) -> [String] {
    var lines = [
      "### \(markdownText(method.name)) beside \(markdownText(source))", "",
      "| parameter | figure | popmix | \(markdownText(source)) | difference / joint error |",
      "|---|---|---:|---:|---:|",
    ]
    for (own, other) in method.comparisons where other.source == source {
      let value =
        significant(other.value) + (other.error.map { " ± \(significant($0, 2))" } ?? "")
      lines.append(
        "| \(markdownText(own.parameter)) | \(own.name) | \(text(own.statistic)) | \(value) | "
          + "\(other.difference(of: own).map { fixed($0, 1) } ?? "") |")
    }
    return lines + [""]
  }

  /// A figure ± its simulation error.
  private func text(_ statistic: Statistic?, decimals: Int? = nil) -> String {
    guard let statistic else { return "" }
    if let decimals {
      return fixed(statistic.value, decimals)
        + (statistic.error.map { " ± \(fixed($0, decimals))" } ?? "")
    }
    return significant(statistic.value)
      + (statistic.error.map { " ± \(significant($0, 2))" } ?? "")
  }
}

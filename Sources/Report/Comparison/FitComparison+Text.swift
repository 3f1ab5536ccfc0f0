import Spelling

extension FitComparison {
  /// For the terminal: the table of one data set, or the summary of many.
  package var text: String {
    if let summary { return summaryText(summary) }
    return dataSets.map { dataSet in
      ([headline(dataSet), ""] + Self.grid(dataSet).lines + notes(dataSet) { "Note: " + $0 })
        .joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }

  /// The same as Markdown.
  package var markdown: String {
    if let summary {
      let extra = summary.remarks.map { ["", markdownText($0)] }
      return
        (["# \(markdownText(heading(summary)))", ""] + Self.grid(summary).markdown
        + extra.joined()).joined(separator: "\n") + "\n"
    }
    return dataSets.map { dataSet in
      (["# \(markdownText(headline(dataSet)))", ""] + Self.grid(dataSet).markdown
        + notes(dataSet) { "- " + markdownText($0) }).joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }

  private func notes(_ dataSet: DataSetComparison, _ line: (String) -> String) -> [String] {
    let notes = dataSet.notes
    return notes.isEmpty ? [] : [""] + notes.map(line)
  }

  private func headline(_ dataSet: DataSetComparison) -> String {
    guard let first = dataSet.fits.lazy.compactMap(\.dataSet).first(where: { $0.fit != nil }) else {
      return "\(dataSet.name): no fit"
    }
    return "\(dataSet.name): \(counted(first.subjects, "subject")), "
      + "\(counted(first.observations, "observation"))"
  }

  private static func grid(_ dataSet: DataSetComparison) -> ComparisonGrid {
    let fits = dataSet.fits
    var grid = ComparisonGrid(columns: fits.map(\.label))
    func add(_ name: String, _ cell: (FitDocument.Fit) -> String?) {
      grid.add(name, fits.map { $0.fit.flatMap(cell) ?? "–" })
    }
    func addDifferences(_ criterion: DataSetComparison.Criterion) {
      let best = dataSet.best(by: criterion)
      grid.add(
        criterion == .likelihood ? "  above the lowest" : "  above the best",
        dataSet.differences(criterion).enumerated().map { i, difference in
          i == best
            ? criterion == .likelihood ? "lowest" : "best" : difference.map { fixed($0, 2) } ?? "–"
        })
    }
    grid.add("components", fits.map { "\($0.componentCount)" })
    grid.add("free parameters", fits.map { "\($0.freeParameterCount)" })
    grid.add("method", fits.map(\.method))
    grid.add("status", fits.map(\.status))
    if !dataSet.isComplete {
      grid.add(
        "data",
        fits.map { fit in
          switch fit.comparability {
          case .comparable: "the same"
          case .otherRecords, .otherData: fit.comparability.rawValue.uppercased()
          case .unknown: "unknown"
          case .failed, .missing: "–"
          }
        })
    }
    let sizes = fits.compactMap(\.dataSet).filter { $0.fit != nil }
    if Set(sizes.map { [$0.subjects, $0.observations] }).count > 1 {
      grid.add("subjects", fits.map { $0.dataSet.map { "\($0.subjects)" } ?? "–" })
      grid.add("observations", fits.map { $0.dataSet.map { "\($0.observations)" } ?? "–" })
    }
    grid.separate()
    add("-2 log L") { fixed($0.minusTwoLogLikelihood, 3) }
    addDifferences(.likelihood)
    add("  sampling error") { $0.samplingError.map { significant($0.minusTwoLogLikelihood, 2) } }
    add("NONMEM's objective") { fixed($0.nonmemObjective, 3) }
    for criterion in DataSetComparison.Criterion.choosing
    where criterion != .icl || dataSet.hasClasses {
      add(criterion.rawValue) { criterion.value($0).map { fixed($0, 2) } }
      addDifferences(criterion)
    }
    let names = dataSet.parameterNames
    for names in [names.parameters, names.derived] {
      grid.separate()
      for name in names { add(name) { $0.parameter(name).map(cell) } }
    }
    if fits.contains(where: { $0.fit.map { !$0.warnings.isEmpty } ?? false }) {
      grid.separate()
      add("warnings") { "\($0.warnings.count)" }
    }
    return grid
  }

  /// An estimate with its standard error in brackets.
  private static func cell(_ parameter: FitDocument.Parameter) -> String {
    let error = parameter.standardError.map { significant($0, 3) } ?? "–"
    return "\(significant(parameter.estimate)) (\(parameter.fixed ? "fixed" : error))"
  }

  private func heading(_ summary: ComparisonSummary) -> String {
    "\(summary.compared) of \(counted(summary.all, "data set")) compared"
  }

  private func summaryText(_ summary: ComparisonSummary) -> String {
    var lines = [heading(summary), ""] + Self.grid(summary).lines
    for remark in summary.remarks { lines += ["", remark] }
    lines += ["", "--data-set NAME sets the fits of one data set side by side."]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func grid(_ summary: ComparisonSummary) -> ComparisonGrid {
    let rows = summary.rows
    var grid = ComparisonGrid(columns: rows.map(\.output.label))
    grid.add("components", rows.map { "\($0.output.document.model.components)" })
    grid.add("free parameters", rows.map { "\($0.output.document.model.freeParameters.count)" })
    grid.add("method", rows.map(\.output.document.estimation.method))
    for status in [
      "converged", "completed", "at boundary", "flat", "not converged", "degenerate", "failed",
    ]
    where rows.contains(where: { $0.statuses.contains(status) }) {
      grid.add(status, rows.map { row in "\(row.statuses.count { $0 == status })" })
    }
    grid.separate()
    grid.add("best by AIC", rows.map { "\($0.bestByAIC)" })
    grid.add("best by BIC", rows.map { "\($0.bestByBIC)" })
    grid.add("best by ICL", rows.map { "\($0.bestByICL)" })
    grid.separate()
    let first = rows[0].output.label
    func mean(_ name: String, _ value: (ComparisonSummary.Row) -> ComparisonSummary.Mean?) {
      grid.add(
        "\(name), mean difference to \(first)",
        rows.enumerated().map { i, row in
          guard i > 0, let mean = value(row) else { return "–" }
          return fixed(mean.mean, 2)
            + (mean.standardError.map { " (\(significant($0, 2)))" } ?? "")
        })
    }
    mean("-2 log L", \.minusTwoLogLikelihood)
    mean("AIC", \.aic)
    mean("BIC", \.bic)
    mean("ICL", \.icl)
    return grid
  }
}

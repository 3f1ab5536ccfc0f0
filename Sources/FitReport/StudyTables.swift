import Report

/// Tables of a study.
struct StudyTables {
  let study: StudyFolder

  func parts() -> [PagePart] {
    var summary = PageTable(
      "Methods",
      [
        "method", "#data sets fitted", "how they ended", "#misclassified, mean", "#most",
        "#none, % of data sets",
      ])
    for method in study.document.methods {
      let statuses = method.statuses.sorted { $0.key < $1.key }
        .map { "\($0.value) \($0.key.replacing("_", with: " "))" }.joined(separator: ", ")
      let wrong = method.misclassified
      summary.add([
        .text(method.name),
        .count(method.fitted),
        .text(statuses), Self.withError(wrong?.mean, wrong?.meanError),
        .number(wrong.map { Double($0.most) }, shown: wrong.map { "\($0.most)" } ?? ""),
        Self.withError(wrong?.nonePercent, wrong?.nonePercentError),
      ])
    }
    summary.tableNotes = [
      "± is one simulation standard error: what the number of data sets leaves open."
    ]
    var errors = PageTable(
      "Prediction errors",
      [
        "method", "parameter", "#true", "#mean", "#error %", "#RMSE %", "#error %, realised",
        "#RMSE %, realised",
      ])
    for method in study.document.methods {
      for parameter in method.parameters {
        errors.add([
          .text(method.name), .text(parameter.name), .number(parameter.true),
          Self.withError(parameter.mean, parameter.meanError),
          Self.withError(parameter.errorPercent, parameter.errorPercentError),
          Self.withError(parameter.rmsePercent, parameter.rmsePercentError),
          Self.withError(parameter.realisedErrorPercent, parameter.realisedErrorPercentError),
          Self.withError(parameter.realisedRmsePercent, parameter.realisedRmsePercentError),
        ])
      }
    }
    errors.tableNotes = [
      "Error: mean of 100 (estimate - true)/true. RMSE: root of the mean square of it. Realised: against the values in each simulated sample, not in the population."
    ]
    var parts = [
      PagePart(partID: "study-methods", partTitle: "Methods", tables: [summary]),
      PagePart(partID: "study-errors", partTitle: "Prediction errors", tables: [errors]),
    ]
    let published = publishedTable()
    if !published.rows.isEmpty {
      parts.append(
        PagePart(
          partID: "study-published", partTitle: "Beside published figures", tables: [published]))
    }
    return parts
  }

  private func publishedTable() -> PageTable {
    var table = PageTable(
      "Published figures", ["method", "source", "parameter", "figure", "#published", "#difference"])
    for method in study.document.methods {
      for other in method.published {
        table.add([
          .text(method.name), .text(other.source), .text(other.parameter), .text(other.statistic),
          Self.withError(other.value, other.valueError),
          .number(other.difference, shown: other.difference.map { fixed($0, 1) } ?? ""),
        ])
      }
    }
    table.tableNotes = [
      "Difference: that of this study less the published figure, in joint simulation standard errors; beyond 3 they do not agree."
    ]
    return table
  }

  private static func withError(_ value: Double?, _ error: Double?) -> PageCell {
    guard let value else { return .number(nil, shown: "") }
    return .number(
      value,
      shown: significant(value) + (error.map { " ± \(significant($0, 2))" } ?? ""))
  }
}

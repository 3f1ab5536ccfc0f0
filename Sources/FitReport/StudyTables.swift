import Report

/// Tables of a study.
struct StudyTables {
  let study: StudyFolder

  func parts() -> [PagePart] {
    var summary = PageTable(
      "Methods",
      ["method", "#data sets fitted", "how they ended", "#misclassified, mean", "#most", "#none"])
    for method in study.document.methods {
      let statuses = (method.statuses ?? [:]).sorted { $0.key < $1.key }
        .map { "\($0.value) \($0.key.replacing("_", with: " "))" }.joined(separator: ", ")
      let wrong = method.misclassified
      summary.add([
        .text(method.name),
        .number(method.fitted.map(Double.init), shown: method.fitted.map(grouped)),
        .text(statuses), Self.withError(wrong?.mean, wrong?.meanError),
        .number(wrong?.most), Self.withError(wrong?.none, wrong?.noneError),
      ])
    }
    summary.tableNotes = [
      "Numbers in brackets are simulation standard errors, as far as the data sets that were drawn leave open."
    ]
    var errors = PageTable(
      "Prediction errors",
      [
        "method", "parameter", "#true", "#mean", "#error %", "#RMSE %", "#error %, realised",
        "#RMSE %, realised",
      ])
    for method in study.document.methods {
      for parameter in method.parameters ?? [] {
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
    return [
      PagePart(partID: "study-methods", partTitle: "Methods", tables: [summary]),
      PagePart(partID: "study-errors", partTitle: "Prediction errors", tables: [errors]),
    ]
  }

  private static func withError(_ value: Double?, _ error: Double?) -> PageCell {
    guard let value else { return .number(nil, shown: "") }
    return .number(
      value,
      shown: error.map { "\(significant(value, 3)) (\(significant($0, 2)))" }
        ?? significant(value, 3))
  }
}

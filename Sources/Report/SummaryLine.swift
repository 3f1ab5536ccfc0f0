import Estimation
import Inference
import Spelling

/// One data set of many in one line for the terminal.
package struct SummaryLine: Sendable {
  private let result: DataSetResult

  package init(_ result: DataSetResult) { self.result = result }

  package var text: String {
    guard let fit = result.fit else { return "" }
    let parameters = fit.parameterTable.filter { !$0.isFixed }
    let values = parameters.map { "\($0.name) \(significant($0.estimate))" }
    let warnings = FitWarning.warnings(of: fit).count
    let note = warnings == 0 ? "" : "; \(warnings) \(warnings == 1 ? "warning" : "warnings")"
    return "\(result.name): \(fit.stopReason.label), -2 log L "
      + "\(fixed(fit.minusTwoLogLikelihood, 3))"
      + (fit.logPosterior.map { ", log posterior \(fixed($0, 3))" } ?? "")
      + "; \(values.joined(separator: ", "))\(note)\n"
  }

  /// How many data sets ended in which way, in one line.
  package static func total(_ statuses: [String]) -> String {
    let counts = [
      "completed", "converged", "at boundary", "flat", "not converged", "degenerate", "failed",
    ]
    .compactMap {
      label in
      let count = statuses.count { $0 == label }
      return count == 0 ? nil : "\(count) \(label)"
    }
    return "\(counted(statuses.count, "data set")): \(counts.joined(separator: ", "))\n"
  }
}

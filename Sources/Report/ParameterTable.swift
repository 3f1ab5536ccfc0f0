import Estimation
import Inference
import PopulationModel
import Spelling

/// The table of one fit for the terminal.
package struct ParameterTable: Sendable {
  private let result: DataSetResult
  private let fit: FitResult

  /// - Returns: `nil` if the data set was not fitted.
  package init?(_ result: DataSetResult) {
    guard let fit = result.fit else { return nil }
    self.result = result
    self.fit = fit
  }

  package var text: String {
    var lines = [headline, method] + startLines + [""]
    lines += parameterLines(fit.parameterTable)
    lines.append("")
    lines += parameterLines(fit.derivedTable, withHeader: false)
    lines.append("")
    lines += likelihoodLines
    if fit.model.componentCount > 1 { lines += classLines }
    lines += shrinkageLines
    lines += warningLines
    return lines.joined(separator: "\n") + "\n"
  }

  private var headline: String {
    let components =
      fit.model.componentCount == 1 ? "one population" : "\(fit.model.componentCount) components"
    return "\(result.name): \(counted(fit.subjectCount, "subject")), "
      + "\(counted(fit.observationCount, "observation")), \(components)"
  }

  private var method: String {
    let settings = fit.settings
    // What is not regular is said in full among the warnings.
    let ending =
      fit.stopReason.isRegular
      ? fit.stopReason.description : "\(fit.stopReason.label), see the warning below"
    // `exact` may have added nodes where they did not do, so that their number has a line of its
    // own.
    let nodes =
      !settings.method.keepsNodes
      ? "\(settings.samples) \(settings.nodeText) per subject and component" : settings.nodeText
    return "\(settings.method.name), \(nodes): \(ending)."
  }

  /// What the search for starting values tried, and what else it found.
  private var startLines: [String] {
    fit.search?.lines(number: { significant($0, 3) }, likelihood: { fixed($0, 2) }) ?? []
  }

  private func parameterLines(_ rows: [ParameterEstimate], withHeader: Bool = true) -> [String] {
    let all = fit.parameterTable + fit.derivedTable
    let width = max(9, all.map(\.name.count).max() ?? 0)
    func line(_ name: String, _ cells: [String]) -> String {
      let text =
        "  " + padded(name, width) + padded(cells[0], 12, right: true)
        + padded(cells[1], 12, right: true) + padded(cells[2], 8, right: true) + "   "
        + (fit.profiles.isEmpty ? cells[3] : padded(cells[3], 26) + cells[4])
      return text.trimmingTrailingBlanks
    }
    let header =
      withHeader
      ? [line("parameter", ["estimate", "SE", "RSE %", "95 % interval", "by profile"])] : []
    return header
      + rows.map { row in
        line(
          row.name,
          [
            significant(row.estimate),
            row.isFixed ? "fixed" : row.standardError.map { significant($0, 3) } ?? "–",
            row.relativeStandardError.map { $0 < 9999.95 ? fixed($0, 1) : ">9999" } ?? "",
            row.interval.map { "\(significant($0.low)) to \(significant($0.high))" } ?? "",
            fit.profiles.first { $0.name == row.name }?.text ?? "",
          ])
      }
  }

  private var likelihoodLines: [String] {
    let error =
      fit.minusTwoLogLikelihoodError.map { " (sampling error \(significant($0, 2)))" } ?? ""
    let nodes =
      fit.samplingError?.text
      ?? (fit.settings.method.endsAtMaximum
        ? "nodes: \(fit.settings.samples) a subject and component" : nil)
    return [
      "  -2 log L \(fixed(fit.minusTwoLogLikelihood, 3))\(error)"
        + ", NONMEM's objective \(fixed(fit.objectiveFunction, 3))",
      "  AIC \(fixed(fit.aic, 2)), BIC \(fixed(fit.bic, 2)) (by subjects)"
        + (fit.model.componentCount > 1 ? ", ICL \(fixed(fit.icl, 2))" : "")
        + ", \(fit.free.count) free parameters",
    ] + priorLines + (nodes.map { ["  " + $0] } ?? [])
  }

  private var priorLines: [String] {
    guard let prior = fit.logPrior, let posterior = fit.logPosterior else { return [] }
    return [
      "  with a prior: log prior \(fixed(prior, 3)), log posterior \(fixed(posterior, 3)), which the estimates maximise;"
        + " standard errors are posterior"
    ]
  }

  private var classLines: [String] {
    let classes = fit.classes.subjects.enumerated().map { "\($1) in component \($0 + 1)" }
    return [
      "  subjects by class: " + classes.joined(separator: ", ")
        + "; expected in the wrong class: \(significant(fit.classes.expectedMisclassifications, 2))"
        + (fit.relativeEntropy.map { "; relative entropy \(fixed($0, 2))" } ?? "")
    ]
  }

  private var shrinkageLines: [String] {
    let shrinkage = fit.shrinkage.map { "\($0.name) \(fixed(100 * $0.share, 0)) %" }
    return (shrinkage.isEmpty ? [] : ["  shrinkage: " + shrinkage.joined(separator: ", ")])
      + residualShrinkageLines
  }

  /// `  residual shrinkage: 18 % (component 1 17 %, component 2 22 %)`, for each output.
  private var residualShrinkageLines: [String] {
    let all = fit.residualShrinkage
    func percent(_ shrinkage: ResidualShrinkage) -> String {
      fixed(100 * shrinkage.share, 0) + " %"
    }
    let parts = all.filter { $0.component == nil }.map { whole in
      let classes = all.filter { $0.output == whole.output }.compactMap { part in
        part.component.map { "component \($0 + 1) \(percent(part))" }
      }
      return (whole.output.map { $0 + " " } ?? "") + percent(whole)
        + (classes.isEmpty ? "" : " (\(classes.joined(separator: ", ")))")
    }
    return parts.isEmpty ? [] : ["  residual shrinkage: " + parts.joined(separator: ", ")]
  }

  private var warningLines: [String] {
    FitWarning.warnings(of: fit).map { "  Warning: \($0)" }
  }
}

extension ProfileInterval {
  /// `0.1 to 0.3`, with a dash for an end that was not found.
  fileprivate var text: String {
    func end(_ value: Double?) -> String { value.map { significant($0) } ?? "–" }
    return "\(end(low)) to \(end(high))"
  }
}

extension String {
  fileprivate var trimmingTrailingBlanks: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

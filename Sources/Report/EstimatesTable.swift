import Estimation
import PopulationModel

/// `estimates.csv`: a row for each data set, with the estimates, their standard errors and sampling errors, and what became of
/// the fit.
public struct EstimatesTable: Sendable {
  private let model: MixtureModel
  private let results: [DataSetResult]

  public init(model: MixtureModel, results: [DataSetResult]) {
    self.model = model
    self.results = results
  }

  public var text: String {
    let names = FreeParameters(model).names
    let derived = results.lazy.compactMap(\.fit).first.map { $0.derivedTable.map(\.name) } ?? []
    let fixed = FreeParameters(model.with()).names.filter { !names.contains($0) }
    var header = [
      "data_set", "status", "subjects", "observations", "iterations", "log_likelihood",
      "minus_two_log_likelihood", "nonmem_objective", "aic", "bic",
      "sampling_error.minus_two_log_likelihood",
    ]
    header += names + fixed + derived
    header += (names + derived).map { "se.\($0)" }
    header += names.map { "sampling_error.\($0)" }
    header.append("reason")
    var text = header.map(csvField).joined(separator: ",") + "\n"
    for result in results {
      var fields = [result.name]
      switch result.outcome {
      case .failed(let reason):
        fields += ["failed", "\(result.subjectIDs.count)"]
        fields.append("\(result.observationCounts.reduce(0, +))")
        fields += [String](repeating: "", count: header.count - fields.count - 1) + [reason]
      case .fitted(let fit):
        let parameters = fit.parameterTable
        let derived = fit.derivedTable
        let free = parameters.filter { !$0.isFixed }
        fields += [
          fit.stopReason.label, "\(fit.subjectCount)", "\(fit.observationCount)",
          "\(fit.iterations.count - 1)",
        ]
        fields += [
          fit.logLikelihood, fit.minusTwoLogLikelihood, fit.objectiveFunction, fit.aic, fit.bic,
          fit.minusTwoLogLikelihoodError,
        ].map(csvNumber)
        fields += (parameters + derived).map { csvNumber($0.estimate) }
        fields += (free + derived).map { csvNumber($0.standardError) }
        fields += free.indices.map { csvNumber(fit.samplingError?.estimates?[$0]) }
        fields.append(fit.stopReason.isRegular ? "" : fit.stopReason.description)
      }
      text += fields.map(csvField).joined(separator: ",") + "\n"
    }
    return text
  }
}

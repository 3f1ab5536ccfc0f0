import Estimation
import Inference
import PopulationData
package import PopulationModel

/// `estimates.csv`: a row for each data set, with the estimates, their standard errors and sampling
/// errors, and what became of the fit.
package struct EstimatesTable: Sendable {
  private let columns: [String]
  /// Names with columns for intervals by profile likelihood.
  private let profiled: [String]

  /// Whether there are columns of the prior and the posterior.
  private let hasPrior: Bool

  /// - Parameters:
  ///   - hasProfiles: whether intervals by profile likelihood were asked for.
  ///   - hasPrior: whether there is a prior.
  package init(model: MixtureModel, hasProfiles: Bool = false, hasPrior: Bool = false) {
    self.hasPrior = hasPrior
    let names = FreeParameters(model).names
    let derived = model.derivedNames
    let fixed = FreeParameters(model.with()).names.filter { !names.contains($0) }
    var columns = [
      "data_set", "start", "status", "subjects", "observations", "iterations", "log_likelihood",
      "minus_two_log_likelihood", "nonmem_objective", "aic", "bic", "icl", "entropy",
      "sampling_error.minus_two_log_likelihood",
    ]
    if hasPrior { columns += ["log_prior", "log_posterior"] }
    columns += names + fixed + derived
    columns += (names + derived).map { "se.\($0)" }
    columns += names.map { "sampling_error.\($0)" }
    profiled = hasProfiles ? names + derived : []
    columns += profiled.flatMap { ["profile.low.\($0)", "profile.high.\($0)"] }
    columns.append("reason")
    self.columns = columns
  }

  package var header: [UInt8] {
    var text = CSVText()
    text.row(columns)
    return text.bytes
  }

  package func row(_ result: DataSetResult) -> [UInt8] {
    var text = CSVText()
    text.add(result.name)
    text.add(result.start)
    text.add(result.status)
    text.add(result.subjectCount)
    text.add(result.observationCount)
    switch result.outcome {
    case .failed(let reason):
      for _ in 5..<columns.count - 1 { text.add("") }
      text.add(reason)
    case .fitted(let fit):
      let parameters = fit.parameterTable
      let derived = fit.derivedTable
      let free = parameters.filter { !$0.isFixed }
      text.add(fit.iterations.count - 1)
      text.add([fit.logLikelihood, fit.minusTwoLogLikelihood, fit.objectiveFunction])
      text.add([fit.aic, fit.bic, fit.icl, fit.classes.entropy])
      text.add(fit.minusTwoLogLikelihoodError)
      if hasPrior {
        text.add(fit.logPrior)
        text.add(fit.logPosterior)
      }
      for row in parameters + derived { text.add(row.estimate) }
      for row in free + derived { text.add(row.standardError) }
      for i in free.indices { text.add(fit.samplingError?.estimates?[i]) }
      for name in profiled {
        let profile = fit.profiles.first { $0.name == name }
        text.add(profile?.low)
        text.add(profile?.high)
      }
      text.add(fit.stopReason.isRegular ? "" : fit.stopReason.description)
    }
    text.endRow()
    return text.bytes
  }
}

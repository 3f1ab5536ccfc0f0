import PopulationData
package import PopulationModel
package import Report
import Study

/// PsN's `raw_results.csv`: a row for each data set that was fitted, with the estimates of NONMEM's
/// parameters.
package enum RawResults {
  private static let columns = [
    "model", "problem", "subproblem", "covariance_step_run", "minimization_successful",
    "covariance_step_successful", "covariance_step_warnings", "estimate_near_boundary",
    "rounding_errors", "zero_gradients", "final_zero_gradients", "hessian_reset",
    "s_matrix_singular", "significant_digits", "condition_number", "est_methods", "nburn_set",
    "burn_in_iter", "burn_in_conv", "model_run_time", "subprob_est_time", "subprob_cov_time",
    "ofv",
  ]

  /// - Parameter dataSets: in the order of the rows, which are numbered from 1; from 0 if the first
  ///   is the original data.
  package static func text(
    _ dataSets: [FitDocument.DataSet], model: MixtureModel, numbering: NonmemNumbering,
    hasOriginal: Bool = false
  ) -> String {
    header(model, numbering)
      + dataSets.enumerated().map { number, dataSet in
        row(hasOriginal ? number : number + 1, dataSet, model, numbering)
      }.joined()
  }

  /// Names of the estimates without zeros of the structure: what there is where nothing is fixed.
  static func header(_ model: MixtureModel, _ numbering: NonmemNumbering) -> String {
    let parameters = NonmemParameters(numbering, model: model)
    let labels = order(parameters).map { parameters.labels[$0] }
    let etas = numbering.etas.indices.map { "shrinkage_eta\($0 + 1)(%)" }
    let errors = numbering.sigmas.indices.map {
      numbering.sigmas.count == 1 ? "shrinkage_iwres(%)" : "shrinkage_iwres\($0 + 1)(%)"
    }
    let eigenvalues = (0..<FreeParameters(model).count).map { "EI\($0 + 1)" }
    var text = CSVText()
    text.row(columns + labels + labels.map { "se" + $0 } + etas + errors + eigenvalues)
    return String(decoding: text.bytes, as: UTF8.self)
  }

  /// The row of a data set; of one without a fit only its number.
  static func row(
    _ number: Int, _ dataSet: FitDocument.DataSet?, _ model: MixtureModel,
    _ numbering: NonmemNumbering
  ) -> String {
    let parameters = NonmemParameters(numbering, model: model)
    let free = FreeParameters(model)
    let places = order(parameters)
    var text = CSVText()
    text.add([number, 1, 0])
    if let dataSet, let fit = dataSet.fit {
      let estimates = estimates(dataSet, fit, parameters, free)
      let values = estimates.eigenvalues
      let hasCovariance = estimates.covariance != nil
      text.add([1, dataSet.isRegular ? 1 : 0, hasCovariance ? 1 : 0, 0])
      // Of rounding and gradients there is nothing in these methods.
      text.add([0, 0, 0, 0, 0, hasCovariance ? 0 : 1])
      text.add("")
      text.add(
        values.first.flatMap { least in least > 0 ? (values.last ?? least) / least : nil })
      text.add("imp")
      for _ in 0..<6 { text.add("") }
      text.add(fit.nonmemObjective)
      for place in places { text.add(estimates.values[place]) }
      let standardErrors = estimates.standardErrors
      for place in places { text.add(standardErrors[place]) }
      for eta in numbering.etas { text.add(shrinkage(eta, fit, model)) }
      for i in numbering.sigmas.indices { text.add(residualShrinkage(i, fit, model)) }
      for i in 0..<free.count { text.add(i < values.count ? values[i] : nil) }
    } else {
      let count =
        columns.count - 3 + 2 * places.count + numbering.etas.count + numbering.sigmas.count
        + free.count
      for _ in 0..<count { text.add("") }
    }
    text.endRow()
    return String(decoding: text.bytes, as: UTF8.self)
  }

  /// With components in the order of the fit that the data set was drawn from; their standard
  /// errors are not known then if it is another one.
  private static func estimates(
    _ dataSet: FitDocument.DataSet, _ fit: FitDocument.Fit, _ parameters: NonmemParameters,
    _ free: FreeParameters
  ) -> NonmemEstimates {
    let order = dataSet.labels?.alignment.order ?? []
    let isSame = order.elementsEqual(order.indices)
    let values = fit.estimates.parameters
    return NonmemEstimates(
      parameters, free: free, at: isSame ? values : values.permuted(order),
      covariance: isSame ? fit.covariance.matrix : nil,
      score: isSame ? fit.covariance.totalScore : [])
  }

  /// THETA, OMEGA, SIGMA, without zeros of the structure.
  private static func order(_ parameters: NonmemParameters) -> [Int] {
    let etas = parameters.numbering.etas
    let omegas = etas.indices.flatMap { i in
      (0...i).filter { parameters.hasCovariance(i, $0) }.map { parameters.omega(i, $0) }
    }
    return Array(0..<parameters.thetaCount) + omegas
      + (0..<parameters.sigmaCount).map { parameters.sigma($0, $0) }
  }

  /// 100 (1 − √(1 − s)) of the share s of the variance that the data do not say.
  private static func shrinkage(
    _ eta: NonmemNumbering.Eta, _ fit: FitDocument.Fit, _ model: MixtureModel
  ) -> Double? {
    guard case .effect(let effect, let component, _) = eta.source else { return nil }
    let first = model.tie(of: effect)?.first ?? effect
    let name = model.effects[first].name
    let found = fit.shrinkage?.first {
      $0.effect == name && (component == nil || $0.component == component.map { $0 + 1 })
    }
    return found.map { 100 * (1 - max(0, 1 - $0.percent / 100).squareRoot()) }
  }

  private static func residualShrinkage(
    _ place: Int, _ fit: FitDocument.Fit, _ model: MixtureModel
  ) -> Double? {
    let output = model.outputs[min(place, model.outputs.count - 1)].name
    return fit.residualShrinkage?.first { $0.output == output && $0.component == nil }?.percent
  }
}

extension CSVText {
  fileprivate mutating func add(_ numbers: [Int]) { for number in numbers { add(number) } }
}

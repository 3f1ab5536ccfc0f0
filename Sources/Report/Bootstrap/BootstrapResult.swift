package import Study

/// The bootstrap of one data set's fit.
package struct BootstrapResult: Sendable {
  package let dataSet: String
  package let summary: BootstrapSummary

  /// - Parameters:
  ///   - fit: of the data set.
  ///   - replicates: the fits of the data sets that were drawn, in order.
  package init(dataSet: String, fit: FitDocument.Fit, replicates: [FitDocument.DataSet]) {
    self.dataSet = dataSet
    let parameters = (fit.parameters + fit.derived).filter { !$0.fixed }
    summary = BootstrapSummary(
      estimates: parameters.map { ($0.name, $0.estimate, $0.standardError) },
      replicates: replicates.map { replicate in
        let labels = replicate.labels?.alignment
        return BootstrapSummary.Replicate(
          name: replicate.name, status: replicate.status, isRegular: replicate.isRegular,
          labels: labels,
          values: replicate.fit.map { Self.values(parameters, of: $0, labels) } ?? [],
          minusTwoLogLikelihood: replicate.fit?.minusTwoLogLikelihood)
      })
  }

  /// The values of parameters in another fit, whose components are named as here.
  private static func values(
    _ parameters: [FitDocument.Parameter], of fit: FitDocument.Fit, _ labels: LabelAlignment?
  ) -> [Double] {
    var places: [String: Double] = [:]
    for parameter in fit.parameters + fit.derived {
      places["\(parameter.base) \(parameter.component ?? 0)"] = parameter.estimate
    }
    return parameters.map { parameter in
      let own = parameter.component.map { k in labels.map { $0.order[k - 1] + 1 } ?? k } ?? 0
      return places["\(parameter.base) \(own)"] ?? .nan
    }
  }
}

import Estimation
import NumericKernels
import PopulationData
package import PopulationModel

/// `moments.csv`: a row for each subject, with all that is known of its random effects given each
/// component: what outputs in NONMEM's formats are made of.
package struct MomentsTable: Sendable {
  private let model: MixtureModel

  package init(model: MixtureModel) { self.model = model }

  package var header: [UInt8] {
    let names = model.effects.map(\.name)
    var header = ["data_set", "subject", "ID", "observations", "measured", "log_likelihood"]
    for k in 0..<model.componentCount {
      let suffix = model.componentCount > 1 ? ".\(k + 1)" : ""
      header += ["log_integral", "weight", "tau"].map { $0 + suffix }
      header += names.map { "prior.\($0)" + suffix }
      header += names.map { "mean.\($0)" + suffix }
      header += names.indices.flatMap { i in
        (0...i).map { "cov.\(names[i]).\(names[$0])" + suffix }
      }
    }
    var text = CSVText()
    text.row(header)
    return text.bytes
  }

  /// The rows of this rank's subjects.
  package func rows(_ result: DataSetResult) -> [UInt8] {
    guard let fit = result.fit else { return [] }
    var text = CSVText()
    for (subject, posterior) in zip(fit.subjects, fit.posteriors) {
      text.add(result.name)
      text.add(subject.index + 1)
      text.add(subject.id)
      text.add(subject.observationCount)
      text.add(subject.measuredCount)
      text.add(posterior.logLikelihood)
      let covariates = subject.covariates.first ?? []
      let weights = model.priorWeights(covariates: covariates, fit.estimates)
      let membership = posterior.membership
      for k in 0..<model.componentCount {
        text.add(posterior.logIntegral(k) - log(weights[k]))
        text.add(weights[k])
        text.add(membership[k])
        text.add(model.priorMean(k, covariates: covariates, fit.estimates))
        text.add(posterior.mean(k))
        text.add(posterior.covariance(k).elements)
      }
      text.endRow()
    }
    return text.bytes
  }
}

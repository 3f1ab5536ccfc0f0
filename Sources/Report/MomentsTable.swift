import Estimation
import NumericKernels
import PopulationData
package import PopulationModel

/// `moments.csv`: a row for each subject, with all that is known of its random effects given each
/// component: what outputs in formats of other
/// programs are made of where the fit was done by an earlier run.
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
      // One after the other, as there may be millions.
      let subject = SubjectResult(subject, posterior, of: fit)
      text.add(result.name)
      text.add(subject.index + 1)
      text.add(subject.id)
      text.add(subject.observationCount)
      text.add(subject.measuredCount)
      text.add(subject.logLikelihood)
      for k in 0..<model.componentCount {
        text.add(subject.logIntegrals[k])
        text.add(subject.weights[k])
        text.add(subject.membership[k])
        text.add(subject.priorMeans[k])
        text.add(subject.means[k])
        text.add(subject.covariances[k].elements)
      }
      text.endRow()
    }
    return text.bytes
  }
}

import Estimation
import NumericKernels
import PopulationData
package import PopulationModel

/// `subjects.csv`: a row for each subject, with its class, posterior probabilities, conditional
/// moments and modes of the random effects, effective sample sizes and log-likelihood contribution.
package struct SubjectsTable: Sendable {
  private let model: MixtureModel

  package init(model: MixtureModel) { self.model = model }

  package var header: [UInt8] {
    let components = 1...model.componentCount
    let names = model.effects.map(\.name)
    var header = [
      "data_set", "subject", "ID", "observations", "log_likelihood", "class", "entropy",
    ]
    header += components.map { "tau.\($0)" }
    for kind in ["mean", "sd"] { header += names.map { "\(kind).\($0)" } }
    if model.componentCount > 1 {
      for k in components {
        for kind in ["mean", "sd"] { header += names.map { "\(kind).\($0).\(k)" } }
      }
    }
    for kind in ["mode", "eta"] { header += names.map { "\(kind).\($0)" } }
    for kind in ["ess", "largest_weight", "pareto_k"] {
      header += components.map { "\(kind).\($0)" }
    }
    var text = CSVText()
    text.row(header)
    return text.bytes
  }

  /// The rows of this rank's subjects.
  package func rows(_ result: DataSetResult) -> [UInt8] {
    var text = CSVText()
    guard let fit = result.fit else { return [] }
    for (place, (subject, posterior)) in zip(fit.subjects, fit.posteriors).enumerated() {
      text.add(result.name)
      text.add(subject.index + 1)
      text.add(subject.id)
      text.add(subject.observationCount)
      add(posterior, of: subject, at: place, fit, to: &text)
      text.endRow()
    }
    return text.bytes
  }

  private func add(
    _ posterior: SubjectPosterior, of subject: Subject, at place: Int, _ fit: FitResult,
    to text: inout CSVText
  ) {
    let membership = posterior.membership
    let classification = Classification(membership: membership)
    text.add(posterior.logLikelihood)
    text.add(classification.component + 1)
    text.add(classification.entropy)
    text.addEach(membership)
    let overall = posterior.moments
    text.addEach(overall.mean)
    text.addEach(overall.covariance.diagonal.map { $0.squareRoot() })
    let components = 0..<model.componentCount
    if model.componentCount > 1 {
      for k in components {
        text.addEach(posterior.mean(k))
        text.addEach(posterior.covariance(k).diagonal.map { $0.squareRoot() })
      }
    }
    let p = model.effectCount
    for j in 0..<p { text.add(fit.modes[place * p + j]) }
    let typical = model.priorMean(
      classification.component, covariates: subject.covariates.first ?? [], fit.estimates)
    for j in 0..<p { text.add(fit.modes[place * p + j] - typical[j]) }
    for k in components { text.add(posterior.effectiveSampleSize(k)) }
    for k in components { text.add(posterior.largestShare(k)) }
    for k in components { text.add(posterior.tailShape(k)) }
  }
}

extension CSVText {
  /// One after another, without the cost of sequences of any kind: there are millions of rows.
  fileprivate mutating func addEach(_ numbers: [Double]) {
    for number in numbers { add(number) }
  }
}

import Estimation
import PopulationModel

/// `subjects.csv`: a row for each subject, with its class, posterior probabilities, conditional moments of the random effects,
/// effective sample sizes and log-likelihood contribution.
public struct SubjectsTable: Sendable {
  private let model: MixtureModel
  private let results: [DataSetResult]

  public init(model: MixtureModel, results: [DataSetResult]) {
    self.model = model
    self.results = results
  }

  public var text: String {
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
    for kind in ["ess", "largest_weight", "pareto_k"] {
      header += components.map { "\(kind).\($0)" }
    }
    var text = header.map(csvField).joined(separator: ",") + "\n"
    for result in results {
      guard let fit = result.fit else { continue }
      for (i, posterior) in fit.posteriors.enumerated() {
        text += row(result, i, posterior).map(csvField).joined(separator: ",") + "\n"
      }
    }
    return text
  }

  private func row(_ result: DataSetResult, _ i: Int, _ posterior: SubjectPosterior) -> [String] {
    let classification = Classification(membership: posterior.membership)
    var fields = [
      result.name, "\(i + 1)", result.subjectIDs[i], "\(result.observationCounts[i])",
      csvNumber(posterior.logLikelihood), "\(classification.component + 1)",
      csvNumber(classification.entropy),
    ]
    fields += posterior.membership.map(csvNumber)
    let overall = posterior.moments
    fields += overall.mean.map(csvNumber)
    fields += overall.covariance.diagonal.map { csvNumber($0.squareRoot()) }
    if model.componentCount > 1 {
      for k in 0..<model.componentCount {
        fields += posterior.mean(k).map(csvNumber)
        fields += posterior.covariance(k).diagonal.map { csvNumber($0.squareRoot()) }
      }
    }
    let components = 0..<model.componentCount
    fields += components.map { csvNumber(posterior.effectiveSampleSize($0)) }
    fields += components.map { csvNumber(posterior.largestShare($0)) }
    fields += components.map { posterior.tailShape($0).map(csvNumber) ?? "" }
    return fields
  }
}

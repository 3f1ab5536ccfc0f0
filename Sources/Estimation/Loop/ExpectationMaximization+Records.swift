import DataPartition
import MessagePassing
import PopulationData
import PopulationModel

// What is said of an iteration, and why one cannot go on.
extension ExpectationMaximization {
  /// Why nothing is possible: subjects whose likelihood is 0, the same on all ranks.
  func impossible(
    _ statistics: SufficientStatistics, at parameters: PopulationParameters, iteration: Int
  ) throws -> EstimationError {
    struct Named: Codable {
      let index: Int
      let id: String
      let trouble: String?
    }
    let limit = EstimationError.namedSubjects
    let own = share.subjects.indices
      .filter { !expectation.posterior($0).logLikelihood.isFinite }
      .map { share.subjects[$0] }.sorted { $0.index < $1.index }.prefix(limit)
      .map { Named(index: $0.index, id: $0.id, trouble: trouble(of: $0, at: parameters)) }
    let named = try communicator.collected(Array(own)).joined()
      .sorted { $0.index < $1.index }.prefix(limit)
    return .impossibleSubjects(
      ids: named.map(\.id), count: statistics.impossibleSubjects, iteration: iteration + 1,
      trouble: named.lazy.compactMap(\.trouble).first)
  }

  /// Why the model predicts nothing of a subject at the typical values of any component; nil if it
  /// does at those of one.
  private func trouble(of subject: Subject, at parameters: PopulationParameters) -> String? {
    var first: String?
    for k in 0..<model.componentCount {
      let mean = model.priorMean(k, covariates: subject.covariates.first ?? [], parameters)
      let theta = model.structuralParameters(mean, component: k, parameters)
      guard let trouble = model.structural.trouble(of: subject, parameters: theta) else {
        return nil
      }
      if first != nil { continue }
      let values = zip(model.structural.parameterNames, theta)
        .map { "\($0) = \(Double(Float($1)) == $1 ? "\($1)" : "\(Float($1))")" }
      let place = trouble.line.map { " (line \($0) of the data)" } ?? ""
      first =
        "of subject \(subject.id)\(place) at \(values.joined(separator: ", ")) \(trouble.reason)"
    }
    return first
  }

  /// log p(ϕ); `nil` without a prior.
  func logPrior(at parameters: PopulationParameters) -> Double? {
    settings.prior.isEmpty ? nil : settings.prior.logDensity(at: parameters, of: model)
  }

  func record(
    _ statistics: SufficientStatistics, _ iteration: Int, _ parameters: PopulationParameters,
    step: Double?
  ) -> IterationRecord {
    IterationRecord(
      iteration: iteration, logLikelihood: statistics.logLikelihood,
      logLikelihoodError: statistics.logLikelihoodError.standardError, parameters: parameters,
      effectiveSampleSizes: (0..<model.componentCount).map(statistics.effectiveSampleSize),
      poorComponents: statistics.poorComponents, remedies: statistics.remedies, step: step,
      logPrior: logPrior(at: parameters))
  }

  /// The stable order of the components, or the user's where fixed values or a prior give them a
  /// meaning of their own.
  func componentOrder(_ parameters: PopulationParameters) -> [Int] {
    let fixed = model.fixed
    let isAlike = (1..<max(1, model.componentCount)).allSatisfy {
      fixed.means[$0] == fixed.means[0] && fixed.variances[$0] == fixed.variances[0]
    }
    return isAlike && !model.keepsOrder
      && settings.prior.isSymmetric(componentCount: model.componentCount)
      && (!fixed.weights || Set(parameters.weights).count == 1)
      ? parameters.stableOrder(mixtureEffects: model.mixtureEffects)
      : Array(0..<model.componentCount)
  }
}

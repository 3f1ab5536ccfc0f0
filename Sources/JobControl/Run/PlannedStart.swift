package import DataPartition
import DataSets
package import Estimation
package import JobFiles
import MessagePassing
import NumericKernels
package import PopulationData
package import PopulationModel
import Study

/// Where one fit starts.
package struct PlannedStart: Sendable {
  package let parameters: PopulationParameters
  /// How values were found from the data; `nil` where the user gave all.
  package let search: StartSearchSummary?
}

/// What was found from the data for the starts of one data set, which are mostly fitted one after
/// another.
final class StartCache {
  private var key = ""
  fileprivate var found: [Int: FoundStarts] = [:]
  fileprivate var twins: [PopulationParameters]?

  /// Forgets what belongs to another data set.
  fileprivate func keep(_ name: String) {
    guard key != name else { return }
    (key, found, twins) = (name, [:], nil)
  }
}

extension RunPlan {
  /// The starting values of a fit.
  /// - Parameters:
  ///   - number: of the start, from 1.
  ///   - sample: subjects of the data set to find what the job does not give.
  package func start(number: Int, sample: [Subject]) throws -> PopulationParameters {
    try planned(number: number, sample: sample, name: "", cache: StartCache()).parameters
  }

  /// The start of a fit to a data set that one rank has as a whole.
  /// - Parameter number: of the start, from 1.
  package func plannedStart(number: Int, share: DatasetShare) throws -> PlannedStart {
    let sample =
      needsSample(number: number)
      ? try share.spacedSample(
        limit: StartingPoints.subjectLimit, communicator: SerialCommunicator()) : []
    return try planned(number: number, sample: sample, name: share.name, cache: StartCache())
  }

  /// Whether the search looks at subjects for a start.
  func needsSample(number: Int) -> Bool {
    !starting(number: number).isComplete || number > 1 && !isGiven(number)
  }

  /// Whether a start is looked for in the data although the user gave one, whose end is in doubt.
  private func isSecondOpinion(_ number: Int) -> Bool {
    number > 1 && jobFile.estimation.starts == .asNeeded && starting.isComplete
  }

  /// The first start has the user's values, and those from the data where there are none. The
  /// further ones, behind those that the user gave, are first the other places that were found from
  /// the data, then values about them in turn. Where the user gave all, every second of them is
  /// about a twin of the start, if there is one that predicts about the same. Starts that are made
  /// because the end of the user's is in doubt are found from the data.
  /// - Parameter name: of the data set.
  /// - Throws: `EstimationError.noStart`; `FitStopped`.
  func planned(
    number: Int, sample: [Subject], name: String, cache: StartCache,
    control: SearchControl = SearchControl()
  ) throws -> PlannedStart {
    cache.keep(name)
    let starting = starting(number: number)
    let seed = settings.seed
    /// From 1 for the user's first, 2 for the first that is not given.
    let place = isGiven(number) ? 1 : max(1, number - otherStarts.count)
    func perturbed(_ start: PopulationParameters) -> PopulationParameters {
      start.perturbed(
        number, model: model, seed: seed,
        spread: sample.isEmpty ? nil : CovariateSpread(sample, model: model))
    }
    if isSecondOpinion(number) {
      return try secondOpinion(number - 1, sample: sample, cache: cache, control: control)
    }
    if starting.isComplete {
      let start = starting.completed(with: nil)
      guard place > 1 else { return PlannedStart(parameters: start, search: nil) }
      if cache.twins == nil, !sample.isEmpty, place.isMultiple(of: 2) {
        cache.twins = try StartingPoints(
          model: model, sample: sample, seed: seed, control: control
        ).twins(of: start)
      }
      let twins = place.isMultiple(of: 2) ? cache.twins ?? [] : []
      let origin = twins.isEmpty ? start : twins[(place / 2 - 1) % twins.count]
      return PlannedStart(parameters: perturbed(origin), search: nil)
    }
    let which = isGiven(number) ? number : 1
    let found =
      try cache.found[which]
      ?? StartingPoints(
        model: model, sample: sample, seed: seed, given: starting, prior: settings.prior,
        control: control
      ).search()
    cache.found[which] = found
    let starts = found.starts.map { start in
      starting.completed(with: starting.namesComponents ? start : inOrderOfPrior(start))
    }
    if place <= starts.count {
      return PlannedStart(parameters: starts[place - 1], search: found.summary)
    }
    return PlannedStart(
      parameters: perturbed(starts[(place - 1) % starts.count]), search: found.summary)
  }

  /// A start that owes the user's nothing but what is fixed; where the data give none, one about
  /// the user's.
  /// - Parameter place: from 1.
  private func secondOpinion(
    _ place: Int, sample: [Subject], cache: StartCache, control: SearchControl
  ) throws -> PlannedStart {
    let fixed = starting.fixed(in: model)
    let given = starting.completed(with: nil)
    let spread = sample.isEmpty ? nil : CovariateSpread(sample, model: model)
    func perturbed(_ start: PopulationParameters) -> PopulationParameters {
      start.perturbed(place + 1, model: model, seed: settings.seed, spread: spread)
    }
    let found: FoundStarts
    do {
      found =
        try cache.found[0]
        ?? StartingPoints(
          model: model, sample: sample, seed: settings.seed, given: fixed, prior: settings.prior,
          control: control
        ).search()
    } catch EstimationError.noStart {
      return PlannedStart(parameters: perturbed(given), search: nil)
    }
    cache.found[0] = found
    let starts = found.starts.map { start -> PopulationParameters in
      let start = fixed.completed(with: start)
      guard model.keepsOrder else { return inOrderOfPrior(start) }
      return start.permuted(optimalAssignment(start.nearness(to: given, model: model)))
    }
    let start = starts[(place - 1) % starts.count]
    return PlannedStart(
      parameters: place <= starts.count ? start : perturbed(start), search: found.summary)
  }

  /// Whether a start is one of the user's further ones.
  private func isGiven(_ number: Int) -> Bool { number > 1 && number <= otherStarts.count + 1 }

  /// What the user says of a start.
  func starting(number: Int) -> StartingValues {
    isGiven(number) ? otherStarts[number - 2] : starting
  }

  /// Values from the data with their components in the order in which they suit the prior best,
  /// where its components differ.
  private func inOrderOfPrior(_ found: PopulationParameters) -> PopulationParameters {
    let prior = settings.prior
    guard !prior.isSymmetric(componentCount: model.componentCount) else { return found }
    return found.permuted(optimalAssignment(prior.suitability(of: found, model: model)))
  }
}

extension StartingValues {
  /// Whether the user's values say which component is which.
  fileprivate var namesComponents: Bool {
    weights.map { $0.contains { $0 != weights?[0] } } ?? false
      || means.contains { $0 != means[0] } || variances.contains { $0 != variances[0] }
      || direct.contains { $0 != direct[0] } || coefficients.contains { $0 != coefficients[0] }
  }
}

extension StartingValues {
  /// What of it is fixed in the model.
  fileprivate func fixed(in model: MixtureModel) -> StartingValues {
    var kept = StartingValues(model)
    let fixed = model.fixed
    if fixed.weights { kept.weights = weights }
    if fixed.residualVariance { kept.residualVariance = residualVariance }
    for k in means.indices {
      for j in means[k].indices {
        if fixed.means[k][j] { kept.means[k][j] = means[k][j] }
        if fixed.variances[k][j] { kept.variances[k][j] = variances[k][j] }
      }
      for (a, parameter) in model.direct.enumerated() where fixed.direct.contains(parameter.base) {
        kept.direct[k][a] = direct[k][a]
      }
    }
    kept.correlations = correlations.filter {
      fixed.variances[$0.component][$0.row] && fixed.variances[$0.component][$0.column]
    }
    return kept
  }
}

extension PopulationParameters {
  /// `gains[k][l]`: how near component l is to component k of other values, by the means of the
  /// mixture's effects in units of their spread.
  fileprivate func nearness(to other: PopulationParameters, model: MixtureModel) -> [[Double]] {
    other.means.indices.map { k in
      means.indices.map { l in
        -model.mixtureEffects.reduce(0.0) { sum, j in
          let difference = means[l][j] - other.means[k][j]
          return sum + difference * difference
            / max(covariances[l][j, j] + other.covariances[k][j, j], .leastNormalMagnitude)
        }
      }
    }
  }
}

extension PieceFit {
  /// The fit, with another branch of its model that explains the data better, if there is one;
  /// looked for where the user gave the only start; collective over the group.
  /// - Throws: `FitStopped` on all ranks if any has to stop.
  func checkingTwins(_ fit: FitResult, _ share: DatasetShare) throws -> FitResult {
    guard plan.settings.method.endsAtMaximum, plan.starting.isComplete, plan.model.mayHaveTwins,
      plan.jobFile.estimation.starts.least == 1, piece.start == 1, case .file = piece.source
    else { return fit }
    let sample = try share.spacedSample(
      limit: StartingPoints.subjectLimit, communicator: group)
    var fit = fit
    fit.betterTwin = try together {
      try StartingPoints(
        model: plan.model, sample: sample, seed: plan.settings.seed, prior: plan.settings.prior,
        control: SearchControl(mustStop: { run.shouldStop(before: 1) }, progress: searches)
      ).betterTwin(of: fit)
    }
    return fit
  }

  /// The start of the fit; collective over the group.
  /// - Throws: `EstimationError.noStart`, the same on all ranks; `FitStopped` on all ranks if any
  ///   has to stop.
  func plannedStart(_ share: DatasetShare) throws -> PlannedStart {
    let sample =
      plan.needsSample(number: piece.start)
      ? try share.spacedSample(limit: StartingPoints.subjectLimit, communicator: group) : []
    return try together {
      try plan.planned(
        number: piece.start, sample: sample, name: share.name, cache: starts,
        control: SearchControl(
          mustStop: { run.shouldStop(before: 1) }, progress: searches))
    }
  }

  /// Does what each rank does for itself; one that stops in the middle must not leave the others
  /// waiting.
  /// - Throws: what `body` throws on all ranks alike; `FitStopped` on all if any has to stop.
  private func together<Value>(_ body: () throws -> Value) throws -> Value {
    let result = Result { try body() }
    var stopped: [Int64] = [0]
    if case .failure(let error) = result, error is FitStopped { stopped = [1] }
    try group.allReduceSum(&stopped)
    if stopped[0] > 0 {
      run.stopHere()
      throw FitStopped()
    }
    return try result.get()
  }
}

package import DataPartition
package import MessagePassing
import NumericKernels
package import PopulationModel

/// log L of a data set and its score at any parameters, by a separate E-step, whose nodes stay
/// while its envelopes do. Collective: all ranks do the same.
package final class ScoredLikelihood {
  /// The group has been asked to stop.
  package struct Stopped: Error {}

  private let model: MixtureModel
  private let free: FreeParameters
  private let prior: ParameterPrior
  private let share: DatasetShare
  private let communicator: any Communicator
  private let control: (any FitControl)?
  private let expectation: ExpectationStep
  private let order: [Int]
  /// The subjects' states with the stored envelopes.
  private var states: [Double] = []

  /// - Parameters:
  ///   - fit: whose settings are taken, with as many nodes as it has needed.
  ///   - share: the rank's subjects.
  ///   - control: is asked at each sum over the ranks whether to stop.
  package init(
    of fit: FitResult, share: DatasetShare, communicator: any Communicator,
    control: (any FitControl)?
  ) {
    model = fit.model
    free = FreeParameters(model)
    prior = fit.settings.prior
    self.share = share
    self.communicator = communicator
    self.control = control
    var settings = fit.settings
    settings.precision = nil
    if let most = fit.samplingError?.samples.upperBound { settings.samples = most }
    expectation = ExpectationStep(model: model, share: share, settings: settings)
    // What is at a boundary stays there.
    expectation.pins = fit.pins
    order = Array(0..<model.componentCount)
  }

  /// log L + log p(ϕ), and its derivatives by the free parameters.
  /// - Returns: `nil` where a subject's likelihood is 0.
  /// - Throws: `Stopped`, `CommunicationError`.
  package func evaluate(
    at parameters: PopulationParameters, envelopes: ExpectationStep.EnvelopeSource
  ) throws -> (logLikelihood: Double, score: [Double])? {
    let count = expectation.statisticsLayout.count
    let q = free.count
    var sums = ExactAccumulator(count: count + q + 1)
    let scores = BlockScores(free: free, parameters: parameters)
    // The search is lost in any case, so that nothing is to be kept of it.
    expectation.abandonment = Abandonment { [control] in control?.mustStop ?? false }
    scores.pinned = expectation.runWithPins(
      at: parameters, iteration: 0, envelopes: envelopes, addingTo: &sums)
    expectation.addTotalScore(scores, order: order, to: &sums, at: count)
    let isLeft = expectation.abandonment?.isAbandoned == true
    let wish = control?.wishes(after: .iteration).addend ?? 0
    sums.add(isLeft ? FitWishes.abandon.addend : wish, to: count + q)
    try sums.combine(with: communicator)
    let values = sums.values
    if FitWishes(sum: values[count + q]).contains(.stop) { throw Stopped() }
    let statistics = SufficientStatistics(
      layout: expectation.statisticsLayout, subjectCount: share.subjectCount,
      observationCount: share.observationCount, centres: parameters.means,
      values: Array(values.prefix(count)))
    var score = Array(values[count..<count + q])
    var logLikelihood = statistics.logLikelihood
    if !prior.isEmpty {
      let slopes = prior.derivatives(at: parameters, free).gradient
      for a in 0..<q { score[a] += slopes[a] }
      logLikelihood += prior.logDensity(at: parameters, of: model)
    }
    guard statistics.impossibleSubjects == 0, logLikelihood.isFinite else { return nil }
    return (logLikelihood, score)
  }

  /// Stores the present envelopes.
  package func keepEnvelopes() {
    states = []
    for local in share.subjects.indices { expectation.appendState(of: local, to: &states) }
  }

  /// Restores the stored envelopes.
  package func restoreEnvelopes() {
    expectation.restore(states, comparisons: 0, adoptions: [], own: share.subjects)
  }
}

extension FitResult {
  /// The estimates, with the start's variances where one is held at a boundary: its mean has the
  /// unit that it had at the start.
  package var scaleReference: PopulationParameters {
    var reference = estimates
    for cell in pins.flatMap(\.cells) {
      let (j, k) = (cell.effect, cell.component)
      reference.covariances[k][j, j] = start.covariances[k][j, j]
    }
    return reference
  }
}

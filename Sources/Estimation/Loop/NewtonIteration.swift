import MessagePassing
import NumericKernels
import PopulationModel

/// What an E-step says of the objective, log L or with a prior the log posterior, at some
/// parameters.
struct ObjectiveSlopes {
  let free: FreeParameters
  let objective: Double
  /// ∂/∂ϕ
  let gradient: [Double]
  /// Σ_i s_i s_iᵀ, with a prior − ∂² log p/∂ϕ∂ϕᵀ.
  let information: SymmetricMatrix
}

// The end of a fit: steps of Newton's method in the place of accelerated EM's.
//
// On nodes that stay log L is a smooth function, of which the E-step gives exact slopes (Fisher's
// identity). EM's step of a mean is Ω times the slope: as a variance goes to 0 it vanishes wherever
// the mean is, and it is short wherever the data say little of what they complete. Newton's step is
// as long as the data want it. EM's own step remains for where Newton's fail.
extension ExpectationMaximization {
  /// One iteration: an E-step with scores, and the next parameters.
  func newtonIteration(_ run: inout IterationState) throws {
    let iteration = run.records.count
    if expectation.pins != run.boundary.pins {
      if !run.boundary.pins.isEmpty { expectation.leaveAdopted() }
      expectation.pins = run.boundary.pins
    }
    let statistics: SufficientStatistics
    let slopes: ObjectiveSlopes
    do {
      (statistics, slopes) = try expectSlopes(run, iteration: iteration)
    } catch let error as EstimationError {
      guard run.takeBack() || run.searchAnewAtAccepted() else { throw error }
      return
    }
    let image = try? MaximizationStep(model: model, prior: settings.prior).maximize(
      statistics, from: run.parameters)
    let step = image.map { scaledStep(from: run.parameters, to: $0) }
    let isConverged = run.advance(
      slopes, image: image, record: record(statistics, iteration, run.parameters, step: step))
    run.stop = newtonStop(run, isConverged: isConverged)
    run.stop = try unboundedStop(run, statistics) ?? run.stop
  }

  private func newtonStop(_ run: IterationState, isConverged: Bool) -> StopReason? {
    let iterations = run.records.count
    if isConverged {
      guard run.boundary.pins.isEmpty else {
        return .boundary(iterations: iterations, distance: run.distance, run.newton?.findings ?? [])
      }
      return run.newton?.isFlat == true
        ? .flat(iterations: iterations, distance: run.distance)
        : .converged(iterations: iterations, distance: run.distance)
    }
    return iterations >= settings.iterations
      ? .iterationLimit(iterations, distance: run.distance) : nil
  }

  /// An E-step with the sums of the scores and of their products, by one sum over the ranks.
  private func expectSlopes(_ run: IterationState, iteration: Int) throws -> (
    SufficientStatistics, ObjectiveSlopes
  ) {
    let parameters = run.parameters
    let free = FreeParameters(model)
    let scores = BlockScores(free: free, parameters: parameters)
    let q = free.count
    let (statistics, extra) = try expect(
      at: parameters, iteration: iteration, envelopes: run.schedule.source, scores: scores)
    var gradient = Array(extra.prefix(q))
    var information = SymmetricMatrix(dimension: q, elements: Array(extra.dropFirst(q)))
    if !settings.prior.isEmpty {
      let prior = settings.prior.derivatives(at: parameters, free)
      for a in 0..<q { gradient[a] += prior.gradient[a] }
      information.add(prior.information)
    }
    let objective = statistics.logLikelihood + (logPrior(at: parameters) ?? 0)
    return (
      statistics,
      ObjectiveSlopes(
        free: free, objective: objective, gradient: gradient, information: information)
    )
  }

  /// Distance to the maximum by the scores, in standard errors, for which Newton's method begins
  /// again.
  private static let worthwhile = 1e-2

  /// Whether Newton's method has to go on where EM has ended: because the scores say that the
  /// maximum is elsewhere, or that a variance is on its way to 0.
  func newtonGoesOn(_ run: IterationState, after evaluation: Evaluation) -> Bool {
    guard settings.isAccelerated, run.mayStartNewton, !evaluation.covariance.gradient.isEmpty
    else { return false }
    if run.hasVanishedVariance { return true }
    // Where it has ended before, what is left has to be worth another beginning.
    if run.newton != nil {
      return settings.leastGain == nil
        && (evaluation.covariance.remainingDistance ?? 0) > Self.worthwhile
    }
    let free = FreeParameters(model)
    let covariance = evaluation.covariance
    let values = free.values(in: evaluation.estimates)
    let isVanishing = free.list.indices.contains { a in
      guard free.isVariance(free.list[a]) else { return false }
      let slope = covariance.gradient[a]
      return slope < 0 && -slope >= values[a] * covariance.information[a, a]
    }
    if isVanishing { return true }
    let tolerance = max(1e-4, settings.tolerance)
    if let distance = covariance.remainingDistance {
      if let least = settings.leastGain { return 0.5 * distance * distance > least }
      return distance > tolerance
    }
    guard settings.leastGain == nil else { return false }
    return free.list.indices.contains { a in
      let information = covariance.information[a, a]
      return information > 0 && abs(covariance.gradient[a]) > tolerance * information.squareRoot()
    }
  }
}

extension FreeParameters {
  /// Whether 0 is the end of the parameter's range, at which log L may have its maximum: a variance
  /// of random effects that is a block of its own, and one of the parts of a residual error.
  func isVariance(_ parameter: FreeParameter) -> Bool {
    switch parameter {
    case .covariance(let row, let column, _):
      return row == column
        && !model.effects.indices.contains { $0 != row && model.isInBlock($0, row) }
    case .direct(let place, _):
      guard model.direct[place].isPositive,
        let output = model.firstDirect.lastIndex(where: { $0 <= place })
      else { return false }
      let end =
        output + 1 < model.firstDirect.count
        ? model.firstDirect[output + 1] : model.direct.count
      return model.direct[model.firstDirect[output]..<end].count { $0.isPositive } > 1
    default: return false
    }
  }
}

import DataPartition
import MessagePassing
import PopulationModel

extension ExpectationMaximization {
  /// Compares the integrals and scores at the end of the iterations with independent ones;
  /// collective.
  /// - Throws: `FitStopped` if a rank wants to stop.
  func verify(_ run: IterationState, _ evaluation: Evaluation) throws -> IntegrationCheck {
    // Envelopes that the evaluation has made are not those of before.
    let mayStop = run.schedule.finalSource == .kept
    if mayStop { expectation.abandonment = Abandonment { [unowned self] in mustStop } }
    defer { expectation.abandonment = nil }
    do {
      return try IntegrationCheck(
        integration(), evaluation: evaluation,
        scores: BlockScores(free: FreeParameters(model), parameters: evaluation.estimates),
        share: share, communicator: communicator, mustStop: { mayStop && mustStop })
    } catch is IntegrationCheck.Interrupted {
      try stopVerification(run)
    }
  }

  /// Whether fits that take long are verified on their way.
  var verifiesMidway: Bool {
    settings.method.endsAtMaximum && settings.leastGain == nil && settings.verifies
  }

  /// Compares integrals where iterations have not converged for long: nodes that miss posteriors,
  /// and are made anew again and again, keep them from it. Collective.
  func verifyMidway(_ run: inout IterationState) throws {
    guard verifiesMidway, run.adoptions.count < Self.adoptionLimit else {
      run.checked()
      return
    }
    if run.isLost {
      run.stop = .iterationLimit(run.records.count, distance: .infinity)
      return
    }
    prepareToStop()
    mayLeave(run, isLong: true)
    defer { mustEnd() }
    let evaluation = try evaluate(
      at: run.parameters, iteration: run.records.count, run: run)
    mustEnd()
    let check = try verify(run, evaluation)
    run.checked()
    guard check.wrongCount > 0, try adopt(check, at: run.parameters) else { return }
    run.adopted(at: run.parameters)
  }

  /// Gives the subjects with wrong integrals those of the independent integration; collective. Not
  /// at a boundary: see `leaveAdopted`.
  /// - Returns: whether there were any on some rank.
  func adopt(_ check: IntegrationCheck, at parameters: PopulationParameters) throws -> Bool {
    let candidates = expectation.pins.isEmpty ? check.candidates : []
    var count = ExactAccumulator(count: 1)
    count.add([Double(candidates.count)])
    try count.combine(with: communicator)
    guard count.values[0] > 0 else { return false }
    expectation.adopt(candidates, from: integration(), at: parameters)
    return true
  }

  private func integration() -> IndependentIntegration {
    IndependentIntegration(expectation, subjects: share.subjects)
  }
}

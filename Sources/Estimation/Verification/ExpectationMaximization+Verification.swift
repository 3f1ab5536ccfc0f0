import MessagePassing
import PopulationModel

extension ExpectationMaximization {
  /// Compares the integrals and scores at the end of the iterations with independent ones; collective.
  func verify(_ run: IterationState, _ evaluation: Evaluation) throws -> IntegrationCheck {
    try IntegrationCheck(
      integration(), evaluation: evaluation,
      scores: BlockScores(free: FreeParameters(model), parameters: evaluation.estimates),
      share: share, communicator: communicator)
  }

  /// Gives the subjects with wrong integrals those of the independent integration; collective.
  /// - Returns: whether there were any on some rank.
  func adopt(_ check: IntegrationCheck, at parameters: PopulationParameters) throws -> Bool {
    let candidates = check.candidates
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

import DataPartition
import MessagePassing
import PopulationModel

// Fits are saved, and stopped, between two steps or before one that takes long.
extension ExpectationMaximization {
  /// Saves the fit between two steps if any rank wishes it, and stops there.
  func heedWishes(_ run: IterationState) throws {
    guard let (control, attempts, kept) = interruption, !wishes.isEmpty else { return }
    let stops =
      wishes.contains(.stop) || wishes.contains(.stopBeforeEvaluation) && run.stop != nil
    guard stops || wishes.contains(.save) else { return }
    wishes = []
    try control.save(
      FitSnapshot(
        state: FitState(
          attempts: attempts, run: run, comparisons: expectation.comparisons,
          kept: kept.map(FitSummary.init), profiles: []),
        firstSubject: share.firstIndex, expectation: expectation, kept: kept),
      stopping: stops)
    if stops { throw FitStopped() }
  }

  /// Saves a fit as it was before a step, to stop; collective.
  func save(_ before: Before) throws {
    guard let (control, attempts, kept) = interruption else { return }
    try control.save(
      FitSnapshot(
        state: FitState(
          attempts: attempts, run: before.run, comparisons: before.comparisons,
          kept: kept.map(FitSummary.init), profiles: []),
        firstSubject: share.firstIndex, expectation: expectation, states: before.states,
        kept: kept),
      stopping: true)
  }

  /// Whether this rank wants to stop at once.
  var mustStop: Bool { interruption?.control.mustStop ?? false }

  /// Keeps what an evaluation changes in the state of an E-step whose envelopes stay, for
  /// `stopVerification`.
  func prepareToStop() {
    referencesBefore = interruption == nil ? nil : expectation.references
  }

  /// Stops in the course of a verification, to evaluate the same estimates again when the fit is
  /// resumed.
  func stopVerification(_ run: IterationState) throws -> Never {
    guard let (control, attempts, kept) = interruption else {
      preconditionFailure("only a control interrupts")
    }
    wishes = []
    if let referencesBefore { expectation.references = referencesBefore }
    // The evaluation before the verification has compared nodes once, and will do so again.
    let comparisons = max(0, expectation.comparisons - 1)
    try control.save(
      FitSnapshot(
        state: FitState(
          attempts: attempts, run: run, comparisons: comparisons,
          kept: kept.map(FitSummary.init), profiles: []),
        firstSubject: share.firstIndex, expectation: expectation, kept: kept),
      stopping: true)
    throw FitStopped()
  }

  /// What this rank wishes, to be added to the sums over the ranks.
  func wish(after step: FitStep) -> Double {
    interruption?.control.wishes(after: step).addend ?? 0
  }

  /// Takes what the ranks wish.
  func noteWishes(_ sum: Double) { wishes = FitWishes(sum: sum) }
}

package import DataPartition

/// A fit that has ended, and what is needed to save it there while more is found out about it.
package struct EndedFit {
  package let result: FitResult
  /// The result's subjects of this rank.
  package let share: DatasetShare
  /// Intervals by profile likelihood that were done before the fit was resumed.
  package let profiles: [ProfileInterval]
  /// What has fitted it. The subjects of this rank may be others than those of the result, which
  /// can be that of another attempt.
  package let estimation: ExpectationMaximization
  let attempts: FitAttempts
  let lastRun: IterationState

  /// Saves the fit, with the intervals that are done, to stop there; collective.
  package func save(profiles: [ProfileInterval], by control: any FitControl) throws {
    let expectation = estimation.expectation
    try control.save(
      FitSnapshot(
        state: FitState(
          attempts: attempts, run: lastRun, comparisons: expectation.comparisons,
          kept: FitSummary(result), profiles: profiles),
        firstSubject: estimation.share.firstIndex, expectation: expectation, kept: result),
      stopping: true)
  }
}

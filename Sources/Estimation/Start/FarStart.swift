extension FitResult {
  /// Whether the user's start was far from the end, so that another may have led elsewhere: −2 log
  /// L has fallen by 10 a subject or more. Values 30 % off cost some units a subject, values ten
  /// times off tens to thousands.
  package var startWasFar: Bool {
    guard !startFromData, let first = iterations.first else { return false }
    return
      !(2 * (logLikelihood - first.logLikelihood)
      < Self.gainOfNearStarts * Double(subjectCount))
  }

  /// Of −2 log L, for each subject.
  private static let gainOfNearStarts = 10.0
}

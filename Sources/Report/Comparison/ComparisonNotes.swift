extension DataSetComparison {
  /// What has to be known before the numbers are compared, a sentence each.
  public var notes: [String] {
    fits.flatMap(notesOnFit) + comparisonNotes
  }

  private func notesOnFit(_ fit: ComparedFit) -> [String] {
    guard let dataSet = fit.dataSet else {
      return ["\(fit.label) has no data set \(name)."]
    }
    let size =
      "\(counted(dataSet.subjects, "subject")), \(counted(dataSet.observations, "observation"))"
    let verdict = "its -2 log L, AIC and BIC cannot be compared with those of the others."
    switch fit.comparability {
    case .failed: return ["\(fit.label) failed: \(dataSet.reason)"]
    case .missing: return []
    case .otherData: return ["\(fit.label) is a fit of OTHER DATA (\(size)): \(verdict)"]
    case .otherRecords:
      return ["\(fit.label) uses OTHER RECORDS of the same file (\(size)): \(verdict)"]
    case .unknown:
      return ["\(fit.label) does not say which data it is a fit of (\(size)): \(verdict)"]
    case .comparable:
      // What is not regular has a warning of its own, which is told after this.
      let irregular =
        "\(fit.label) is \(fit.status): its -2 log L is not that of a maximum, and comparisons with it say little."
      return (fit.isRegular ? [] : [irregular])
        + (fit.fit?.warnings ?? []).map { "\(fit.label) has a warning: \($0)" }
    }
  }

  private var comparisonNotes: [String] {
    var notes: [String] = []
    let comparable = comparable
    for (i, a) in comparable.enumerated() {
      for b in comparable[(i + 1)...] { notes += notesOnPair(a, b) }
    }
    if Set(comparable.map(\.componentCount)).count > 1 {
      notes.append(
        "Differences of -2 log L between numbers of components have no χ² distribution (a weight of 0 is at the edge of "
          + "its range), so that a likelihood-ratio test does not hold: compare BIC, or refit data simulated from the "
          + "smaller model.")
    }
    return notes
  }

  private func notesOnPair(_ a: ComparedFit, _ b: ComparedFit) -> [String] {
    guard let first = a.fit, let second = b.fit else { return [] }
    var notes: [String] = []
    let difference = second.minusTwoLogLikelihood - first.minusTwoLogLikelihood
    // Two standard errors.
    let error = ComparedFit.differenceError(a, b).map { 2 * $0 }
    if let error, error > 0 {
      var alike: [String] = []
      if abs(difference) <= error { alike.append("-2 log L") }
      if a.freeParameterCount != b.freeParameterCount {
        for criterion in Criterion.choosing
        where abs(criterion.value(second) - criterion.value(first)) <= error {
          alike.append(criterion.rawValue)
        }
      }
      if !alike.isEmpty {
        notes.append(
          "\(a.label) and \(b.label) cannot be distinguished by \(alike.joined(separator: " and ")): they differ by "
            + "less than two standard errors of their sampling, \(significant(error, 2)).")
      }
    }
    for (small, large, rise) in [(a, b, difference), (b, a, -difference)]
    where large.contains(small) && rise > max(error ?? 0, 1e-3) && large.isRegular {
      notes.append(
        "\(large.label) has more components than \(small.label) but a higher -2 log L, so it stopped at a local "
          + "maximum: fit it again with `starts`.")
    }
    return notes
  }
}

import Spelling

extension DataSetComparison {
  /// What has to be known before the numbers are compared, a sentence each.
  package var notes: [String] {
    fits.flatMap(notesOnFit) + comparisonNotes + priorNotes
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
      let otherDesign =
        "\(fit.label) reads other doses or events (AMT, RATE, SS, EVID, CMT …) than the first fit: differences of -2 log L are theirs, too."
      return (fit.isRegular ? [] : [irregular]) + (fit.hasOtherDesign ? [otherDesign] : [])
        + (fit.fit?.warnings ?? []).map { "\(fit.label) has a warning: \($0)" }
    }
  }

  private var comparisonNotes: [String] {
    var notes = notesOnDistinction
    let comparable = comparable
    for (i, a) in comparable.enumerated() {
      for b in comparable[(i + 1)...] { notes += notesOnNesting(a, b) }
    }
    if Set(comparable.map(\.componentCount)).count > 1 {
      notes.append(
        "Differences of -2 log L between numbers of components have no χ² distribution (a weight of 0 is at the edge of "
          + "its range), so that a likelihood-ratio test does not hold: compare BIC, or refit data simulated from the "
          + "smaller model.")
    }
    return notes
  }

  private var priorNotes: [String] {
    let labels = comparable.filter { $0.fit?.logPrior != nil }.map(\.label)
    guard !labels.isEmpty else { return [] }
    let one = labels.count == 1
    return [
      "\(listed(labels)) \(one ? "has a prior" : "have priors"): \(one ? "its" : "their") -2 log L, AIC and BIC are those of "
        + "the data at the maximum of the posterior, where -2 log L is not the lowest; likelihood-ratio tests do not hold."
    ]
  }

  /// Which fits are as good as the best one, as far as their sampling errors tell, by each
  /// criterion.
  private var notesOnDistinction: [String] {
    Criterion.allCases.compactMap { criterion in
      // Without classes ICL is BIC.
      if criterion == .icl, !hasClasses { return nil }
      guard let place = best(by: criterion), let least = fits[place].fit.flatMap(criterion.value)
      else { return nil }
      let best = fits[place]
      var alike: [(label: String, limit: Double)] = []
      for other in comparable where other.label != best.label {
        // With as many parameters as the best a criterion says what -2 log L says.
        if criterion != .likelihood, other.freeParameterCount == best.freeParameterCount {
          continue
        }
        // Two standard errors.
        guard let value = other.fit.flatMap(criterion.value),
          let limit = ComparedFit.differenceError(best, other).map({ 2 * $0 }), limit > 0,
          value - least <= limit
        else { continue }
        alike.append((other.label, limit))
      }
      guard !alike.isEmpty else { return nil }
      let limits = alike.map(\.limit)
      let limit =
        limits.count == 1
        ? significant(limits[0], 2)
        : "\(significant(limits.min()!, 2)) to \(significant(limits.max()!, 2))"
      return
        "\(listed(alike.map(\.label))) cannot be distinguished from \(best.label) by \(criterion.rawValue): the difference is less "
        + "than two standard errors of the sampling, \(limit)."
    }
  }

  private func notesOnNesting(_ a: ComparedFit, _ b: ComparedFit) -> [String] {
    guard let first = a.fit, let second = b.fit else { return [] }
    let difference = second.minusTwoLogLikelihood - first.minusTwoLogLikelihood
    let error = ComparedFit.differenceError(a, b).map { 2 * $0 }
    return [(a, b, difference), (b, a, -difference)].compactMap { small, large, rise in
      guard first.logPrior == nil, second.logPrior == nil, large.contains(small),
        rise > max(error ?? 0, 1e-3), large.isRegular
      else { return nil }
      return
        "\(large.label) has more components than \(small.label) but a higher -2 log L, so it stopped at a local "
        + "maximum: fit it again with `starts`."
    }
  }
}

/// `a`, `a and b`, `a, b and c`.
private func listed(_ words: [String]) -> String {
  guard let last = words.last, words.count > 1 else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " and " + last
}

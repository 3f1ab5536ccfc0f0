package import PopulationModel

/// How starting values were found from the data, and what else was found.
package struct StartSearchSummary: Sendable, Equatable, Codable {
  /// A place at which the search has fitted the model roughly.
  package struct Candidate: Sendable, Equatable, Codable {
    /// Natural values of the structural parameters: typical ones of effects, the means over the
    /// components.
    package let values: [Double]
    /// Of the rough fit to the subjects looked at.
    package let minusTwoLogLikelihood: Double

    package init(values: [Double], minusTwoLogLikelihood: Double) {
      self.values = values
      self.minusTwoLogLikelihood = minusTwoLogLikelihood
    }
  }

  /// Names of the structural parameters that were searched for.
  package let names: [String]
  /// Parameter vectors that were tried.
  package let points: Int
  /// Descents from the best of them, and from their twins.
  package let descents: Int
  /// Subjects that the rough fits had.
  package let subjects: Int
  /// The best first, from which the fit starts.
  package let candidates: [Candidate]

  /// Two lines for a person: what was tried, and what else was found.
  package func lines(number: (Double) -> String, likelihood: (Double) -> String) -> [String] {
    let fits = candidates.count == 1 ? "1 rough fit" : "\(candidates.count) rough fits"
    let tried =
      "starting values from the data: \(points) points and \(descents) descents, \(fits) to \(subjects) "
      + (subjects == 1 ? "subject" : "subjects")
    guard let best = candidates.first else { return [tried] }
    let others = candidates.dropFirst()
    guard let second = others.first else {
      return [tried, "no other place explains the data as well"]
    }
    let place = zip(names, second.values).map { "\($0) \(number($1))" }.joined(separator: ", ")
    let rest = others.dropFirst().map { likelihood($0.minusTwoLogLikelihood) }
    return [
      tried + ", the best with -2 log L \(likelihood(best.minusTwoLogLikelihood))",
      "also found: -2 log L \(likelihood(second.minusTwoLogLikelihood)) at \(place)"
        + (rest.isEmpty ? "" : "; then " + rest.joined(separator: ", ")),
    ]
  }
}

/// Starting values that were found from the data.
package struct FoundStarts: Sendable {
  /// Those that are apart, the best first.
  package let starts: [PopulationParameters]
  package let summary: StartSearchSummary
}

/// What a search asks and tells while it runs; not collective.
package struct SearchControl {
  /// Whether the run has to stop.
  package let mustStop: () -> Bool
  /// Is told what is being done.
  package let progress: (String) -> Void

  package init(
    mustStop: @escaping () -> Bool = { false }, progress: @escaping (String) -> Void = { _ in }
  ) {
    self.mustStop = mustStop
    self.progress = progress
  }
}

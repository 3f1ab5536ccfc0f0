import PopulationModel

/// How starting values were found from the data, and what else was found.
public struct StartSearchSummary: Sendable, Equatable, Codable {
  /// A place at which the search has fitted the model roughly.
  public struct Candidate: Sendable, Equatable, Codable {
    /// Natural values of the structural parameters: typical ones of effects, the means over the
    /// components.
    public let values: [Double]
    /// Of the rough fit to the subjects looked at.
    public let minusTwoLogLikelihood: Double

    public init(values: [Double], minusTwoLogLikelihood: Double) {
      self.values = values
      self.minusTwoLogLikelihood = minusTwoLogLikelihood
    }
  }

  /// Names of the structural parameters that were searched for.
  public let names: [String]
  /// Parameter vectors that were tried.
  public let points: Int
  /// Descents from the best of them, and from their twins.
  public let descents: Int
  /// Subjects that the rough fits had.
  public let subjects: Int
  /// The best first, from which the fit starts.
  public let candidates: [Candidate]

  /// Two lines for a person: what was tried, and what else was found.
  public func lines(number: (Double) -> String, likelihood: (Double) -> String) -> [String] {
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
public struct FoundStarts: Sendable {
  /// Those that are apart, the best first.
  public let starts: [PopulationParameters]
  public let summary: StartSearchSummary
}

/// What a search asks and tells while it runs; not collective.
public struct SearchControl {
  /// Whether the run has to stop.
  public let mustStop: () -> Bool
  /// Is told what is being done.
  public let progress: (String) -> Void

  public init(
    mustStop: @escaping () -> Bool = { false }, progress: @escaping (String) -> Void = { _ in }
  ) {
    self.mustStop = mustStop
    self.progress = progress
  }
}

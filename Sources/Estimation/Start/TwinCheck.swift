package import PopulationModel

/// A place with another branch of a model, as of a flip-flop, that explains the data better than a
/// fit from the user's start.
package struct BetterTwin: Sendable, Equatable, Codable {
  /// Names of the structural parameters, and their typical values there.
  package let names: [String]
  package let values: [Double]
  /// What −2 log L is lower by in rough fits to some of the subjects.
  package let gain: Double
}

extension MixtureModel {
  /// Whether the model may predict the same at another place, as with absorption and elimination
  /// exchanged: where it has two rates, or a rate and a clearance.
  package var mayHaveTwins: Bool {
    let kinds = structural.parameterKinds
    let rates = kinds.count { if case .rate = $0 { true } else { false } }
    let clearances = kinds.count { if case .clearance = $0 { true } else { false } }
    return rates > 1 || rates == 1 && clearances > 0
  }
}

extension StartingPoints {
  /// The twin of a fit that explains the data better, by rough fits from both.
  /// - Throws: `FitStopped`.
  package func betterTwin(of fit: FitResult) throws -> BetterTwin? {
    guard fit.stopReason.isRegular, !fit.stopReason.isFlat else { return nil }
    let others = try twins(of: fit.estimates)
    guard !others.isEmpty, let own = try roughObjective(from: fit.estimates) else { return nil }
    var best: (value: Double, values: [Double], names: [String])?
    for other in others.prefix(2) {
      guard let found = try roughObjective(from: other),
        found.value < best?.value ?? (own.value - Self.telling)
      else { continue }
      best = found
    }
    return best.map { BetterTwin(names: $0.names, values: $0.values, gain: own.value - $0.value) }
  }

  /// Of −2 log L in rough fits, from which on it is told.
  private static let telling = 1.0
}

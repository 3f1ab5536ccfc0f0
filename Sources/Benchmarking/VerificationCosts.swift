import PopulationData
import PopulationModel

/// What the verification at the end of a fit adds to the time of the default fit.
package struct VerificationFigures: Codable, Sendable, Equatable {
  package let model: String
  package let method: String
  /// p, n and m
  package let effects: Int
  package let subjects: Int
  package let observations: Int
  /// Processor seconds of the bare fits and of the verified ones.
  package let bare: Timing
  package let verified: Timing
  /// The time of a verified fit over that of the bare one next to it.
  package let ratio: Timing

  package init(
    model: String, method: String, effects: Int, subjects: Int, observations: Int, bare: Timing,
    verified: Timing, ratio: Timing
  ) {
    self.model = model
    self.method = method
    self.effects = effects
    self.subjects = subjects
    self.observations = observations
    self.bare = bare
    self.verified = verified
    self.ratio = ratio
  }
}

/// Pairs of fits, bare and verified in turn, as users have them where a job names no method: of the
/// published example, and of two compartments with four random effects.
package enum VerificationCosts {
  /// The precision that a job asks for by default.
  private static let precision = 0.002

  /// - Parameters:
  ///   - pairs: of the example; of the larger model there is one for each twenty of them, at least
  ///     five.
  ///   - progress: is told of each model.
  package static func measure(pairs: Int, progress: (String) -> Void = { _ in }) throws
    -> [VerificationFigures]
  {
    let example = try PublishedExample()
    progress("verification of the example")
    let first = try measure(
      "published example", "gauss-hermite-5",
      GrowthModel.Problem(
        model: example.model, dataset: example.dataset, truth: example.start), pairs: pairs)
    progress("verification of two compartments")
    let second = try measure(
      GrowthModel.twoCompartments.name, "lattice-256",
      GrowthModel.twoCompartments.problem(subjects: 100, observations: 12, components: 1),
      pairs: max(5, pairs / 20))
    return [first, second]
  }

  private static func measure(
    _ name: String, _ method: String, _ problem: GrowthModel.Problem, pairs: Int
  ) throws -> VerificationFigures {
    let p = problem.model.effectCount
    guard let bare = FitMethod(method, effectCount: p, precision: precision),
      let verified = FitMethod("verified-\(method)", effectCount: p, precision: precision)
    else { preconditionFailure("the methods are known") }
    func time(_ method: FitMethod, seed: Int) throws -> Double {
      try elapsed {
        _ = try method.fit(
          problem.model, problem.dataset, from: problem.truth, seed: UInt64(seed))
      }.processor
    }
    var (times, verifiedTimes, ratios): ([Double], [Double], [Double]) = ([], [], [])
    // Pair 0 warms up.
    for pair in 0...pairs {
      // Every other pair begins with the verified fit.
      let seed = max(1, pair)
      let before = pair % 2 == 0 ? nil : try time(verified, seed: seed)
      let own = try time(bare, seed: seed)
      let other = try before ?? time(verified, seed: seed)
      guard pair > 0 else { continue }
      times.append(own)
      verifiedTimes.append(other)
      ratios.append(other / own)
    }
    let subjects = problem.dataset.subjects
    return VerificationFigures(
      model: name, method: method, effects: p, subjects: subjects.count,
      observations: subjects.first?.occasions.reduce(0) { $0 + $1.observations.count } ?? 0,
      bare: Timing(times), verified: Timing(verifiedTimes), ratio: Timing(ratios))
  }
}

import PopulationData
import PopulationModel

/// What follows a fit adds to the time of the default one: the verification of its end, and the
/// description of its subjects (modes, shrinkage, influence).
package struct VerificationFigures: Codable, Sendable, Equatable {
  package let model: String
  package let method: String
  /// p, n and m
  package let effects: Int
  package let subjects: Int
  package let observations: Int
  /// Processor seconds of the bare fits, of the verified ones, and of those that are described.
  package let bare: Timing
  package let verified: Timing
  package let described: Timing
  /// The time of a verified fit over that of the bare one next to it.
  package let ratio: Timing
  /// The same of a fit that is described and not verified.
  package let descriptionRatio: Timing

  package init(
    model: String, method: String, effects: Int, subjects: Int, observations: Int, bare: Timing,
    verified: Timing, described: Timing, ratio: Timing, descriptionRatio: Timing
  ) {
    self.model = model
    self.method = method
    self.effects = effects
    self.subjects = subjects
    self.observations = observations
    self.bare = bare
    self.verified = verified
    self.described = described
    self.ratio = ratio
    self.descriptionRatio = descriptionRatio
  }
}

/// Fits in turn, bare, verified and described, as users have them where a job names no method: of
/// the published example, and of two compartments with four random effects.
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
    let names = [method, "verified-\(method)", "described-\(method)"]
    let methods = names.map { FitMethod($0, effectCount: p, precision: precision) }
    var times: [[Double]] = methods.map { _ in [] }
    // Round 0 warms up.
    for round in 0...pairs {
      // Each begins a round in its turn.
      for turn in methods.indices {
        let place = (turn + round) % methods.count
        guard let own = methods[place] else { preconditionFailure("the methods are known") }
        let seconds = try elapsed {
          _ = try own.fit(
            problem.model, problem.dataset, from: problem.truth, seed: UInt64(max(1, round)))
        }.processor
        if round > 0 { times[place].append(seconds) }
      }
    }
    func ratio(_ place: Int) -> Timing { Timing(zip(times[place], times[0]).map { $0 / $1 }) }
    let subjects = problem.dataset.subjects
    return VerificationFigures(
      model: name, method: method, effects: p, subjects: subjects.count,
      observations: subjects.first?.occasions.reduce(0) { $0 + $1.observations.count } ?? 0,
      bare: Timing(times[0]), verified: Timing(times[1]), described: Timing(times[2]),
      ratio: ratio(1), descriptionRatio: ratio(2))
  }
}

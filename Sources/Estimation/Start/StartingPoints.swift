import NumericKernels
package import PopulationData
package import PopulationModel

/// Starting values from the data, by a search in four steps.
///
/// 1. Vectors of parameters that predict all subjects well, one for each minimum of their distance:
///    `PooledSearch`. Of them, twins that predict about the same, such as both branches of a
///    flip-flop, are all kept.
/// 2. From each, one population: some EM iterations on 40 subjects. Three candidates at least, if
///    there are so many, and more as long as their −2 log L differ by less than what the next may
///    gain.
/// 3. Those that are near the best are fitted roughly to more subjects, and the best is the start.
/// 4. K components: the conditional means of the mixture's effects are split by k-means. Where the
///    ways to do it differ, the model is fitted roughly from each.
///
/// At most 400 subjects, evenly spaced, are looked at. The search is deterministic and every rank
/// follows it for itself.
package struct StartingPoints {
  /// How many subjects are looked at.
  package static let subjectLimit = 400

  /// How many subjects the search for a model's starting values fits at most.
  package static func subjectCount(_ model: MixtureModel) -> Double {
    Double(model.componentCount > 1 ? subjectLimit : polishedSubjects)
  }

  private let model: MixtureModel
  private let sample: [Subject]
  private let seed: UInt64
  /// What the user gave, which stays.
  private let given: StartingValues
  private let prior: ParameterPrior
  private let control: SearchControl

  /// One vector for all is found as well from some subjects as from many.
  private static let pooledSubjects = 40
  private static let roughSubjects = 40
  private static let polishedSubjects = 100
  private static let roughIterations = 10
  private static let polishIterations = 25
  /// Of −2 log L on the subjects of rough fits: what candidates may be worse by and still be the
  /// best in the end.
  private static let nearness = 10.0
  private static let leastCandidates = 3
  /// Differences of −2 log L that rough fits do not resolve.
  private static let resolution = 0.5

  /// - Parameters:
  ///   - sample: the subjects to look at, at most `subjectLimit` of them.
  ///   - given: values that the user gave.
  package init(
    model: MixtureModel, sample: [Subject], seed: UInt64, given: StartingValues? = nil,
    prior: ParameterPrior = .none, control: SearchControl = SearchControl()
  ) {
    self.model = model
    self.given = given ?? StartingValues(model)
    self.sample = sample
    self.seed = seed
    self.prior = prior
    self.control = control
  }

  /// Looks at a data set that is here as a whole.
  package init(model: MixtureModel, dataset: Dataset, seed: UInt64) {
    self.init(
      model: model, sample: Self.spaced(dataset.subjects, Self.subjectLimit), seed: seed)
  }

  private static func spaced(_ subjects: [Subject], _ limit: Int) -> [Subject] {
    let n = subjects.count
    return n <= limit ? subjects : (0..<limit).map { subjects[$0 * n / limit] }
  }

  /// The best starting values.
  /// - Throws: `EstimationError.noStart` if no parameters predict anything near the data.
  package func find() throws -> PopulationParameters { try search().starts[0] }

  /// All starting values that are apart.
  /// - Throws: `EstimationError.noStart` if no parameters predict anything near the data;
  ///   `FitStopped`.
  package func search() throws -> FoundStarts {
    let pooled = PooledStart(
      model: model, given: given, subjects: Self.spaced(sample, Self.pooledSubjects))
    var search = PooledSearch(model: pooled.pooled, mustStop: control.mustStop)
    control.progress("starting values: looking for vectors of parameters that predict the data")
    let ends = search.ends()
    if control.mustStop() { throw FitStopped() }
    let possible = ends.filter(pooled.predicts)
    guard !possible.isEmpty else { throw EstimationError.noStart }
    let found = try populations(possible.map { pooled.population(from: $0, single: single) })
    guard !found.isEmpty else { throw EstimationError.noStart }
    let starts = model.componentCount == 1 ? found : try components(found)
    return FoundStarts(
      starts: starts.map(\.parameters),
      summary: StartSearchSummary(
        names: pooled.names, points: search.points, descents: search.descents,
        subjects: model.componentCount == 1
          ? starts[0].fit?.subjectCount ?? 0 : min(sample.count, Self.polishedSubjects),
        candidates: starts.filter { $0.value.isFinite }.map {
          StartSearchSummary.Candidate(
            values: pooled.typical($0.parameters), minusTwoLogLikelihood: $0.value)
        }))
  }

  /// Starts that predict about the same as given ones, elsewhere.
  /// - Throws: `FitStopped`
  package func twins(of start: PopulationParameters) throws -> [PopulationParameters] {
    let pooled = PooledStart(
      model: model, given: StartingValues(model),
      subjects: Self.spaced(sample, Self.pooledSubjects))
    guard let x = pooled.searched(start) else { return [] }
    var search = PooledSearch(model: pooled.pooled, mustStop: control.mustStop)
    let ends = search.ends(from: x)
    if control.mustStop() { throw FitStopped() }
    // The nearest is that of the start itself.
    func distance(_ end: PooledDescent.End) -> Double {
      zip(end.x, x).map { abs($0 - $1) }.max() ?? 0
    }
    guard let own = ends.min(by: { distance($0) < distance($1) }) else { return [] }
    return ends.filter { $0.x != own.x && $0.value < 1.2 * own.value + 0.01 }
      .map { pooled.moved(start, from: x, to: $0.x) }
  }

  /// −2 log L, or −2 log posterior, after some iterations on some subjects, and typical values
  /// there.
  func roughObjective(from start: PopulationParameters) throws
    -> (value: Double, values: [Double], names: [String])?
  {
    let rough = roughFit(model, Self.spaced(sample, Self.polishedSubjects))
    guard let fit = try rough.fit(from: start, iterations: Self.polishIterations) else {
      return nil
    }
    let pooled = PooledStart(model: model, given: StartingValues(model), subjects: [])
    return (objective(fit), pooled.typical(fit.estimates), pooled.names)
  }

  /// One component, in which effects of the mixture are independent.
  private var single: MixtureModel {
    guard model.componentCount > 1 else { return model }
    return model.with(
      componentCount: 1,
      effects: model.effects.map {
        RandomEffect(name: $0.name, distribution: $0.distribution, membership: .mixture)
      },
      mixtureCovariance: .diagonal)
  }

  /// A start with −2 log L, or −2 log posterior, of its rough fit.
  private struct Candidate {
    var parameters: PopulationParameters
    var value: Double
    var fit: FitResult?
    /// Variances of one component below which it does not start.
    var least: [Double] = []
    /// Its number by the distance of the one vector.
    var number = 0

    init(_ parameters: PopulationParameters, _ value: Double) {
      self.parameters = parameters
      self.value = value
    }

    /// - Parameter least: see there; rough fits to few subjects may lose a variance that the others
    ///   have, and EM takes long to get it back.
    init(_ fit: FitResult, _ value: Double, least: [Double]) {
      self.init(fit.estimates, value)
      self.fit = fit
      self.least = least
      for j in least.indices {
        parameters.covariances[0][j, j] = max(parameters.covariances[0][j, j], least[j])
      }
    }
  }

  /// A tenth of the variances of a start, and nothing of those that the user gave.
  private func leastVariances(_ start: PopulationParameters) -> [Double] {
    (0..<model.effectCount).map { j in
      given.variances.contains { $0[j] != nil } ? 0 : 0.1 * start.covariances[0][j, j]
    }
  }

  // MARK: One population

  /// Rough fits with one component, the best first.
  private func populations(_ starts: [PopulationParameters]) throws -> [Candidate] {
    let subjects = Self.spaced(sample, Self.roughSubjects)
    let rough = roughFit(single, subjects)
    var found: [Candidate] = []
    for (number, start) in starts.enumerated() {
      control.progress("starting values: candidate \(number + 1) of \(starts.count)")
      guard let fit = try rough.fit(from: start, iterations: Self.roughIterations) else { continue }
      var candidate = Candidate(fit, objective(fit), least: leastVariances(start))
      candidate.number = number
      found.append(candidate)
      // The pooled distance has ordered them; what is far behind several others is not worth more
      // fits.
      let values = found.map(\.value).sorted()
      if found.count >= Self.leastCandidates + 1,
        objective(fit) > values[0] + 4 * Self.nearness
      {
        break
      }
    }
    guard !found.isEmpty else {
      // EM may be possible with all of the subjects, or say why it is not.
      return starts.first.map { [Candidate($0, .nan)] } ?? []
    }
    found = inOrder(found)
    let near = found.prefix(Self.leastCandidates).prefix {
      $0.value < found[0].value + Self.nearness
    }
    guard near.count > 1 || model.componentCount > 1 else { return found }
    return try polished(found, near.count)
  }

  /// The first candidates with fits to more subjects, and in a mixture to all, whose conditional
  /// means are wanted.
  private func polished(_ found: [Candidate], _ count: Int) throws -> [Candidate] {
    let limit = model.componentCount > 1 ? Self.subjectLimit : Self.polishedSubjects
    let polish = roughFit(single, Self.spaced(sample, limit))
    var first: [Candidate] = []
    for (number, candidate) in found.prefix(count).enumerated() {
      control.progress("starting values: rough fit \(number + 1) of \(count)")
      if let fit = try polish.fit(
        from: candidate.parameters, iterations: Self.polishIterations)
      {
        var polished = Candidate(fit, objective(fit), least: candidate.least)
        polished.number = candidate.number
        first.append(polished)
      }
    }
    guard !first.isEmpty else { return found }
    first = inOrder(first)
    // −2 log L of the others is that of fewer subjects.
    let perSubject =
      Double(min(sample.count, limit)) / Double(min(sample.count, Self.roughSubjects))
    return first
      + found.dropFirst(count).map {
        Candidate($0.parameters, $0.value * perSubject)
      }
  }

  /// The best first. With free correlations twins are as good as each other but for what rough fits
  /// leave: then the one comes first whose vector is the better one, which is nearer to the sizes
  /// of the data.
  private func inOrder(_ candidates: [Candidate]) -> [Candidate] {
    var sorted = candidates.sorted { $0.value < $1.value }
    let equal = sorted.prefix { $0.value < sorted[0].value + Self.resolution }
    if let first = equal.indices.min(by: { equal[$0].number < equal[$1].number }), first > 0 {
      sorted.insert(sorted.remove(at: first), at: 0)
    }
    return sorted
  }

  private func roughFit(_ model: MixtureModel, _ subjects: [Subject]) -> RoughFit {
    RoughFit(
      model: model, subjects: subjects, seed: seed,
      prior: model.componentCount == self.model.componentCount ? prior : .none,
      mustStop: control.mustStop)
  }

  private func objective(_ fit: FitResult) -> Double {
    -2 * (fit.logPosterior ?? fit.logLikelihood)
  }

  // MARK: Components

  private func components(_ populations: [Candidate]) throws -> [Candidate] {
    var splits: [Candidate] = []
    for population in populations {
      guard let fit = population.fit else { continue }
      // A candidate that was fitted to fewer subjects has fewer conditional means.
      guard fit.subjectCount == populations[0].fit?.subjectCount else { continue }
      splits += ComponentSplit(model: model, population: fit).starts().map {
        Candidate($0, population.value)
      }
    }
    guard splits.count > 1 else {
      if splits.isEmpty { throw EstimationError.noStart }
      return splits
    }
    let rough = roughFit(model, Self.spaced(sample, Self.polishedSubjects))
    var found: [Candidate] = []
    for (number, split) in splits.enumerated() {
      control.progress("starting values: division \(number + 1) of \(splits.count)")
      guard
        let fit = try rough.fit(from: split.parameters, iterations: Self.roughIterations)
      else { continue }
      found.append(Candidate(split.parameters, objective(fit)))
    }
    guard !found.isEmpty else { return splits }
    return found.sorted { $0.value < $1.value }
  }
}

import DataPartition
import Estimation
import Inference
import MessagePassing
import PopulationData
import PopulationModel
import Testing

@Suite("Fits by several ranks")
struct RankTests {
  /// How subjects come to ranks.
  enum Assignment: String, CaseIterable, Sendable {
    case blocks, inTurn, backwards, allOnLast, uneven

    func subjects(_ count: Int, rank: Int, of size: Int) -> [Int] {
      switch self {
      case .blocks: Array(rank * count / size..<(rank + 1) * count / size)
      case .inTurn: (0..<count).filter { $0 % size == rank }
      case .backwards: (0..<count).filter { $0 % size == rank }.reversed()
      case .allOnLast: rank == size - 1 ? Array(0..<count) : []
      case .uneven: (0..<count).filter { $0 * $0 % (size + 1) % size == rank }
      }
    }
  }

  static let paper: EstimationSettings = {
    var settings = EstimationSettings.paper()
    settings.samples = 100
    settings.iterations = 8
    return settings
  }()

  static let exact: EstimationSettings = {
    var settings = EstimationSettings.exact(64)
    settings.iterations = 12
    return settings
  }()

  @Test(
    "1, 2, 3, 4 and 7 ranks give the same bits, whoever has which subjects",
    arguments: [paper, exact], Assignment.allCases)
  func sameBits(settings: EstimationSettings, assignment: Assignment) throws {
    let reference = try ReferenceCase("wang_000")
    let one = try reference.fit(settings)
    #expect(one.iterations.count > 5)
    for size in [1, 2, 3, 4, 7] {
      let results = try ThreadCommunicator.run(ranks: size) { communicator in
        var seen: [IterationRecord] = []
        let result = try ExpectationMaximization(
          model: reference.model, dataset: reference.dataset,
          subjects: assignment.subjects(
            reference.dataset.subjects.count, rank: communicator.rank, of: size),
          settings: settings, communicator: communicator
        ).fitAndDescribe(from: reference.start) { seen.append($0) }
        return (result, seen)
      }.map { try $0.get() }
      for (rank, (result, seen)) in results.enumerated() {
        #expect(result.estimates == one.estimates, "\(size) ranks")
        #expect(result.logLikelihood == one.logLikelihood)
        #expect(result.logLikelihoodError == one.logLikelihoodError)
        #expect(result.covariance == one.covariance)
        #expect(result.covariance.standardErrors != nil)
        #expect(result.iterations == one.iterations)
        #expect(seen == one.iterations)
        #expect(result.stopReason == one.stopReason)
        let own = assignment.subjects(reference.dataset.subjects.count, rank: rank, of: size)
        #expect(result.posteriors.map(\.values) == own.map { one.posteriors[$0].values })
        #expect(result.classes == one.classes)
      }
    }
  }

  /// Of `wang_000`, with V in place 0 or 1 as its file has it.
  static let prior: ParameterPrior = {
    let model = try! ReferenceCase("wang_000").model
    let (k, v) = (model.mixtureEffects[0], model.sharedEffects[0])
    return ParameterPrior([
      .normal(.mean(effect: k, component: 0), mean: 0.25, standardDeviation: 0.05),
      .normal(.mean(effect: k, component: 1), mean: 0.7, standardDeviation: 0.05),
      .inverseWishart(effects: [k], component: 1, mode: [0.006], degreesOfFreedom: 10),
      .inverseWishart(effects: [v], component: nil, mode: [6], degreesOfFreedom: 20),
      .dirichlet(pseudoCounts: [3, 3]),
      .inverseGamma(.residualVariance, mode: 0.02, degreesOfFreedom: 40),
    ])
  }()

  /// With all that an E-step may know of its nodes.
  static let moving: [EstimationSettings] = {
    var rule = exact
    rule.nodes = .gaussHermite
    rule.samples = 25
    rule.envelopeInflation = 1
    rule.precision = 1e-4
    rule.iterations = 200
    var tails = exact
    tails.envelopeDegreesOfFreedom = 5
    tails.priorShare = 0.2
    tails.iterations = 40
    tails.precision = 0.01
    var computed = exact
    computed.memoryLimit = 0
    var known = rule
    known.prior = prior
    return [rule, exact, tails, computed, paper, known]
  }()

  @Test(
    "subjects that move to other ranks between iterations give the same bits", arguments: moving,
    [2, 3, 5])
  func moves(settings: EstimationSettings, size: Int) throws {
    let reference = try ReferenceCase("wang_000")
    let one = try reference.fit(settings)
    let results = try ThreadCommunicator.run(ranks: size) { communicator in
      let (n, rank) = (reference.dataset.subjects.count, communicator.rank)
      // The first rank says that it is slow, as long as it has any say, and so subjects go to the
      // others.
      let balancer = LoadBalancer(
        movesSubjects: true, leastSeconds: 0, clock: { rank == 0 ? 1 : 0.2 })
      return try ExpectationMaximization(
        model: reference.model,
        share: DatasetShare(
          reference.dataset, places: Array(rank * n / size..<(rank + 1) * n / size)),
        settings: settings, communicator: communicator, balancer: balancer
      ).fitAndDescribe(from: reference.start)
    }.map { try $0.get() }
    #expect(results[0].moves >= 2)
    #expect(results[0].subjects.count < reference.dataset.subjects.count / size / 2)
    #expect(
      results.flatMap { $0.subjects.map(\.index) } == Array(reference.dataset.subjects.indices))
    #expect(results.flatMap { $0.posteriors.map(\.values) } == one.posteriors.map(\.values))
    for result in results {
      #expect(result.moves == results[0].moves && result.imbalance > 0)
      #expect(result.estimates == one.estimates)
      #expect(result.iterations == one.iterations)
      #expect(result.covariance == one.covariance)
      #expect(result.samplingError == one.samplingError)
    }
  }

  @Test("a subject's results do not depend on the company it has")
  func company() throws {
    let example = Example.fullLognormal
    func posterior(_ subjects: [Int]) -> [Double] {
      let step = ExpectationStep(
        model: example.model, dataset: example.dataset, subjects: subjects,
        settings: .exact(128))
      _ = step.run(at: example.parameters, iteration: 0, envelopes: .modes)
      _ = step.run(at: example.parameters, iteration: 1, envelopes: .previousMoments)
      return step.posterior(subjects.firstIndex(of: 5)!).values
    }
    let alone = posterior([5])
    #expect(posterior([9, 5, 2]) == alone)
    #expect(posterior(Array(0..<24)) == alone)
  }

  @Test("impossible subjects are named alike on all ranks", arguments: 1...4)
  func impossibleSubjects(size: Int) throws {
    let example = Example.proportional
    var subjects = example.dataset.subjects
    for place in [3, 17] { subjects[place].occasions[0].observations[1].value = 1e200 }
    let dataset = Dataset(name: "with impossible subjects", subjects: subjects)
    let results = ThreadCommunicator.run(ranks: size) { communicator in
      try ExpectationMaximization(
        model: example.model, dataset: dataset,
        subjects: Assignment.inTurn.subjects(
          dataset.subjects.count, rank: communicator.rank, of: size),
        settings: .exact(64), communicator: communicator
      ).fitAndDescribe(from: example.parameters).logLikelihood
    }
    #expect(results.count == size)
    for result in results {
      #expect(throws: EstimationError.impossibleSubjects(ids: ["4", "18"], count: 2, iteration: 1))
      {
        try result.get()
      }
    }
  }
}

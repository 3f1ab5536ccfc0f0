import Estimation
import Foundation
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Testing

@Suite("The search for starting values")
struct StartSearchTests {
  /// Lines that rise and fall, above and below 0, and through it.
  @Test(
    "parameters of any sign are found: straight lines end at the maximum of the closed form",
    arguments: [(5, -0.95), (-40, 3), (0, -2), (-3, -0.02), (200, -12), (-7, 0), (0.004, -0.001)])
  func anySign(intercept: Double, slope: Double) throws {
    let size = max(abs(intercept), abs(slope))
    let lines = try StraightLines(
      intercept: intercept, slope: slope, sds: [0.15 * size, 0.05 * size], sigma: 0.1 * size,
      count: 30, seed: 5)
    let start = try StartingPoints(model: lines.model, dataset: lines.dataset, seed: 1).find()
    let fit = try serialFit(lines.model, lines.dataset, .exact(1024), from: start)
    #expect(abs(fit.logLikelihood - lines.maximum()) < 0.02)
  }

  /// One dose of 100 by mouth.
  struct Oral: Sendable, CustomTestStringConvertible {
    let name: String
    var equations: String?
    let effects: [String]
    let truth: [Double]
    var error = ResidualErrorModel.proportional
    var distribution = EffectDistribution.lognormal
    var testDescription: String { name }

    static let twoRates = """
      d/dt(g) = -ka*g
      d/dt(c) = ka*g - k*c
      cp = c/V
      """
    static let twoClearances = """
      cp = linCmt()
      """
    static let all = [
      Oral(name: "library, fast absorption", effects: ["ka", "CL", "V"], truth: [1.2, 2, 20]),
      Oral(name: "library, slow absorption", effects: ["ka", "CL", "V"], truth: [0.12, 18, 20]),
      Oral(
        name: "equations, fast absorption", equations: twoRates, effects: ["ka", "k", "V"],
        truth: [1.5, 0.15, 30]),
      Oral(
        name: "equations, slow absorption", equations: twoRates, effects: ["ka", "k", "V"],
        truth: [0.1, 0.9, 8]),
      Oral(
        name: "linCmt, slow absorption", equations: twoClearances, effects: ["ka", "CL", "V"],
        truth: [0.2, 40, 25]),
      Oral(
        name: "additive error", effects: ["ka", "CL", "V"], truth: [0.9, 3, 20], error: .additive),
    ]

    func model() throws -> MixtureModel {
      let structural: any StructuralModel =
        try equations.map { try EquationModel($0, parameters: effects) }
        ?? StructuralModelCatalog.model(named: "one-compartment oral", parameters: effects)
      return testModel(
        structural, effects.map { ($0, distribution, .shared) }, error, components: 1)
    }

    var parameters: PopulationParameters {
      PopulationParameters(
        weights: [1], means: [truth.map { Foundation.log($0) }],
        covariances: [SymmetricMatrix(diagonal: [0.09, 0.04, 0.02])],
        residualVariance: error == .additive ? 0.02 : 0.01)
    }
  }

  @Test("of two branches of a flip-flop the better one is found", arguments: Oral.all)
  func flipFlop(_ own: Oral) throws {
    let model = try own.model()
    let dataset = simulateOral(model, own.parameters, count: 24, seed: 9)
    let found = try StartingPoints(
      model: model, sample: dataset.subjects, seed: 1
    ).search()
    let fit = try serialFit(model, dataset, .exact(256), from: found.starts[0])
    let best = try serialFit(model, dataset, .exact(256), from: own.parameters)
    #expect(fit.logLikelihood > best.logLikelihood - 0.05, "\(found.summary)")
    // The other branch is told.
    #expect(found.starts.count > 1)
    let lines = found.summary.lines(number: { "\($0)" }, likelihood: { "\($0)" })
    #expect(lines.count == 2 && lines[1].contains("also found"), "\(lines)")
  }

  @Test("a start has a twin with absorption and elimination exchanged, and the volume scaled")
  func twin() throws {
    let own = Oral.all[2]
    let model = try own.model()
    let dataset = simulateOral(model, own.parameters, count: 24, seed: 9)
    let twins = try StartingPoints(model: model, sample: dataset.subjects, seed: 1)
      .twins(of: own.parameters)
    let expected = [0.15, 1.5, 3.0]
    let nearest = twins.map { twin in
      zip(twin.means[0], expected).map { abs($0 - Foundation.log($1)) }.max()!
    }.min()
    #expect(try #require(nearest) < 0.3, "\(twins.map { $0.means[0].map { Foundation.exp($0) } })")
  }

  @Test(
    "two compartments with four effects are found from the data",
    arguments: [
      [3.0, 10, 5, 40], [1, 20, 2, 25], [8, 15, 1.5, 60], [0.5, 4, 3, 12], [30, 200, 60, 900],
    ])
  func twoCompartments(truth: [Double]) throws {
    let names = ["CL", "V1", "Q", "V2"]
    let model = testModel(
      try StructuralModelCatalog.model(named: "two-compartment", parameters: names),
      names.map { ($0, .lognormal, .shared) }, .proportional, components: 1)
    let parameters = PopulationParameters(
      weights: [1], means: [truth.map { Foundation.log($0) }],
      covariances: [SymmetricMatrix(diagonal: [0.06, 0.06, 0.04, 0.04])], residualVariance: 0.01)
    let dataset = simulateOral(model, parameters, count: 24, seed: 3)
    let start = try StartingPoints(model: model, dataset: dataset, seed: 1).find()
    let fit = try serialFit(model, dataset, .exact(512), from: start)
    let best = try serialFit(model, dataset, .exact(512), from: parameters)
    #expect(fit.logLikelihood > best.logLikelihood - 0.1)
  }

  @Test("a search that is asked to stop does so, and says it")
  func stops() throws {
    let own = Oral.all[3]
    let model = try own.model()
    let dataset = simulateOral(model, own.parameters, count: 24, seed: 9)
    var total = 0
    _ = try StartingPoints(
      model: model, sample: dataset.subjects, seed: 1,
      control: SearchControl(mustStop: {
        total += 1
        return false
      })
    ).search()
    #expect(total > 100)
    for limit in [0, total / 4, total / 2, total - 3] {
      var asked = 0
      #expect(throws: FitStopped.self) {
        try StartingPoints(
          model: model, sample: dataset.subjects, seed: 1,
          control: SearchControl(mustStop: {
            asked += 1
            return asked > limit
          })
        ).search()
      }
      // Not much is done after the request.
      #expect(asked < limit + 60)
    }
  }

  @Test("a search tells what it does")
  func progress() throws {
    let own = Oral.all[0]
    let model = try own.model()
    let dataset = simulateOral(model, own.parameters, count: 12, seed: 9)
    var texts: [String] = []
    _ = try StartingPoints(
      model: model, sample: dataset.subjects, seed: 1,
      control: SearchControl(progress: { texts.append($0) })
    ).search()
    #expect(texts.count > 1 && texts.allSatisfy { $0.hasPrefix("starting values: ") })
  }
}

/// Subjects with one dose of 100 and twelve observations over some half-lives of the typical
/// subject.
private func simulateOral(
  _ model: MixtureModel, _ parameters: PopulationParameters, count: Int, seed: UInt64
) -> Dataset {
  let slowest = model.structural.parameterNames.contains("V2") ? 48.0 : 24
  let times = [0.01, 0.02, 0.04, 0.08, 0.12, 0.18, 0.25, 0.35, 0.5, 0.7, 0.85, 1].map {
    $0 * slowest
  }
  func subject(_ i: Int, _ values: [Double]) -> Subject {
    Subject(
      id: "\(i + 1)", index: i,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0, amount: 100)],
          observations: zip(times, values).map {
            Observation(time: $0, value: $1, precedingDoses: 1)
          })
      ])
  }
  let subjects = (0..<count).map { i -> Subject in
    let address = RandomAddress(key: seed, purpose: .simulatedEffects, subject: i)
    let phi = parameters.means[0].enumerated().map { j, mean in
      mean + parameters.covariances[0][j, j].squareRoot()
        * address.normal(sample: 0, dimension: j)
    }
    let theta = model.structuralParameters(phi, component: 0, parameters).map(Lanes.all)
    var predictions = [Lanes](repeating: Lanes.all(0), count: times.count)
    model.structural.predict(
      EventProgram(subject(i, times), for: model.structural), parameters: theta, count: 1,
      predictions: &predictions)
    let distribution = model.residualDistribution(of: 0, component: 0, parameters)
    return subject(
      i,
      times.indices.map { j in
        distribution.draw(
          at: predictions[j][0], address.normal(sample: 1, dimension: j))
      })
  }
  return Dataset(name: "drawn", subjects: subjects)
}

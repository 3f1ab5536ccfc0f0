import Estimation
import Foundation
import MessagePassing
import PopulationData
import PopulationModel
import StructuralModels
import Testing

/// Posteriors in whose tails the model predicts next to nothing, or in which a rule's few nodes
/// lose their way.
@Suite("Nodes far from the data")
struct FarNodesTests {
  /// Two observations that hardly fall under a rate that may be e^±8: a far node has h = e^(−1000)
  /// and squares of 10¹⁰⁰.
  @Test(
    "nodes without weight add nothing to σ²", arguments: [5, 8, 11, 15, 19, 22, 25, 28, 31, 32])
  func emptyNodes(order: Int) throws {
    let subject = Subject(
      id: "1", index: 0,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0, amount: 100)],
          observations: [(1, 3.5873496313074957), (10, 3.601939627563126)].map {
            Observation(time: $0.0, value: $0.1, precedingDoses: 1)
          })
      ])
    let model = bolus(
      ["V": .shared, "k": .mixture], .lognormal, .proportional, components: 1)
    var fixed = FixedParameters(componentCount: 1, effectCount: 2)
    fixed.means = [[true, true]]
    fixed.variances = [[true, true]]
    let start = PopulationParameters(
      weights: [1], means: [[log(20), log(0.02)]], covariances: diagonals([[0.04, 4]]),
      residualVariance: 0.01)
    let dataset = Dataset(name: "two observations", subjects: [subject])
    for nodes in [EstimationSettings.Nodes.gaussHermite, .lattice] {
      var settings = EstimationSettings.exact(nodes == .lattice ? 1024 : order * order)
      settings.nodes = nodes
      settings.envelopeInflation = nodes == .lattice ? 8 : 1
      settings.envelopeDegreesOfFreedom = nodes == .lattice ? 5 : nil
      settings.iterations = 1
      settings.isAccelerated = false
      let fit = try serialFit(model.with(fixed: fixed), dataset, settings, from: start)
      #expect(fit.estimates.sigma2 > 0.005 && fit.estimates.sigma2 < 0.015)
    }
  }

  /// 70 subjects with 15 observations and a residual error of 0.2 %; the maximum is that of
  /// lattices, Sobol' points and a brute-force grid.
  @Test(
    "the maximum is found where posteriors are narrow", arguments: UInt64(1)...8, UInt64(1)...3)
  func richData(startSeed: UInt64, seed: UInt64) throws {
    let rich = try Rich()
    let start = try StartingPoints(model: rich.model, dataset: rich.dataset, seed: startSeed).find()
    let fit = try serialFit(rich.model, rich.dataset, rich.settings(seed: seed), from: start)
    #expect(abs(fit.minusTwoLogLikelihood - Rich.minimum) < 0.01)
    #expect(fit.samplingError!.minusTwoLogLikelihood < 2e-3)
    #expect(fit.settings.nodes == .gaussHermite)
  }

  /// 0.2 % is true; the first is 11 %, the second 87 %.
  @Test(
    "the maximum is found from a residual error that is far too large", arguments: [0.0114, 0.76])
  func wideStart(residualVariance: Double) throws {
    let rich = try Rich()
    let start = Rich.estimates(residualVariance: residualVariance)
    let fit = try serialFit(rich.model, rich.dataset, rich.settings(seed: 1), from: start)
    #expect(abs(fit.minusTwoLogLikelihood - Rich.minimum) < 0.01)
  }

  @Test("1, 2 and 3 ranks find it with the same bits")
  func sameBits() throws {
    let rich = try Rich()
    let start = Rich.estimates(residualVariance: 0.76)
    let one = try serialFit(rich.model, rich.dataset, rich.settings(seed: 1), from: start)
    for size in 2...3 {
      let results = try ThreadCommunicator.run(ranks: size) { communicator in
        try ExpectationMaximization(
          model: rich.model, dataset: rich.dataset,
          subjects: rich.dataset.subjects.indices.filter { $0 % size == communicator.rank },
          settings: rich.settings(seed: 1), communicator: communicator
        ).fit(from: start)
      }.map { try $0.get() }
      for result in results {
        #expect(result.estimates == one.estimates)
        #expect(result.iterations == one.iterations)
        #expect(result.samplingError == one.samplingError)
      }
    }
  }

  @Test("a subject's missed posterior is found in any company")
  func company() throws {
    let rich = try Rich()
    let wide = Rich.estimates(residualVariance: 0.76)
    func found(_ subjects: [Int]) -> [[Double]] {
      let step = rich.step(subjects)
      _ = step.run(at: wide, iteration: 0, envelopes: .modes)
      _ = step.run(at: Rich.estimates, iteration: 1, envelopes: .unchanged)
      let gains = step.recoverMissedMass(iteration: 1)
      return subjects.indices.map { [gains[$0]] + step.posterior($0).values }
    }
    let all = found(Array(rich.dataset.subjects.indices))
    #expect(found([17]) == [all[17]])
    #expect(found([69, 3, 40, 8]) == [all[69], all[3], all[40], all[8]])
  }

  @Test("modes of narrow posteriors are found from the components' means")
  func narrowModes() throws {
    let rich = try Rich()
    let step = rich.step()
    _ = step.run(at: Rich.estimates, iteration: 0, envelopes: .modes)
    let sums = step.run(at: Rich.estimates, iteration: 1, envelopes: .previousMoments)
    #expect(abs(-2 * sums.values[0] - Rich.minimum) < 0.01)
    #expect(step.recoverMissedMass(iteration: 1).allSatisfy { $0 == 0 })
  }

  /// The nodes of an envelope for an error of 87 % are 450 times too far apart for one of 0.2 %.
  @Test("envelopes that have missed a posterior are put where it is")
  func missedMass() throws {
    let rich = try Rich()
    let step = rich.step()
    let wide = Rich.estimates(residualVariance: 0.76)
    _ = step.run(at: wide, iteration: 0, envelopes: .modes)
    let wrong = step.run(at: Rich.estimates, iteration: 1, envelopes: .unchanged)
    #expect(-2 * wrong.values[0] > Rich.minimum + 1000)
    let gains = step.recoverMissedMass(iteration: 1)
    #expect(gains.contains { $0 > 100 })
    let sums = step.run(at: Rich.estimates, iteration: 2, envelopes: .previousMoments)
    #expect(abs(-2 * sums.values[0] - Rich.minimum) < 0.01)
    #expect(step.recoverMissedMass(iteration: 2).allSatisfy { $0 == 0 })
  }
}

/// The fixture with rich data.
private struct Rich {
  static let minimum = -10147.693
  static let estimates = PopulationParameters(
    weights: [0.43758871, 0.56241129],
    means: [[0.87756394, 19.14055043], [1.94500957, 20.06483066]],
    covariances: diagonals([[0.10275355, 17.19753758], [0.33285429, 8.98602800]]),
    residualVariance: 3.802001415e-6)
  let dataset: Dataset
  let model: MixtureModel

  static func estimates(residualVariance: Double) -> PopulationParameters {
    var result = estimates
    result.residualVariance = residualVariance
    return result
  }

  init() throws {
    let file = try #require(
      Bundle.module.url(forResource: "Fixtures/rich", withExtension: "csv"))
    dataset = try DatasetReader.read(
      bytes: Array(try Data(contentsOf: file)), name: "rich.csv")
    model = try MixtureModel(
      structuralName: "one-compartment bolus",
      effects: [
        RandomEffect(name: "CL", distribution: .lognormal, membership: .mixture),
        RandomEffect(name: "V", distribution: .normal, membership: .mixture),
      ],
      residual: .proportional, componentCount: 2, mixtureCovariance: .diagonal,
      sharedCovariance: .diagonal, covarianceSharing: .perComponent)
  }

  func settings(seed: UInt64) -> EstimationSettings {
    var settings = EstimationSettings.exact(25, seed: seed)
    settings.nodes = .gaussHermite
    settings.envelopeInflation = 1
    settings.tolerance = 1e-5
    settings.precision = 0.002
    return settings
  }

  /// - Parameter subjects: all if left out.
  func step(_ subjects: [Int]? = nil) -> ExpectationStep {
    ExpectationStep(
      model: model, dataset: dataset, subjects: subjects ?? Array(dataset.subjects.indices),
      settings: settings(seed: 1))
  }
}

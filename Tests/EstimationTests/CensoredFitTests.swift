import Estimation
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Testing

/// Rows that are known by an interval only, from those that decide a fit to those that are certain.
@Suite("Censored rows")
struct CensoredFitTests {
  struct ErrorCase: Sendable, CustomTestStringConvertible {
    let error: ResidualErrorModel
    let values: [Double]
    var testDescription: String { error.rawValue }

    var model: MixtureModel {
      DirectParameterTests.model(outputs: [OutputModel(error: error)], isCensored: true)
    }
    var parameters: PopulationParameters {
      DirectParameterTests.parameters(
        model, means: DirectParameterTests.means, variances: DirectParameterTests.variances,
        direct: [values, values])
    }
  }

  static let errors = [
    ErrorCase(error: .proportional, values: [0.015]), ErrorCase(error: .additive, values: [0.01]),
    ErrorCase(error: .combined, values: [0.003, 0.008]),
    ErrorCase(error: .combinedDeviations, values: [0.05, 0.06]),
    ErrorCase(error: .power, values: [0.012, 0.7]),
    ErrorCase(error: .lognormal, values: [0.012]),
  ]

  /// Independent integrals have other random numbers where the records are others, even if they say
  /// nothing.
  private static let settings = {
    var settings = EstimationSettings(
      method: .exact, nodes: .gaussHermite, samples: 81, iterations: 3000, tolerance: 1e-6,
      seed: 1, envelopeInflation: 1.5)
    settings.verifies = false
    return settings
  }()

  private func step(_ model: MixtureModel, _ dataset: Dataset, _ parameters: PopulationParameters)
    -> ExpectationStep
  {
    var settings = Self.settings
    settings.samples = 24 * 24
    let step = ExpectationStep(
      model: model, dataset: dataset, subjects: Array(dataset.subjects.indices),
      settings: settings)
    _ = step.run(at: parameters, iteration: 0, envelopes: .modes)
    _ = step.run(at: parameters, iteration: 1, envelopes: .previousMoments)
    return step
  }

  /// Rows below a limit far above their predictions: before the dose, and after so many half-lives
  /// that f, f² or both are 0 as doubles.
  private static func withCertainRows(_ subjects: [Subject], lower: Double = -.infinity)
    -> [Subject]
  {
    subjects.map { subject in
      var subject = subject
      func below(_ time: Double, doses: Int) -> Observation {
        Observation(
          time: time, value: 1.5, precedingDoses: doses, censoring: .below(lower: lower))
      }
      let late = lower == 0 ? [] : [100.0, 250, 500, 1000, 3000, 1e5]
      subject.occasions[0].observations =
        [below(0, doses: 0)] + subject.occasions[0].observations
        + late.map { below($0, doses: 1) }
      return subject
    }
  }

  @Test("rows of probability 1 cost nothing and say nothing of any parameter", arguments: errors)
  func certainRows(_ own: ErrorCase) throws {
    let dataset = try DirectParameterTests.dataset(8)
    let more = Dataset(name: "more", subjects: Self.withCertainRows(dataset.subjects))
    let without = step(own.model, dataset, own.parameters).posteriorRows
    let with = step(own.model, more, own.parameters).posteriorRows
    #expect(with.count == without.count)
    // Envelopes come from climbs that end a little elsewhere.
    for (a, b) in zip(with, without) { #expect(abs(a - b) <= 1e-6 * max(1, abs(b))) }
  }

  @Test(
    "a row before the dose is certain in the interval from 0 where the variance is 0 there",
    arguments: errors.filter { [.proportional, .power, .lognormal].contains($0.error) })
  func intervalFromZero(_ own: ErrorCase) throws {
    let dataset = try DirectParameterTests.dataset(8)
    let more = Dataset(name: "more", subjects: Self.withCertainRows(dataset.subjects, lower: 0))
    let without = step(own.model, dataset, own.parameters).posteriorRows
    let with = step(own.model, more, own.parameters).posteriorRows
    for (a, b) in zip(with, without) { #expect(abs(a - b) <= 1e-9 * max(1, abs(b))) }
  }

  @Test("under proportional error an interval from 0 has the probability Φ(1/σ) however small f is")
  func smallPredictions() throws {
    let own = ErrorCase(error: .proportional, values: [0.25])
    let dataset = try DirectParameterTests.dataset(3)
    let plain = step(own.model, dataset, own.parameters)
    for time in [60.0, 250, 500] {
      var subjects = dataset.subjects
      for i in subjects.indices {
        subjects[i].occasions[0].observations.append(
          Observation(time: time, value: 1.5, precedingDoses: 1, censoring: .below(lower: 0)))
      }
      let more = step(own.model, Dataset(name: "late", subjects: subjects), own.parameters)
      // log Φ(2)
      for i in subjects.indices {
        let cost = more.posterior(i).logLikelihood - plain.posterior(i).logLikelihood
        #expect(abs(cost + 0.023012909328963) < 1e-9, "time \(time): \(cost)")
      }
    }
  }

  @Test("a fit is the same without its rows of probability 1", arguments: errors)
  func fitsWithCertainRows(_ own: ErrorCase) throws {
    let drawn = DirectQuadrature(
      model: own.model, subjects: try DirectParameterTests.dataset(24).subjects
    ).simulated(own.parameters, seed: 11)
    let more = Dataset(name: "more", subjects: Self.withCertainRows(drawn.subjects))
    var start = own.parameters
    start.direct = start.direct.map { $0.map { $0 < 0.5 ? 2 * $0 : $0 } }
    let without = try serialFit(own.model, drawn, Self.settings, from: start)
    let with = try serialFit(own.model, more, Self.settings, from: start)
    #expect(with.stopReason.label == "converged")
    #expect(abs(with.minusTwoLogLikelihood - without.minusTwoLogLikelihood) < 1e-6)
    let free = with.free
    let errors = try #require(without.covariance.standardErrors)
    for (a, parameter) in free.list.enumerated() {
      let (x, y) = (
        free.value(parameter, in: with.estimates), free.value(parameter, in: without.estimates)
      )
      #expect(abs(x - y) < 1e-6 * max(1, abs(y)) + 1e-4 * errors[a], "\(free.name(parameter))")
    }
    // Nothing has stayed where it began.
    for (a, b) in zip(with.estimates.direct[0], start.direct[0]) { #expect(a != b) }
  }

  @Test(
    "values above a limit, some of them at it, have the likelihood of quadrature", arguments: errors
  )
  func conditional(_ own: ErrorCase) throws {
    var subjects = try DirectParameterTests.dataset(8).subjects
    let all = subjects.flatMap { $0.occasions[0].observations.map(\.value) }.sorted()
    let limit = all[all.count / 4]
    for i in subjects.indices {
      subjects[i].occasions[0].observations = subjects[i].occasions[0].observations.compactMap {
        $0.value < limit
          ? nil
          : Observation(time: $0.time, value: $0.value, precedingDoses: 1, limit: limit)
      }
    }
    subjects.removeAll { $0.occasions[0].observations.isEmpty }
    let dataset = Dataset(name: "above", subjects: subjects)
    let step = step(own.model, dataset, own.parameters)
    let exact = DirectQuadrature(model: own.model, subjects: subjects).logLikelihood(own.parameters)
    let sum = subjects.indices.reduce(0) { $0 + step.posterior($1).logLikelihood }
    #expect(abs(sum - exact) < 1e-4)
  }

  @Test(
    "a value at its limit has a density however far the prediction is below it",
    arguments: [1e-3, 1e-6, 1e-9])
  func atTheLimit(_ scale: Double) throws {
    // Y = L: φ(u)/Φ(−u)/√v is about L/v for small f, and Σ (Y − f)²/v and 2 log Φ are of the order
    // of 1/f².
    let own = ErrorCase(error: .proportional, values: [0.04])
    let model = DirectParameterTests.model(
      outputs: [OutputModel(error: own.error)], components: 1, isCensored: true)
    let parameters = PopulationParameters(
      weights: [1], means: [[log(100 / scale), -8]],
      covariances: [SymmetricMatrix(diagonal: [1e-8, 1e-8])], residualVariance: 1,
      direct: [own.values])
    let dataset = Dataset(
      name: "at",
      subjects: try DirectParameterTests.dataset(1).subjects.map { subject in
        var subject = subject
        subject.occasions[0].observations = [
          Observation(time: 0.001, value: 1, precedingDoses: 1, limit: 1)
        ]
        return subject
      })
    let dose = dataset.subjects[0].occasions[0].doses[0].amount
    let step = step(model, dataset, parameters)
    let f = dose / 100 * scale
    #expect(abs(step.posterior(0).logLikelihood - log(1 / (0.04 * f * f))) < 1e-2)
  }

  @Test("rows within a lag that varies are certain for part of the random effects")
  func lag() throws {
    let structural = try EquationModel(
      "lag(A) = T\nd/dt(A) = -k*A\nconc = A/V", parameters: ["V", "k", "T"])
    let effects =
      DirectParameterTests.two
      + [RandomEffect(name: "T", distribution: .lognormal, membership: .shared)]
    let model = DirectParameterTests.model(
      structural: structural, effects, outputs: [OutputModel(error: .proportional)],
      components: 1, isCensored: true)
    let parameters = PopulationParameters(
      weights: [1], means: [[3, -1.2, -1]],
      covariances: [SymmetricMatrix(diagonal: [0.02, 0.04, 0.09])],
      residualVariance: 1, direct: [[0.02]])
    var subjects = try DirectParameterTests.dataset(2).subjects
    for i in subjects.indices {
      // Long before the lag, and where a quarter of the lags are over.
      subjects[i].occasions[0].observations = [0.05, 0.3].map {
        Observation(time: $0, value: 1, precedingDoses: 1, censoring: .below(lower: 0))
      }
    }
    var settings = Self.settings
    settings.nodes = .lattice
    settings.samples = 8192
    let step = ExpectationStep(
      model: model, dataset: Dataset(name: "lag", subjects: subjects), subjects: [0, 1],
      settings: settings)
    _ = step.run(at: parameters, iteration: 0, envelopes: .modes)
    // P(T > 0.3): after the lag the concentration is far above the limit.
    for i in subjects.indices {
      let exact = log(1 - normal((log(0.3) + 1) / 0.3))
      #expect(abs(step.posterior(i).logLikelihood - exact) < 0.02)
    }
  }

  private func log(_ x: Double) -> Double { NumericKernels.log(Lanes.all(x))[0] }

  private func normal(_ x: Double) -> Double { normalDistribution(Lanes.all(x))[0] }
}

import Estimation
import Inference
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Testing

/// Likelihoods without a maximum, and others that only look like them.
@Suite("Unbounded likelihoods")
struct UnboundednessTests {
  private static let settings = EstimationSettings(
    method: .exact, nodes: .gaussHermite, samples: 81, iterations: 3000, tolerance: 1e-6, seed: 1,
    envelopeInflation: 1.5)

  private static let combined = [
    CensoredFitTests.ErrorCase(error: .combined, values: [0.003, 0.008]),
    CensoredFitTests.ErrorCase(error: .combinedDeviations, values: [0.05, 0.06]),
  ]

  private static func model(
    _ error: ResidualErrorModel, isPerComponent: Bool = false, components: Int = 2
  ) -> MixtureModel {
    DirectParameterTests.model(
      outputs: [OutputModel(error: error, isPerComponent: isPerComponent)], components: components)
  }

  /// Subjects drawn from the model, some with a row before the dose.
  private static func drawn(
    _ own: CensoredFitTests.ErrorCase, _ count: Int = 24, before: (Int) -> Double?
  ) throws -> Dataset {
    let drawn = DirectQuadrature(
      model: own.model, subjects: try DirectParameterTests.dataset(count).subjects
    ).simulated(own.parameters, seed: 3)
    var subjects = drawn.subjects
    for i in subjects.indices {
      for j in subjects[i].occasions[0].observations.indices {
        subjects[i].occasions[0].observations[j].line = 100 * i + j + 3
      }
      guard let value = before(i) else { continue }
      subjects[i].occasions[0].observations.insert(
        Observation(time: 0, value: value, line: 100 * i + 2, precedingDoses: 0), at: 0)
    }
    return Dataset(name: "before", subjects: subjects)
  }

  @Test("zeros before the dose leave combined error without a maximum", arguments: combined)
  func zerosBeforeTheDose(_ own: CensoredFitTests.ErrorCase) throws {
    let dataset = try Self.drawn(own) { $0 % 3 == 1 ? 0 : nil }
    let fit = try serialFit(Self.model(own.error), dataset, Self.settings, from: own.parameters)
    let finding = try #require(fit.stopReason.unbounded.first)
    #expect(fit.stopReason.unbounded.count == 1)
    #expect(finding.kind == .zeroPredictions)
    #expect(finding.rowCount == 8)
    #expect(finding.rows.map(\.line) == [102, 402, 702, 1002, 1302])
    #expect(finding.rows.map(\.subject) == [1, 4, 7, 10, 13].map { dataset.subjects[$0].id })
    #expect(
      finding.parameters
        == [own.error == .combined ? "sigma2.additive" : "sigma.additive"])
    #expect(fit.stopReason.label == "unbounded")
    #expect(!fit.stopReason.isRegular)
    #expect(fit.iterations.count <= 3)
    #expect(fit.covariance.standardErrors == nil && fit.covariance.observed == nil)
    #expect(fit.parameterTable.allSatisfy { $0.standardError == nil && $0.interval == nil })
    #expect(
      fit.stopReason.description.contains("8 rows (subject \(dataset.subjects[1].id), line 102;"))
  }

  @Test("one row is enough, and any number of ranks names it")
  func oneRow() throws {
    let own = Self.combined[0]
    let dataset = try Self.drawn(own) { $0 == 17 ? 0 : nil }
    let model = Self.model(own.error)
    let one = try serialFit(model, dataset, Self.settings, from: own.parameters)
    #expect(one.stopReason.unbounded.first?.rowCount == 1)
    #expect(one.stopReason.unbounded.first?.rows.first?.line == 1702)
    for size in [2, 3] {
      let results = try ThreadCommunicator.run(ranks: size) { communicator in
        try ExpectationMaximization(
          model: model, dataset: dataset,
          subjects: (0..<24).filter { $0 % size == communicator.rank }, settings: Self.settings,
          communicator: communicator
        ).fitAndDescribe(from: own.parameters)
      }.map { try $0.get() }
      for result in results {
        #expect(result.stopReason == one.stopReason)
        #expect(result.estimates == one.estimates)
      }
    }
  }

  @Test("a value before the dose that is not 0 bounds the likelihood", arguments: combined)
  func otherValueBeforeTheDose(_ own: CensoredFitTests.ErrorCase) throws {
    let dataset = try Self.drawn(own) { $0 % 3 == 1 ? 0 : $0 == 2 ? 0.04 : nil }
    let fit = try serialFit(Self.model(own.error), dataset, Self.settings, from: own.parameters)
    #expect(fit.stopReason.unbounded.isEmpty)
    #expect(fit.stopReason.label == "converged")
  }

  @Test("an additive error that is fixed or has a prior bounds the likelihood")
  func boundByPrior() throws {
    let own = Self.combined[0]
    let dataset = try Self.drawn(own) { $0 % 3 == 1 ? 0 : nil }
    var settings = Self.settings
    settings.prior = ParameterPrior([
      .inverseGamma(.direct(place: 0, component: nil), mode: 0.003, degreesOfFreedom: 5)
    ])
    let model = Self.model(own.error)
    let prior = try serialFit(model, dataset, settings, from: own.parameters)
    #expect(prior.stopReason.label == "converged")
    var fixed = model.fixed
    fixed.direct = ["sigma2.additive"]
    let kept = try serialFit(
      model.with(fixed: fixed), dataset, Self.settings, from: own.parameters)
    #expect(kept.stopReason.label == "converged")
    #expect(kept.estimates.direct[0][0] == 0.003)
  }

  @Test("zeros after the dose are values like others under combined and additive error")
  func zerosAfterTheDose() throws {
    for own in [Self.combined[0], CensoredFitTests.errors[1]] {
      let dataset = try Self.drawn(own) { _ in nil }.changing { subjects in
        for i in 0..<4 {
          let last = subjects[i].occasions[0].observations.count - 1
          subjects[i].occasions[0].observations[last].value = 0
        }
      }
      let fit = try serialFit(own.model, dataset, Self.settings, from: own.parameters)
      #expect(fit.stopReason.unbounded.isEmpty, "\(own.error)")
    }
  }

  @Test("zeros within a lag that varies leave combined error without a maximum")
  func zerosWithinALag() throws {
    let structural = try EquationModel(
      "lag(A) = T\nd/dt(A) = -k*A\nconc = A/V", parameters: ["V", "k", "T"])
    let effects =
      DirectParameterTests.two
      + [RandomEffect(name: "T", distribution: .lognormal, membership: .shared)]
    let model = DirectParameterTests.model(
      structural: structural, effects, outputs: [OutputModel(error: .combined)], components: 1)
    let parameters = PopulationParameters(
      weights: [1], means: [[3, -1.2, -1.5]],
      covariances: [SymmetricMatrix(diagonal: [0.02, 0.04, 0.09])], residualVariance: 1,
      direct: [[0.003, 0.008]])
    let dataset = try Self.drawn(Self.combined[0], 8) { _ in nil }.changing { subjects in
      subjects[5].occasions[0].observations.insert(
        Observation(time: 0.15, value: 0, line: 77, precedingDoses: 1), at: 0)
    }
    var settings = Self.settings
    settings.nodes = .lattice
    settings.samples = 64
    let fit = try serialFit(model, dataset, settings, from: parameters)
    let finding = try #require(fit.stopReason.unbounded.first)
    #expect(finding.rows == [.init(subject: dataset.subjects[5].id, line: 77)])
  }

  @Test(
    "zeros that are predicted as 0 are refused by name where the error has no variance there",
    arguments: [CensoredFitTests.errors[0], CensoredFitTests.errors[4]])
  func infiniteDensity(_ own: CensoredFitTests.ErrorCase) throws {
    let dataset = try Self.drawn(own) { $0 == 4 || $0 == 9 ? 0 : nil }
    let finding = UnboundedFinding(
      kind: .infiniteDensity, parameters: [],
      rows: [4, 9].map { .init(subject: dataset.subjects[$0].id, line: 100 * $0 + 2) }, rowCount: 2)
    #expect(throws: EstimationError.unbounded(finding)) {
      try serialFit(own.model, dataset, Self.settings, from: own.parameters)
    }
    #expect(EstimationError.unbounded(finding).description.contains("line 402;"))
  }

  @Test(
    "zeros after the dose under proportional error are values like others where they stay predicted"
  )
  func zeroUnderProportionalError() throws {
    let own = CensoredFitTests.errors[0]
    let drawn = try Self.drawn(own, 40) { _ in nil }
    let last = drawn.subjects[3].occasions[0].observations.count - 1
    let dataset = drawn.changing { $0[3].occasions[0].observations[last].value = 0 }
    let fit = try serialFit(own.model, dataset, Self.settings, from: own.parameters)
    #expect(fit.stopReason.label == "converged")
  }

  @Test(
    "zeros whose predictions vanish leave proportional error without a maximum, which ends soon")
  func vanishingPredictions() throws {
    let own = CensoredFitTests.errors[0]
    let model = DirectParameterTests.model(
      outputs: [OutputModel(error: .proportional)], components: 1)
    let parameters = PopulationParameters(
      weights: [1], means: [[3, -1.2]], covariances: [SymmetricMatrix(diagonal: [0.04, 0.06])],
      residualVariance: 0.03)
    // All that is late is 0.
    let dataset = try Self.drawn(own, 20) { _ in nil }.changing { subjects in
      for i in subjects.indices {
        let (v, k) = (17 + Double((5 * i) % 7), 0.2 + 0.02 * Double((3 * i) % 11))
        let times: [Double] = [1, 2, 8, 24, 48]
        subjects[i].occasions[0].observations = times.enumerated().map { j, time in
          let noise = 1 + 0.1 * Double((7 * i + 3 * j) % 9 - 4) / 3
          let value = 100 / v * Self.exp(-k * time) * noise
          return Observation(
            time: time, value: time > 2 ? 0 : value, line: 10 * i + j, precedingDoses: 1)
        }
      }
    }
    let fit = try serialFit(model, dataset, Self.settings, from: parameters)
    let finding = try #require(fit.stopReason.unbounded.first, "\(fit.stopReason)")
    #expect(finding.kind == .vanishingPredictions)
    #expect(finding.rowCount > 0 && finding.rows.allSatisfy { $0.line % 10 > 1 })
    #expect(fit.iterations.count < 100)
    #expect(fit.covariance.standardErrors == nil)
    #expect(fit.zeroValues == nil)
  }

  /// Values that are predicted exactly, of the subjects that are chosen.
  private static func exact(_ count: Int, where isExact: (Int) -> Bool = { _ in true }) throws
    -> Dataset
  {
    let own = CensoredFitTests.errors[0]
    var subjects = try Self.drawn(own, count) { _ in nil }.subjects
    for i in subjects.indices where isExact(i) {
      let (v, k) = (20 + Double((5 * i) % 7), 0.3 + 0.01 * Double((3 * i) % 11))
      subjects[i].occasions[0].observations = subjects[i].occasions[0].observations.map {
        Observation(
          time: $0.time, value: 100 / v * exp(-k * $0.time), line: $0.line, precedingDoses: 1)
      }
    }
    return Dataset(name: "exact", subjects: subjects)
  }

  private func exp(_ x: Double) -> Double { Self.exp(x) }
  private static func exp(_ x: Double) -> Double { NumericKernels.exp(Lanes.all(x))[0] }

  static let exactErrors = [
    CensoredFitTests.ErrorCase(error: .proportional, values: [0.015]),
    CensoredFitTests.ErrorCase(error: .additive, values: [0.01]),
    CensoredFitTests.ErrorCase(error: .lognormal, values: [0.012]),
    CensoredFitTests.ErrorCase(error: .combined, values: [0.003, 0.008]),
  ]

  @Test("values that are fitted exactly leave σ without a maximum", arguments: exactErrors)
  func exactFit(_ own: CensoredFitTests.ErrorCase) throws {
    let model = DirectParameterTests.model(
      outputs: [OutputModel(error: own.error)], components: 1,
      isCensored: own.error.isFactored)
    let parameters = PopulationParameters(
      weights: [1], means: [[3, -1.1]], covariances: [SymmetricMatrix(diagonal: [0.05, 0.05])],
      residualVariance: 1, direct: [own.values])
    let dataset = try Self.exact(12)
    let fit = try serialFit(model, dataset, Self.settings, from: parameters)
    let finding = try #require(fit.stopReason.unbounded.first, "\(fit.stopReason)")
    #expect(finding.kind == .exactFit)
    #expect(finding.rowCount == dataset.subjects.reduce(0) { $0 + $1.observationCount })
    #expect(finding.parameters.allSatisfy { $0.hasPrefix("sigma2") })
    #expect(fit.iterations.count < 200)
    #expect(fit.parameterTable.allSatisfy { $0.standardError == nil })
  }

  @Test("as many values as random effects are no exact fit that leaves σ without a maximum")
  func fewValues() throws {
    let dataset = try Self.exact(12).changing { subjects in
      for i in subjects.indices {
        subjects[i].occasions[0].observations = Array(
          subjects[i].occasions[0].observations.prefix(2))
      }
    }
    let own = Self.exactErrors[0]
    let model = DirectParameterTests.model(
      outputs: [OutputModel(error: own.error)], components: 1, isCensored: true)
    let parameters = PopulationParameters(
      weights: [1], means: [[3, -1.1]], covariances: [SymmetricMatrix(diagonal: [0.05, 0.05])],
      residualVariance: 1, direct: [own.values])
    var settings = Self.settings
    settings.iterations = 300
    let fit = try serialFit(model, dataset, settings, from: parameters)
    #expect(fit.stopReason.unbounded.isEmpty)
  }

  /// Components far apart, and a covariate that says which, or nearly so.
  private static func separated(_ covariate: (Int, Bool) -> Double) throws -> (
    MixtureModel, Dataset, PopulationParameters
  ) {
    let model = DirectParameterTests.model(
      outputs: [OutputModel(error: .proportional)],
      weights: [
        WeightCovariate(covariate: "SEX", column: 0, transform: .category(1))
      ])
    var parameters = DirectParameterTests.parameters(
      model, means: [[3, -1.4], [3, -0.2]], variances: DirectParameterTests.variances,
      weightCoefficients: [[0], [0]], sigma2: 0.01)
    parameters.weights = [0.5, 0.5]
    let own = CensoredFitTests.errors[0]
    var subjects = try Self.drawn(own, 40) { _ in nil }.subjects
    for i in subjects.indices {
      let isSecond = i % 5 < 2
      let (v, k) = (
        20 + Double((5 * i) % 7) / 3, (isSecond ? 0.8 : 0.25) * (1 + 0.02 * Double((3 * i) % 11))
      )
      subjects[i].covariates = [[covariate(i, isSecond)]]
      subjects[i].occasions[0].observations = subjects[i].occasions[0].observations.enumerated().map
      {
        j, old in
        Observation(
          time: old.time,
          value: 100 / v * exp(-k * old.time) * (1 + 0.1 * Double((7 * i + 3 * j) % 9 - 4) / 3),
          precedingDoses: 1)
      }
    }
    return (model, Dataset(name: "separated", subjects: subjects), parameters)
  }

  @Test(
    "a covariate that separates the components is named, and both its parameters have no errors")
  func completeSeparation() throws {
    let (model, dataset, start) = try Self.separated { _, isSecond in isSecond ? 1 : 0 }
    let fit = try serialFit(model, dataset, Self.settings, from: start)
    let finding = try #require(fit.stopReason.unbounded.first, "\(fit.stopReason)")
    #expect(finding.kind == .separation)
    #expect(finding.parameters == ["w.1", "w.SEX.1.1"])
    #expect(fit.classes.subjects == [24, 16])
    #expect(abs(fit.estimates.weightCoefficients[0][0]) < 100)
    #expect(fit.parameterTable.allSatisfy { $0.standardError == nil })
    // log L is at its supremum: larger coefficients raise it by nothing.
    var quadrature = DirectQuadrature(model: model, subjects: dataset.subjects)
    quadrature.points = 81
    var farther = fit.estimates
    farther.weightCoefficients[0][0] *= 1.5
    farther.weights = [1 - 1e-12, 1e-12]
    let (value, limit) = (
      quadrature.logLikelihood(fit.estimates), quadrature.logLikelihood(farther)
    )
    #expect(abs(limit - value) < 1e-5)
  }

  @Test(
    "a covariate that separates one of its groups leaves the other group's weight to be estimated")
  func quasiSeparation() throws {
    // All with SEX 1 are in the second component, which has others too.
    let (model, dataset, start) = try Self.separated { i, isSecond in isSecond && i % 10 < 5 ? 1 : 0
    }
    let fit = try serialFit(model, dataset, Self.settings, from: start)
    let finding = try #require(fit.stopReason.unbounded.first, "\(fit.stopReason)")
    #expect(finding.parameters == ["w.SEX.1.1"])
    // 24 of the 32 with SEX 0.
    #expect(abs(fit.estimates.weights[0] - 0.75) < 0.02)
  }

  @Test("a covariate that tells components apart with one exception has a finite estimate")
  func noSeparation() throws {
    let (model, dataset, start) = try Self.separated { i, isSecond in
      i == 0 || (i == 3) ? (isSecond ? 0 : 1) : (isSecond ? 1 : 0)
    }
    let fit = try serialFit(model, dataset, Self.settings, from: start)
    #expect(fit.stopReason.unbounded.isEmpty && fit.stopReason.isRegular)
    let row = try #require(fit.parameterTable.first { $0.name == "w.SEX.1.1" })
    #expect((row.standardError ?? 0) > 0.5)
  }
}

extension Dataset {
  fileprivate func changing(_ change: (inout [Subject]) -> Void) -> Dataset {
    var subjects = subjects
    change(&subjects)
    return Dataset(name: name, subjects: subjects)
  }
}

import Estimation
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Testing

/// Models beyond a single σ²: residual errors of all forms, several outputs, structural parameters
/// without random effects, covariates of means and weights, and distributions between bounds;
/// against quadrature on a grid.
@Suite("Direct parameters and covariates")
struct DirectParameterTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let model: MixtureModel
    let parameters: PopulationParameters
    var testDescription: String { name }
  }

  /// Some subjects of the published example, each with two covariates: one like a weight, one 0 or
  /// 1.
  static func dataset(_ count: Int = 12) throws -> Dataset {
    var subjects = Array(try ReferenceCase("wang_000").dataset.subjects.prefix(count))
    for i in subjects.indices {
      subjects[i].covariates = [[60 + Double((7 * i) % 31), Double(i % 3 == 0 ? 1 : 0)]]
    }
    return Dataset(name: "some", subjects: subjects)
  }

  static func model(
    structural: any StructuralModel = OneCompartmentBolus(.volumeAndRate),
    _ effects: [RandomEffect] = two, fixedEffects: [FixedEffect] = [],
    outputs: [OutputModel], covariates: [CovariateEffect] = [],
    weights: [WeightCovariate] = [], components: Int = 2, form: CovarianceForm = .diagonal,
    isCensored: Bool = false
  ) -> MixtureModel {
    MixtureModel(
      structural: structural, effects: effects, fixedEffects: fixedEffects, outputs: outputs,
      covariateEffects: covariates, weightCovariates: weights, isCensored: isCensored,
      componentCount: components, mixtureCovariance: form, sharedCovariance: form,
      covarianceSharing: .perComponent,
      fixed: FixedParameters(componentCount: components, effectCount: effects.count),
      structuralPlace: effects.map { structural.parameterNames.firstIndex(of: $0.name)! })
  }

  static let two = [
    RandomEffect(name: "V", distribution: .lognormal, membership: .shared),
    RandomEffect(name: "k", distribution: .lognormal, membership: .mixture),
  ]

  static func parameters(
    _ model: MixtureModel, means: [[Double]], variances: [Double], direct: [[Double]]? = nil,
    coefficients: [[Double]]? = nil, weightCoefficients: [[Double]]? = nil, sigma2: Double = 1
  ) -> PopulationParameters {
    PopulationParameters(
      weights: model.componentCount == 1 ? [1] : [0.7, 0.3], means: means,
      covariances: means.map { _ in SymmetricMatrix(diagonal: variances) },
      residualVariance: sigma2, direct: direct, coefficients: coefficients,
      weightCoefficients: weightCoefficients)
  }

  static let means = [[3.0, -1.2], [3.0, -0.5]]
  static let variances = [0.02, 0.04]

  static func errorCase(_ error: ResidualErrorModel, _ values: [Double]) -> Case {
    let model = model(outputs: [OutputModel(error: error)], isCensored: error.isFactored)
    return Case(
      name: error.rawValue, model: model,
      parameters: parameters(
        model, means: means, variances: variances, direct: [values, values]))
  }

  static var cases: [Case] {
    var cases = [
      errorCase(.proportional, [0.015]), errorCase(.additive, [0.01]),
      errorCase(.combined, [0.003, 0.008]), errorCase(.combinedDeviations, [0.05, 0.06]),
      errorCase(.power, [0.012, 0.7]), errorCase(.lognormal, [0.012]),
    ]
    let own = model(outputs: [OutputModel(error: .combined, isPerComponent: true)])
    cases.append(
      Case(
        name: "an error for each component", model: own,
        parameters: parameters(
          own, means: means, variances: variances, direct: [[0.003, 0.008], [0.005, 0.02]])))
    let fixed = model(
      [two[1]],
      fixedEffects: [FixedEffect(name: "V", distribution: .lognormal, isPerComponent: false)],
      outputs: [OutputModel(error: .proportional)])
    cases.append(
      Case(
        name: "a volume without random effect", model: fixed,
        parameters: parameters(
          fixed, means: [[-1.2], [-0.5]], variances: [0.04],
          direct: [[0.02, 3.0], [0.02, 3.0]])))
    let volumes = model(
      [two[1]], fixedEffects: [FixedEffect(name: "V", distribution: .normal, isPerComponent: true)],
      outputs: [OutputModel(error: .combined)])
    cases.append(
      Case(
        name: "a volume for each component", model: volumes,
        parameters: parameters(
          volumes, means: [[-1.2], [-0.5]], variances: [0.04],
          direct: [[0.003, 0.02, 20.5], [0.003, 0.02, 18]])))
    let bounded = model(
      [
        RandomEffect(name: "V", distribution: .boxCox(power: 0.5), membership: .shared),
        RandomEffect(
          name: "k", distribution: .logitNormal(lower: 0.05, upper: 1.2), membership: .mixture),
      ], outputs: [OutputModel(error: .proportional)])
    cases.append(
      Case(
        name: "logit-normal and Box-Cox", model: bounded,
        parameters: parameters(
          bounded, means: [[6.9, -1.2], [6.9, 0]], variances: [0.1, 0.06], sigma2: 0.015)))
    let covariates = model(
      outputs: [OutputModel(error: .proportional)],
      covariates: [
        CovariateEffect(
          effect: 0, covariate: "WT", column: 0, transform: .logRatio(70), isPerComponent: false),
        CovariateEffect(
          effect: 1, covariate: "SEX", column: 1, transform: .category(1), isPerComponent: true),
      ],
      weights: [WeightCovariate(covariate: "WT", column: 0, transform: .centred(70))])
    cases.append(
      Case(
        name: "covariates", model: covariates,
        parameters: parameters(
          covariates, means: means, variances: variances,
          coefficients: [[0.4, -0.1], [0.4, 0.2]],
          weightCoefficients: [[0.03], [0]], sigma2: 0.015)))
    return cases
  }

  private func step(_ own: Case, _ dataset: Dataset, nodes: EstimationSettings.Nodes)
    -> ExpectationStep
  {
    ExpectationStep(
      model: own.model, dataset: dataset, subjects: Array(dataset.subjects.indices),
      settings: EstimationSettings(
        method: .exact, nodes: nodes,
        samples: nodes == .gaussHermite
          ? (own.model.effectCount == 1 ? 24 : 24 * 24) : 8192,
        iterations: 10, tolerance: 1e-6, seed: 3, envelopeInflation: 1.5))
  }

  private func logLikelihood(_ step: ExpectationStep) -> Double {
    (0..<step.subjects.count).reduce(0) { $0 + step.posterior($1).logLikelihood }
  }

  @Test("log L agrees with quadrature on a grid", arguments: cases)
  func logLikelihoodIsExact(_ own: Case) throws {
    let dataset = try Self.dataset()
    let exact = DirectQuadrature(model: own.model, subjects: dataset.subjects)
      .logLikelihood(own.parameters)
    for (nodes, tolerance) in [(EstimationSettings.Nodes.gaussHermite, 2e-6), (.lattice, 2e-3)] {
      let step = step(own, dataset, nodes: nodes)
      _ = step.run(at: own.parameters, iteration: 0, envelopes: .modes)
      _ = step.run(at: own.parameters, iteration: 1, envelopes: .previousMoments)
      #expect(abs(logLikelihood(step) - exact) < tolerance, "\(nodes)")
      // What was kept of the nodes gives the same again.
      let before = step.posteriorRows
      _ = step.run(at: own.parameters, iteration: 2, envelopes: .unchanged)
      let again = step.posteriorRows
      #expect(zip(before, again).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, abs($0)) })
    }
  }

  @Test("log L of a differential equation agrees with quadrature on a grid")
  func differentialEquation() throws {
    let equations = try EquationModel("d/dt(A) = -k*A\nconc = A/V", parameters: ["V", "k"])
    let model = Self.model(structural: equations, outputs: [OutputModel(error: .combined)])
    let own = Case(
      name: "differential equation", model: model,
      parameters: Self.parameters(
        model, means: Self.means, variances: Self.variances,
        direct: [[0.003, 0.008], [0.003, 0.008]]))
    let dataset = try Self.dataset()
    let step = step(own, dataset, nodes: .gaussHermite)
    _ = step.run(at: own.parameters, iteration: 0, envelopes: .modes)
    _ = step.run(at: own.parameters, iteration: 1, envelopes: .previousMoments)
    let exact = DirectQuadrature(model: model, subjects: dataset.subjects)
      .logLikelihood(own.parameters)
    #expect(abs(logLikelihood(step) - exact) < 1e-5)
  }

  @Test("scores are the derivatives of log L", arguments: cases)
  func scoresAreDerivatives(_ own: Case) throws {
    let dataset = try Self.dataset(6)
    let step = step(own, dataset, nodes: .gaussHermite)
    _ = step.run(at: own.parameters, iteration: 0, envelopes: .modes)
    _ = step.run(at: own.parameters, iteration: 1, envelopes: .previousMoments)
    let free = FreeParameters(own.model)
    let function = ScoreFunction(free: free, parameters: own.parameters)
    var total = [Double](repeating: 0, count: free.count)
    for (i, subject) in dataset.subjects.enumerated() {
      let x = subject.covariates[0]
      let covariates =
        own.model.covariateEffects.map { $0.transform.value(x[$0.column]) }
        + own.model.weightCovariates.map { $0.transform.value(x[$0.column]) }
      let score = function.score(
        step.posterior(i), observationCount: subject.observationCount, covariates: covariates)
      for a in total.indices { total[a] += score[a] }
    }
    let quadrature = DirectQuadrature(model: own.model, subjects: dataset.subjects)
    for (a, parameter) in free.list.enumerated() {
      let value = free.value(parameter, in: own.parameters)
      let distance = 1e-4 * max(abs(value), 1e-2)
      var (ahead, behind) = (own.parameters, own.parameters)
      free.set(parameter, to: value + distance, in: &ahead)
      free.set(parameter, to: value - distance, in: &behind)
      let slope =
        (quadrature.logLikelihood(ahead) - quadrature.logLikelihood(behind)) / (2 * distance)
      #expect(
        abs(total[a] - slope) < 2e-5 * max(1, abs(slope)) + 2e-5 / max(abs(value), 1e-2),
        "\(free.name(parameter)): \(total[a]) and \(slope)")
    }
  }

  @Test("a fit ends at a maximum", arguments: cases)
  func fitsEndAtMaxima(_ own: Case) throws {
    let dataset = DirectQuadrature(model: own.model, subjects: try Self.dataset(60).subjects)
      .simulated(own.parameters, seed: 7)
    let settings = EstimationSettings(
      method: .exact, nodes: .gaussHermite, samples: own.model.effectCount == 1 ? 9 : 81,
      iterations: 3000, tolerance: 1e-6, seed: 1, envelopeInflation: 1.5)
    let fit = try serialFit(own.model, dataset, settings, from: own.parameters)
    let distance = try #require(fit.covariance.remainingDistance)
    #expect(distance < 1e-3)
    let step = ExpectationStep(
      model: own.model, dataset: dataset, subjects: Array(dataset.subjects.indices),
      settings: settings)
    _ = step.run(at: own.parameters, iteration: 0, envelopes: .modes)
    #expect(fit.logLikelihood > logLikelihood(step) - 1e-3)
    // The observed information is what differences of log L say.
    let observed = try #require(fit.covariance.observed)
    let free = FreeParameters(own.model)
    let quadrature = DirectQuadrature(model: own.model, subjects: dataset.subjects)
    let inverse = try #require(DenseAlgebra.inverse(ofPositiveDefinite: observed))
    let a = free.count - 1
    let value = free.value(free.list[a], in: fit.estimates)
    let distance2 = 0.2 / inverse[a, a].squareRoot()
    var (ahead, behind) = (fit.estimates, fit.estimates)
    free.set(free.list[a], to: value + distance2, in: &ahead)
    free.set(free.list[a], to: value - distance2, in: &behind)
    let middle = quadrature.logLikelihood(fit.estimates)
    let curvature =
      -(quadrature.logLikelihood(ahead) + quadrature.logLikelihood(behind) - 2 * middle)
      / (distance2 * distance2)
    #expect(abs(curvature / inverse[a, a] - 1) < 0.02)
    #expect(abs(middle - fit.logLikelihood) < 2e-3)
  }

  @Test(
    "censored values have the likelihood of their intervals",
    arguments: [ResidualErrorModel.additive, .combined, .combinedDeviations, .power, .lognormal])
  func censored(_ error: ResidualErrorModel) throws {
    let values: [Double] =
      switch error {
      case .additive, .lognormal: [0.02]
      case .combinedDeviations: [0.05, 0.06]
      case .power: [0.02, 0.7]
      default: [0.003, 0.01]
      }
    let model = Self.model(outputs: [OutputModel(error: error)], isCensored: true)
    let parameters = Self.parameters(
      model, means: Self.means, variances: Self.variances, direct: [values, values])
    var subjects = try Self.dataset(8).subjects
    for i in subjects.indices {
      let all = subjects[i].occasions[0].observations
      subjects[i].occasions[0].observations = all.enumerated().map { j, old in
        let censoring: Observation.Censoring =
          switch (i + j) % 4 {
          case 0: .below(lower: -.infinity)
          case 1: .below(lower: 0.5 * old.value)
          case 2: .above(upper: .infinity)
          default: .none
          }
        return Observation(
          time: old.time, value: old.value, precedingDoses: 1, censoring: censoring)
      }
    }
    let dataset = Dataset(name: "censored", subjects: subjects)
    let own = Case(name: "censored", model: model, parameters: parameters)
    let step = step(own, dataset, nodes: .gaussHermite)
    _ = step.run(at: parameters, iteration: 0, envelopes: .modes)
    _ = step.run(at: parameters, iteration: 1, envelopes: .previousMoments)
    let quadrature = DirectQuadrature(model: model, subjects: subjects)
    #expect(abs(logLikelihood(step) - quadrature.logLikelihood(parameters)) < 1e-5)
    let free = FreeParameters(model)
    let function = ScoreFunction(free: free, parameters: parameters)
    for (a, parameter) in free.list.enumerated() {
      let total = subjects.indices.reduce(0) { sum, i in
        sum
          + function.score(
            step.posterior(i), observationCount: subjects[i].observationCount)[a]
      }
      let value = free.value(parameter, in: parameters)
      let distance = 1e-4 * max(abs(value), 1e-2)
      var (ahead, behind) = (parameters, parameters)
      free.set(parameter, to: value + distance, in: &ahead)
      free.set(parameter, to: value - distance, in: &behind)
      let slope =
        (quadrature.logLikelihood(ahead) - quadrature.logLikelihood(behind)) / (2 * distance)
      #expect(
        abs(total - slope) < 1e-4 * max(1, abs(slope)) + 2e-5 / max(abs(value), 1e-2),
        "\(free.name(parameter)): \(total) and \(slope)")
    }
  }

  @Test("σ² as a direct parameter gives the same fit as W07's closed form")
  func directVarianceIsClosedForm() throws {
    let reference = try ReferenceCase("wang_001")
    let closed = reference.model
    let direct = MixtureModel(
      structural: closed.structural, effects: closed.effects, outputs: closed.outputs,
      isCensored: true, componentCount: closed.componentCount,
      mixtureCovariance: closed.mixtureCovariance, sharedCovariance: closed.sharedCovariance,
      covarianceSharing: closed.covarianceSharing, fixed: closed.fixed,
      structuralPlace: closed.structuralPlace)
    var start = reference.start
    start.direct = start.direct.map { _ in [start.sigma2] }
    start.residualVariance = nil
    let settings = EstimationSettings(
      method: .exact, nodes: .gaussHermite, samples: 49, iterations: 3000, tolerance: 1e-6,
      seed: 1, envelopeInflation: 1.5)
    let a = try reference.fit(settings)
    let b = try serialFit(direct, reference.dataset, settings, from: start)
    #expect(abs(a.logLikelihood - b.logLikelihood) < 1e-6)
    let (x, y) = (
      FreeParameters(closed).values(in: a.estimates), FreeParameters(direct).values(in: b.estimates)
    )
    let errors = try #require(a.covariance.standardErrors)
    for j in x.indices { #expect(abs(x[j] - y[j]) < 1e-4 * errors[j]) }
    let (louis, numerical) = (
      try #require(a.covariance.observed), try #require(b.covariance.observed)
    )
    for j in x.indices { #expect(abs(numerical[j, j] / louis[j, j] - 1) < 1e-3) }
  }
}

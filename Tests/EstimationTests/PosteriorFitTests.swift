import Estimation
import Foundation
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Fits with a prior")
struct PosteriorFitTests {
  /// A rule so fine that its error is nothing.
  private static func fine(_ order: Int, effects: Int) -> EstimationSettings {
    var settings = EstimationSettings(
      method: .exact, nodes: .gaussHermite,
      samples: (0..<effects).reduce(1) { product, _ in product * order }, iterations: 3000,
      tolerance: 1e-9, seed: 1, envelopeInflation: 1)
    settings.verifies = false
    return settings
  }

  /// log L of `Example.oneEffect` by the trapezoidal rule.
  private func logLikelihood(_ example: Example, _ parameters: PopulationParameters) -> Double {
    let (points, reach) = (321, 8.0)
    let step = 2 * reach / Double(points - 1)
    let sigma2 = parameters.sigma2
    return example.dataset.subjects.reduce(0) { total, subject in
      var likelihood = 0.0
      for k in parameters.weights.indices {
        let sd = parameters.covariances[k][0, 0].squareRoot()
        for i in 0..<points {
          let z = -reach + step * Double(i)
          let rate = Foundation.exp(parameters.means[k][0] + sd * z)
          var exponent = -0.5 * z * z
          for observation in subject.occasions[0].observations {
            let r = observation.value - 10 * Foundation.exp(-rate * observation.time)
            exponent -= 0.5 * (r * r / sigma2 + Foundation.log(2 * Double.pi * sigma2))
          }
          likelihood +=
            parameters.weights[k] * step * Foundation.exp(exponent)
            / (2 * Double.pi).squareRoot()
        }
      }
      return total + Foundation.log(likelihood)
    }
  }

  /// Compares a fit with the maximum of log L by quadrature + log p.
  private func compare(
    _ fit: FitResult, _ prior: ParameterPrior, _ logLikelihood: (PopulationParameters) -> Double
  ) throws {
    let free = fit.free
    let errors = try #require(fit.covariance.observed).diagonal.map { $0.squareRoot() }
    let found = free.values(in: fit.estimates)
    func objective(_ x: [Double]) -> Double {
      var parameters = fit.estimates
      for (parameter, value) in zip(free.list, x) {
        free.set(parameter, to: value, in: &parameters)
      }
      return logLikelihood(parameters) + prior.logDensity(at: parameters, of: fit.model)
    }
    // From a tenth of a standard error away.
    let exact = NewtonMaximum(
      from: zip(found, errors).map { $0 + 0.1 * $1 }, sizes: errors, objective)
    #expect(exact.lastStep < 1e-5)
    for (a, parameter) in free.list.enumerated() {
      let distance = abs(found[a] - exact.x[a]) / exact.standardErrors[a]
      #expect(distance < 1e-4, "\(free.name(parameter)): \(distance)")
      #expect(
        abs(errors[a] / exact.standardErrors[a] - 1) < 2e-3,
        "\(free.name(parameter)): \(errors[a]), \(exact.standardErrors[a])")
    }
    #expect(abs(try #require(fit.logPosterior) - exact.value) < 1e-5)
    #expect(abs(fit.logLikelihood - logLikelihood(fit.estimates)) < 1e-5)
  }

  @Test("the maximum of the posterior and its curvature are those of quadrature")
  func quadrature() throws {
    let example = Example.oneEffect
    var settings = Self.fine(25, effects: 1)
    settings.prior = .ofEverything(example.model, near: example.parameters)
    let fit = try serialFit(example.model, example.dataset, settings, from: example.parameters)
    guard case .converged = fit.stopReason else {
      Issue.record("\(fit.stopReason)")
      return
    }
    try compare(fit, settings.prior) { logLikelihood(example, $0) }
    // It is not that of the likelihood.
    let plain = try serialFit(
      example.model, example.dataset, Self.fine(25, effects: 1), from: example.parameters)
    #expect(plain.logPosterior == nil && plain.logLikelihood > fit.logLikelihood + 0.1)
  }

  @Test("and with a structural parameter and a residual error of their own")
  func direct() throws {
    let own = try #require(
      DirectParameterTests.cases.first { $0.name == "a volume without random effect" })
    let dataset = try DirectParameterTests.dataset(20)
    var settings = Self.fine(25, effects: 1)
    settings.prior = .ofEverything(own.model, near: own.parameters)
    let fit = try serialFit(own.model, dataset, settings, from: own.parameters)
    let quadrature = DirectQuadrature(model: own.model, subjects: dataset.subjects)
    try compare(fit, settings.prior, quadrature.logLikelihood)
  }

  @Test(
    "the posterior has no slope where a fit ends, and does not fall on the way",
    arguments: Example.withPriors)
  func stationary(example: Example) throws {
    try checkWay(example.model, example.parameters, example.dataset)
  }

  @Test("and with parameters of other kinds", arguments: DirectParameterTests.cases)
  func stationaryDirect(own: DirectParameterTests.Case) throws {
    try checkWay(own.model, own.parameters, DirectParameterTests.dataset(24))
  }

  private func checkWay(
    _ model: MixtureModel, _ parameters: PopulationParameters, _ dataset: Dataset
  ) throws {
    var settings = EstimationSettings.exact(256)
    settings.prior = .ofEverything(model, near: parameters)
    let fit = try serialFit(model, dataset, settings, from: parameters)
    guard case .converged = fit.stopReason else {
      Issue.record("\(fit.stopReason)")
      return
    }
    #expect(try #require(fit.covariance.remainingDistance) < 1e-3)
    #expect(fit.covariance.observed != nil)
    let iterations = fit.iterations.filter { !$0.isRejected }
    for (before, after) in zip(iterations, iterations.dropFirst()) where !after.hasNewEnvelopes {
      #expect(after.logPosterior > before.logPosterior - 1e-9, "\(after.iteration)")
    }
    #expect(fit.logPosterior == fit.iterations.last?.logPosterior)
  }

  @Test("with unchanged envelopes the log posterior never falls", arguments: Example.withPriors)
  func unchangedEnvelopes(example: Example) throws {
    let step = example.settledStep(.exact(128))
    let prior = ParameterPrior.ofEverything(example.model, near: example.parameters)
    let maximization = MaximizationStep(model: example.model, prior: prior)
    var parameters = example.parameters
    var values: [Double] = []
    for iteration in 2..<14 {
      let statistics = example.statistics(
        step, step.run(at: parameters, iteration: iteration, envelopes: .unchanged),
        centres: parameters.means)
      let value =
        statistics.logLikelihood + prior.logDensity(at: parameters, of: example.model)
      // Near the maximum it is rounding that moves it.
      #expect(value > (values.last ?? -.infinity) - 1e-12 * abs(value), "iteration \(iteration)")
      values.append(value)
      parameters = try maximization.maximize(statistics, from: parameters)
    }
    #expect(values[1] > values[0] + 1e-3)
  }

  @Test("what is hardly known changes nothing, and what is certain is what is estimated")
  func limits() throws {
    let example = Example.proportional
    let model = example.model
    let free = FreeParameters(model)
    let plain = try serialFit(
      model, example.dataset, Self.fine(9, effects: 2), from: example.parameters)
    var away = example.parameters
    away.means = [[22, 0.33], [22, 0.55]]
    away.covariances = diagonals([[6, 0.005], [6, 0.003]])
    away.residualVariance = 0.014
    func prior(_ weight: Double) -> ParameterPrior {
      ParameterPrior(
        free.list.compactMap { parameter -> ParameterPrior.Term? in
          let value = free.value(parameter, in: away)
          switch parameter {
          case .mean:
            return .normal(
              parameter, mean: value, standardDeviation: 0.1 * value / weight.squareRoot())
          case .covariance(let row, _, let component):
            return .inverseWishart(
              effects: [row], component: component, mode: [value], degreesOfFreedom: weight)
          case .residualVariance:
            return .inverseGamma(parameter, mode: value, degreesOfFreedom: weight)
          default: return nil
          }
        } + [.dirichlet(pseudoCounts: [0.7 * weight, 0.3 * weight])])
    }
    away.weights = [0.7, 0.3]
    func estimates(_ weight: Double) throws -> [Double] {
      var settings = Self.fine(9, effects: 2)
      settings.prior = prior(weight)
      let fit = try serialFit(model, example.dataset, settings, from: example.parameters)
      return free.values(in: fit.estimates)
    }
    let errors = try #require(plain.covariance.standardErrors)
    let certain = try estimates(1e10)
    for (a, parameter) in free.list.enumerated() {
      let value = free.value(parameter, in: away)
      #expect(abs(certain[a] - value) < 1e-6 * value, "\(free.name(parameter))")
    }
    // A prior of a variance counts as two subjects however few its degrees of freedom; those of
    // means and weights can say nothing at all.
    var settings = Self.fine(9, effects: 2)
    settings.prior = ParameterPrior(
      prior(1e-10).terms.filter {
        if case .inverseWishart = $0 {
          false
        } else if case .inverseGamma = $0 {
          false
        } else {
          true
        }
      })
    let weak = try serialFit(model, example.dataset, settings, from: example.parameters)
    for (a, value) in free.values(in: weak.estimates).enumerated() {
      let distance = abs(value - free.values(in: plain.estimates)[a]) / errors[a]
      #expect(distance < 1e-5, "\(free.names[a])")
    }
    #expect(abs(weak.logLikelihood - plain.logLikelihood) < 1e-8)
  }

  @Test("components keep the places that a prior gives them")
  func order() throws {
    let example = Example.proportional
    let swapped = example.parameters.permuted([1, 0])
    func fit(_ prior: ParameterPrior) throws -> FitResult {
      var settings = Self.fine(5, effects: 2)
      settings.prior = prior
      return try serialFit(example.model, example.dataset, settings, from: swapped)
    }
    func means(_ values: [Double]) -> ParameterPrior {
      ParameterPrior(
        values.enumerated().map {
          .normal(.mean(effect: 1, component: $0), mean: $1, standardDeviation: 0.1)
        })
    }
    let own = try fit(means([0.6, 0.3])).estimates
    #expect(own.means[0][1] > own.means[1][1])
    // A prior that does not tell them apart leaves them in ascending order.
    let alike = try fit(means([0.4, 0.4])).estimates
    #expect(alike.means[0][1] < alike.means[1][1])
    let other = try fit(means([0.3, 0.6]))
    #expect(try #require(other.logPosterior) < #require(fit(means([0.6, 0.3])).logPosterior))
  }

  @Test("an interval by profile ends where the posterior has fallen by 1.92")
  func profile() throws {
    let example = Example.oneEffect
    var settings = Self.fine(15, effects: 1)
    settings.prior = .ofEverything(example.model, near: example.parameters)
    settings.profiles = .names(["mu.k.1", "omega.k.k.2"])
    settings.profileQuantile = .normal
    let fit = try serialFit(example.model, example.dataset, settings, from: example.parameters)
    let free = fit.free
    let errors = try #require(fit.covariance.observed).diagonal.map { $0.squareRoot() }
    let best = try #require(fit.logPosterior)
    // With those that follow from them.
    #expect(fit.profiles.map(\.name).contains("sd.k.2"))
    for profile in fit.profiles where free.names.contains(profile.name) {
      let place = try #require(free.names.firstIndex(of: profile.name))
      for end in [profile.low, profile.high] {
        var start = free.values(in: fit.estimates)
        start[place] = try #require(end)
        let point = NewtonMaximum(from: start, sizes: errors, frozen: [place]) { x in
          var parameters = fit.estimates
          for (parameter, value) in zip(free.list, x) {
            free.set(parameter, to: value, in: &parameters)
          }
          guard parameters.covariances.allSatisfy({ $0[0, 0] > 0 }) else { return -.infinity }
          return logLikelihood(example, parameters)
            + settings.prior.logDensity(at: parameters, of: example.model)
        }
        #expect(abs(best - point.value - 1.9207) < 0.01, "\(profile.name)")
      }
    }
  }
}

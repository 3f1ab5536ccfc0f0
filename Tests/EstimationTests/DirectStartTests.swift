import Estimation
import MessagePassing
import PopulationData
import PopulationModel
import Testing

@Suite("Other starts of models with direct parameters")
struct DirectStartTests {
  /// The models that have no σ².
  static var cases: [DirectParameterTests.Case] {
    DirectParameterTests.cases.filter { !$0.model.isFactored }.map { own in
      var parameters = own.parameters
      parameters.residualVariance = nil
      return DirectParameterTests.Case(name: own.name, model: own.model, parameters: parameters)
    }
  }

  @Test("no σ² is made up, and all that there is moves", arguments: cases)
  func moves(_ own: DirectParameterTests.Case) throws {
    let spread = CovariateSpread(try DirectParameterTests.dataset().subjects, model: own.model)
    for number in 2...6 {
      let start = own.parameters.perturbed(number, model: own.model, seed: 3, spread: spread)
      #expect(start.residualVariance == nil)
      for k in 0..<own.model.componentCount {
        for (a, parameter) in own.model.direct.enumerated() {
          let (before, after) = (own.parameters.direct[k][a], start.direct[k][a])
          #expect(after != before && after.isFinite, "\(parameter.base)")
          if parameter.isPositive { #expect(after > before / 20 && after < 20 * before) }
          if !parameter.isPerComponent { #expect(after == start.direct[0][a]) }
        }
        for (c, effect) in own.model.covariateEffects.enumerated() {
          #expect(start.coefficients[k][c] != own.parameters.coefficients[k][c])
          if !effect.isPerComponent {
            #expect(start.coefficients[k][c] == start.coefficients[0][c])
          }
        }
      }
      // Those of the last component are 0.
      #expect(start.weightCoefficients.last!.allSatisfy { $0 == 0 })
    }
  }

  @Test("what is fixed stays", arguments: cases)
  func fixed(_ own: DirectParameterTests.Case) {
    var fixed = FixedParameters(
      componentCount: own.model.componentCount, effectCount: own.model.effectCount)
    fixed.direct = Set(own.model.direct.map(\.base))
    let start = own.parameters.perturbed(4, model: own.model.with(fixed: fixed), seed: 1)
    #expect(start.direct == own.parameters.direct)
    #expect(start.means != own.parameters.means)
  }

  @Test("a σ² beside direct parameters changes no bit of the likelihood", arguments: cases)
  func noFactor(_ own: DirectParameterTests.Case) throws {
    let dataset = try DirectParameterTests.dataset()
    func logLikelihood(_ variance: Double?) throws -> Double {
      var parameters = own.parameters
      parameters.residualVariance = variance
      return try serialFit(own.model, dataset, Self.settings(own, iterations: 1), from: parameters)
        .iterations[0].logLikelihood
    }
    let without = try logLikelihood(nil)
    #expect(without.isFinite)
    #expect(try logLikelihood(1e-3) == without)
    #expect(try logLikelihood(40) == without)
  }

  /// The ends of starts that were moved at random have the log L that they say: none is above the
  /// maximum by its own account only.
  @Test(
    "each of several starts ends where quadrature has the same log L",
    arguments: cases + DirectParameterTests.cases.filter { $0.model.isFactored })
  func ends(_ own: DirectParameterTests.Case) throws {
    let dataset = DirectQuadrature(
      model: own.model, subjects: try DirectParameterTests.dataset(24).subjects
    ).simulated(own.parameters, seed: 11)
    let quadrature = DirectQuadrature(model: own.model, subjects: dataset.subjects, points: 481)
    for number in 1...3 {
      let start = own.parameters.perturbed(
        number, model: own.model, seed: 1,
        spread: CovariateSpread(dataset.subjects, model: own.model))
      let fit = try serialFit(
        own.model, dataset, Self.settings(own, iterations: 300), from: start)
      let exact = quadrature.logLikelihood(fit.estimates)
      #expect(
        abs(fit.logLikelihood - exact) < 0.05,
        "start \(number): \(fit.logLikelihood), by quadrature \(exact)")
    }
  }

  private static func settings(_ own: DirectParameterTests.Case, iterations: Int)
    -> EstimationSettings
  {
    EstimationSettings(
      method: .exact, nodes: .gaussHermite, samples: own.model.effectCount == 1 ? 9 : 81,
      iterations: iterations, tolerance: 1e-4, seed: 1, envelopeInflation: 1)
  }
}

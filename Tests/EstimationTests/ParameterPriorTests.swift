import Estimation
import Foundation
import NumericKernels
import PopulationModel
import Testing

@Suite("Priors")
struct ParameterPriorTests {
  /// The mean of the trapezoidal rule's values on a grid, times its length.
  private func integral(_ from: Double, _ to: Double, _ count: Int, _ f: (Double) -> Double)
    -> Double
  {
    let step = (to - from) / Double(count)
    return (0...count).reduce(0) { sum, i in
      sum + (i == 0 || i == count ? 0.5 : 1) * step * f(from + step * Double(i))
    }
  }

  @Test("of a mean, a variance and σ² have the integral 1")
  func onDimension() {
    let example = Example.proportional
    let free = FreeParameters(example.model)
    let terms: [(FreeParameter, ParameterPrior.Term)] = [
      (
        .mean(effect: 1, component: 1),
        .normal(.mean(effect: 1, component: 1), mean: 0.6, standardDeviation: 0.05)
      ),
      (
        .covariance(row: 1, column: 1, component: 0),
        .inverseWishart(effects: [1], component: 0, mode: [0.004], degreesOfFreedom: 7)
      ),
      (
        .residualVariance, .inverseGamma(.residualVariance, mode: 0.02, degreesOfFreedom: 11)
      ),
    ]
    for (parameter, term) in terms {
      let prior = ParameterPrior([term])
      func density(_ x: Double) -> Double {
        var parameters = example.parameters
        free.set(parameter, to: x, in: &parameters)
        return Foundation.exp(prior.logDensity(at: parameters, of: example.model))
      }
      let area: Double
      if case .normal = term {
        area = integral(0.1, 1.1, 400, density)
      } else {
        area = integral(-20, 5, 4000) { Foundation.exp($0) * density(Foundation.exp($0)) }
      }
      #expect(abs(area - 1) < 1e-9, "\(free.name(parameter))")
    }
  }

  @Test("of a full block has the integral 1, and its mode where it is said to be")
  func wishart() {
    let example = Example.fullLognormal
    let prior = ParameterPrior([
      .inverseWishart(effects: [0, 1], component: 0, mode: [0.09, 0.05], degreesOfFreedom: 9)
    ])
    func density(_ a: Double, _ r: Double, _ b: Double) -> Double {
      var parameters = example.parameters
      parameters.covariances[0] = SymmetricMatrix(
        dimension: 2, elements: [a, r * (a * b).squareRoot(), b])
      return Foundation.exp(prior.logDensity(at: parameters, of: example.model))
    }
    // Elements a, r√(ab), b; with x = log a, y = log b, r = tanh z the measure is (ab)^{3/2}(1 −
    // r²) dx dy dz.
    let area = integral(-8, 3, 130) { x in
      integral(-8, 3, 130) { y in
        integral(-5, 5, 100) { z in
          let r = Foundation.tanh(z)
          return density(Foundation.exp(x), r, Foundation.exp(y))
            * Foundation.exp(1.5 * (x + y)) * (1 - r * r)
        }
      }
    }
    #expect(abs(area - 1) < 1e-6)
    let top = density(0.09, 0, 0.05)
    for (a, r, b) in [(0.0891, 0, 0.05), (0.0909, 0, 0.05), (0.09, 0.01, 0.05), (0.09, 0, 0.0505)] {
      #expect(density(a, r, b) < top)
    }
  }

  @Test("of three weights has the integral 1")
  func dirichlet() {
    let example = Example.threeComponents
    let prior = ParameterPrior([.dirichlet(pseudoCounts: [1, 2, 3.5])])
    let area = integral(0, 1, 800) { a in
      integral(0, 1, 800) { b in
        guard a > 0, b > 0, a + b < 1 else { return 0 }
        var parameters = example.parameters
        parameters.weights = [a, b, 1 - a - b]
        return Foundation.exp(prior.logDensity(at: parameters, of: example.model))
      }
    }
    #expect(abs(area - 1) < 1e-4)
  }

  @Test(
    "slope and curvature are those of the log density by differences",
    arguments: Example.withPriors)
  func derivatives(example: Example) {
    check(example.model, example.parameters)
  }

  @Test("and with parameters of other kinds", arguments: DirectParameterTests.cases)
  func direct(own: DirectParameterTests.Case) {
    check(own.model, own.parameters)
  }

  private func check(_ model: MixtureModel, _ parameters: PopulationParameters) {
    let free = FreeParameters(model)
    let prior = ParameterPrior.ofEverything(model, near: parameters)
    // Off the diagonal there is something to see only where it is not 0.
    let found = prior.derivatives(at: parameters, free)
    func slopes(_ parameters: PopulationParameters) -> [Double] {
      prior.derivatives(at: parameters, free).gradient
    }
    for (a, parameter) in free.list.enumerated() {
      let h = 1e-4 * scale(of: parameter, in: parameters)
      func moved(_ side: Double) -> PopulationParameters {
        var moved = parameters
        free.set(parameter, to: free.value(parameter, in: parameters) + side * h, in: &moved)
        return moved
      }
      let slope =
        (prior.logDensity(at: moved(1), of: model) - prior.logDensity(at: moved(-1), of: model))
        / (2 * h)
      let size = scale(of: parameter, in: parameters)
      #expect(abs(slope - found.gradient[a]) * size < 1e-5, "\(free.name(parameter))")
      let (ahead, behind) = (slopes(moved(1)), slopes(moved(-1)))
      for b in free.list.indices {
        let curvature = -(ahead[b] - behind[b]) / (2 * h)
        let both = size * scale(of: free.list[b], in: parameters)
        #expect(
          abs(curvature - found.information[a, b]) * both
            < 1e-5 * (1 + abs(found.information[a, b]) * both),
          "\(free.name(parameter)), \(free.name(free.list[b]))")
      }
    }
  }

  @Test("components that are alike to it are told from those that are not")
  func symmetry() {
    func prior(_ means: [Double], counts: [Double]) -> ParameterPrior {
      ParameterPrior(
        means.enumerated().map {
          .normal(.mean(effect: 1, component: $0), mean: $1, standardDeviation: 0.2)
        } + [.dirichlet(pseudoCounts: counts)])
    }
    #expect(prior([0.3, 0.3], counts: [2, 2]).isSymmetric(componentCount: 2))
    #expect(!prior([0.3, 0.6], counts: [2, 2]).isSymmetric(componentCount: 2))
    #expect(!prior([0.3, 0.3], counts: [2, 3]).isSymmetric(componentCount: 2))
    #expect(!prior([0.3], counts: [2, 2]).isSymmetric(componentCount: 2))
    #expect(ParameterPrior.none.isSymmetric(componentCount: 3))
  }
}

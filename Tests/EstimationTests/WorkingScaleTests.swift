import Estimation
import NumericKernels
import PopulationModel
import Testing

@Suite("Working scale")
struct WorkingScaleTests {
  /// Parameters some way from those of the example, with whatever it fixes left alone.
  static func moved(_ example: Example, by size: Double) -> PopulationParameters {
    let scale = WorkingScale(model: example.model, reference: example.parameters)
    var x = scale.coordinates(of: example.parameters)
    for i in x.indices { x[i] += size * [1.0, -0.6, 0.3, -1.1][i % 4] }
    return scale.parameters(at: x, like: example.parameters)!
  }

  /// The largest difference of an element, with covariances relative to standard deviations.
  static func difference(_ a: PopulationParameters, _ b: PopulationParameters) -> Double {
    var largest = abs(a.sigma2 / b.sigma2 - 1)
    for k in 0..<a.componentCount {
      largest = max(largest, abs(a.weights[k] / b.weights[k] - 1))
      for i in a.means[k].indices {
        largest = max(largest, abs(a.means[k][i] - b.means[k][i]) / abs(b.means[k][i]))
        for j in 0...i {
          let unit = (b.covariances[k][i, i] * b.covariances[k][j, j]).squareRoot()
          largest = max(largest, abs(a.covariances[k][i, j] - b.covariances[k][i, j]) / unit)
        }
      }
    }
    return largest
  }

  @Test("parameters come back to a few units in the last place", arguments: Example.all)
  func roundTrip(example: Example) throws {
    for fixed in MaximizationStepTests.fixings(example.model) {
      let model = example.model.with(fixed: fixed)
      let scale = WorkingScale(model: model, reference: example.parameters)
      for parameters in [example.parameters, Self.moved(example, by: 0.4)] {
        let x = scale.coordinates(of: parameters)
        let back = try #require(scale.parameters(at: x, like: parameters))
        #expect(Self.difference(back, parameters) < 16 * Double.ulpOfOne)
        let again = scale.coordinates(of: back)
        for i in x.indices {
          #expect(abs(again[i] - x[i]) < 16 * Double.ulpOfOne * max(1, abs(x[i])))
        }
      }
    }
  }

  @Test("each free parameter has a coordinate, in the same order", arguments: Example.all)
  func order(example: Example) {
    for fixed in MaximizationStepTests.fixings(example.model) {
      let model = example.model.with(fixed: fixed)
      let free = FreeParameters(model)
      let scale = WorkingScale(model: model, reference: example.parameters)
      #expect(scale.count == free.count)
      let x = scale.coordinates(of: example.parameters)
      for (i, parameter) in free.list.enumerated() {
        var parameters = example.parameters
        let value = free.value(parameter, in: parameters)
        free.set(
          parameter, to: value + 1e-4 * EstimationTests.scale(of: parameter, in: parameters),
          in: &parameters)
        let moved = scale.coordinates(of: parameters)
        #expect(moved[i] != x[i], "\(free.name(parameter))")
        // What stands before it stays, except in the same row of a full block, and that all weights
        // are relative to the last.
        let first: Int =
          switch parameter {
          case .weight(let k): i - k
          case .covariance(let row, _, let component):
            free.list.firstIndex {
              if case .covariance(row, _, component) = $0 { true } else { false }
            }!
          default: i
          }
        #expect(moved[..<first] == x[..<first], "\(free.name(parameter))")
      }
    }
  }

  @Test(
    "any vector is a set of parameters, with what is fixed and what is shared the same to the bit",
    arguments: Example.all)
  func anyVector(example: Example) throws {
    for (number, fixed) in MaximizationStepTests.fixings(example.model).enumerated() {
      let model = example.model.with(fixed: fixed)
      let scale = WorkingScale(model: model, reference: example.parameters)
      let start = example.parameters
      let address = RandomAddress(key: 3, purpose: .simulatedEffects, subject: number)
      for draw in 0..<20 {
        let x = (0..<scale.count).map { 4 * address.normal(sample: draw, dimension: $0) }
        let parameters = try #require(scale.parameters(at: x, like: start))
        #expect(abs(parameters.weights.reduce(0, +) - 1) < 1e-15)
        #expect(
          (parameters.weights == start.weights)
            == (fixed.weights || x.isEmpty
              || model.componentCount == 1))
        #expect((parameters.residualVariance == start.residualVariance) == fixed.residualVariance)
        for k in 0..<model.componentCount {
          #expect(CholeskyFactor(parameters.covariances[k]) != nil)
          for i in 0..<model.effectCount {
            #expect((parameters.means[k][i] == start.means[k][i]) == fixed.means[k][i])
            for j in 0...i where model.isInBlock(i, j) {
              #expect(
                (parameters.covariances[k][i, j] == start.covariances[k][i, j])
                  == (fixed.variances[k][i] || fixed.variances[k][j]))
            }
            for j in 0...i where !model.isInBlock(i, j) {
              #expect(parameters.covariances[k][i, j] == 0)
            }
          }
          for i in model.sharedEffects {
            #expect(parameters.means[k][i] == parameters.means[0][i])
            for j in model.sharedEffects {
              #expect(parameters.covariances[k][i, j] == parameters.covariances[0][i, j])
            }
          }
          if model.covarianceSharing == .equal {
            #expect(parameters.covariances[k] == parameters.covariances[0])
          }
        }
      }
    }
  }

  @Test("a full block has its conditional variances and relative regressions")
  func fullBlock() {
    let example = Example.equalFull
    let scale = WorkingScale(model: example.model, reference: example.parameters)
    let x = scale.coordinates(of: example.parameters)
    // Order of effects: V, k. Means by component, then Σ, then the weight, then σ².
    let l11 = 2.0
    let l21 = 0.05 / l11
    let l22 = (0.0036 - l21 * l21).squareRoot()
    let expected: [Double] = [
      20 / 2, 0.3 / 0.06, 24 / 2, 0.6 / 0.06,
      log(4), l21 / l22, 2 * log(l22),
      log(0.7 / 0.3), log(0.01),
    ]
    #expect(x.count == expected.count)
    for (value, expected) in zip(x, expected) {
      #expect(abs(value - expected) < 1e-13 * max(1, abs(expected)))
    }
  }

  @Test("what overflows, underflows or is singular is no set of parameters")
  func impossible() {
    let example = Example.fullLognormal
    let free = FreeParameters(example.model)
    let scale = WorkingScale(model: example.model, reference: example.parameters)
    let x = scale.coordinates(of: example.parameters)
    func isPossible(_ parameter: FreeParameter, _ value: Double) -> Bool {
      var changed = x
      changed[free.list.firstIndex(of: parameter)!] = value
      return scale.parameters(at: changed, like: example.parameters) != nil
    }
    let mean = FreeParameter.mean(effect: 1, component: 0)
    let variance = FreeParameter.covariance(row: 1, column: 1, component: 1)
    let covariance = FreeParameter.covariance(row: 1, column: 0, component: 0)
    let bad = [Double.nan, .infinity, -.infinity]
    for value in bad {
      for parameter in free.list { #expect(!isPossible(parameter, value)) }
    }
    #expect(isPossible(mean, 1e3) && !isPossible(mean, .greatestFiniteMagnitude * 10))
    for parameter in [.weight(component: 0), variance, .residualVariance] {
      #expect(isPossible(parameter, 30) && isPossible(parameter, -30))
      #expect(!isPossible(parameter, 800) && !isPossible(parameter, -800))
    }
    #expect(isPossible(covariance, 1e3) && !isPossible(covariance, 1e12))
  }

  @Test("singular parameters have coordinates that are not finite")
  func singular() {
    let example = Example.fullLognormal
    let scale = WorkingScale(model: example.model, reference: example.parameters)
    var parameters = example.parameters
    parameters.covariances[1] = SymmetricMatrix(dimension: 2, elements: [1, 1, 1])
    #expect(!scale.coordinates(of: parameters).reduce(0, +).isFinite)
    parameters = example.parameters
    parameters.weights = [1, 0]
    #expect(!scale.coordinates(of: parameters).reduce(0, +).isFinite)
  }

  @Test("distance is that of the coordinate that differs most")
  func distance() {
    let example = Example.oneEffect
    let scale = WorkingScale(model: example.model, reference: example.parameters)
    let a = scale.coordinates(of: example.parameters)
    var b = a
    #expect(scale.distance(a, b) == 0)
    b[1] += 0.25
    b[3] -= 0.5
    #expect(abs(scale.distance(a, b) - 0.5) < 1e-14)
    b[0] = .nan
    #expect(scale.distance(a, b).isNaN)
  }
}

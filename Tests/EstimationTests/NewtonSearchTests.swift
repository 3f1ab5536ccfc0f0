import Estimation
import NumericKernels
import PopulationModel
import Testing

@Suite("Newton's method at the end of a fit")
struct NewtonSearchTests {
  /// −Rosenbrock's function, with its maximum of 0 at (1, 1), and its slope.
  private func valley(_ x: [Double]) -> (value: Double, gradient: [Double]) {
    let (a, b) = (1 - x[0], x[1] - x[0] * x[0])
    return (-(a * a + 100 * b * b), [2 * a + 400 * x[0] * b, -200 * b])
  }

  @Test("a bent valley is followed to its end, and no accepted point is lower than one before")
  func followsValley() throws {
    var search = NewtonSearch()
    var x = [-1.2, 1.0]
    var best = -Double.infinity
    var evaluations = 0
    var distance = Double.infinity
    while distance > 1e-9, evaluations < 200 {
      let (value, gradient) = valley(x)
      evaluations += 1
      let decision = search.advance(
        point: x, objective: value, gradient: gradient,
        information: search.needsInformation ? SymmetricMatrix(diagonal: [100, 100]) : nil,
        isHeld: [false, false])
      if !decision.isRejected {
        #expect(value >= best - 1e-12)
        best = value
        distance = decision.distance
      }
      guard let next = decision.next else { break }
      x = next
    }
    #expect(evaluations < 100)
    #expect(abs(x[0] - 1) < 1e-6 && abs(x[1] - 1) < 1e-6)
  }

  @Test("a coordinate that is held stays, and the others have their maximum given it")
  func heldCoordinate() throws {
    var search = NewtonSearch()
    var x = [0.5, 1.0]
    for _ in 0..<40 {
      let (value, gradient) = valley(x)
      let decision = search.advance(
        point: x, objective: value, gradient: gradient,
        information: search.needsInformation ? SymmetricMatrix(diagonal: [100, 100]) : nil,
        isHeld: [true, false])
      guard let next = decision.next, decision.distance > 1e-10 else { break }
      x = next
    }
    #expect(x[0] == 0.5)
    #expect(abs(x[1] - 0.25) < 1e-6)
  }

  @Test(
    "slopes on the working scale are those of differences of the free parameters",
    arguments: Example.all)
  func slopes(example: Example) throws {
    let free = FreeParameters(example.model)
    let scale = WorkingScale(model: example.model, reference: example.parameters)
    let slopes = WorkingScaleSlopes(scale, free: free, at: example.parameters)
    let x = scale.coordinates(of: example.parameters)
    // Of each free parameter by itself.
    for (place, parameter) in free.list.enumerated() {
      let unit = free.list.indices.map { $0 == place ? 1.0 : 0 }
      let gradient = slopes.gradient(unit)
      for c in x.indices {
        func value(_ shift: Double) throws -> Double {
          var moved = x
          moved[c] += shift
          return free.value(
            parameter, in: try #require(scale.parameters(at: moved, like: example.parameters)))
        }
        let quotient = try (value(1e-5) - value(-1e-5)) / 2e-5
        let size = max(abs(quotient), abs(free.value(parameter, in: example.parameters)))
        #expect(abs(gradient[c] - quotient) < 1e-8 * max(1, size), "\(free.name(parameter))")
      }
    }
  }

  @Test("mixtures in which EM takes hundreds of iterations end in under 60")
  func creepingMixtures() throws {
    for seed in [1, 2, 4, 5, 6] as [UInt64] {
      let example = LinearExample(
        times: [0, 1, 2, 4], subjectCount: 100, means: [[5, -0.7], [6.5, -0.7]],
        deviations: [0.6, 0.2], sigma: 0.6, weight: 0.6, seed: seed)
      let start = PopulationParameters(
        weights: [0.5, 0.5], means: [[4, -0.3], [8, -0.3]],
        covariances: diagonals([[0.4, 0.09], [0.4, 0.09]]), residualVariance: 0.3)
      let model = example.model(components: 2)
      let fit = try serialFit(model, example.dataset, .rule, from: start)
      var plain = EstimationSettings.rule
      plain.isAccelerated = false
      plain.iterations = 5000
      let slow = try serialFit(model, example.dataset, plain, from: start)
      #expect(slow.iterations.count > 400, "seed \(seed)")
      #expect(fit.iterations.count < 60, "seed \(seed)")
      #expect(fit.stopReason.label == "converged", "seed \(seed)")
      #expect(fit.logLikelihood > slow.logLikelihood - 1e-6, "seed \(seed)")
      #expect(abs(fit.logLikelihood - example.logLikelihood(at: fit.estimates)) < 1e-5)
      #expect(try #require(fit.covariance.remainingDistance) < 1e-4, "seed \(seed)")
    }
  }
}

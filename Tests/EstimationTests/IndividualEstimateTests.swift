import Estimation
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Individual estimates")
struct IndividualEstimateTests {
  /// h(t) = a + b t.
  private struct Line: StructuralModel {
    let name = "line"
    var parameterNames: [String] { ["a", "b"] }
    var parameterKinds: [ParameterKind] { [.number, .rate] }

    func predict(
      _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
      predictions: UnsafeMutablePointer<Lanes>
    ) {
      for v in 0..<count {
        var time = 0.0
        var place = v
        for step in program.steps {
          time += step.elapsed
          guard step.action == .observe else { continue }
          predictions[place] = parameters[v] + parameters[count + v] * time
          place += count
        }
      }
    }

    func validate(_ subject: Subject, residual: ResidualErrorModel) {}
  }

  private static let times = [0.0, 1, 2, 4]

  /// Lines with two populations of slopes.
  private static let lines: Dataset = Dataset(
    name: "lines",
    subjects: (0..<40).map { i in
      let z = RandomAddress(key: 11, purpose: .simulatedEffects, subject: i)
      let a = 10 + z.normal(sample: 0, dimension: 0)
      let b = (i % 3 == 0 ? 4 : 0) + 0.5 * z.normal(sample: 0, dimension: 1)
      let observations = times.enumerated().map { j, t in
        Observation(
          time: t, value: a + b * t + 0.7 * z.normal(sample: j, dimension: 2), precedingDoses: 1)
      }
      return Subject(
        id: "\(i + 1)", index: i,
        occasions: [
          Occasion(doses: [DoseRecord(time: 0, amount: 1)], observations: observations)
        ])
    })

  private static func fit() throws -> FitResult {
    let model = testModel(
      Line(), [("a", .normal, .shared), ("b", .normal, .mixture)], .additive, components: 2)
    return try serialFit(
      model, lines, .exact(256),
      from: PopulationParameters(
        weights: [0.5, 0.5], means: [[9, 0.5], [9, 3]], covariances: diagonals([[2, 1], [2, 1]]),
        residualVariance: 1))
  }

  /// Mean of φ given the observations and component k: μ + C Xᵀ(y − Xμ)/σ², C = (Σ⁻¹ + XᵀX/σ²)⁻¹.
  private static func mean(_ subject: Subject, _ k: Int, _ fit: FitResult) -> [Double] {
    let (mu, omega) = (fit.estimates.means[k], fit.estimates.covariances[k])
    let sigma2 = fit.estimates.sigma2
    var (aa, ab, bb, ra, rb) = (1 / omega[0, 0], 0.0, 1 / omega[1, 1], 0.0, 0.0)
    for (t, observation) in zip(times, subject.occasions[0].observations) {
      let rest = observation.value - mu[0] - mu[1] * t
      aa += 1 / sigma2
      ab += t / sigma2
      bb += t * t / sigma2
      ra += rest / sigma2
      rb += t * rest / sigma2
    }
    let determinant = aa * bb - ab * ab
    return [
      mu[0] + (bb * ra - ab * rb) / determinant, mu[1] + (aa * rb - ab * ra) / determinant,
    ]
  }

  @Test("of a linear model conditional mean and mode are the same, and closed forms")
  func closedForm() throws {
    let fit = try Self.fit()
    #expect(fit.modes.count == 80)
    var classes: Set<Int> = []
    for (i, subject) in fit.subjects.enumerated() {
      let component = Classification(membership: fit.posteriors[i].membership).component
      classes.insert(component)
      let expected = Self.mean(subject, component, fit)
      for j in 0..<2 {
        #expect(abs(fit.modes[2 * i + j] - expected[j]) < 1e-6, "\(i)")
        #expect(abs(fit.posteriors[i].mean(component)[j] - expected[j]) < 1e-3, "\(i)")
      }
    }
    #expect(classes == [0, 1])
  }

  @Test("residual shrinkage is 1 − SD of the weighted residuals, of all subjects and of each class")
  func residualShrinkage() throws {
    let fit = try Self.fit()
    var residuals: [[Double]] = [[], []]
    for (i, subject) in fit.subjects.enumerated() {
      let component = Classification(membership: fit.posteriors[i].membership).component
      let phi = fit.posteriors[i].mean(component)
      for (t, observation) in zip(Self.times, subject.occasions[0].observations) {
        residuals[component].append(
          (observation.value - phi[0] - phi[1] * t) / fit.estimates.sigma2.squareRoot())
      }
    }
    func share(_ x: [Double]) -> Double {
      let mean = x.reduce(0, +) / Double(x.count)
      let squares = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return 1 - (squares / Double(x.count - 1)).squareRoot()
    }
    let expected: [(Int?, Double)] = [
      (nil, share(residuals[0] + residuals[1])), (0, share(residuals[0])),
      (1, share(residuals[1])),
    ]
    #expect(fit.residualShrinkage.count == 3)
    for (shrinkage, expected) in zip(fit.residualShrinkage, expected) {
      #expect(shrinkage.output == nil && shrinkage.component == expected.0)
      #expect(abs(shrinkage.share - expected.1) < 1e-9)
      #expect(shrinkage.share > 0.1 && shrinkage.share < 0.5)
    }
  }

  /// log p(Y | g(φ)) − ½(φ − μ)ᵀΣ⁻¹(φ − μ) without constants, in plain code.
  private func density(
    _ example: Example, _ fit: FitResult, _ subject: Subject, _ phi: [Double], _ k: Int
  ) -> Double {
    let model = example.model
    let theta = model.structuralParameters(phi, component: k, fit.estimates).map { Lanes.all($0) }
    let program = EventProgram(subject, for: model.structural)
    var predictions = [Lanes](repeating: Lanes.all(0), count: program.observed.count)
    model.structural.predict(program, parameters: theta, count: 1, predictions: &predictions)
    var value = 0.0
    for (j, y) in program.observed.enumerated() {
      let distribution = model.residualDistribution(of: 0, component: k, fit.estimates)
      let h = predictions[j][0]
      let z = distribution.standardized(y, at: h)
      value -= 0.5 * (log(distribution.variance(at: h)) + z * z)
    }
    var u = zip(phi, fit.estimates.means[k]).map { $0 - $1 }
    let factor = CholeskyFactor(fit.estimates.covariances[k])!
    CholeskyFactor.whiten(factor.elements, dimension: phi.count, &u)
    return value - 0.5 * u.reduce(0) { $0 + $1 * $1 }
  }

  @Test(
    "of nonlinear models the mode is where the density is highest",
    arguments: [Example.proportional, .fullLognormal, .threeShared])
  func highest(example: Example) throws {
    let fit = try serialFit(
      example.model, example.dataset, .exact(256), from: example.parameters)
    let p = example.model.effectCount
    var differs = false
    for (i, subject) in fit.subjects.enumerated() {
      let component = Classification(membership: fit.posteriors[i].membership).component
      let mode = Array(fit.modes[i * p..<(i + 1) * p])
      let top = density(example, fit, subject, mode, component)
      let spread = fit.posteriors[i].covariance(component).diagonal.map { $0.squareRoot() }
      let mean = fit.posteriors[i].mean(component)
      for j in 0..<p {
        if abs(mode[j] - mean[j]) > 0.02 * spread[j] { differs = true }
        // Of a parabola with height δ²/2 the top is off by (above − below)/(2 δ²) δ.
        let delta = 0.01
        var (ahead, behind) = (mode, mode)
        ahead[j] += delta * spread[j]
        behind[j] -= delta * spread[j]
        let above = density(example, fit, subject, ahead, component)
        let below = density(example, fit, subject, behind, component)
        #expect(above < top && below < top, "\(i) \(j)")
        let off = (above - below) / (2 * (2 * top - above - below)) * delta
        #expect(abs(off) < 1e-3, "\(i) \(j) \(off)")
      }
    }
    #expect(differs)
  }
}

import Estimation
import Foundation
import NumericKernels
import PopulationData
import PopulationModel
import Testing

/// With normal V and proportional error p(Y|θ) has a plateau of height exp(−m/(2σ²)) just below V =
/// 0. For a subject that fits a component badly the density at the component's mean is lower still,
/// so that a search without caution ends there.
@Suite("Mode search")
struct ModeSearchTests {
  static let times = [1.5, 2, 3, 4, 5.5]

  static let model = bolus(
    ["V": .shared, "k": .mixture], .normal, .proportional, components: 2)
  static let parameters = PopulationParameters(
    weights: [0.8, 0.2], means: [[20, 0.3], [20, 0.6]],
    covariances: diagonals([[4, 0.0036], [4, 0.0036]]), residualVariance: 0.01)

  /// Subjects from well inside both components to far outside.
  static let dataset: Dataset = {
    var subjects: [Subject] = []
    for volume in [14.0, 17, 20, 23, 27] {
      for rate in [0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1] {
        let i = subjects.count
        let noise = RandomAddress(key: 3, purpose: .simulatedResiduals, subject: i)
        let observations = times.enumerated().map { j, t in
          Observation(
            time: t,
            value: 100 / volume * Foundation.exp(-rate * t)
              * (1 + 0.1 * noise.normal(sample: j, dimension: 0)), precedingDoses: 1)
        }
        subjects.append(
          Subject(
            id: "\(i + 1)", index: i,
            occasions: [
              Occasion(doses: [DoseRecord(time: 0, amount: 100)], observations: observations)
            ]))
      }
    }
    return Dataset(name: "far subjects", subjects: subjects)
  }()

  /// log(w_k ∫∫ p(Y | V, k) N(V) N(k) dV dk) by the trapezoid rule on a grid far around all modes,
  /// that of the plateau too.
  static func integral(_ subject: Subject, component: Int) -> Double {
    let mean = parameters.means[component]
    let omega = parameters.covariances[component]
    let (dv, dk) = (0.1, 0.006)
    let observations = subject.occasions[0].observations
    var top = -Double.infinity
    var sum = 0.0
    for rate in stride(from: -0.4, through: 1.5, by: dk) {
      // y/h = V·y·exp(kt)/D
      let slopes = observations.map { $0.value * Foundation.exp(rate * $0.time) / 100 }
      let logGrowth = observations.reduce(0) { $0 + rate * $1.time }
      for volume in stride(from: -4.03, through: 50, by: dv) {
        var squares = 0.0
        for slope in slopes { squares += (slope * volume - 1) * (slope * volume - 1) }
        let prior =
          (volume - mean[0]) * (volume - mean[0]) / omega[0, 0]
          + (rate - mean[1]) * (rate - mean[1]) / omega[1, 1]
        let quadratic = -0.5 * (squares / parameters.sigma2 + prior)
        guard quadratic > top - 100 else { continue }
        let value =
          quadratic + logGrowth + Double(slopes.count) * Foundation.log(abs(volume) / 100)
        if value > top {
          sum *= Foundation.exp(top - value)
          top = value
        }
        sum += Foundation.exp(value - top)
      }
    }
    let constants =
      Foundation.log(parameters.weights[component]) - Foundation.log(2 * Double.pi)
      - 0.5 * Foundation.log(omega[0, 0] * omega[1, 1])
      - 0.5 * Double(observations.count)
      * Foundation.log(2 * Double.pi * parameters.sigma2)
    return top + Foundation.log(sum * dv * dk) + constants
  }

  /// Whether the residuals at the component's mean are larger than those of the plateau, −1 each,
  /// by more than the prior of V = 0 costs.
  static func isBelowPlateau(_ subject: Subject, component: Int) -> Bool {
    let mean = parameters.means[component]
    let squares = subject.occasions[0].observations.reduce(0) {
      let r = $1.value * mean[0] / 100 * Foundation.exp(mean[1] * $1.time) - 1
      return $0 + r * r
    }
    let priorOfPlateau = mean[0] * mean[0] / parameters.covariances[component][0, 0]
    return squares / parameters.sigma2
      > Double(times.count) / parameters.sigma2 + priorOfPlateau
  }

  @Test("the integral of a component that fits badly is that of a brute-force grid")
  func badFits() {
    let dataset = Self.dataset
    let step = ExpectationStep(
      model: Self.model, dataset: dataset, subjects: Array(dataset.subjects.indices),
      settings: .exact(1024))
    let exact = dataset.subjects.map { subject in
      (0..<2).map { Self.integral(subject, component: $0) }
    }
    // The case that the search has to be careful about.
    #expect(
      dataset.subjects.count { subject in
        (0..<2).contains { Self.isBelowPlateau(subject, component: $0) }
      } > 5)
    for source in [ExpectationStep.EnvelopeSource.modes, .previousMoments, .previousMoments] {
      _ = step.run(at: Self.parameters, iteration: 0, envelopes: source)
      for i in dataset.subjects.indices {
        let posterior = step.posterior(i)
        for k in 0..<2 {
          let ours = posterior.values[posterior.layout.logIntegral(k)]
          #expect(
            abs(ours - exact[i][k]) < 1e-3,
            "subject \(i + 1), component \(k + 1): \(ours), \(exact[i][k])")
        }
      }
    }
  }

  /// log p(Y | V, k) and the prior of a component, up to a constant.
  static func logDensity(
    _ subject: Subject, _ phi: [Double], component k: Int, _ parameters: PopulationParameters
  ) -> Double {
    let mean = parameters.means[k]
    let omega = parameters.covariances[k]
    var sum = 0.0
    for observation in subject.occasions[0].observations {
      let h = 100 / phi[0] * Foundation.exp(-phi[1] * observation.time)
      let residual = (observation.value - h) / h
      sum -= Foundation.log(abs(h)) + 0.5 * residual * residual / parameters.sigma2
    }
    for j in 0..<2 { sum -= 0.5 * (phi[j] - mean[j]) * (phi[j] - mean[j]) / omega[j, j] }
    return sum
  }

  @Test("the modes that a fit reports are where the density of the class is highest")
  func reportedModes() throws {
    let dataset = Self.dataset
    let fit = try serialFit(Self.model, dataset, .exact(256), from: Self.parameters)
    for (i, subject) in dataset.subjects.enumerated() {
      let posterior = fit.posteriors[i]
      let k = posterior.membership[0] >= posterior.membership[1] ? 0 : 1
      let mode = Array(fit.modes[2 * i..<2 * i + 2])
      let covariance = posterior.covariance(k)
      let errors = (0..<2).map { covariance[$0, $0].squareRoot() }
      func density(_ a: Double, _ b: Double) -> Double {
        Self.logDensity(
          subject, [mode[0] + a * errors[0], mode[1] + b * errors[1]], component: k, fit.estimates)
      }
      // In standard deviations a Newton step from there is nothing.
      let h = 1e-3
      let slopes = [
        (density(h, 0) - density(-h, 0)) / (2 * h), (density(0, h) - density(0, -h)) / (2 * h),
      ]
      for slope in slopes { #expect(abs(slope) < 1e-3, "subject \(i + 1): \(slope)") }
    }
  }
}

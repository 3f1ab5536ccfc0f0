import NumericKernels
import PopulationModel

/// Envelopes for subjects without previous conditional moments: the mode of the conditional density of φ given component k,
/// with the curvature there (Gauss–Newton).
///
/// W07 is silent about the first iteration. With a normal volume and proportional error p(Y|θ) has a plateau just below
/// V = 0, into which an uncapped step falls; so steps are capped in units of the prior, and the best of the modes reached
/// from all components' means is kept.
final class ModeSearch {
  private static let stepLimit = 40
  /// Largest step in standard deviations of the prior.
  private static let stepCap = 3.0
  /// Step of the central differences in standard deviations of the prior.
  private static let differenceStep = 1e-4

  private let kernel: LikelihoodKernel
  private let p: Int

  init(kernel: LikelihoodKernel) {
    self.kernel = kernel
    p = kernel.model.effectCount
  }

  /// Vectors that the kernel must have room for.
  static func requiredCapacity(effectCount: Int) -> Int { (2 * effectCount + 8) / 8 }

  /// The mode of p(Y_i | g(φ)) N(φ; μ_k, Σ_k) and a covariance from the curvature there.
  /// - Returns: the prior's mean and covariance if no point of the search has a finite density.
  func envelope(
    _ program: borrowing EventProgram, component k: Int, densities: [ComponentDensity],
    covariance: SymmetricMatrix, residualVariance: Double, inflation: Double
  ) -> Envelope {
    let density = densities[k]
    let precision = density.factor.inverse
    var best: (value: Double, point: [Double])?
    for start in densities {
      let reached = climb(
        program, from: start.mean, density: density, precision: precision,
        scale: covariance.diagonal.map { $0.squareRoot() }, residualVariance: residualVariance)
      if let reached, reached.value > best?.value ?? -.infinity { best = reached }
    }
    if let best {
      let curvature = evaluate(
        program, at: best.point, density: density, precision: precision,
        scale: covariance.diagonal.map { $0.squareRoot() }, residualVariance: residualVariance
      )?.curvature
      if let curvature, let factor = CholeskyFactor(curvature),
        let envelope = Envelope(
          mean: best.point, covariance: factor.inverse, inflation: inflation)
      {
        return envelope
      }
    }
    return Envelope(mean: density.mean, covariance: covariance, inflation: 1)!
  }

  /// Capped Gauss–Newton steps with a line search over eight step lengths at once.
  private func climb(
    _ program: borrowing EventProgram, from start: [Double], density: ComponentDensity,
    precision: SymmetricMatrix, scale: [Double], residualVariance: Double
  ) -> (value: Double, point: [Double])? {
    var point = start
    var value = -Double.infinity
    for _ in 0..<Self.stepLimit {
      guard
        let here = evaluate(
          program, at: point, density: density, precision: precision, scale: scale,
          residualVariance: residualVariance)
      else { return value.isFinite ? (value, point) : nil }
      value = here.value
      guard let factor = CholeskyFactor(here.curvature) else { break }
      var step = factor.solve(here.gradient)
      let length = density.factor.whiten(step).reduce(0) { $0 + $1 * $1 }.squareRoot()
      if length > Self.stepCap { step = step.map { $0 * Self.stepCap / length } }
      guard length.isFinite,
        let next = lineSearch(
          program, from: point, along: step, above: value, density: density,
          residualVariance: residualVariance)
      else { break }
      point = next.point
      let gain = next.value - value
      value = next.value
      if gain < 1e-7 { break }
    }
    return value.isFinite ? (value, point) : nil
  }

  /// The best of the points at 1, ½, … 2⁻⁷ of the step, if it is better than the start.
  private func lineSearch(
    _ program: borrowing EventProgram, from point: [Double], along step: [Double],
    above value: Double, density: ComponentDensity, residualVariance: Double
  ) -> (value: Double, point: [Double])? {
    let lengths = Lanes(1, 0.5, 0.25, 0.125, 0x1p-4, 0x1p-5, 0x1p-6, 0x1p-7)
    for j in 0..<p { kernel.effects[j] = point[j] + step[j] * lengths }
    kernel.evaluate(program, count: 1, residualVariance: residualVariance)
    var best: (value: Double, point: [Double])?
    for lane in 0..<8 where kernel.logLikelihood[0][lane] > LikelihoodKernel.outside {
      let candidate = (0..<p).map { kernel.effects[$0][lane] }
      let reached = kernel.logLikelihood[0][lane] + density.logDensity(candidate)
      if reached > best?.value ?? value { best = (reached, candidate) }
    }
    return best
  }

  /// log density, its gradient by central differences, and the Gauss–Newton approximation of minus its second derivative:
  /// Σ⁻¹ + Σ_j J_j J_jᵀ ω_j with the Fisher information ω of an observation about its prediction.
  private func evaluate(
    _ program: borrowing EventProgram, at point: [Double], density: ComponentDensity,
    precision: SymmetricMatrix, scale: [Double], residualVariance: Double
  ) -> (value: Double, gradient: [Double], curvature: SymmetricMatrix)? {
    // Sample 0 is the point, 1 + 2j and 2 + 2j its neighbours in direction j.
    let count = Self.requiredCapacity(effectCount: p)
    func place(_ sample: Int) -> (vector: Int, lane: Int) { (sample / 8, sample % 8) }
    let steps = (0..<p).map { max(scale[$0], abs(point[$0]) * 1e-6) * Self.differenceStep }
    for j in 0..<p {
      for v in 0..<count { kernel.effects[j * count + v] = Lanes.all(point[j]) }
      for (side, sign) in [(1, 1.0), (2, -1.0)] {
        let (v, lane) = place(2 * j + side)
        kernel.effects[j * count + v][lane] = point[j] + sign * steps[j]
      }
    }
    kernel.evaluate(program, count: count, residualVariance: residualVariance)
    func logLikelihood(_ sample: Int) -> Double {
      kernel.logLikelihood[place(sample).vector][place(sample).lane]
    }
    let centre = logLikelihood(0)
    guard centre > LikelihoodKernel.outside else { return nil }
    let distance = zip(point, density.mean).map { $0 - $1 }
    var gradient = density.factor.solve(distance).map { -$0 }
    var jacobian = [[Double]](repeating: [], count: p)
    let observations = program.observed.count
    func prediction(_ observation: Int, _ sample: Int) -> Double {
      kernel.predictions[observation * count + place(sample).vector][place(sample).lane]
    }
    for j in 0..<p {
      let ahead = logLikelihood(2 * j + 1)
      let behind = logLikelihood(2 * j + 2)
      guard ahead > LikelihoodKernel.outside, behind > LikelihoodKernel.outside else { return nil }
      gradient[j] += (ahead - behind) / (2 * steps[j])
      jacobian[j] = (0..<observations).map {
        (prediction($0, 2 * j + 1) - prediction($0, 2 * j + 2)) / (2 * steps[j])
      }
    }
    var curvature = precision
    for observation in 0..<observations {
      let h = prediction(observation, 0)
      let information =
        switch kernel.model.residual {
        case .additive: 1 / residualVariance
        case .proportional: (1 / residualVariance + 2) / (h * h)
        }
      for i in 0..<p {
        for j in 0...i {
          curvature[i, j] += information * jacobian[i][observation] * jacobian[j][observation]
        }
      }
    }
    return (centre + density.logDensity(point), gradient, curvature)
  }
}

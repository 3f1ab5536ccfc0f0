import KernelInterface
import NumericKernels
import PopulationModel

/// Envelopes for subjects without previous conditional moments: the mode of the conditional density of φ given component k,
/// with the curvature there (Gauss–Newton).
///
/// W07 is silent about the first iteration. With a normal volume and proportional error p(Y|θ) has a plateau just below
/// V = 0, into which an uncapped step falls; so steps are capped in units of the prior, the climb begins at the best of all
/// components' means, and where neither that explains the data better than no prediction at all nor the mode as well as chance
/// allows, a climb begins at each of them and the best mode is kept.
///
/// The class owns its memory; nothing is allocated while it works.
final class ModeSearch {
  private static let stepLimit = 40
  /// Largest step in standard deviations of the prior.
  private static let stepCap = 3.0
  /// Step of the central differences in standard deviations of the prior.
  private static let differenceStep = 1e-4
  /// The gain in log density, as the curvature foretells it, that is worth another step: little is needed of a mode that explains the
  /// data, as envelopes are renewed from moments anyway; but a small gain may also be a plateau.
  private static let smallGain = 0.01
  private static let leastGain = 1e-5

  private let kernel: any SubjectKernel
  private let programs: UnsafePointer<SubjectProgram>
  private let isProportional: Bool
  private let p: Int
  private let packed: Int
  /// Vectors of the points of the differences.
  private let stencil: Int
  private let memory: UnsafeMutablePointer<Double>
  private let point: UnsafeMutablePointer<Double>
  private let trial: UnsafeMutablePointer<Double>
  private let best: UnsafeMutablePointer<Double>
  private let step: UnsafeMutablePointer<Double>
  private let gradient: UnsafeMutablePointer<Double>
  private let curvature: UnsafeMutablePointer<Double>
  private let scratch: UnsafeMutablePointer<Double>
  private let scratch2: UnsafeMutablePointer<Double>
  private let jacobian: UnsafeMutablePointer<Double>
  /// The factor of the curvature at `best`.
  private let bestCurvature: UnsafeMutablePointer<Double>
  /// Squared residuals at the point of the last `differentiate`.
  private var squares = 0.0

  init(kernel: any SubjectKernel, programs owner: SubjectPrograms) {
    self.kernel = kernel
    programs = owner.programs
    isProportional = owner.kernelModel.isProportional
    p = owner.model.effectCount
    packed = SymmetricMatrix.elementCount(p)
    stencil = Self.requiredCapacity(
      effectCount: p, componentCount: owner.model.componentCount, isStencil: true)
    let sizes = [p, p, p, p, p, packed, packed, packed, p, packed]
    memory = .allocate(capacity: sizes.reduce(0, +))
    memory.initialize(repeating: 0, count: sizes.reduce(0, +))
    var next = memory
    func take(_ count: Int) -> UnsafeMutablePointer<Double> {
      defer { next += count }
      return next
    }
    point = take(p)
    trial = take(p)
    best = take(p)
    step = take(p)
    gradient = take(p)
    curvature = take(packed)
    scratch = take(packed)
    scratch2 = take(packed)
    jacobian = take(p)
    bestCurvature = take(packed)
  }

  deinit { memory.deallocate() }

  /// Vectors that the kernel must have room for.
  static func requiredCapacity(effectCount: Int, componentCount: Int, isStencil: Bool = false)
    -> Int
  {
    let differences = (2 * effectCount + 8) / 8
    return isStencil ? differences : max(differences, (componentCount + 7) / 8)
  }

  /// Finds the mode of p(Y_i | g(φ)) N(φ; μ_k, Σ_k) and the curvature there.
  /// - Parameters:
  ///   - inflation: factor on the covariance.
  ///   - mean: where the mode goes, element i at `8 * i`.
  ///   - factor: where L goes with LLᵀ = inflation × the inverse curvature, likewise.
  /// - Returns: log p(Y_i | g(φ)) − ½(φ − μ_k)ᵀΣ_k⁻¹(φ − μ_k) at the mode, without the terms that `SubjectKernel.evaluate`
  ///   leaves out. `nil`: no point of the search has a finite density, and the envelope is the prior.
  func place(
    _ subject: Int, component k: Int, densities: ComponentDensities, inflation: Double,
    mean: UnsafeMutablePointer<Double>, factor: UnsafeMutablePointer<Double>
  ) -> Double? {
    let halfPrecision = 0.5 / densities.residualVariance
    let (first, isGood) = bestStart(
      subject, k, densities: densities, halfPrecision: halfPrecision)
    var reached: Double?
    func climbs(from start: UnsafePointer<Double>, smallGain: Double) {
      point.update(from: start, count: p)
      let value = climb(
        subject, k, densities: densities, halfPrecision: halfPrecision, smallGain: smallGain)
      guard let value, value > reached ?? -.infinity else { return }
      reached = value
      best.update(from: point, count: p)
      bestCurvature.update(from: curvature, count: packed)
    }
    climbs(from: densities.mean + first * p, smallGain: Self.smallGain)
    if !isGood || !explains(subject, k, densities: densities, halfPrecision: halfPrecision) {
      trial.update(from: point, count: p)
      climbs(from: trial, smallGain: Self.leastGain)
      for start in 0..<densities.componentCount where start != first {
        climbs(from: densities.mean + start * p, smallGain: Self.leastGain)
      }
    }
    if let reached {
      CholeskyFactor.invert(bestCurvature, dimension: p, inverse: scratch, product: scratch2)
      for e in 0..<packed { scratch2[e] *= inflation }
      if CholeskyFactor.factor(scratch2, dimension: p) {
        for i in 0..<p { mean[8 * i] = best[i] }
        for e in 0..<packed { factor[8 * e] = scratch2[e] }
        return reached
      }
    }
    for i in 0..<p { mean[8 * i] = densities.mean[k * p + i] }
    for e in 0..<packed { factor[8 * e] = densities.factor[k * packed + e] }
    return nil
  }

  /// Whether residuals and random effects at `point` are no larger than chance allows: a component that does not suit the subject may
  /// have several modes.
  private func explains(
    _ subject: Int, _ k: Int, densities: ComponentDensities, halfPrecision: Double
  ) -> Bool {
    let deviance = 2 * halfPrecision * squares - 2 * densities.exponent(k, at: point)
    let expected = Double(programs[subject].observationCount + p)
    return deviance < expected + 4 * (2 * expected).squareRoot()
  }

  /// The start with the highest density, and whether its predictions are better than none: squared residuals below those of
  /// predictions of 0, or of ∞ under proportional error.
  private func bestStart(
    _ subject: Int, _ k: Int, densities: ComponentDensities, halfPrecision: Double
  ) -> (place: Int, isGood: Bool) {
    let count = densities.componentCount
    let vectors = (count + 7) / 8
    for j in 0..<p {
      for s in 0..<8 * vectors {
        kernel.points[j * vectors + s / 8][s % 8] = densities.mean[min(s, count - 1) * p + j]
      }
    }
    kernel.evaluate(subject, count: vectors, halfPrecision: halfPrecision)
    var place = 0
    var value = -Double.infinity
    for s in 0..<count {
      let here =
        kernel.logLikelihoods[s / 8][s % 8] + densities.exponent(k, at: densities.mean + s * p)
      if here > value { (place, value) = (s, here) }
    }
    let program = programs[subject]
    var nothing = Double(program.observationCount)
    if !isProportional {
      nothing = 0
      for j in 0..<program.observationCount {
        nothing += program.observed[j] * program.observed[j]
      }
    }
    return (place, kernel.squares[place / 8][place % 8] < nothing)
  }

  /// Capped Gauss–Newton steps from `point`, which moves; where a whole step does not gain, eight shorter ones are tried at once.
  /// `curvature` holds its factor at the point in the end.
  /// - Returns: the value reached, `nil` if the start has no density or the curvature there is not positive definite.
  private func climb(
    _ subject: Int, _ k: Int, densities: ComponentDensities, halfPrecision: Double,
    smallGain: Double
  ) -> Double? {
    func differentiate() -> Double? {
      guard
        let value = self.differentiate(
          subject, k, densities: densities, halfPrecision: halfPrecision),
        CholeskyFactor.factor(curvature, dimension: p)
      else { return nil }
      return value
    }
    guard var value = differentiate() else { return nil }
    for _ in 0..<Self.stepLimit {
      step.update(from: gradient, count: p)
      CholeskyFactor.solve(curvature, dimension: p, step)
      var gain = 0.0
      for i in 0..<p { gain += 0.5 * gradient[i] * step[i] }
      guard gain.isFinite, gain > smallGain else { break }
      shorten(densities.inverseFactor + k * packed)
      trial.update(from: point, count: p)
      for i in 0..<p { point[i] += step[i] }
      if let next = differentiate(), next > value {
        value = next
        continue
      }
      // `trial` is where it came from.
      if searchLine(subject, k, above: value, densities: densities, halfPrecision: halfPrecision),
        let next = differentiate()
      {
        value = next
        continue
      }
      point.update(from: trial, count: p)
      return differentiate()
    }
    return value
  }

  /// Caps the step's length in the prior's standardised variable.
  private func shorten(_ inverseFactor: UnsafePointer<Double>) {
    var square = 0.0
    for i in 0..<p {
      var u = 0.0
      for j in 0...i { u += inverseFactor[SymmetricMatrix.index(i, j)] * step[j] }
      square += u * u
    }
    let length = square.squareRoot()
    guard length > Self.stepCap else { return }
    for i in 0..<p { step[i] *= Self.stepCap / length }
  }

  /// Moves `point` to the best of ½, ¼, … 2⁻⁸ of the step from `trial`.
  private func searchLine(
    _ subject: Int, _ k: Int, above value: Double, densities: ComponentDensities,
    halfPrecision: Double
  ) -> Bool {
    let lengths = Lanes(0.5, 0.25, 0.125, 0x1p-4, 0x1p-5, 0x1p-6, 0x1p-7, 0x1p-8)
    for j in 0..<p { kernel.points[j] = trial[j] + step[j] * lengths }
    kernel.evaluate(subject, count: 1, halfPrecision: halfPrecision)
    var highest = value
    var found = false
    for lane in 0..<8 {
      for j in 0..<p { jacobian[j] = trial[j] + step[j] * lengths[lane] }
      let here = kernel.logLikelihoods[0][lane] + densities.exponent(k, at: jacobian)
      if here > highest {
        (highest, found) = (here, true)
        point.update(from: jacobian, count: p)
      }
    }
    return found
  }

  /// The log density at `point`, with its gradient by central differences and minus the Gauss–Newton approximation of its second
  /// derivative: Σ⁻¹ + Σ_j J_j J_jᵀ ω_j with the Fisher information ω of an observation about its prediction.
  /// - Returns: `nil` if it is outside the model's domain.
  private func differentiate(
    _ subject: Int, _ k: Int, densities: ComponentDensities, halfPrecision: Double
  ) -> Double? {
    // Sample 0 is the point, 1 + 2j and 2 + 2j its neighbours in direction j.
    let width = stencil
    for j in 0..<p {
      for v in 0..<width { kernel.points[j * width + v] = Lanes.all(point[j]) }
    }
    for j in 0..<p {
      let distance = difference(j, k, densities)
      kernel.points[j * width + (2 * j + 1) / 8][(2 * j + 1) % 8] += distance
      kernel.points[j * width + (2 * j + 2) / 8][(2 * j + 2) % 8] -= distance
    }
    kernel.evaluate(subject, count: width, halfPrecision: halfPrecision)
    let logLikelihoods = UnsafeRawPointer(kernel.logLikelihoods).assumingMemoryBound(
      to: Double.self)
    let centre = logLikelihoods[0]
    squares = kernel.squares[0][0]
    guard centre > outsideDomain else { return nil }
    let precision = densities.precision + k * packed
    curvature.update(from: precision, count: packed)
    for i in 0..<p {
      let ahead = logLikelihoods[2 * i + 1]
      let behind = logLikelihoods[2 * i + 2]
      guard ahead > outsideDomain, behind > outsideDomain else { return nil }
      var slope = (ahead - behind) / (2 * difference(i, k, densities))
      for j in 0..<p {
        let place = i >= j ? SymmetricMatrix.index(i, j) : SymmetricMatrix.index(j, i)
        slope -= precision[place] * (point[j] - densities.mean[k * p + j])
      }
      gradient[i] = slope
    }
    let predictions = UnsafeRawPointer(kernel.predictions).assumingMemoryBound(to: Double.self)
    for observation in 0..<programs[subject].observationCount {
      let row = predictions + 8 * width * observation
      let h = row[0]
      let information =
        isProportional ? (2 * halfPrecision + 2) / (h * h) : 2 * halfPrecision
      for j in 0..<p {
        jacobian[j] = (row[2 * j + 1] - row[2 * j + 2]) / (2 * difference(j, k, densities))
      }
      for i in 0..<p {
        for j in 0...i {
          curvature[SymmetricMatrix.index(i, j)] += information * jacobian[i] * jacobian[j]
        }
      }
    }
    return centre + densities.exponent(k, at: point)
  }

  private func difference(_ j: Int, _ k: Int, _ densities: ComponentDensities) -> Double {
    max(densities.deviation[k * p + j], abs(point[j]) * 1e-6) * Self.differenceStep
  }
}

package import NumericKernels

/// Newton's method to a maximum, within a trust region: exact slopes, and for the curvature first
/// Σ_i s_i s_iᵀ (Berndt, Hall, Hall & Hausman, Ann Econ Soc Meas 3 (1974) 653–665), then what
/// differences of slopes add to it (BFGS, damped as by Powell 1978, so that the matrix stays
/// positive definite).
///
/// Steps are measured in standard errors by the curvature's diagonal, but no coordinate moves by
/// more than `largestStep`. A step that lowers the objective is taken back, and the region shrinks.
/// Coordinates that are held do not move.
package struct NewtonSearch: Sendable, Codable {
  package struct Decision: Sendable {
    /// The point to evaluate next; `nil` if no step raises the objective, so that something else
    /// has to be done.
    package let next: [Double]?
    /// Whether the point at hand is worse than the last accepted one, from which `next` is another
    /// step.
    package let isRejected: Bool
    /// How far the maximum is: the lesser of the largest coordinate of Newton's step and, where the
    /// curvature determines all directions, its length in standard errors. ∞ for a rejected point.
    package let distance: Double
  }

  private struct Accepted: Sendable, Codable {
    let point: [Double]
    let objective: Double
    let gradient: [Double]
  }

  /// Objectives that differ by less than this, relatively, are taken as equal.
  private static let rounding = 1e-13
  /// Rejections after which the method gives up.
  private static let patience = 8
  private static let largestRadius = 16.0

  private let largestStep: Double
  private var curvature: SymmetricMatrix?
  private var accepted: Accepted?
  private var radius = 2.0
  private var step: (gain: Double, length: Double)? {
    get { stepGain.map { ($0, stepLength) } }
    set { (stepGain, stepLength) = (newValue?.gain, newValue?.length ?? 0) }
  }
  private var stepGain: Double?
  private var stepLength = 0.0
  private var rejections = 0
  private var isHeld: [Bool] = []

  /// - Parameter largestStep: in the units of the coordinates.
  package init(largestStep: Double = 1) { self.largestStep = largestStep }

  /// Whether it can work on a space of this dimension, as what was read from a file may not.
  func isConsistent(dimension count: Int) -> Bool {
    largestStep > 0 && radius > 0 && radius <= Self.largestRadius
      && (0...Self.patience).contains(rejections) && [0, count].contains(isHeld.count)
      && curvature.map { $0.dimension == count } ?? true
      && accepted.map { $0.point.count == count && $0.gradient.count == count } ?? true
  }

  /// Whether the next evaluation has to bring the information.
  package var needsInformation: Bool { curvature == nil }

  /// The slope at the last accepted point.
  package var gradient: [Double]? { accepted?.gradient }
  /// The diagonal of the curvature.
  package var curvatures: [Double]? { curvature?.diagonal }

  /// Forgets all but the size of steps; the objective is another function.
  package mutating func restart() {
    curvature = nil
    radius = 2
    rebase()
  }

  /// Takes the next point as it is, because the objective is a slightly different function from now
  /// on.
  package mutating func rebase() {
    accepted = nil
    step = nil
    rejections = 0
  }

  /// Takes note of objective and slope at the point that was given out last.
  /// - Parameters:
  ///   - information: Σ_i s_i s_iᵀ; needed where `needsInformation`.
  ///   - isHeld: the coordinates that do not move.
  package mutating func advance(
    point: [Double], objective: Double, gradient: [Double], information: SymmetricMatrix?,
    isHeld: [Bool]
  ) -> Decision {
    self.isHeld = isHeld
    if let information, curvature == nil { curvature = information }
    let isFinite = objective.isFinite && gradient.allSatisfy(\.isFinite)
    if let accepted {
      let least = accepted.objective - Self.rounding * max(1, abs(accepted.objective))
      if !isFinite || objective < least {
        if isFinite { update(from: accepted, to: point, gradient) }
        return reject()
      }
      update(from: accepted, to: point, gradient)
      judge(objective - accepted.objective)
    }
    guard isFinite, curvature != nil else {
      return Decision(next: nil, isRejected: false, distance: .infinity)
    }
    rejections = 0
    accepted = Accepted(point: point, objective: objective, gradient: gradient)
    return Decision(next: nextPoint(), isRejected: false, distance: distance())
  }

  /// Takes note that the point that was given out last cannot be evaluated, or is worse than that
  /// before.
  package mutating func reject() -> Decision {
    rejections += 1
    guard accepted != nil, rejections < Self.patience else {
      return Decision(next: nil, isRejected: true, distance: .infinity)
    }
    radius = 0.25 * min(radius, max(stepLength, 1e-12))
    return Decision(next: nextPoint(), isRejected: true, distance: .infinity)
  }

  /// What the model still promises.
  package var remainingGain: Double? {
    region().map { 0.5 * $0.decrement * $0.decrement }
  }

  private mutating func judge(_ gain: Double) {
    guard let step, step.gain > 0 else { return }
    let ratio = gain / step.gain
    if ratio < 0.25 {
      radius = max(0.5 * min(radius, step.length), 1e-8)
    } else if ratio > 0.75, step.length > 0.8 * radius {
      radius = min(2 * radius, Self.largestRadius)
    }
  }

  /// Powell's damped update of B by the step s and the change −y of the slope, over the coordinates
  /// that are not held.
  private mutating func update(from last: Accepted, to point: [Double], _ gradient: [Double]) {
    guard var matrix = curvature else { return }
    let free = free
    let s = free.map { point[$0] - last.point[$0] }
    var y = free.map { last.gradient[$0] - gradient[$0] }
    let bs = free.indices.map { i in
      free.indices.reduce(0) { $0 + matrix[free[i], free[$1]] * s[$1] }
    }
    let sbs = zip(s, bs).reduce(0) { $0 + $1.0 * $1.1 }
    var sy = zip(s, y).reduce(0) { $0 + $1.0 * $1.1 }
    guard sbs > 0, sbs.isFinite, sy.isFinite else { return }
    if sy < 0.2 * sbs {
      let theta = 0.8 * sbs / (sbs - sy)
      for i in y.indices { y[i] = theta * y[i] + (1 - theta) * bs[i] }
      sy = 0.2 * sbs
    }
    for i in free.indices {
      for j in 0...i {
        matrix[free[i], free[j]] += y[i] * y[j] / sy - bs[i] * bs[j] / sbs
      }
    }
    if matrix.elements.allSatisfy(\.isFinite) { curvature = matrix }
  }

  private var free: [Int] { isHeld.indices.filter { !isHeld[$0] } }

  /// The model at the accepted point.
  private func region() -> TrustRegion? {
    guard let accepted, let curvature else { return nil }
    let free = free
    var matrix = SymmetricMatrix(dimension: free.count)
    for i in free.indices { for j in 0...i { matrix[i, j] = curvature[free[i], free[j]] } }
    let units = matrix.diagonal.map { max(max(0, $0).squareRoot(), radius / largestStep) }
    return TrustRegion(
      gradient: free.map { accepted.gradient[$0] }, curvature: matrix, units: units)
  }

  private mutating func nextPoint() -> [Double]? {
    guard let accepted else { return nil }
    guard let region = region() else { return free.isEmpty ? accepted.point : nil }
    let (step, gain, length) = region.step(within: radius)
    self.step = (gain, length)
    var next = accepted.point
    for (place, change) in zip(free, step) { next[place] += change }
    return next.allSatisfy(\.isFinite) ? next : nil
  }

  private func distance() -> Double {
    guard !free.isEmpty else { return 0 }
    guard let region = region() else { return .infinity }
    var largest = 0.0
    for change in region.newtonStep { largest = max(largest, abs(change)) }
    guard region.isRegular else { return largest }
    return min(largest, region.decrement)
  }
}

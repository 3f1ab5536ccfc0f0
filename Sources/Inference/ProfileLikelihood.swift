import DataPartition
import Estimation
import MessagePassing
import NumericKernels
import PopulationModel

/// A function of the parameters whose profile likelihood is looked for, on the scale where it is
/// nearly linear in the coordinates.
struct ProfiledQuantity {
  let name: String
  let scale: IntervalScale
  /// q: log L falls by q²/2 at the ends.
  let quantile: Double
  let value: (PopulationParameters) -> Double
}

/// log L of a data set and its largest values under one constraint, on nodes of its own: those of
/// the fit go on to be what they are. With a prior log p(ϕ) is added to log L everywhere, so that
/// profiles are those of the posterior.
///
/// Steps are those of Newton's method for max log L(x) subject to c(x) = t on the coordinates of
/// `WorkingScale`,
///
///     d = W(g + λa),  λ = (t − c − aᵀWg)/(aᵀWa)
///
/// with the score g, the constraint's gradient a, and W, which begins as the inverse of the
/// information at the estimates and follows the curvature by the formula of Broyden, Fletcher,
/// Goldfarb and Shanno. Collective: all ranks do the same.
final class ProfileLikelihood {
  /// A point of a profile.
  struct Point {
    var x: [Double]
    var parameters: PopulationParameters
    /// With a prior log L + log p(ϕ).
    var logLikelihood: Double
    var score: [Double]
  }

  let free: FreeParameters
  private let likelihood: ScoredLikelihood
  private let scale: WorkingScale
  private let template: PopulationParameters
  /// The inverse of the information at the maximum.
  private let inverseInformation: [[Double]]
  private(set) var maximum: Point

  /// - Parameters:
  ///   - fit: whose estimates are where the maximum is looked for; `nil` comes back if its
  ///     covariance is not known.
  ///   - share: the rank's subjects.
  ///   - control: is asked before each sum over the ranks whether to stop.
  /// - Throws: `ScoredLikelihood.Stopped`, `CommunicationError`.
  init?(
    _ fit: FitResult, share: DatasetShare, communicator: any Communicator,
    control: (any FitControl)?
  ) throws {
    guard let covariance = fit.covariance.observed ?? fit.covariance.covariance else { return nil }
    free = fit.free
    likelihood = ScoredLikelihood(
      of: fit, share: share, communicator: communicator, control: control)
    scale = WorkingScale(model: fit.model, reference: fit.scaleReference)
    template = fit.estimates
    let x = scale.coordinates(of: fit.estimates)
    guard x.allSatisfy(\.isFinite), x.count == free.count else { return nil }
    maximum = Point(
      x: x, parameters: fit.estimates, logLikelihood: -.infinity, score: x.map { _ in 0 })
    inverseInformation = Self.inverse(covariance, free, scale, x, template)
    for source in [ExpectationStep.EnvelopeSource.modes, .previousMoments, .previousMoments] {
      guard try evaluate(x, envelopes: source) != nil else { return nil }
    }
    guard let begin = try evaluate(x, envelopes: .unchanged),
      let best = try maximize(nil, at: 0, from: begin), best.isConverged
    else { return nil }
    maximum = best.point
    likelihood.keepEnvelopes()
  }

  /// The envelopes are those of the maximum again, so that no search depends on another one.
  func begin() { likelihood.restoreEnvelopes() }

  /// Standard error of a quantity on its scale at the maximum, and the direction in which the
  /// coordinates follow it.
  func slope(of quantity: ProfiledQuantity) -> (standardError: Double, direction: [Double])? {
    guard let a = gradient(of: quantity, at: maximum.x) else { return nil }
    let wa = inverseInformation.map { dot($0, a) }
    let variance = dot(a, wa)
    guard variance > 0, variance.isFinite else { return nil }
    return (variance.squareRoot(), wa.map { $0 / variance })
  }

  /// A quantity's value on its scale.
  func coordinate(_ quantity: ProfiledQuantity, at parameters: PopulationParameters) -> Double {
    quantity.scale.coordinate(of: quantity.value(parameters))
  }

  /// The largest log L where a quantity has a value on its scale, from coordinates near it;
  /// envelopes are made anew first.
  /// - Returns: `nil` if there is none to be found.
  func maximize(_ quantity: ProfiledQuantity, at t: Double, near x: [Double]) throws -> Point? {
    var x = x
    // Envelopes follow the moments that the ones before have found, which can be wrong far away
    // from where those were made.
    var before = -Double.infinity
    for _ in 0..<Self.renewalLimit {
      guard try evaluate(x, envelopes: .previousMoments) != nil,
        let begin = try evaluate(x, envelopes: .unchanged),
        let best = try maximize(quantity, at: t, from: begin)
      else { return nil }
      let value = best.point.logLikelihood
      if best.isConverged, best.moved < Self.nearby, abs(value - before) < Self.sameValue {
        return best.point
      }
      before = value
      x = best.point.x
    }
    return nil
  }

  private static let iterationLimit = 60
  private static let renewalLimit = 25
  /// A difference of log L of new envelopes from that of those before that is as good as none.
  private static let sameValue = 2e-3
  /// In standard errors: nodes whose envelopes were made no farther away are as good as new, and
  /// beyond the second they are not to be trusted, as where a variance goes to 0 between them.
  private static let nearby = 0.2
  private static let far = 0.6

  /// Newton's method from a point, on nodes that stay.
  /// - Parameter quantity: `nil`: without a constraint.
  /// - Returns: the maximum, or a point on the way to it so far away that envelopes should be made
  ///   anew, and the way in standard errors.
  private func maximize(_ quantity: ProfiledQuantity?, at t: Double, from begin: Point) throws
    -> (point: Point, moved: Double, isConverged: Bool)?
  {
    var point = begin
    var w = inverseInformation
    var moved = 0.0
    let none = begin.x.map { _ in 0.0 }
    for _ in 0..<Self.iterationLimit {
      let a: [Double]
      var gap = 0.0
      if let quantity {
        guard let gradient = gradient(of: quantity, at: point.x) else { return nil }
        a = gradient
        gap = t - coordinate(quantity, at: point.parameters)
      } else {
        a = none
      }
      let wg = w.map { dot($0, point.score) }
      let wa = w.map { dot($0, a) }
      let spread = dot(a, wa)
      let lambda = quantity == nil ? 0 : (gap - dot(a, wg)) / spread
      guard lambda.isFinite else { return nil }
      var step = zip(wg, wa).map { $0 + lambda * $1 }
      let residual = zip(point.score, a).map { $0 + lambda * $1 }
      let size = max(0, dot(step, residual)).squareRoot()
      guard size.isFinite else { return nil }
      if size < 1e-3 { return (point, moved, true) }
      if moved > Self.far { return (point, moved, false) }
      if size > 2 { step = step.map { $0 * 2 / size } }
      let penalty = 2 * abs(lambda)
      let merit = point.logLikelihood - penalty * abs(gap)
      var length = 1.0
      var next: Point?
      while length > 1e-3 {
        let x = zip(point.x, step).map { $0 + length * $1 }
        if let trial = try evaluate(x, envelopes: .unchanged) {
          let newGap = quantity.map { t - coordinate($0, at: trial.parameters) } ?? 0
          if trial.logLikelihood - penalty * abs(newGap) > merit - 1e-9 * max(1, abs(merit)) {
            next = trial
            break
          }
        }
        length *= 0.5
      }
      // Rounding leaves nothing to gain any more.
      guard let next else {
        return size < 0.03 ? (point, moved, true) : moved > 0 ? (point, moved, false) : nil
      }
      moved += length * min(size, 2)
      let newGradient = quantity.flatMap { gradient(of: $0, at: next.x) } ?? none
      let s = zip(next.x, point.x).map { $0 - $1 }
      let y = none.indices.map {
        residual[$0] - (next.score[$0] + lambda * newGradient[$0])
      }
      Self.update(&w, s, y)
      point = next
    }
    return nil
  }

  /// log L and its score at coordinates; `nil` where there is no such population or a subject's
  /// likelihood is 0.
  private func evaluate(_ x: [Double], envelopes: ExpectationStep.EnvelopeSource) throws -> Point? {
    // All ranks see the same coordinates, so that they turn back together.
    guard let parameters = scale.parameters(at: x, like: template),
      let found = try likelihood.evaluate(at: parameters, envelopes: envelopes),
      let score = Self.score(found.score, free, scale, x, template)
    else { return nil }
    return Point(x: x, parameters: parameters, logLikelihood: found.logLikelihood, score: score)
  }

  /// ∂c/∂x by central differences.
  private func gradient(of quantity: ProfiledQuantity, at x: [Double]) -> [Double]? {
    var result = x
    for j in x.indices {
      guard let slope = Self.difference(scale, x, j, template, { coordinate(quantity, at: $0) })
      else { return nil }
      result[j] = slope
    }
    return result
  }

  private static func difference(
    _ scale: WorkingScale, _ x: [Double], _ j: Int, _ template: PopulationParameters,
    _ value: (PopulationParameters) -> Double
  ) -> Double? {
    let step = 1e-5
    var moved = x
    moved[j] = x[j] + step
    guard let ahead = scale.parameters(at: moved, like: template) else { return nil }
    moved[j] = x[j] - step
    guard let behind = scale.parameters(at: moved, like: template) else { return nil }
    let slope = (value(ahead) - value(behind)) / (2 * step)
    return slope.isFinite ? slope : nil
  }

  /// The score by the coordinates: Jᵀ times that by the free parameters, J = ∂ϕ/∂x.
  private static func score(
    _ natural: [Double], _ free: FreeParameters, _ scale: WorkingScale, _ x: [Double],
    _ template: PopulationParameters
  ) -> [Double]? {
    var result = x
    for j in x.indices {
      guard
        let slope = difference(
          scale, x, j, template, { dot(free.values(in: $0), natural) })
      else { return nil }
      result[j] = slope
    }
    return result
  }

  /// J⁻¹ Cov J⁻ᵀ with J⁻¹ = ∂x/∂ϕ.
  private static func inverse(
    _ covariance: SymmetricMatrix, _ free: FreeParameters, _ scale: WorkingScale, _ x: [Double],
    _ estimates: PopulationParameters
  ) -> [[Double]] {
    let values = free.values(in: estimates)
    let columns = free.list.indices.map { a -> [Double] in
      let step = 1e-5 * covariance[a, a].squareRoot()
      guard step > 0 else { return x.map { _ in 0 } }
      func coordinates(_ side: Double) -> [Double] {
        var moved = estimates
        free.set(free.list[a], to: values[a] + side * step, in: &moved)
        return scale.coordinates(of: moved)
      }
      return zip(coordinates(1), coordinates(-1)).map { ($0 - $1) / (2 * step) }
    }
    return x.indices.map { i in
      x.indices.map { j in
        var sum = 0.0
        for a in columns.indices {
          for b in columns.indices { sum += columns[a][i] * covariance[a, b] * columns[b][j] }
        }
        return sum
      }
    }
  }

  /// W ← (1 − ρsyᵀ)W(1 − ρysᵀ) + ρssᵀ with ρ = 1/sᵀy, where the curvature along s is positive.
  private static func update(_ w: inout [[Double]], _ s: [Double], _ y: [Double]) {
    let product = dot(s, y)
    let wy = w.map { dot($0, y) }
    guard product > 1e-6 * dot(y, wy), product.isFinite else { return }
    let rho = 1 / product
    let factor = rho * (1 + rho * dot(y, wy))
    for i in s.indices {
      for j in s.indices {
        w[i][j] += factor * s[i] * s[j] - rho * (wy[i] * s[j] + s[i] * wy[j])
      }
    }
  }
}

/// Σ a_i b_i
private func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { sum += a[i] * b[i] }
  return sum
}

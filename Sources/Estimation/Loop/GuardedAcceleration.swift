import NumericKernels
package import PopulationModel

/// EM with extrapolated steps, that goes back to EM's own step wherever its objective fell: log L,
/// or with a prior the log posterior.
///
/// A driver evaluates the objective and the plain EM step at the parameters at hand, and is told by
/// `advance` where to go next:
///
///     let decision = guarded.advance(at: parameters, objective: …, image: …)
///     if !decision.isRejected, decision.distance < tolerance { … }
///     parameters = decision.next
package struct GuardedAcceleration: Sendable, Codable {
  package struct Decision: Sendable {
    /// The parameters to evaluate next.
    package let next: PopulationParameters
    /// Whether the parameters at hand are worse than the last accepted ones; `next` is then EM's
    /// own step from there.
    package let isRejected: Bool
    /// Estimated distance to the fixed point, as the largest difference on the working scale: the
    /// larger of the estimates at the parameters at hand and at those accepted before, since one
    /// alone can be small by chance. ∞ where there are none.
    package let distance: Double
  }

  private struct Accepted: Sendable, Codable {
    let objective: Double
    let image: PopulationParameters
  }

  /// Objectives that differ by less than this, relatively, are taken as equal.
  private static let rounding = 1e-13

  private let scale: WorkingScale
  private var acceleration: AndersonAcceleration
  private var accepted: Accepted?
  private var lastDistance = Double.infinity
  /// Whether the parameters that were given out last are extrapolated, not a plain step of EM.
  package private(set) var isExtrapolated = false

  package init(
    scale: WorkingScale, acceleration: AndersonAcceleration = AndersonAcceleration()
  ) {
    self.scale = scale
    self.acceleration = acceleration
  }

  /// Whether it belongs to a fit on this scale, as what was read from a file may not.
  func isConsistent(_ scale: WorkingScale, _ isOwn: (PopulationParameters) -> Bool) -> Bool {
    self.scale == scale && acceleration.isConsistent(dimension: scale.count)
      && accepted.map { isOwn($0.image) } ?? true
  }

  /// Forgets all: the objective and the map are others. The next parameters are accepted as they
  /// are.
  package mutating func restart() {
    acceleration.restart()
    accepted = nil
    lastDistance = .infinity
    isExtrapolated = false
  }

  /// Takes the next parameters as they are, because the objective is a slightly different function
  /// from now on, as when nodes are renewed. What is known of EM's map is kept.
  package mutating func rebase() {
    acceleration.breakOff()
    accepted = nil
    lastDistance = .infinity
    isExtrapolated = false
  }

  /// Takes note of the objective and of the EM step at the parameters that were given out last.
  /// - Parameter image: the result of the M-step at `parameters`.
  package mutating func advance(
    at parameters: PopulationParameters, objective: Double, image: PopulationParameters
  ) -> Decision {
    if let accepted, !isAscent(from: accepted.objective, to: objective),
      let next = reject()
    {
      return Decision(next: next, isRejected: true, distance: .infinity)
    }
    accepted = Accepted(objective: objective, image: image)
    let x = scale.coordinates(of: parameters)
    let gx = scale.coordinates(of: image)
    let y = acceleration.next(point: x, image: gx)
    let distance = acceleration.distance == 0 ? 0 : max(acceleration.distance, lastDistance)
    lastDistance = acceleration.distance
    // EM's own steps stay what they are to the last bit.
    if y != gx, let next = scale.parameters(at: y, like: image) {
      isExtrapolated = true
      return Decision(next: next, isRejected: false, distance: distance)
    }
    isExtrapolated = false
    return Decision(next: image, isRejected: false, distance: distance)
  }

  /// Takes note that the parameters that were given out last cannot be evaluated, or are worse than
  /// those before.
  /// - Returns: EM's own step from the last accepted parameters; `nil` if that is what was given
  ///   out.
  package mutating func reject() -> PopulationParameters? {
    guard isExtrapolated, let accepted else { return nil }
    acceleration.forgetDirections()
    lastDistance = .infinity
    isExtrapolated = false
    return accepted.image
  }

  private func isAscent(from last: Double, to new: Double) -> Bool {
    new >= last - Self.rounding * max(1, abs(last))
  }
}

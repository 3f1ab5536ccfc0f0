/// When the envelopes follow the conditional moments, and when they stay.
///
/// A method renews them in every iteration, or until they have settled: twice after the first
/// iteration, and then they are kept, which makes EM a true ascent on a fixed sum over nodes that
/// can be accelerated; they are renewed when the parameters have gone far since, and near the fixed
/// point, until there is none left to speak of between the parameters that they were made for and
/// the fixed point.
package struct EnvelopeSchedule: Sendable, Codable {
  /// Renewals after the first iteration.
  private static let settlingRenewals = 2
  /// Distances on the working scale (standard deviations, relative for variances): beyond the first
  /// envelopes are renewed at once; below the second they are as good as new.
  private static let far = 0.5
  private static let near = 0.01
  private static let renewalLimit = 20

  private let method: EstimationMethod
  /// What the next E-step does.
  package private(set) var source = ExpectationStep.EnvelopeSource.modes
  private var renewals = 0

  package init(method: EstimationMethod) { self.method = method }

  /// Whether it is one of this method, as what was read from a file may not be.
  func isConsistent(_ method: EstimationMethod) -> Bool {
    self.method == method && (0...Self.renewalLimit).contains(renewals)
  }

  /// What the evaluation at the estimates does.
  package var finalSource: ExpectationStep.EnvelopeSource {
    method.renewal == .everyIteration || renewals == 0 ? .previousMoments : .kept
  }

  /// Whether the next E-step makes envelopes anew.
  package var renews: Bool { source != .kept }

  /// Takes note of an iteration.
  /// - Parameters:
  ///   - moved: how far the parameters are from those at the last renewal.
  ///   - distance: estimated distance to the fixed point.
  /// - Returns: whether the fit has converged.
  package mutating func advance(moved: Double, distance: Double, tolerance: Double) -> Bool {
    guard method.renewal == .untilSettled else {
      source = .previousMoments
      return false
    }
    // Nothing can move, as with all parameters fixed.
    if distance == 0, moved == 0 { return true }
    if renewals < Self.settlingRenewals {
      renew()
      return false
    }
    source = .kept
    let mayRenew = renewals < Self.renewalLimit
    if moved > Self.far, mayRenew {
      renew()
    } else if moved > Self.near, mayRenew {
      if distance < max(tolerance, 0.1 * moved) { renew() }
    } else {
      return distance < tolerance
    }
    return false
  }

  /// Envelopes are renewed twice again, as at the beginning.
  package mutating func settle() { renewals = 0 }

  /// Envelopes come from new mode searches, and settle again.
  package mutating func searchAnew() {
    source = .modes
    renewals = 0
  }

  private mutating func renew() {
    renewals += 1
    source = .previousMoments
  }
}

/// When the envelopes follow the conditional moments, and when they stay.
///
/// `paper` renews them in every iteration. With fixed samples, envelopes that always follow the moments can keep EM from
/// converging: it may go round between states whose integrals differ a little. So they are renewed in every iteration only
/// until the steps are small, and are kept then, which makes EM a true ascent on a fixed sum over samples; after it has converged
/// there they are renewed and kept once more, and where it is slow, renewed after 50, 100, 200 … iterations.
package struct EnvelopeSchedule: Sendable {
  /// Steps, in standard deviations, below which envelopes are kept.
  private static let smallStep = 0.01
  private static let renewalLimit = 1

  private let method: EstimationSettings.Method
  /// What the next E-step does.
  package private(set) var source = ExpectationStep.EnvelopeSource.modes
  private var isKeeping = false
  private var renewals = 0
  private var iterationsSinceRenewal = 0
  private var patience = 50

  package init(method: EstimationSettings.Method) { self.method = method }

  /// What the evaluation at the estimates does.
  package var finalSource: ExpectationStep.EnvelopeSource { isKeeping ? .kept : .previousMoments }

  /// Takes note of an iteration.
  /// - Parameters:
  ///   - step: its scaled step.
  ///   - isNear: whether the estimated distance to the fixed point is below the tolerance.
  /// - Returns: whether the fit has converged.
  package mutating func advance(step: Double, isNear: Bool) -> Bool {
    guard method == .exact else {
      source = .previousMoments
      return false
    }
    // Nothing can move, as with all parameters fixed.
    if step == 0 { return true }
    iterationsSinceRenewal += 1
    if !isKeeping {
      source = .previousMoments
      if step < Self.smallStep || iterationsSinceRenewal >= patience {
        (isKeeping, iterationsSinceRenewal) = (true, 0)
        source = .kept
      }
      return false
    }
    source = .kept
    if isNear {
      if renewals == Self.renewalLimit { return true }
      renewals += 1
      (source, iterationsSinceRenewal) = (.previousMoments, 0)
    } else if iterationsSinceRenewal >= patience {
      patience *= 2
      (source, iterationsSinceRenewal) = (.previousMoments, 0)
    }
    return false
  }
}

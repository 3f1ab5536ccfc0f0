import DataPartition
import MessagePassing

/// Whether a step that takes long is to be left before its end.
///
/// An E-step of many subjects, or of a system of differential equations, may take minutes, and a
/// batch system gives a job seconds to save its work. A rank that has to stop leaves such a step
/// where it is; the fit is saved as it was before.
struct Abandonment {
  private let mustStop: () -> Bool
  private var nextLook = ContinuousClock.now
  private var asked: ContinuousClock.Instant?
  private(set) var isAbandoned = false

  /// Looking costs a message to the other ranks.
  private static let interval = Duration.milliseconds(20)
  /// What ends soon is not left.
  private static let grace = Duration.seconds(1)

  init(_ mustStop: @escaping () -> Bool) { self.mustStop = mustStop }

  mutating func isDue() -> Bool {
    if isAbandoned { return true }
    let now = ContinuousClock.now
    guard now >= nextLook else { return false }
    nextLook = now + Self.interval
    if asked == nil, mustStop() { asked = now }
    if let asked, asked + Self.grace < now { isAbandoned = true }
    return isAbandoned
  }
}

extension ExpectationStep {
  /// Whether to leave the step; asked now and then by its loops.
  func isLeft() -> Bool { abandonment?.isDue() ?? false }
}

extension ExpectationMaximization {
  /// A fit before a step.
  struct Before {
    let run: IterationState
    let comparisons: Int
    let states: [Double]
  }

  /// From here on a step may be left, where it is long or may be: its subjects' states are kept,
  /// 0.1 s for half a million. The same on all ranks.
  func mayLeave(_ run: IterationState, isLong: Bool) {
    guard interruption != nil, isLong || balancer.meanSeconds > 1.5 else { return }
    var states: [Double] = []
    states.reserveCapacity(share.subjects.count * expectation.stateWidth)
    for local in share.subjects.indices { expectation.appendState(of: local, to: &states) }
    before = Before(run: run, comparisons: expectation.comparisons, states: states)
    expectation.abandonment = Abandonment { [unowned self] in mustStop }
  }

  /// The step is done.
  func mustEnd() {
    before = nil
    expectation.abandonment = nil
  }

  /// This rank's wish to leave the step, or the others.
  func wishOrLeave(after step: FitStep) -> Double {
    if expectation.abandonment?.isAbandoned == true { return FitWishes.abandon.addend }
    return wish(after: step)
  }

  /// Saves the fit as it was before the step if any rank has left it; collective.
  /// - Throws: `FitStopped` then.
  func stopIfLeft() throws {
    guard wishes.contains(.abandon), let before else { return }
    wishes = []
    try save(before)
    throw FitStopped()
  }

  /// The same after work that has no wishes among its sums.
  func agreeToStopIfLeft() throws {
    guard let before else { return }
    var isLeft = [Int64(expectation.abandonment?.isAbandoned == true ? 1 : 0)]
    try communicator.allReduceMax(&isLeft)
    guard isLeft[0] > 0 else { return }
    wishes = []
    try save(before)
    throw FitStopped()
  }
}

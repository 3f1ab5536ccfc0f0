public import CVector
public import NumericKernels

/// Where the lanes stand on their way, and how they choose their steps.
@usableFromInline
struct ExplicitRun {
  @usableFromInline var time: Lanes
  @usableFromInline var goal: Lanes
  /// The step that a lane would take if its goal were far.
  @usableFromInline var step: Lanes
  @usableFromInline var lastError: Lanes
  /// The step that it takes: 0 in lanes that have arrived.
  @usableFromInline var size = Lanes.all(0)
  @usableFromInline var left = Lanes.all(0)
  /// 1 in lanes on their way, else 0.
  @usableFromInline var active = Lanes.all(0)
  /// 1 in lanes whose step was good enough.
  @usableFromInline var accepted = Lanes.all(0)
  /// By how much a step may grow: not at all after a rejected one.
  @usableFromInline var mostGrowth = Lanes.all(Self.growth)
  @usableFromInline var error = Lanes.all(1)
  @usableFromInline var steps = Lanes.all(0)
  @usableFromInline var rejected = Lanes.all(0)

  /// Steps that a lane has to have before it to be worth a solver of its own. A step of CVODE takes
  /// as long as ten of the explicit method, which serve eight samples, and CVODE needs about a
  /// hundred to begin.
  @usableFromInline static let worthwhileSteps = 1000.0
  /// The same where CVODE goes on from where it has left the lane, and needs some ten.
  @usableFromInline static let worthwhileStepsUnderWay = 100.0
  @usableFromInline static let growth = 10.0

  @inlinable @inline(__always)
  init(time: Lanes, goal: Lanes, step: Lanes, lastError: Lanes) {
    self.time = time
    self.goal = goal
    self.step = step
    self.lastError = lastError
  }

  @inlinable @inline(__always)
  var isUnfinished: Bool { cvector_any_less(time, goal) }

  @inlinable @inline(__always)
  var wasAnyRejected: Bool { cvector_any_less(accepted, active) }

  /// 1 in lanes that have a long way to go at the size of their steps.
  @inlinable @inline(__always)
  var worthHandingOver: Lanes {
    cvector_select_less(Self.worthwhileSteps * size, left, active, Lanes.all(0))
  }

  @inlinable @inline(__always)
  var isAnyWorthHandingOver: Bool { cvector_any_less(Self.worthwhileSteps * size, left) }

  @inlinable @inline(__always)
  mutating func beginStep() {
    left = goal - time
    active = cvector_select_less(time, goal, Lanes.all(1), Lanes.all(0))
    // A little further than asked for saves a tiny last step.
    size = cvector_select_less(1.01 * step, left, step, left)
  }

  @inlinable @inline(__always)
  mutating func judge(_ squaredError: Lanes) {
    // NaN becomes the largest error.
    error = cvector_max(cvector_min(squaredError, Lanes.all(1e20)), Lanes.all(1e-20))
    accepted = cvector_select_less(error, Lanes.all(1), active, Lanes.all(0))
  }

  /// The next steps by proportional and integral control (Gustafsson, ACM Trans Math Softw 17
  /// (1991) 533–554; Hairer, Nørsett & Wanner, Solving Ordinary Differential Equations I, section
  /// IV.2, β = 0.04).
  @inlinable @inline(__always)
  mutating func endStep() {
    let zero = Lanes.all(0)
    let beta = 0.04
    let alpha = 1 / VernerMethod.errorOrder - 0.75 * beta
    // Logarithms to base 2 of errors that are not squared.
    let perLog = 1.4426950408889634 / 2
    let logError = log(error)
    let byError = exp2Clamped(
      cvector_select_less(
        zero, accepted, (perLog * beta) * log(lastError) - (perLog * alpha) * logError,
        (-perLog / VernerMethod.errorOrder) * logError))
    let least = cvector_select_less(zero, accepted, Lanes.all(0.2), Lanes.all(0.1))
    let most = cvector_select_less(zero, accepted, mostGrowth, Lanes.all(0.9))
    let proposed = size * cvector_max(cvector_min(0.9 * byError, most), least)
    let arrived = cvector_select_less(size, left, zero, accepted)
    // A step that was cut short by the goal does not tell that the one before it was too long.
    let kept = cvector_select_less(zero, arrived, cvector_max(step, proposed), proposed)
    step = cvector_select_less(zero, active, kept, step)
    let onTheWay = cvector_select_less(zero, arrived, goal, time + size)
    time = cvector_select_less(zero, accepted, onTheWay, time)
    lastError = cvector_select_less(
      zero, accepted, cvector_max(error, Lanes.all(1e-8)), lastError)
    mostGrowth = cvector_select_less(zero, accepted, Lanes.all(Self.growth), Lanes.all(1))
    steps += accepted
    rejected += active - accepted
  }
}

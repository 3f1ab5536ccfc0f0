public import CVector
public import NumericKernels

extension DifferentialEquationSolver {
  /// Carries the amounts from `start` to `end`, dy/dt = f(t, y) + rates.
  ///
  /// Lanes whose interval is empty (`end` ≤ `start`) keep their bits. Where the equations cannot be
  /// solved (amounts or times are not finite, derivatives are not finite however short the step,
  /// too many steps) all amounts of the lane become NaN, and a failure is counted unless an amount
  /// was NaN already.
  ///
  /// The step size is carried over to the next call. What happens between them (a dose, another
  /// rate, other parameters) need not be told.
  /// - Parameters:
  ///   - function: f, with the parameters of the eight samples.
  ///   - amounts: y, a vector for each compartment.
  ///   - rates: amount per time that flows into each compartment.
  @inlinable
  public func advance<F: DerivativeFunction>(
    _ function: F, amounts: UnsafeMutablePointer<Lanes>, rates: UnsafePointer<Lanes>,
    from start: Lanes, to end: Lanes
  ) {
    var run = ExplicitRun(time: start, goal: end, step: step, lastError: lastError)
    refuse(amounts, &run)
    run.goal = cvector_max(run.goal, run.time)
    guard run.isUnfinished else { return }
    handOverKnown(function, amounts, rates, &run)
    guard run.isUnfinished else { return }

    evaluate(function, run.time, amounts, rates, stages)
    if cvector_any_less(run.step, Lanes.all(.leastNormalMagnitude)) {
      chooseFirstSteps(amounts, &run)
    }
    var evaluations = 1
    var trials = 0
    repeat {
      run.beginStep()
      takeStages(function, amounts, rates, run.time, run.size)
      evaluations += 8
      run.judge(squaredError(amounts, run.size))
      if run.isAnyWorthHandingOver { watchStiffness(amounts, run) }
      accept(amounts, run)
      run.endStep()
      trials += 1
      // All that is rare is looked at lane by lane.
      if trials == tolerances.maximumSteps || run.wasAnyRejected
        || cvector_any_less(Lanes.all(14.5), borderSteps)
      {
        settle(function, amounts, rates, &run, isLast: trials >= tolerances.maximumSteps)
      }
    } while run.isUnfinished
    step = run.step
    lastError = run.lastError
    statistics.steps += Int(run.steps.treeSum)
    statistics.rejectedSteps += Int(run.rejected.treeSum)
    statistics.evaluations += evaluations
  }

  @inlinable @inline(__always)
  func evaluate<F: DerivativeFunction>(
    _ function: F, _ time: Lanes, _ amounts: UnsafePointer<Lanes>, _ rates: UnsafePointer<Lanes>,
    _ derivatives: UnsafeMutablePointer<Lanes>
  ) {
    function.derivatives(time: time, amounts: amounts, into: derivatives)
    for i in 0..<compartmentCount { derivatives[i] += rates[i] }
  }

  /// Stages 2 to 9 and the amounts at the end of the step, which are the argument of the last one.
  @inlinable @inline(__always)
  func takeStages<F: DerivativeFunction>(
    _ function: F, _ amounts: UnsafePointer<Lanes>, _ rates: UnsafePointer<Lanes>, _ time: Lanes,
    _ h: Lanes
  ) {
    let n = compartmentCount
    let (k, trial, next) = (stages, trial, next)
    for i in 0..<n { trial[i] = fma(h, VernerMethod.stage2(k + i, n), amounts[i]) }
    evaluate(function, fma(h, Lanes.all(0.06), time), trial, rates, k + n)
    for i in 0..<n { trial[i] = fma(h, VernerMethod.stage3(k + i, n), amounts[i]) }
    evaluate(function, fma(h, Lanes.all(0.09593333333333333), time), trial, rates, k + 2 * n)
    for i in 0..<n { trial[i] = fma(h, VernerMethod.stage4(k + i, n), amounts[i]) }
    evaluate(function, fma(h, Lanes.all(0.1439), time), trial, rates, k + 3 * n)
    for i in 0..<n { trial[i] = fma(h, VernerMethod.stage5(k + i, n), amounts[i]) }
    evaluate(function, fma(h, Lanes.all(0.4973), time), trial, rates, k + 4 * n)
    for i in 0..<n { trial[i] = fma(h, VernerMethod.stage6(k + i, n), amounts[i]) }
    evaluate(function, fma(h, Lanes.all(0.9725), time), trial, rates, k + 5 * n)
    for i in 0..<n { trial[i] = fma(h, VernerMethod.stage7(k + i, n), amounts[i]) }
    evaluate(function, fma(h, Lanes.all(0.9995), time), trial, rates, k + 6 * n)
    for i in 0..<n { trial[i] = fma(h, VernerMethod.stage8(k + i, n), amounts[i]) }
    evaluate(function, time + h, trial, rates, k + 7 * n)
    for i in 0..<n { next[i] = fma(h, VernerMethod.solution(k + i, n), amounts[i]) }
    evaluate(function, time + h, next, rates, k + 8 * n)
  }

  /// The mean square of the step's errors in units of the tolerance, which CVODE controls as well;
  /// NaN if anything is not finite.
  @inlinable @inline(__always)
  func squaredError(_ amounts: UnsafePointer<Lanes>, _ h: Lanes) -> Lanes {
    let n = compartmentCount
    let relative = Lanes.all(tolerances.relative)
    let absolute = Lanes.all(tolerances.absolute)
    var squares = Lanes.all(0)
    for i in 0..<n {
      let (before, after) = (amounts[i], next[i])
      let size = cvector_max(cvector_max(before, -before), cvector_max(after, -after))
      let error = h * VernerMethod.error(stages + i, n) / fma(size, relative, absolute)
      // Infinite amounts have an infinite tolerance.
      squares = fma(error, error, fma(after, Lanes.all(0), squares))
    }
    return squares * Lanes.all(1 / Double(n))
  }

  /// Lanes that accept the step get its amounts, and its last derivatives as the first ones of the
  /// next step.
  @inlinable @inline(__always)
  func accept(_ amounts: UnsafeMutablePointer<Lanes>, _ run: ExplicitRun) {
    let n = compartmentCount
    let zero = Lanes.all(0)
    for i in 0..<n {
      amounts[i] = cvector_select_less(zero, run.accepted, next[i], amounts[i])
      stages[i] = cvector_select_less(zero, run.accepted, stages[8 * n + i], stages[i])
    }
  }

  /// Counts steps at the border of stability: the last two stages are at the same time, so that
  /// their difference shows the largest eigenvalue (Hairer & Wanner, Solving Ordinary Differential
  /// Equations II, section IV.2). Only in lanes that have a long way to go.
  @inlinable @inline(__always)
  func watchStiffness(_ amounts: UnsafePointer<Lanes>, _ run: ExplicitRun) {
    let n = compartmentCount
    let zero = Lanes.all(0)
    let one = Lanes.all(1)
    var derivatives = zero
    var arguments = zero
    for i in 0..<n {
      let change = stages[8 * n + i] - stages[7 * n + i]
      let distance = next[i] - trial[i]
      derivatives = fma(change, change, derivatives)
      arguments = fma(distance, distance, arguments)
    }
    let border = Lanes.all(VernerMethod.stabilityBorder * VernerMethod.stabilityBorder) * arguments
    let watched = cvector_select_less(zero, run.worthHandingOver, run.accepted, zero)
    let isAtBorder = cvector_select_less(border, run.size * run.size * derivatives, watched, zero)
    let isCalm = watched - isAtBorder
    calmSteps = cvector_select_less(zero, isAtBorder, zero, calmSteps + isCalm)
    // Six steps away from the border: it was not stiffness.
    let isOver = cvector_select_less(Lanes.all(5.5), calmSteps, one, zero)
    borderSteps = cvector_select_less(zero, isOver, zero, borderSteps + isAtBorder)
  }
}

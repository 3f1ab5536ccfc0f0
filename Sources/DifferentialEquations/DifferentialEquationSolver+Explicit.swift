import CVector
import NumericKernels

extension DifferentialEquationSolver {
  /// Carries the amounts from `start` to `end`, dy/dt = f(t, y) + rates.
  ///
  /// Lanes whose interval is empty (`end` ≤ `start`) keep their bits. Where the equations cannot be solved (the amounts or times are not
  /// finite, derivatives are not finite however short the step, too many steps) all amounts of the lane become NaN, and a failure is counted
  /// unless an amount was NaN already.
  ///
  /// The step size is carried over to the next call. What happens at the end (a dose, another rate, other parameters) need not be told.
  /// - Parameters:
  ///   - function: f, with the parameters of the eight samples.
  ///   - amounts: y, a vector for each compartment.
  ///   - rates: amount per time that flows into each compartment.
  @inlinable
  public func advance<F: DerivativeFunction>(
    _ function: F, amounts: UnsafeMutablePointer<Lanes>, rates: UnsafePointer<Lanes>,
    from start: Lanes, to end: Lanes
  ) {
    let n = compartmentCount
    let zero = Lanes.all(0)
    var goal = end
    var time = start
    refuse(amounts, &time, &goal)
    guard cvector_any_less(time, goal) else { return }
    let relative = tolerances.relative
    let absolute = tolerances.absolute
    let s = method.stageCount
    let table = method.table
    let (stages, trial, next) = (self.stages, self.trial, self.next)
    let hasStages = method.e.count
    let last = method.isFSAL ? s - 1 : s

    @inline(__always)
    func evaluate(_ t: Lanes, _ y: UnsafeMutablePointer<Lanes>, _ k: UnsafeMutablePointer<Lanes>) {
      function.derivatives(time: t, amounts: y, into: k)
      for i in 0..<n { k[i] += rates[i] }
      statistics.evaluations += 1
    }

    evaluate(time, amounts, stages)
    var step = self.step
    if cvector_any_less(step, Lanes.all(.leastNonzeroMagnitude)) {
      // first step: 1 % of the time scale
      for lane in 0..<8 where step[lane] == 0 && time[lane] < goal[lane] {
        var (d0, d1) = (0.0, 0.0)
        for i in 0..<n {
          let sc = absolute + relative * abs(amounts[i][lane])
          d0 += (amounts[i][lane] / sc) * (amounts[i][lane] / sc)
          d1 += (stages[i][lane] / sc) * (stages[i][lane] / sc)
        }
        d0.formSquareRoot()
        d1.formSquareRoot()
        let left = goal[lane] - time[lane]
        var h = d0 < 1e-5 || d1 < 1e-5 ? 1e-3 * left : 0.01 * d0 / d1
        if !(h < left) { h = left }
        step[lane] = h
      }
    }
    var limit = Lanes.all(10)
    var trials = 0
    var old = lastError
    while cvector_any_less(time, goal) {
      let left = goal - time
      let h = cvector_select_less(step * 1.01, left, step, left)
      for i in 1..<last {
        for c in 0..<n {
          var sum = zero
          for j in 0..<i {
            sum = fma(Lanes.all(table[i * s + j]), stages[j * n + c], sum)
          }
          trial[c] = fma(h, sum, amounts[c])
        }
        evaluate(fma(h, Lanes.all(table[s * s + 3 * s + i]), time), trial, stages + i * n)
      }
      for c in 0..<n {
        var sum = zero
        for j in 0..<last { sum = fma(Lanes.all(table[s * s + j]), stages[j * n + c], sum) }
        next[c] = fma(h, sum, amounts[c])
      }
      if last < s { evaluate(time + h, next, stages + last * n) }
      var squares = zero
      var squares3 = zero
      for c in 0..<n {
        var sum = zero
        for j in 0..<hasStages {
          sum = fma(Lanes.all(table[s * s + s + j]), stages[j * n + c], sum)
        }
        let size = cvector_max(
          cvector_max(amounts[c], -amounts[c]), cvector_max(next[c], -next[c]))
        let scale = fma(size, Lanes.all(relative), Lanes.all(absolute))
        let e = h * sum / scale
        squares = fma(e, e, squares)
        if !method.e3.isEmpty {
          var sum = zero
          for j in 0..<hasStages {
            sum = fma(Lanes.all(table[s * s + 2 * s + j]), stages[j * n + c], sum)
          }
          let e = h * sum / scale
          squares3 = fma(e, e, squares3)
        }
      }
      var error = squares / Double(n)
      if !method.e3.isEmpty {
        let denominator = squares + 0.01 * squares3
        error = cvector_select_less(
          zero, denominator, squares * squares / (denominator * Double(n)), zero)
      }
      // NaN becomes the largest.
      error = cvector_max(cvector_min(error, Lanes.all(1e20)), Lanes.all(1e-20))
      let active = cvector_select_less(time, goal, Lanes.all(1), zero)
      let accepted = cvector_select_less(error, Lanes.all(1), active, zero)
      statistics.steps += Int(accepted.treeSum)
      statistics.rejectedSteps += Int((active - accepted).treeSum)
      let p = Double(method.errorOrder)
      let beta = 0.04
      let alpha = 1 / p - 0.75 * beta
      let perLog = 1.4426950408889634 / 2
      let raise = 0.9 * exp2Clamped(perLog * (beta * log(old) - alpha * log(error)))
      let shrink = 0.9 * exp2Clamped(perLog * (-1 / p * log(error)))
      let up = cvector_max(cvector_min(raise, limit), Lanes.all(0.2))
      let down = cvector_max(cvector_min(shrink, Lanes.all(0.9)), Lanes.all(0.1))
      let isLast = cvector_select_less(h, left, zero, accepted)
      let grown = h * up
      // A step that was cut to the end tells little of the one that would have been taken.
      let kept = cvector_select_less(zero, isLast, cvector_max(step, grown), grown)
      step = cvector_select_less(
        zero, active, cvector_select_less(zero, accepted, kept, h * down), step)
      limit = cvector_select_less(zero, accepted, Lanes.all(10), Lanes.all(1))
      old = cvector_select_less(
        zero, accepted, cvector_max(error, Lanes.all(1e-8)), old)
      time = cvector_select_less(
        zero, accepted, cvector_select_less(zero, isLast, goal, time + h), time)
      for c in 0..<n {
        amounts[c] = cvector_select_less(zero, accepted, next[c], amounts[c])
      }
      if method.isFSAL {
        for c in 0..<n {
          stages[c] = cvector_select_less(zero, accepted, stages[(s - 1) * n + c], stages[c])
        }
      } else {
        evaluate(time, amounts, stages)
      }
      trials += 1
      if trials == tolerances.maximumSteps {
        for lane in 0..<8 where time[lane] < goal[lane] { fail(lane, amounts, &time, &goal) }
      }
      if cvector_any_less(accepted, active) {
        for lane in 0..<8 where time[lane] + 0.1 * step[lane] == time[lane] {
          if time[lane] < goal[lane] { fail(lane, amounts, &time, &goal) }
        }
      }
    }
    self.step = step
    lastError = old
  }

  /// Lanes that cannot be solved from the beginning.
  @usableFromInline
  func refuse(
    _ amounts: UnsafeMutablePointer<Lanes>, _ time: inout Lanes, _ goal: inout Lanes
  ) {
    var sum = time * 0 + goal * 0
    for i in 0..<compartmentCount { sum += amounts[i] * 0 }
    if sum == Lanes.all(0) { return }
    for lane in 0..<8 where sum[lane].isNaN {
      let isKnown = (0..<compartmentCount).contains { amounts[$0][lane].isNaN }
      fail(lane, amounts, &time, &goal)
      if isKnown { statistics.failures -= 1 }
    }
  }

  @usableFromInline
  func fail(
    _ lane: Int, _ amounts: UnsafeMutablePointer<Lanes>, _ time: inout Lanes, _ goal: inout Lanes
  ) {
    for i in 0..<compartmentCount { amounts[i][lane] = .nan }
    time[lane] = 0
    goal[lane] = 0
    statistics.failures += 1
  }
}

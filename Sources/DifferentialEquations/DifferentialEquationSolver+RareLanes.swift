public import NumericKernels

// What few lanes need, lane by lane.
extension DifferentialEquationSolver {
  /// Lanes that cannot be solved from the beginning; those that need not go anywhere stay as they
  /// are.
  @usableFromInline
  func refuse(_ amounts: UnsafeMutablePointer<Lanes>, _ run: inout ExplicitRun) {
    // 0 where all are finite, else NaN
    var test = run.time * 0 + run.goal * 0
    for i in 0..<compartmentCount { test += amounts[i] * 0 }
    if test.treeSum == 0 { return }
    for lane in 0..<8 where test[lane].isNaN && !(run.goal[lane] <= run.time[lane]) {
      if (0..<compartmentCount).contains(where: { amounts[$0][lane].isNaN }) {
        statistics.failures -= 1
      }
      fail(lane, amounts, &run)
    }
  }

  @usableFromInline
  func fail(_ lane: Int, _ amounts: UnsafeMutablePointer<Lanes>, _ run: inout ExplicitRun) {
    for i in 0..<compartmentCount { amounts[i][lane] = .nan }
    run.time[lane] = 0
    run.goal[lane] = 0
    statistics.failures += 1
  }

  /// A hundredth of the time in which the amounts change, or of the way if they do not.
  @usableFromInline
  func chooseFirstSteps(_ amounts: UnsafePointer<Lanes>, _ run: inout ExplicitRun) {
    for lane in 0..<8 where run.step[lane] == 0 && run.time[lane] < run.goal[lane] {
      var (sizes, changes) = (0.0, 0.0)
      for i in 0..<compartmentCount {
        let tolerance = tolerances.absolute + tolerances.relative * abs(amounts[i][lane])
        let (size, change) = (amounts[i][lane] / tolerance, stages[i][lane] / tolerance)
        sizes += size * size
        changes += change * change
      }
      let left = run.goal[lane] - run.time[lane]
      let scale = (sizes / changes).squareRoot()
      // Amounts that begin at 0 or rest have no time scale. The scale may be longer than the way:
      // the step is carried over.
      let step = 0.01 * (sizes < 1e-10 || !scale.isFinite ? left : scale)
      run.step[lane] = max(step, .leastNormalMagnitude)
    }
  }

  /// Ends the way of lanes that are stiff, that have taken too many steps, or whose steps have
  /// become too short.
  @inlinable @inline(never)
  func settle<F: DerivativeFunction>(
    _ function: F, _ amounts: UnsafeMutablePointer<Lanes>, _ rates: UnsafePointer<Lanes>,
    _ run: inout ExplicitRun, isLast: Bool
  ) {
    for lane in 0..<8 where run.time[lane] < run.goal[lane] {
      let left = run.goal[lane] - run.time[lane]
      let isStiff =
        borderSteps[lane] > 14.5 && left > ExplicitRun.worthwhileSteps * run.step[lane]
      if isStiff || isLast {
        if isStiff { stiff[lane] = 1 }
        borderSteps[lane] = 0
        calmSteps[lane] = 0
        handOver(function, lane, amounts, rates, &run)
      } else if run.accepted[lane] == 0,
        run.step[lane] < 1e-15 * abs(run.time[lane]) + 1e-18 * left
      {
        fail(lane, amounts, &run)
      }
    }
  }

  /// Lanes that have been found stiff before, if they still have a long way to go.
  @inlinable @inline(__always)
  func handOverKnown<F: DerivativeFunction>(
    _ function: F, _ amounts: UnsafeMutablePointer<Lanes>, _ rates: UnsafePointer<Lanes>,
    _ run: inout ExplicitRun
  ) {
    if stiff == Lanes.all(0) { return }
    for lane in 0..<8 where stiff[lane] == 1 && run.time[lane] < run.goal[lane] {
      let isUnderWay =
        stiffLanes?.continues(lane, amounts, rates, from: run.time[lane], tolerances) ?? false
      let steps = isUnderWay ? ExplicitRun.worthwhileStepsUnderWay : ExplicitRun.worthwhileSteps
      if run.goal[lane] - run.time[lane] > steps * run.step[lane] {
        handOver(function, lane, amounts, rates, &run)
      }
    }
  }

  /// Carries one lane to its goal by CVODE.
  @inlinable @inline(never)
  func handOver<F: DerivativeFunction>(
    _ function: F, _ lane: Int, _ amounts: UnsafeMutablePointer<Lanes>,
    _ rates: UnsafePointer<Lanes>, _ run: inout ExplicitRun
  ) {
    let isSolved = withUnsafePointer(to: function) { function in
      var call = StiffCall(
        function: function, derivatives: StiffCall.derivatives(of: F.self),
        jacobian: F.hasJacobian ? StiffCall.jacobian(of: F.self) : nil, lane: lane,
        count: compartmentCount, rates: rates, amounts: trial, results: next)
      return solveStiff(&call, amounts, from: run.time[lane], to: run.goal[lane])
    }
    if isSolved {
      run.time[lane] = run.goal[lane]
    } else {
      fail(lane, amounts, &run)
    }
  }

  @usableFromInline
  func solveStiff(
    _ call: inout StiffCall, _ amounts: UnsafeMutablePointer<Lanes>, from start: Double,
    to end: Double
  ) -> Bool {
    let lanes = stiffLanes ?? StiffLanes(compartmentCount: compartmentCount)
    stiffLanes = lanes
    statistics.handOvers += 1
    return lanes.solve(
      &call, amounts, from: start, to: end, tolerances: tolerances, statistics: &statistics)
  }
}

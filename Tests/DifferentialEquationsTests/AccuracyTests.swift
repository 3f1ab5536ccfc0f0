import DifferentialEquations
import Glibc
import NumericKernels
import Testing

@Suite("Accuracy of the explicit method")
struct AccuracyTests {
  private let start = [spread(10, 1.5), spread(5, 1.5, turn: 1)]
  private let end = Lanes.all(10)

  private func solved(_ tolerance: Double) -> (amounts: [Lanes], statistics: SolverStatistics) {
    let solver = DifferentialEquationSolver(
      compartmentCount: 2,
      tolerances: SolverTolerances(relative: tolerance, absolute: tolerance))
    return (solve(LotkaVolterra(), start, to: end, by: solver), solver.statistics)
  }

  @Test("the solution's error falls with the sixth power of the step, or a little faster")
  func order() {
    // Steps of one size: intervals so short that the solver takes each in one step.
    func error(_ count: Int, _ exact: Double) -> Double {
      let solver = DifferentialEquationSolver(
        compartmentCount: 1, tolerances: SolverTolerances(relative: 0.1, absolute: 0.1))
      let function = Scalar { t, y in y * Glibc.cos(t) }
      var amounts = [Lanes.all(1)]
      let h = 2 / Double(count)
      // The first step of a solver is shorter than what is asked for.
      amounts = solve(
        function, amounts, from: Lanes.all(0), to: Lanes.all(1e-3), by: solver)
      amounts = [Lanes.all(1)]
      solver.statistics = SolverStatistics()
      for i in 0..<count {
        amounts = solve(
          function, amounts, from: Lanes.all(Double(i) * h), to: Lanes.all(Double(i + 1) * h),
          by: solver)
      }
      let few = solver.statistics.steps - 8 * count
      #expect(few <= 16 && solver.statistics.rejectedSteps == 0)
      return abs(amounts[0][0] - exact)
    }
    let exact = Glibc.exp(Glibc.sin(2.0))
    let errors = [4, 8, 16].map { error($0, exact) }
    for (coarse, fine) in zip(errors, errors.dropFirst()) {
      let order = Glibc.log2(coarse / fine)
      #expect(order > 6 && order < 7, "measured order \(order) of \(errors)")
    }
  }

  @Test("errors follow the tolerance, and the work its sixth root")
  func tolerance() {
    let exact = solved(1e-13).amounts
    var (errors, steps): ([Double], [Double]) = ([], [])
    for power in 4...10 {
      let tolerance = Glibc.pow(10, -Double(power))
      let (amounts, statistics) = solved(tolerance)
      let error = max(largestError(amounts[0], exact[0]), largestError(amounts[1], exact[1]))
      #expect(error < 100 * tolerance && error > 0.01 * tolerance)
      errors.append(error)
      steps.append(Double(statistics.steps))
    }
    // Over six powers of ten.
    #expect(errors[0] / errors[6] > 1e5 && errors[0] / errors[6] < 1e7)
    let growth = Glibc.log10(steps[6] / steps[0]) / 6
    #expect(growth > 0.11 && growth < 0.18)
  }

  @Test("short intervals cost one step each, as the step size is carried over")
  func carryOver() {
    let solver = DifferentialEquationSolver(compartmentCount: 2)
    var amounts = solve(
      LotkaVolterra(), start, from: Lanes.all(0), to: Lanes.all(1), by: solver)
    solver.statistics = SolverStatistics()
    for i in 0..<20 {
      amounts = solve(
        LotkaVolterra(), amounts, from: Lanes.all(1 + 0.01 * Double(i)),
        to: Lanes.all(1 + 0.01 * Double(i + 1)), by: solver)
    }
    #expect(solver.statistics.steps == 20 * 8)
    #expect(solver.statistics.rejectedSteps == 0)
    let atOnce = solve(LotkaVolterra(), start, to: Lanes.all(1.2))
    #expect(largestError(amounts[0], atOnce[0]) < 1e-6)
  }
}

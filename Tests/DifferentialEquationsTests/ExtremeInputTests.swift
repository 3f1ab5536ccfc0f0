import DifferentialEquations
import Glibc
import NumericKernels
import Testing

@Suite("Extreme inputs of differential equations")
struct ExtremeInputTests {
  private let decay = Scalar { _, y in -y }

  @Test("an empty interval and one that goes back change no bits")
  func emptyInterval() {
    let solver = DifferentialEquationSolver(compartmentCount: 1)
    var amounts = [spread(1, 10)]
    amounts[0][5] = .infinity
    amounts[0][6] = -0.0
    amounts[0][7] = Double(nan: 42, signaling: false)
    let same = solve(decay, amounts, from: Lanes.all(3), to: Lanes.all(3), by: solver)
    let back = solve(decay, amounts, from: Lanes.all(3), to: Lanes.all(2), by: solver)
    #expect(same.map(\.patterns) == amounts.map(\.patterns))
    #expect(back.map(\.patterns) == amounts.map(\.patterns))
    #expect(solver.statistics == SolverStatistics())
  }

  @Test("what is not finite becomes NaN in its lane, and counts where it was not NaN before")
  func notFinite() {
    let solver = DifferentialEquationSolver(compartmentCount: 1)
    var amounts = [Lanes.all(1)]
    var (start, end) = (Lanes.all(0), Lanes.all(1))
    amounts[0][1] = .nan
    amounts[0][2] = .infinity
    start[3] = .nan
    start[4] = -.infinity
    end[5] = .infinity
    end[6] = .nan
    let result = solve(decay, amounts, from: start, to: end, by: solver)
    for lane in 1...6 { #expect(result[0][lane].isNaN) }
    for lane in [0, 7] { #expect(abs(result[0][lane] - Glibc.exp(-1)) < 1e-7) }
    #expect(solver.statistics.failures == 5)
    _ = solve(decay, result, from: Lanes.all(0), to: Lanes.all(1), by: solver)
    #expect(solver.statistics.failures == 5)
  }

  @Test("rates and parameters that are not finite fail, and so does a solution that ends")
  func failures() {
    let solver = DifferentialEquationSolver(compartmentCount: 1)
    var rates = [Lanes.all(0)]
    rates[0][3] = .infinity
    let infinite = solve(decay, [Lanes.all(1)], to: Lanes.all(1), rates: rates, by: solver)
    #expect(infinite[0][3].isNaN && infinite[0][2].isFinite)
    // y = 1/(1 − t) has no value at 1, and √y none below 0.
    let pole = solve(Scalar { _, y in y * y }, [Lanes.all(1)], to: spread(1, 2), by: solver)
    for lane in 0..<8 {
      let end = spread(1, 2)[lane]
      #expect(pole[0][lane].isNaN == (end > 1))
      if end < 1 { #expect(abs(pole[0][lane] * (1 - end) - 1) < 1e-5) }
    }
    let root = solve(
      Scalar { _, y in -1 - y.squareRoot() }, [Lanes.all(1)], to: Lanes.all(5), by: solver)
    #expect(root[0][0].isNaN)
    #expect(solver.statistics.failures == 1 + 4 + 8)
  }

  @Test("a huge interval is crossed, a tiny one as well")
  func extremeIntervals() {
    let still = solve(decay, [spread(1, 10)], to: spread(1e12, 1e3))
    for lane in 0..<8 { #expect(abs(still[0][lane]) < 1e-6) }
    let start = Lanes.all(1e6)
    let tiny = solve(
      decay, [Lanes.all(1)], from: start, to: start.map(\.nextUp))
    #expect(abs(tiny[0][0] - 1) < 1e-9 && tiny[0][0] < 1)
    let least = solve(decay, [Lanes.all(1)], to: Lanes.all(.leastNonzeroMagnitude))
    #expect(least[0] == Lanes.all(1))
  }

  @Test("amounts of 0 stay 0, and amounts of any size are carried")
  func sizes() {
    let zero = solve(decay, [Lanes.all(0)], to: Lanes.all(24))
    #expect(zero[0] == Lanes.all(0))
    for size in [1e-300, 1e-9, 1e150, 1e300] {
      let result = solve(decay, [Lanes.all(size)], to: Lanes.all(2))
      #expect(abs(result[0][0] - size * Glibc.exp(-2)) <= 1e-7 * size + 1e-7)
    }
  }

  @Test("too many steps are a failure, but only where they are needed")
  func tooManySteps() {
    let tolerances = SolverTolerances(relative: 1e-8, absolute: 1e-8, maximumSteps: 50)
    let solver = DifferentialEquationSolver(compartmentCount: 2, tolerances: tolerances)
    var end = Lanes.all(1)
    end[4] = 1000
    let amounts = solve(
      LotkaVolterra(), [Lanes.all(10), Lanes.all(5)], to: end, by: solver)
    for lane in 0..<8 { #expect(amounts[0][lane].isNaN == (lane == 4)) }
    #expect(solver.statistics.failures == 1)
  }

  @Test("statistics count samples and add up")
  func statistics() {
    let solver = DifferentialEquationSolver(compartmentCount: 2)
    _ = solve(LotkaVolterra(), [Lanes.all(10), Lanes.all(5)], to: Lanes.all(10), by: solver)
    let first = solver.statistics
    #expect(first.steps > 0 && first.steps % 8 == 0 && first.handOvers == 0)
    let trials = (first.steps + first.rejectedSteps) / 8
    #expect(first.evaluations == 1 + 8 * trials)
    solver.statistics = SolverStatistics()
    solver.begin()
    _ = solve(VanDerPol(), [Lanes.all(2), Lanes.all(0)], to: Lanes.all(1), by: solver)
    let second = solver.statistics
    #expect(second.handOvers == 8 && second.stiffSteps > 80)
    #expect(second.stiffEvaluations > second.stiffSteps)
    var sum = first
    sum += second
    #expect(sum == second + first)
    #expect(sum.evaluations == first.evaluations + second.evaluations)
    #expect(sum.stiffSteps == second.stiffSteps && sum.handOvers == 8)
  }
}

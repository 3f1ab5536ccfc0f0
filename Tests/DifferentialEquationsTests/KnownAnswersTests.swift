import DifferentialEquations
import Glibc
import NumericKernels
import Testing

@Suite("Known answers of differential equations")
struct KnownAnswersTests {
  /// Amount in the last of three compartments in a row, from 1 in the first, by Bateman's formula:
  /// k₁k₂ Σᵢ exp(−kᵢt) / Πⱼ≠ᵢ(kⱼ − kᵢ).
  private func bateman(_ k: [Double], _ t: Double) -> Double {
    var sum = 0.0
    for i in 0..<3 {
      let others = (0..<3).filter { $0 != i }.reduce(1.0) { $0 * (k[$1] - k[i]) }
      sum += Glibc.exp(-k[i] * t) / others
    }
    return k[0] * k[1] * sum
  }

  @Test("a chain of compartments follows Bateman's formula")
  func chain() {
    let k = (spread(1.5, 1.5), spread(0.4, 1.4, turn: 1), spread(0.1, 1.3, turn: 2))
    let end = spread(10, 2, turn: 3)
    let amounts = solve(
      Chain(rates: k), [Lanes.all(1), Lanes.all(0), Lanes.all(0)], to: end,
      SolverTolerances(relative: 1e-9, absolute: 1e-12))
    var expected = Lanes.all(0)
    for lane in 0..<8 {
      expected[lane] = bateman([k.0[lane], k.1[lane], k.2[lane]], end[lane])
    }
    #expect(largestError(amounts[2], expected) < 1e-8)
    for lane in 0..<8 {
      #expect(abs(amounts[0][lane] - Glibc.exp(-k.0[lane] * end[lane])) < 1e-9)
    }
  }

  @Test("infusions rise to the steady state of their rate")
  func infusion() {
    let k = spread(0.3, 2)
    let rate = spread(7, 3, turn: 1)
    let end = spread(5, 3, turn: 2)
    let zero = Lanes.all(0)
    let amounts = solve(
      Chain(rates: (k, Lanes.all(1), Lanes.all(1))), [zero, zero, zero], to: end,
      rates: [rate, zero, zero])
    let expected = rate / k * (-k * end).map { -Glibc.expm1($0) }
    #expect(largestError(amounts[0], expected) < 1e-7)
  }

  @Test("Michaelis-Menten elimination obeys its implicit equation")
  func saturableElimination() {
    // m ln(A₀/A) + A₀ − A = v t; its solution by Lambert's W is that of Schnell & Mendoza, J Theor
    // Biol 187 (1997) 207-212.
    let (most, half) = (spread(10, 1.5), spread(4, 2, turn: 1))
    let end = spread(6, 1.5, turn: 2)
    let amounts = solve(
      SaturableElimination(absorption: Lanes.all(1), most: most, half: half),
      [Lanes.all(0), Lanes.all(100)], to: end)
    for lane in 0..<8 {
      let amount = amounts[1][lane]
      let spent = half[lane] * Glibc.log(100 / amount) + 100 - amount
      #expect(abs(spent / (most[lane] * end[lane]) - 1) < 1e-7)
    }
  }

  @Test("Lotka and Volterra's invariant stays over many cycles")
  func lotkaVolterra() {
    func invariant(_ y: [Lanes], _ lane: Int) -> Double {
      let (x, y) = (y[0][lane], y[1][lane])
      return 0.1 * x - 0.4 * Glibc.log(x) + 0.4 * y - 1.1 * Glibc.log(y)
    }
    let before = [spread(10, 2), spread(5, 2, turn: 1)]
    let after = solve(LotkaVolterra(), before, to: Lanes.all(100))
    for lane in 0..<8 {
      #expect(abs(invariant(after, lane) - invariant(before, lane)) < 1e-6)
      #expect(abs(after[0][lane] - before[0][lane]) > 1e-2)
    }
  }

  /// At t = 40, by Radau IIA at relative tolerance 1e-12 (SciPy 1.17); cvRoberts_dns of SUNDIALS
  /// prints 7.158e-01, 9.185e-06, 2.842e-01.
  private static let robertson = [
    0.715827068719415, 9.18553476455821e-6, 0.284163745745820,
  ]

  private func checkRobertson(_ amounts: [Lanes]) {
    for i in 0..<3 {
      #expect(largestError(amounts[i], Lanes.all(Self.robertson[i])) < 1e-6)
    }
  }

  @Test("Robertson's reaction goes to CVODE, with a Jacobian and by difference quotients")
  func robertson() {
    let start = [Lanes.all(1), Lanes.all(0), Lanes.all(0)]
    let tolerances = SolverTolerances(relative: 1e-8, absolute: 1e-13)
    let solver = DifferentialEquationSolver(compartmentCount: 3, tolerances: tolerances)
    checkRobertson(solve(Robertson(), start, to: Lanes.all(40), by: solver))
    #expect(solver.statistics.handOvers == 8)
    #expect(solver.statistics.failures == 0)
    let byJacobian = solver.statistics.stiffEvaluations
    solver.begin()
    checkRobertson(solve(RobertsonByQuotients(), start, to: Lanes.all(40), by: solver))
    #expect(solver.statistics.handOvers == 16)
    #expect(solver.statistics.stiffEvaluations > 2 * byJacobian)
  }

  @Test("van der Pol's oscillator at mu = 1000 ends where Hairer and Wanner's does")
  func vanDerPol() {
    // Problem VDPOL of the test set of Mazzia & Magherini (2008) and of Hairer & Wanner, ε = 1e-6,
    // t = 2.
    let amounts = solve(
      VanDerPol(), [Lanes.all(2), Lanes.all(0)], to: Lanes.all(2),
      SolverTolerances(relative: 1e-8, absolute: 1e-8))
    #expect(largestError(amounts[0], Lanes.all(1.706167732170483)) < 1e-5)
    #expect(largestError(amounts[1], Lanes.all(-0.8928097010247975)) < 1e-5)
  }

  @Test("a stiff relaxation onto cos t stays on it")
  func protheroRobinson() {
    let amounts = solve(
      ProtheroRobinson(lambda: spread(1e4, 1e3)), [Lanes.all(1)], to: Lanes.all(10))
    #expect(largestError(amounts[0], Lanes.all(Glibc.cos(10))) < 1e-6)
  }
}

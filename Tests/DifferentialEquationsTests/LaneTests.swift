import DifferentialEquations
import NumericKernels
import Testing

@Suite("Lanes of differential equations")
struct LaneTests {
  /// One sample of van der Pol's oscillator: its stiffness, amounts and times.
  private struct Sample {
    var stiffness, first, second, start, end: Double
  }

  /// From easy to stiff, with empty intervals and samples that fail.
  private let samples: [Sample] = [
    Sample(stiffness: 1, first: 2, second: 0, start: 0, end: 20),
    Sample(stiffness: 1e6, first: 2, second: 0, start: 0, end: 1.5),
    Sample(stiffness: 30, first: -1, second: 3, start: 5, end: 6),
    Sample(stiffness: 1e4, first: 1, second: 0.5, start: 1, end: 4),
    Sample(stiffness: 2, first: 0.1, second: 0.2, start: 3, end: 3),
    Sample(stiffness: .nan, first: 1, second: 1, start: 0, end: 1),
    Sample(stiffness: 10, first: 1, second: .infinity, start: 0, end: 1),
    Sample(stiffness: 5, first: 1, second: 1, start: 0, end: .infinity),
    Sample(stiffness: 3e5, first: 1.5, second: 0, start: -1, end: 1),
    Sample(stiffness: 1e-3, first: 1, second: -1, start: 0, end: 1000),
  ]

  /// Three intervals one after another; both amounts after each.
  private func bits(_ chosen: [Sample?]) -> [[UInt64]] {
    func lanes(_ value: (Sample) -> Double, _ other: Double) -> Lanes {
      var result = Lanes.all(other)
      for (lane, sample) in chosen.enumerated() { result[lane] = sample.map(value) ?? other }
      return result
    }
    let solver = DifferentialEquationSolver(
      compartmentCount: 2, tolerances: SolverTolerances(relative: 1e-6, absolute: 1e-6))
    let function = VanDerPol(stiffness: lanes(\.stiffness, 1))
    var amounts = [lanes(\.first, 1), lanes(\.second, 1)]
    var (start, end) = (lanes(\.start, 0), lanes(\.end, 0))
    var found = chosen.map { _ in [UInt64]() }
    for _ in 0..<3 {
      amounts = solve(
        function, amounts, from: start, to: end, rates: [Lanes.all(0), Lanes.all(0.01)],
        by: solver)
      for lane in chosen.indices {
        found[lane] += [amounts[0][lane].bitPattern, amounts[1][lane].bitPattern]
      }
      (start, end) = (end, end + 0.3 * (end - start))
    }
    return found
  }

  @Test("a sample has the same bits alone, in any lane and in any company")
  func independence() {
    var alone: [[UInt64]] = []
    for sample in samples {
      var chosen = [Sample?](repeating: nil, count: 8)
      chosen[0] = sample
      alone.append(bits(chosen)[0])
    }
    #expect(Set(alone.map { $0.last! }).count >= 7, "the samples differ")
    for lane in 1..<8 {
      for (sample, expected) in zip(samples, alone) {
        var chosen = [Sample?](repeating: nil, count: 8)
        chosen[lane] = sample
        #expect(bits(chosen)[lane] == expected)
      }
    }
    for turn in 0..<20 {
      let places = (0..<8).map { (3 * $0 + turn + turn / 10 * $0) % samples.count }
      let together = bits(places.map { samples[$0] })
      for lane in 0..<8 { #expect(together[lane] == alone[places[lane]]) }
    }
  }

  @Test("stiff samples are handed over, their neighbours are not")
  func stiffAmongOthers() {
    let solver = DifferentialEquationSolver(compartmentCount: 2)
    var stiffness = Lanes.all(1)
    stiffness[2] = 1e6
    stiffness[5] = 1e5
    let start = [Lanes.all(2), Lanes.all(0)]
    let amounts = solve(
      VanDerPol(stiffness: stiffness), start, to: Lanes.all(0.5), by: solver)
    #expect(solver.statistics.handOvers == 2)
    #expect(solver.statistics.failures == 0)
    // On the slow manifold y′ = y/(1 − y²): ln y − y²/2 = t + constant.
    for lane in [2, 5] {
      let y = amounts[0][lane]
      let constant = (log(Lanes.all(y)) - log(Lanes.all(2)))[0] - (y * y - 4) / 2
      #expect(abs(constant - 0.5) < 1e-4)
    }
    let easy = solve(VanDerPol(stiffness: Lanes.all(1)), start, to: Lanes.all(0.5))
    for lane in [0, 1, 3, 4, 6, 7] {
      #expect(amounts[0][lane].bitPattern == easy[0][lane].bitPattern)
    }
  }

  @Test("after begin() a solver knows nothing of what it solved before")
  func begin() {
    let solver = DifferentialEquationSolver(compartmentCount: 2)
    let start = [Lanes.all(2), Lanes.all(0)]
    let stiff = VanDerPol()
    let first = solve(stiff, start, to: Lanes.all(1), by: solver)
    _ = solve(VanDerPol(stiffness: Lanes.all(4e4)), start, to: Lanes.all(0.7), by: solver)
    solver.begin()
    let again = solve(stiff, start, to: Lanes.all(1), by: solver)
    #expect(first.map(\.patterns) == again.map(\.patterns))
  }

  @Test(
    "a stiff sample goes on from observation to observation, and begins anew where something changes"
  )
  func continuation() {
    enum Change { case nothing, parameters, amounts, rates }
    func run(_ change: Change) -> (amounts: [Lanes], statistics: SolverStatistics) {
      let solver = DifferentialEquationSolver(compartmentCount: 2)
      var amounts = [Lanes.all(2), Lanes.all(0)]
      for i in 0..<40 {
        if change == .parameters { solver.parametersChange() }
        if change == .amounts { amounts[1] += 1e-9 }
        let rate = change == .rates ? 1e-9 * Double(i) : 0
        amounts = solve(
          VanDerPol(), amounts, from: Lanes.all(0.0125 * Double(i)),
          to: Lanes.all(0.0125 * Double(i + 1)), rates: [Lanes.all(0), Lanes.all(rate)], by: solver)
      }
      return (amounts, solver.statistics)
    }
    let whole = solve(VanDerPol(), [Lanes.all(2), Lanes.all(0)], to: Lanes.all(0.5))
    let kept = run(.nothing)
    #expect(kept.statistics.handOvers == 320)
    #expect(largestError(kept.amounts[0], whole[0]) < 1e-6)
    for change in [Change.parameters, .amounts, .rates] {
      let anew = run(change)
      #expect(anew.statistics.stiffSteps > 2 * kept.statistics.stiffSteps)
      #expect(largestError(anew.amounts[0], whole[0]) < 1e-6)
    }
  }
}

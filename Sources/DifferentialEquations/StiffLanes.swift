import CSundials
public import NumericKernels

/// A solver by CVODE for each lane that has been handed over, and where it has left the lane: if
/// the next interval begins there, with the same amounts and rates, the solver keeps the order and
/// the size of its steps.
@usableFromInline
final class StiffLanes {
  private let compartmentCount: Int
  private var solvers = [OpaquePointer?](repeating: nil, count: 8)
  /// Time that CVODE has reached; NaN where it has to begin anew.
  private var reached = Lanes.all(.nan)
  private var tolerances = SolverTolerances()
  private let amounts: UnsafeMutablePointer<Lanes>
  private let rates: UnsafeMutablePointer<Lanes>
  private let partials: UnsafeMutablePointer<Lanes>
  /// One sample's amounts.
  private let sample: UnsafeMutablePointer<Double>

  init(compartmentCount: Int) {
    self.compartmentCount = compartmentCount
    amounts = DifferentialEquationSolver.vectors(compartmentCount)
    rates = DifferentialEquationSolver.vectors(compartmentCount)
    partials = DifferentialEquationSolver.vectors(compartmentCount * compartmentCount)
    sample = .allocate(capacity: compartmentCount)
    sample.initialize(repeating: 0, count: compartmentCount)
  }

  deinit {
    for solver in solvers { if let solver { csundials_free(solver) } }
    for memory in [amounts, rates, partials] { memory.deallocate() }
    sample.deallocate()
  }

  @usableFromInline
  func forget() { reached = Lanes.all(.nan) }

  func forget(where lanes: Lanes) {
    for lane in 0..<8 where lanes[lane] > 0 { reached[lane] = .nan }
  }

  /// Whether CVODE can go on where it has left the lane.
  @usableFromInline
  func continues(
    _ lane: Int, _ amounts: UnsafePointer<Lanes>, _ rates: UnsafePointer<Lanes>, from start: Double,
    _ tolerances: SolverTolerances
  ) -> Bool {
    guard reached[lane] == start, tolerances == self.tolerances else { return false }
    for i in 0..<compartmentCount {
      guard amounts[i][lane] == self.amounts[i][lane], rates[i][lane] == self.rates[i][lane] else {
        return false
      }
    }
    return true
  }

  /// - Returns: whether the lane's amounts are those at the end.
  func solve(
    _ call: inout StiffCall, _ amounts: UnsafeMutablePointer<Lanes>, from start: Double,
    to end: Double, tolerances: SolverTolerances, statistics: inout SolverStatistics
  ) -> Bool {
    let lane = call.lane
    if tolerances != self.tolerances {
      forget()
      self.tolerances = tolerances
    }
    let isUnderWay = continues(lane, amounts, call.rates, from: start, tolerances)
    reached[lane] = .nan
    let solver = solvers[lane] ?? csundials_make(Int64(compartmentCount))
    guard let solver else { return false }
    solvers[lane] = solver
    call.partials = partials
    for i in 0..<compartmentCount { sample[i] = amounts[i][lane] }
    var counts = CSundialsCounts()
    let hasJacobian = call.jacobian != nil
    let code = withUnsafeMutablePointer(to: &call) {
      csundials_integrate(
        solver, stiffDerivatives, hasJacobian ? stiffJacobian : nil, $0, isUnderWay ? 1 : 0, start,
        end, sample, StiffCall.sharpening * tolerances.relative,
        StiffCall.sharpening * tolerances.absolute, Int64(tolerances.maximumSteps), &counts)
    }
    statistics.stiffSteps += Int(counts.steps)
    statistics.stiffEvaluations += Int(counts.evaluations)
    guard code == 0, (0..<compartmentCount).allSatisfy({ sample[$0].isFinite }) else {
      return false
    }
    for i in 0..<compartmentCount {
      amounts[i][lane] = sample[i]
      self.amounts[i][lane] = sample[i]
      rates[i][lane] = call.rates[i][lane]
    }
    reached[lane] = end
    return true
  }
}

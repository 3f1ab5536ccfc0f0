import DifferentialEquations
import Glibc
import NumericKernels

func cosine(_ x: Lanes) -> Lanes { x.map(Glibc.cos) }
func sine(_ x: Lanes) -> Lanes { x.map(Glibc.sin) }

extension SIMD8 where Scalar == Double {
  func map(_ function: (Double) -> Double) -> Self {
    var result = self
    for lane in 0..<8 { result[lane] = function(self[lane]) }
    return result
  }

  /// The lanes' bits, by which NaN equals itself.
  var patterns: [UInt64] { (0..<8).map { self[$0].bitPattern } }
}

/// 8 values, `middle` times 1/`ratio` … `ratio`, in no order.
func spread(_ middle: Double, _ ratio: Double, turn: Int = 0) -> Lanes {
  var lanes = Lanes.all(0)
  for lane in 0..<8 {
    let place = Double((5 * lane + 3 * turn) % 8) / 3.5 - 1
    lanes[lane] = middle * Glibc.pow(ratio, place)
  }
  return lanes
}

/// What a solver makes of amounts in one interval.
func solve<F: DerivativeFunction>(
  _ function: F, _ amounts: [Lanes], from start: Lanes = Lanes.all(0), to end: Lanes,
  rates: [Lanes]? = nil, by solver: DifferentialEquationSolver
) -> [Lanes] {
  var amounts = amounts
  let rates = rates ?? amounts.map { _ in Lanes.all(0) }
  amounts.withUnsafeMutableBufferPointer { amounts in
    rates.withUnsafeBufferPointer { rates in
      solver.advance(
        function, amounts: amounts.baseAddress!, rates: rates.baseAddress!, from: start, to: end)
    }
  }
  return amounts
}

/// The same by a solver of its own.
func solve<F: DerivativeFunction>(
  _ function: F, _ amounts: [Lanes], from start: Lanes = Lanes.all(0), to end: Lanes,
  rates: [Lanes]? = nil, _ tolerances: SolverTolerances = SolverTolerances()
) -> [Lanes] {
  let solver = DifferentialEquationSolver(
    compartmentCount: amounts.count, tolerances: tolerances)
  return solve(function, amounts, from: start, to: end, rates: rates, by: solver)
}

/// The largest relative difference over the lanes.
func largestError(_ values: Lanes, _ expected: Lanes) -> Double {
  (0..<8).map { abs(values[$0] - expected[$0]) / abs(expected[$0]) }.reduce(0, Swift.max)
}

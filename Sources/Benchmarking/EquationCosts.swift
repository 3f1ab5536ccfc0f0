import CBenchmark
import CSundials
import DifferentialEquations
import NumericKernels

/// What the differential equations of one sample cost: three days with a dose and twelve
/// observations each.
package struct EquationFigures: Codable, Sendable, Equatable {
  package let model: String
  /// Eight lanes, or CVODE for one sample at a time.
  package let solver: String
  /// Relative tolerance.
  package let tolerance: Double
  package let nanosecondsPerSample: Double
  /// Of a sample, accepted and rejected.
  package let steps: Double
  /// Of the right-hand side of a sample; eight lanes count as eight, those that have arrived with
  /// them.
  package let evaluations: Double
  /// The largest difference of an observation from a solution with a far smaller tolerance,
  /// relative to it or to a thousandth of the dose if that is more.
  package let error: Double

  package var nanosecondsPerEvaluation: Double { nanosecondsPerSample / evaluations }

  package init(
    model: String, solver: String, tolerance: Double, nanosecondsPerSample: Double, steps: Double,
    evaluations: Double, error: Double
  ) {
    self.model = model
    self.solver = solver
    self.tolerance = tolerance
    self.nanosecondsPerSample = nanosecondsPerSample
    self.steps = steps
    self.evaluations = evaluations
    self.error = error
  }
}

/// Differential equations by eight lanes, and by CVODE one sample at a time, in plain code.
package enum EquationCosts {
  static let days = 3
  static let hours = [0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24]

  package static func measure(isQuick: Bool = false) -> [EquationFigures] {
    let repetitions = isQuick ? 3 : 30
    return figures(of: SaturableElimination.self, repetitions)
      + figures(of: TwoCompartments.self, repetitions)
      + figures(of: TargetMediatedDisposition.self, repetitions)
  }

  private static func figures<S: EquationSystem>(of system: S.Type, _ repetitions: Int)
    -> [EquationFigures]
  {
    let reference = EquationRun<S>(tolerance: 1e-12)
    reference.solveLanes()
    var figures: [EquationFigures] = []
    for tolerance in [1e-6, 1e-9] {
      let run = EquationRun<S>(tolerance: tolerance)
      let lanes = leastProcessorSeconds(of: repetitions) { run.solveLanes() }
      let counts = run.solver.statistics
      figures.append(
        EquationFigures(
          model: S.name, solver: "8 lanes", tolerance: tolerance,
          nanosecondsPerSample: lanes / 8 * 1e9,
          steps: Double(counts.steps + counts.rejectedSteps + counts.stiffSteps) / 8,
          evaluations: Double(counts.evaluations) + Double(counts.stiffEvaluations) / 8,
          error: run.error(against: reference)))
      let single = leastProcessorSeconds(of: repetitions) { run.solveSamples() }
      figures.append(
        EquationFigures(
          model: S.name, solver: "CVODE", tolerance: tolerance,
          nanosecondsPerSample: single / 8 * 1e9, steps: Double(run.counts.steps) / 8,
          evaluations: Double(run.counts.evaluations) / 8, error: run.error(against: reference)))
    }
    return figures
  }

  /// CVODE takes so long that other processes come between.
  private static func leastProcessorSeconds(of repetitions: Int, _ action: () -> Void) -> Double {
    (0..<repetitions).map { _ in elapsed(action).processor }.min() ?? .infinity
  }
}

/// Eight samples, solved in two ways.
private final class EquationRun<S: EquationSystem> {
  let solver: DifferentialEquationSolver
  private(set) var counts = CSundialsCounts()
  private let tolerance: Double
  private let cvode: OpaquePointer
  private let system: S
  /// Parameters of the eight samples, one after another.
  private let parameters: UnsafeMutablePointer<Double>
  private let amounts: UnsafeMutablePointer<Lanes>
  private let rates: UnsafeMutablePointer<Lanes>
  private let sample: UnsafeMutablePointer<Double>
  private let observations: UnsafeMutablePointer<Lanes>
  private let observationCount = EquationCosts.days * EquationCosts.hours.count

  init(tolerance: Double) {
    self.tolerance = tolerance
    let n = S.compartmentCount
    solver = DifferentialEquationSolver(
      compartmentCount: n,
      tolerances: SolverTolerances(relative: tolerance, absolute: tolerance))
    guard let cvode = csundials_make(Int64(n)) else { preconditionFailure("there is memory") }
    self.cvode = cvode
    // Lognormal effects of 30 % or so, without a pattern.
    let typical = S.typicalParameters
    let lanes = typical.indices.map { j in
      var effect = Lanes.all(0)
      for lane in 0..<8 { effect[lane] = 0.4 * (Double((5 * lane + 3 * j) % 8) / 3.5 - 1) }
      return typical[j] * NumericKernels.exp(effect)
    }
    system = S(lanes)
    parameters = .allocate(capacity: 8 * typical.count)
    for lane in 0..<8 {
      for j in typical.indices {
        (parameters + lane * typical.count + j).initialize(to: lanes[j][lane])
      }
    }
    amounts = .allocate(capacity: n)
    amounts.initialize(repeating: Lanes.all(0), count: n)
    rates = .allocate(capacity: n)
    rates.initialize(repeating: Lanes.all(0), count: n)
    sample = .allocate(capacity: n)
    sample.initialize(repeating: 0, count: n)
    observations = .allocate(capacity: observationCount)
    observations.initialize(repeating: Lanes.all(0), count: observationCount)
  }

  deinit {
    csundials_free(cvode)
    parameters.deallocate()
    for memory in [amounts, rates, observations] { memory.deallocate() }
    sample.deallocate()
  }

  private func initialAmounts(_ lane: Int) -> [Double] {
    let count = S.typicalParameters.count
    return S.initialAmounts((0..<count).map { parameters[lane * count + $0] })
  }

  func solveLanes() {
    solver.begin()
    solver.statistics = SolverStatistics()
    for lane in 0..<8 {
      for (i, amount) in initialAmounts(lane).enumerated() { amounts[i][lane] = amount }
    }
    var place = 0
    for day in 0..<EquationCosts.days {
      var time = 24 * Double(day)
      amounts[0] += S.dose
      for hour in EquationCosts.hours {
        let end = 24 * Double(day) + hour
        solver.advance(
          system, amounts: amounts, rates: rates, from: Lanes.all(time), to: Lanes.all(end))
        observations[place] = amounts[S.observed]
        (time, place) = (end, place + 1)
      }
    }
    cbenchmark_observe(observations)
  }

  /// CVODE begins anew with each dose, as it does for stiff lanes.
  func solveSamples() {
    counts = CSundialsCounts()
    let count = S.typicalParameters.count
    let derivatives = Self.plainDerivatives
    for lane in 0..<8 {
      for (i, amount) in initialAmounts(lane).enumerated() { sample[i] = amount }
      var place = 0
      for day in 0..<EquationCosts.days {
        var time = 24 * Double(day)
        sample[0] += S.dose
        for hour in EquationCosts.hours {
          let end = 24 * Double(day) + hour
          var once = CSundialsCounts()
          let code = csundials_integrate(
            cvode, derivatives, nil, parameters + lane * count,
            place % EquationCosts.hours.count == 0 ? 0 : 1,
            time, end, sample, tolerance, tolerance, 1_000_000, &once)
          precondition(code == 0, "CVODE solves the benchmark")
          counts.steps += once.steps
          counts.evaluations += once.evaluations
          observations[place][lane] = sample[S.observed]
          (time, place) = (end, place + 1)
        }
      }
    }
    cbenchmark_observe(observations)
  }

  /// C takes no generic functions.
  private static var plainDerivatives: csundials_derivatives {
    if S.self == SaturableElimination.self {
      return { _, amounts, derivatives, parameters in
        SaturableElimination.derivatives(
          parameters.assumingMemoryBound(to: Double.self), amounts, derivatives)
        return 0
      }
    }
    if S.self == TwoCompartments.self {
      return { _, amounts, derivatives, parameters in
        TwoCompartments.derivatives(
          parameters.assumingMemoryBound(to: Double.self), amounts, derivatives)
        return 0
      }
    }
    precondition(S.self == TargetMediatedDisposition.self, "a function for each system")
    return { _, amounts, derivatives, parameters in
      TargetMediatedDisposition.derivatives(
        parameters.assumingMemoryBound(to: Double.self), amounts, derivatives)
      return 0
    }
  }

  func error(against reference: EquationRun) -> Double {
    var worst = 0.0
    for i in 0..<observationCount {
      for lane in 0..<8 {
        let expected = reference.observations[i][lane]
        worst = max(
          worst, abs(observations[i][lane] - expected) / max(abs(expected), 1e-3 * S.dose))
      }
    }
    return worst
  }
}

/// What solving cost, counted in samples: a step that eight samples take together counts eight
/// times. Counters of several solvers are added.
public struct SolverStatistics: Sendable, Equatable {
  /// Steps of the explicit method that were accepted.
  public var steps = 0
  /// Steps of the explicit method that were rejected, as their error was too large or not a number.
  public var rejectedSteps = 0
  /// Evaluations of the right-hand side for eight samples at once, by the explicit method.
  public var evaluations = 0
  /// Times that a sample was handed over to the solver of stiff equations.
  public var handOvers = 0
  /// Steps of the solver of stiff equations.
  public var stiffSteps = 0
  /// Evaluations of the right-hand side for one sample, by the solver of stiff equations.
  public var stiffEvaluations = 0
  /// Samples that could not be carried to the end of an interval, and whose amounts are NaN since.
  public var failures = 0

  public init() {}

  public static func + (a: Self, b: Self) -> Self {
    var sum = a
    sum += b
    return sum
  }

  public static func += (a: inout Self, b: Self) {
    a.steps += b.steps
    a.rejectedSteps += b.rejectedSteps
    a.evaluations += b.evaluations
    a.handOvers += b.handOvers
    a.stiffSteps += b.stiffSteps
    a.stiffEvaluations += b.stiffEvaluations
    a.failures += b.failures
  }
}

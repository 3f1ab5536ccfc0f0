/// How accurately differential equations are solved, and when the solver gives up.
public struct SolverTolerances: Sendable, Equatable {
  /// Error that a step may make in an amount, as a share of that amount; 1e-8 by default, which
  /// changes log L by some 1e-7 an observation where the residual error is 10 %, in twice the time
  /// of 1e-6.
  public var relative: Double
  /// Error that a step may make in an amount however small it is, in the units of the amounts; 1e-8
  /// by default, to be lowered where doses are small numbers.
  public var absolute: Double
  /// Most steps, accepted and rejected, between two events; 20 000 by default. A sample that needs
  /// more goes to CVODE, and fails if that needs more as well.
  public var maximumSteps: Int

  /// - Precondition: all are positive, and the tolerances finite.
  public init(relative: Double = 1e-8, absolute: Double = 1e-8, maximumSteps: Int = 20_000) {
    precondition(relative > 0 && relative < 1, "relative tolerance: expected 0 < value < 1")
    precondition(absolute > 0 && absolute.isFinite, "absolute tolerance: expected a positive value")
    precondition(maximumSteps > 0, "number of steps: expected a positive value")
    self.relative = relative
    self.absolute = absolute
    self.maximumSteps = maximumSteps
  }
}

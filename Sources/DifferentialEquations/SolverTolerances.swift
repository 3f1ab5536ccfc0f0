/// How accurately differential equations are solved, and when the solver gives up.
public struct SolverTolerances: Sendable, Equatable {
  /// Error that a step may make in an amount, as a share of that amount.
  public var relative: Double
  /// Error that a step may make in an amount however small it is, in the units of the amounts.
  public var absolute: Double
  /// Most steps, accepted and rejected, between two events; a sample that needs more fails.
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

public import NumericKernels

/// Solves systems of ordinary differential equations for eight samples at once, each with its own
/// times, steps and errors.
///
/// An explicit Runge–Kutta method carries all samples together; a sample that it finds stiff is
/// handed over to CVODE, alone. No sample's bits depend on those beside it, nor on its lane. The
/// memory is made once, and nothing is allocated while integrating; a solver belongs to one thread.
public final class DifferentialEquationSolver {
  /// Number of amounts y.
  public let compartmentCount: Int
  public var tolerances: SolverTolerances
  /// What all calls have cost since the beginning, or since it was last set.
  public var statistics = SolverStatistics()

  /// Derivatives of the stages, one stage after another.
  @usableFromInline let stages: UnsafeMutablePointer<Lanes>
  /// Amounts at which a stage is evaluated.
  @usableFromInline let trial: UnsafeMutablePointer<Lanes>
  /// Amounts at the end of a step.
  @usableFromInline let next: UnsafeMutablePointer<Lanes>

  /// The step that each lane would take next; 0 where it has to be found.
  @usableFromInline var step = Lanes.all(0)
  /// Squared error of each lane's last accepted step, in units of the tolerance.
  @usableFromInline var lastError = Lanes.all(1)
  /// Steps in each lane at the border of stability, without many others between them.
  @usableFromInline var borderSteps = Lanes.all(0)
  /// Steps in each lane away from the border since the last one at it.
  @usableFromInline var calmSteps = Lanes.all(0)
  /// 1 in lanes that have been found stiff, else 0.
  @usableFromInline var stiff = Lanes.all(0)

  /// What lanes need that are handed over; made for the first of them.
  @usableFromInline var stiffLanes: StiffLanes?

  /// - Precondition: at least one compartment.
  public init(compartmentCount: Int, tolerances: SolverTolerances = SolverTolerances()) {
    precondition(compartmentCount > 0, "a system without compartments has nothing to solve")
    self.compartmentCount = compartmentCount
    self.tolerances = tolerances
    stages = Self.vectors(VernerMethod.stageCount * compartmentCount)
    trial = Self.vectors(compartmentCount)
    next = Self.vectors(compartmentCount)
  }

  deinit {
    for memory in [stages, trial, next] { memory.deallocate() }
  }

  /// Forgets the step sizes and which lanes are stiff: to be called before other samples are
  /// solved, whose bits would else depend on what was solved before them.
  @inlinable
  public func begin() {
    step = Lanes.all(0)
    lastError = Lanes.all(1)
    borderSteps = Lanes.all(0)
    calmSteps = Lanes.all(0)
    stiff = Lanes.all(0)
    parametersChange()
  }

  /// Says that the next function's derivatives are others than the last one's at the same time and
  /// amounts: to be called when, for example, a covariate changes. Doses, rates and times that do
  /// not follow on each other are noticed by themselves.
  @inlinable
  public func parametersChange() { stiffLanes?.forget() }

  /// As `parametersChange()`, of the lanes that are above 0 alone.
  public func parametersChange(where lanes: Lanes) { stiffLanes?.forget(where: lanes) }

  @usableFromInline
  static func vectors(_ count: Int) -> UnsafeMutablePointer<Lanes> {
    let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: count)
    memory.initialize(repeating: Lanes.all(0), count: count)
    return memory
  }
}

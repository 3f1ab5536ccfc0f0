import CSundials
import CVector
import NumericKernels

/// Solves systems of ordinary differential equations for eight samples at once, each with its own times, steps and errors.
///
/// An explicit Runge–Kutta method carries all samples together; a sample that it finds stiff is handed over to CVODE alone.
/// No sample's bits depend on those beside it, nor on its lane. The memory is made once, and nothing is allocated afterwards; a
/// solver belongs to one thread.
public final class DifferentialEquationSolver {
  /// Number of amounts y.
  public let compartmentCount: Int
  public var tolerances: SolverTolerances
  /// What all calls since the beginning, or since it was last set, have cost.
  public var statistics = SolverStatistics()

  @usableFromInline let method: EmbeddedMethod
  /// Derivatives of the stages, one after another.
  @usableFromInline let stages: UnsafeMutablePointer<Lanes>
  /// Amounts at which a stage is evaluated.
  @usableFromInline let trial: UnsafeMutablePointer<Lanes>
  /// Amounts at the end of a step.
  @usableFromInline let next: UnsafeMutablePointer<Lanes>
  /// Where a Jacobian goes before one lane of it is taken; made with the solver of stiff equations.
  @usableFromInline var partials: UnsafeMutablePointer<Lanes>?
  /// One sample's amounts.
  @usableFromInline let sample: UnsafeMutablePointer<Double>
  @usableFromInline var stiffSolver: OpaquePointer?

  /// The step that each lane would take next; 0 where it has to be found.
  @usableFromInline var step = Lanes.all(0)
  /// Squared error of each lane's last accepted step.
  @usableFromInline var lastError = Lanes.all(1)
  /// 1 in lanes that have been found stiff, else 0.
  @usableFromInline var stiff = Lanes.all(0)

  /// - Precondition: at least one compartment.
  public convenience init(compartmentCount: Int, tolerances: SolverTolerances = SolverTolerances()) {
    self.init(compartmentCount: compartmentCount, tolerances: tolerances, method: .standard)
  }

  package init(compartmentCount: Int, tolerances: SolverTolerances, method: EmbeddedMethod) {
    precondition(compartmentCount > 0, "a system without compartments has nothing to solve")
    self.compartmentCount = compartmentCount
    self.tolerances = tolerances
    self.method = method
    stages = Self.vectors(method.stageCount * compartmentCount)
    trial = Self.vectors(compartmentCount)
    next = Self.vectors(compartmentCount)
    sample = .allocate(capacity: compartmentCount)
    sample.initialize(repeating: 0, count: compartmentCount)
  }

  deinit {
    for memory in [stages, trial, next] { memory.deallocate() }
    partials?.deallocate()
    sample.deallocate()
    if let stiffSolver { csundials_free(stiffSolver) }
  }

  /// Forgets the step sizes and which lanes are stiff: to be called before other samples are solved, whose bits would else depend on what was
  /// solved before them.
  @inlinable
  public func begin() {
    step = Lanes.all(0)
    lastError = Lanes.all(1)
    stiff = Lanes.all(0)
  }

  @usableFromInline
  static func vectors(_ count: Int) -> UnsafeMutablePointer<Lanes> {
    let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: count)
    memory.initialize(repeating: Lanes.all(0), count: count)
    return memory
  }
}

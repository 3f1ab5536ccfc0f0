import DifferentialEquations
import ModelLanguage
import NumericKernels
import Synchronization

/// Memory for predictions of one model, for one thread at a time.
final class EquationWorkspace {
  let language: ModelWorkspace
  /// Of the library: parameters, and concentrations of a subject.
  private(set) var library: UnsafeMutablePointer<Lanes>
  private var libraryCapacity = 0
  let solver: DifferentialEquationSolver?
  /// By compartment: 1 in lanes in which it is on, else 0.
  let isOn: UnsafeMutablePointer<Lanes>

  init(_ model: CompiledModel, tolerances: SolverTolerances) {
    language = ModelWorkspace(model)
    let compartmentCount = model.compartments.count
    library = .allocate(capacity: 1)
    solver =
      model.has(.differential)
      ? DifferentialEquationSolver(compartmentCount: compartmentCount, tolerances: tolerances)
      : nil
    isOn = .allocate(capacity: max(1, compartmentCount))
    isOn.initialize(repeating: Lanes.all(1), count: max(1, compartmentCount))
  }

  deinit {
    library.deallocate()
    isOn.deallocate()
  }

  /// Makes room for vectors of the library.
  func reserveLibrary(_ count: Int) {
    guard count > libraryCapacity else { return }
    library.deallocate()
    library = .allocate(capacity: count)
    library.initialize(repeating: Lanes.all(0), count: count)
    libraryCapacity = count
  }
}

/// Workspaces that are not in use.
final class EquationWorkspacePool: Sendable {
  // Workspaces leave the pool before a thread uses them and come back after it.
  private struct Idle: @unchecked Sendable {
    var workspaces: [EquationWorkspace] = []
  }

  private let model: CompiledModel
  private let tolerances: SolverTolerances
  private let idle = Mutex(Idle())

  init(_ model: CompiledModel, tolerances: SolverTolerances) {
    self.model = model
    self.tolerances = tolerances
  }

  func take() -> EquationWorkspace {
    let taken = idle.withLock { idle in
      idle.workspaces.popLast().map(Unmanaged.passRetained)
    }
    return taken?.takeRetainedValue() ?? EquationWorkspace(model, tolerances: tolerances)
  }

  func giveBack(_ workspace: EquationWorkspace) {
    nonisolated(unsafe) let workspace = workspace
    idle.withLock { $0.workspaces.append(workspace) }
  }
}

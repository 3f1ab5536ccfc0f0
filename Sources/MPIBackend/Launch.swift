import Glibc

/// How this process was started, as far as the environment of the launcher tells.
///
/// Many variables mislead: the batch script of a Slurm job has SLURM_PROCID and SLURM_NTASKS
/// without being a task, a job that was submitted from within another one inherits all of that
/// one's, and under `mpirun` within a job those of Slurm tell of its daemons.
package enum Launch: Sendable, Equatable {
  /// By itself.
  case alone
  /// As a rank, by a launcher that the MPI library understands.
  /// - Parameters:
  ///   - number: of the rank, where the launcher tells.
  ///   - count: how many ranks the launcher says there are, where it tells.
  case rank(number: Int?, of: Int?)
  /// As one of several processes that do not see each other.
  case stranger(Stranger)

  /// One of several processes that were started together and cannot work together.
  package struct Stranger: Sendable, Equatable {
    /// What started them.
    package let launcher: String
    /// Counted from 0; `nil` if the launcher does not tell.
    package let number: Int?
    package let count: Int
  }

  /// What understands which launcher.
  package enum Library: Sendable, Equatable {
    /// Ranks meet by PMIx: Open MPI.
    case pmix
    /// Ranks meet by the older PMI: MPICH and what comes from it, as Intel MPI and MVAPICH.
    case pmi

    /// - Parameter version: name and version as the library tells them.
    package init(version: String) {
      let families = ["MPICH", "Intel(R) MPI", "MVAPICH"]
      self = families.contains { version.contains($0) } ? .pmi : .pmix
    }
  }

  /// The variable that says that processes which do not see each other are meant to be so.
  package static let separateVariable = "POPMIX_SEPARATE"

  /// Of this process.
  package static var current: Launch {
    Launch(
      environment: processEnvironment, library: Library(version: MPIEnvironment.libraryVersion),
      processID: Int(getpid()))
  }

  package init(environment: [String: String], library: Library, processID: Int) {
    let variables = LauncherVariables(environment, processID: processID)
    switch library {
    case .pmix: self = variables.launchForPMIx
    case .pmi: self = variables.launchForPMI
    }
    if case .stranger = self, environment[Self.separateVariable] == "1" { self = .alone }
  }
}

/// What launchers leave in the environment.
private struct LauncherVariables {
  let values: [String: String]
  let processID: Int

  init(_ values: [String: String], processID: Int) {
    self.values = values
    self.processID = processID
  }

  func number(_ name: String) -> Int? { values[name].flatMap { Int($0) } }

  // MARK: - Kinds of launchers

  var openMPI: (number: Int?, count: Int)? {
    number("OMPI_COMM_WORLD_SIZE").map { (number("OMPI_COMM_WORLD_RANK"), $0) }
  }

  /// MPICH's Hydra, which Intel MPI and MVAPICH have too, and Slurm's plugin pmi2.
  var pmi: (number: Int?, count: Int)? {
    number("PMI_SIZE").map { (number("PMI_RANK"), $0) }
  }

  var mvapich: (number: Int?, count: Int)? {
    number("MV2_COMM_WORLD_SIZE").map { (number("MV2_COMM_WORLD_RANK"), $0) }
  }

  /// A step of Slurm, of which this process, or a script that has started it, is a task.
  var slurm: (number: Int?, count: Int)? {
    guard let count = number("SLURM_STEP_NUM_TASKS"), !isAtTerminal else { return nil }
    // In a batch script they are those of the step from which the job was submitted: srun gives a
    // step both, sbatch the latter.
    guard number("SLURM_NPROCS") == count,
      values["SLURM_STEP_TASKS_PER_NODE"] == values["SLURM_TASKS_PER_NODE"]
    else { return nil }
    return (number("SLURM_PROCID"), count)
  }

  /// Whether a person works in a shell that `srun --pty` has started: the other tasks are no
  /// companions.
  private var isAtTerminal: Bool {
    values["SLURM_PTY_PORT"] != nil && number("SLURM_TASK_PID") != processID
  }

  /// The job whose step Slurm's PMIx serves.
  private var jobOfPMIx: Int? {
    guard let name = values["PMIX_NAMESPACE"], name.hasPrefix("slurm.pmix.") else { return nil }
    return name.split(separator: ".").dropFirst(2).first.flatMap { Int($0) }
  }

  /// Whether PMIx awaits this process: the variables are there, and are not left over from where
  /// the job was submitted or from the start of a shell.
  private var isAwaitedByPMIx: Bool {
    guard values["PMIX_RANK"] != nil else { return false }
    guard let job = jobOfPMIx else { return true }
    // The parts of a heterogeneous job have one server and several numbers.
    let isOfOtherJob = number("SLURM_JOB_ID").map { $0 != job } ?? false
    return !isAtTerminal && !(isOfOtherJob && values["SLURM_HET_SIZE"] == nil)
  }

  // MARK: - What a library makes of them

  var launchForPMIx: Launch {
    if isAwaitedByPMIx {
      let rank = number("PMIX_RANK")
      if jobOfPMIx == nil { return .rank(number: openMPI?.number ?? rank, of: openMPI?.count) }
      // Hydra has its proxies started by srun, and its ranks inherit what those have been given.
      if let pmi, pmi.count > 1 { return stranger(pmi, pmiName) }
      guard values["SLURM_HET_SIZE"] == nil, let slurm else { return .rank(number: rank, of: nil) }
      // Slurm lets a task start MPI once, and a script may well start popmix twice.
      return slurm.count == 1 ? .alone : .rank(number: rank, of: slurm.count)
    }
    if let pmi { return stranger(pmi, pmiName) }
    if let mvapich { return stranger(mvapich, "mpirun of MVAPICH") }
    if let openMPI { return stranger(openMPI, "mpirun of another Open MPI") }
    return strangerOfSlurm
  }

  var launchForPMI: Launch {
    if let pmi { return .rank(number: pmi.number, of: pmi.count) }
    if let mvapich { return .rank(number: mvapich.number, of: mvapich.count) }
    if let openMPI { return stranger(openMPI, "mpirun of Open MPI") }
    // MPICH may have been built with PMIx.
    if isAwaitedByPMIx { return .rank(number: number("PMIX_RANK"), of: slurm?.count) }
    return strangerOfSlurm
  }

  private var pmiName: String {
    values["SLURM_MPI_TYPE"] == "pmi2" ? "srun --mpi=pmi2" : "mpiexec of MPICH or Intel MPI"
  }

  private var strangerOfSlurm: Launch {
    guard let slurm else { return .alone }
    return stranger(slurm, "srun --mpi=\(values["SLURM_MPI_TYPE"] ?? "none")")
  }

  private func stranger(_ found: (number: Int?, count: Int), _ launcher: String) -> Launch {
    guard found.count > 1 else { return .alone }
    return .stranger(
      Launch.Stranger(launcher: launcher, number: found.number, count: found.count))
  }
}

private var processEnvironment: [String: String] {
  var found: [String: String] = [:]
  var entry = environ
  while let text = entry.pointee {
    let parts = String(cString: text).split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 { found[String(parts[0])] = String(parts[1]) }
    entry += 1
  }
  return found
}

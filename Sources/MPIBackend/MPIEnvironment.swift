import CMPI
import Glibc
package import MessagePassing
import Synchronization

private let hasStarted = Atomic(false)

/// Start and end of MPI in this process.
package enum MPIEnvironment {
  /// Whether this process was started as a rank, by `mpirun` or `srun --mpi=pmix`.
  package static var startedAsRank: Bool {
    if case .rank = Launch.current { true } else { false }
  }

  /// The communicator of all ranks, or a `SerialCommunicator` without starting MPI when not started
  /// as a rank.
  ///
  /// MPI itself ends the process when it cannot be started.
  /// - Throws: `CommunicationError` when MPI was started before or does not support threads.
  package static func start() throws(CommunicationError) -> any Communicator {
    guard startedAsRank else { return SerialCommunicator() }
    guard !hasStarted.exchange(true, ordering: .sequentiallyConsistent) else {
      throw .startedTwice
    }
    var serialized: Int32 = 0
    try check(cmpi_initialize(&serialized), "start")
    guard serialized != 0 else { throw .threadsNotSupported(library: libraryVersion) }
    return try MPICommunicator.world()
  }

  /// Whether MPI was started and has not been ended.
  package static var isRunning: Bool {
    guard hasStarted.load(ordering: .sequentiallyConsistent) else { return false }
    var running: Int32 = 0
    return cmpi_running(&running) == 0 && running != 0
  }

  /// Ends MPI; collective. Does nothing when MPI is not running.
  package static func finish() throws(CommunicationError) {
    guard isRunning else { return }
    try check(cmpi_finalize(), "finish")
  }

  /// Ends all ranks at once, wherever they are, with an exit code; ends this process alone when MPI
  /// is not running.
  package static func abort(_ code: Int32) -> Never {
    if isRunning { _ = cmpi_abort(code) }
    exit(code)
  }

  /// Name and version of the MPI library; may be asked without starting MPI.
  package static var libraryVersion: String {
    text { cmpi_library_version($0, $1) } ?? "an unknown MPI library"
  }

  /// Name of the machine on which this process runs.
  package static var hostName: String {
    let name = text { buffer, capacity in
      isRunning ? cmpi_processor_name(buffer, capacity) : gethostname(buffer, Int(capacity))
    }
    return name ?? "an unknown machine"
  }
}

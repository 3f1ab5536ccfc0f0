import Glibc
import JobControl

/// What is said when there is no memory left: the runtime then ends the process by `abort`, with a trace of where that was and no
/// word on what to do.
enum MemoryShortage {
  /// The runtime's own handler, for all other reasons.
  nonisolated(unsafe) private static var before = sigaction()
  /// Made in advance, as a handler must not allocate.
  nonisolated(unsafe) private static var message: UnsafeMutablePointer<CChar>?
  /// What is not to be had where memory is short.
  private static let probe = 1 << 28

  static func watch() {
    message = strdup(
      "popmix: the memory of this rank does not suffice (a limit of the batch system, of ulimit -v, or of the machine); give each "
        + "rank fewer subjects by more ranks on more machines, or lower 'estimation.memory-limit' in the job.\n")
    sigaction(SIGABRT, nil, &before)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in MemoryShortage.aborted() }
    action.sa_flags = Int32(bitPattern: UInt32(SA_NODEFER))
    sigaction(SIGABRT, &action, nil)
  }

  private static func aborted() {
    let found = mmap(
      nil, probe, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    if found == MAP_FAILED, let message {
      _ = write(2, message, strlen(message))
      _exit(ExitStatus.unavailable.rawValue)
    }
    // `abort` goes on with it when this returns.
    sigaction(SIGABRT, &before, nil)
    raise(SIGABRT)
  }
}

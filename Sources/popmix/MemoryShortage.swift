import Glibc
import JobControl
import OutputFolders

/// What is said when there is no memory left: the runtime then ends the process by `abort`, or
/// whoever was refused some writes where there is none, with a trace of where that was and no word
/// on what to do.
enum MemoryShortage {
  private static let signals = [SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP]
  /// The runtime's own handlers by signal, for all other reasons.
  nonisolated(unsafe) private static let before = UnsafeMutablePointer<sigaction>.allocate(
    capacity: 65)
  /// Made in advance, as a handler must not allocate.
  nonisolated(unsafe) private static var message: UnsafeMutablePointer<CChar>?
  /// What is not to be had where memory is short.
  private static let probe = 1 << 28

  static func watch() {
    message = strdup(
      "popmix: the memory of this rank does not suffice (a limit of the batch system, of ulimit -v, or of the machine); give each "
        + "rank fewer subjects by more ranks on more machines, or lower 'estimation.memory-limit' in the job.\n"
    )
    before.initialize(repeating: sigaction(), count: 65)
    for signal in signals {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { MemoryShortage.received($0) }
      action.sa_flags = SA_ONSTACK
      sigaction(signal, &action, before + Int(signal))
    }
  }

  private static func received(_ signal: Int32) {
    let found = mmap(
      nil, probe, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    if found == MAP_FAILED, let message {
      _ = write(2, message, strlen(message))
      _exit(ExitStatus.unavailable.rawValue)
    }
    // The instruction at fault is tried again when this returns, with the handler from before.
    sigaction(signal, before + Int(signal), nil)
    if signal == SIGABRT { raise(signal) }
  }
}

import Glibc
import JobControl
import Synchronization

/// Waits for the signals that ask a job to end, in a thread of its own.
///
/// The first one asks a fit to stop when its work is saved; the second ends the process at once. Where nothing can be saved the first does.
/// A thread that waits, in the place of a handler, may do what it likes; all other threads, those of the MPI library too, never see
/// the signals, as they inherit the mask of the first thread.
enum SignalWatch {
  static let signals = [SIGTERM, SIGINT, SIGUSR1]

  /// What the first signal asks.
  private static let request = Mutex<StopRequest?>(nil)
  private static let first = Atomic<Int32>(0)

  private static func set() -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    return set
  }

  /// Begins; before any other thread is made.
  static func start() {
    var set = set()
    pthread_sigmask(SIG_BLOCK, &set, nil)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        var set = SignalWatch.set()
        while true {
          var signal: Int32 = 0
          if sigwait(&set, &signal) == 0 { SignalWatch.received(signal) }
        }
      }, nil)
  }

  /// From now on the first signal asks for a stop.
  static func ask(_ stop: StopRequest) { request.withLock { $0 = stop } }

  private static func received(_ signal: Int32) {
    let stop = request.withLock { $0 }
    let isFirst = first.exchange(signal, ordering: .relaxed) == 0
    guard let stop, isFirst else { end(by: signal, afterRequest: stop != nil) }
    stop.ask(signal: signal)
  }

  /// Ends the process at once.
  private static func end(by number: Int32, afterRequest: Bool) -> Never {
    // What is saved is saved, and the exit code says that more is to do.
    if afterRequest { _exit(ExitStatus.stopped.rawValue) }
    signal(number, SIG_DFL)
    var set = set()
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(number)
    _exit(128 + number)
  }
}

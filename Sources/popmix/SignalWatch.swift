import Glibc
import JobControl
import Synchronization

/// Waits for the signals that ask a job to end, in a thread of its own.
///
/// The first one asks a fit to stop when its work is saved, also if it comes while the ranks still find each other; the second ends
/// the process at once. Commands that have nothing to save end with the first. A thread that waits, in the place of a handler, may do
/// what it likes; all other threads, those of the MPI library too, never see the signals, as they inherit the mask of the first thread.
enum SignalWatch {
  static let signals = [SIGTERM, SIGINT, SIGUSR1]

  private enum Answer {
    case remember(Int32?)
    case ask(StopRequest)
    case end
  }

  private static let answer = Mutex<Answer>(.remember(nil))

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

  /// From now on the first signal asks for a stop; at once, if one has come before.
  static func ask(_ stop: StopRequest) {
    answer.withLock {
      if case .remember(let signal?) = $0 { stop.ask(signal: signal) }
      $0 = .ask(stop)
    }
  }

  /// From now on the first signal ends the process; at once, if one has come before.
  static func end() {
    let early = answer.withLock { answer -> Int32? in
      defer { answer = .end }
      if case .remember(let signal) = answer { return signal }
      return nil
    }
    if let early { end(by: early) }
  }

  private static func received(_ signal: Int32) {
    answer.withLock {
      switch $0 {
      case .remember(nil): $0 = .remember(signal)
      case .ask(let stop) where stop.signal == nil: stop.ask(signal: signal)
      // What is saved is saved, and the exit code says that more is to do.
      case .ask: _exit(ExitStatus.stopped.rawValue)
      case .remember, .end: end(by: signal)
      }
    }
  }

  /// Ends the process as if nobody had waited for the signal.
  private static func end(by number: Int32) -> Never {
    signal(number, SIG_DFL)
    var set = set()
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(number)
    _exit(128 + number)
  }
}

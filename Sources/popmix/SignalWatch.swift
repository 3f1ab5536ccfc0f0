import Glibc
import JobControl
import OutputFolders
import Synchronization

/// Waits for the signals that ask a job to end, in a thread of its own.
///
/// The first one asks a fit to stop when its work is saved, also if it comes while the ranks still
/// find each other; a second one ends the process at once. As Slurm and mpirun may each send their
/// own SIGTERM or SIGUSR1, and mpirun a second one after a few seconds, only SIGINT counts as the
/// second within ten seconds. Commands that have nothing to save end with the first. A thread that
/// waits, in the place of a handler, may do what it likes; all other threads, those of the MPI
/// library too, never see the signals, as they inherit the mask of the first thread.
enum SignalWatch {
  static let signals = [SIGTERM, SIGINT, SIGUSR1]

  private enum Answer {
    case remember
    case ask(StopRequest)
    case end
  }

  private struct State {
    var answer = Answer.remember
    var first: (signal: Int32, time: ContinuousClock.Instant)?
  }

  private static let state = Mutex(State())
  /// Seconds after which a process that was asked to stop ends as it is, and those that it gets to
  /// save its work.
  private static let patience = (working: 4.0, saving: 60.0)
  /// Whether this process speaks for the others.
  static let isSpeaker = Atomic(true)
  private static let grace = Duration.seconds(10)

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
          guard sigwait(&set, &signal) == 0 else { continue }
          if SignalWatch.isHandled(signal) {
            SignalWatch.handOn(signal)
          } else {
            SignalWatch.received(signal)
          }
        }
      }, nil)
  }

  /// From now on the first signal asks for a stop; at once, if one has come before.
  static func ask(_ stop: StopRequest) {
    state.withLock {
      if let first = $0.first { stop.ask(signal: first.signal) }
      $0.answer = .ask(stop)
    }
  }

  /// From now on the first signal ends the process; at once, if one has come before.
  static func end() {
    state.withLock {
      $0.answer = .end
      if let first = $0.first { end(by: first.signal) }
    }
  }

  /// Whether a handler is there, which knows better: that of the runtime when the program has
  /// crashed, which stops all threads by a signal that this one does not block while it waits, so
  /// that nobody asks for an end; or that of a report, which removes its files.
  private static func isHandled(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(signal, nil, &action) == 0 else { return false }
    // Shells let what runs in the background ignore SIGINT.
    let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    return handler != unsafeBitCast(SIG_DFL, to: Int.self) && handler != 1
  }

  /// Lets the handler run in this thread.
  private static func handOn(_ signal: Int32) {
    // The others wait on.
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, signal)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    pthread_kill(pthread_self(), signal)
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  private static func received(_ signal: Int32) {
    state.withLock {
      guard let first = $0.first else {
        $0.first = (signal, .now)
        endInTime()
        switch $0.answer {
        case .remember: break
        case .ask(let stop): stop.ask(signal: signal)
        case .end: end(by: signal)
        }
        return
      }
      guard signal == SIGINT || first.time.duration(to: .now) > grace else { return }
      // What is saved is saved, and the exit code says that more is to do.
      if case .ask = $0.answer { _exit(ExitStatus.stopped.rawValue) }
      end(by: signal)
    }
  }

  /// Ends the process if it has not ended by itself in time: what takes longer than that is a step
  /// of which nothing can be saved, or a system call that does not return. What was saved before
  /// stands, and the same command resumes from it.
  private static func endInTime() {
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { _ in
        SignalWatch.awaitEnd()
        return nil
      }, nil)
  }

  private static func awaitEnd() {
    let begin = ContinuousClock.now
    while true {
      usleep(100_000)
      let seconds = begin.duration(to: .now)
      if seconds > .seconds(isSaving ? patience.saving : patience.working) { break }
    }
    guard isAsked else { end(by: firstSignal) }
    if isSpeaker.load(ordering: .relaxed) {
      Program.complain(
        "popmix: stopped in the middle of a step that takes long; what was saved before is in the ledger, and the same command "
          + "resumes from there.")
    }
    _exit(ExitStatus.stopped.rawValue)
  }

  private static var isAsked: Bool {
    state.withLock { if case .ask = $0.answer { true } else { false } }
  }

  private static var isSaving: Bool {
    state.withLock { if case .ask(let stop) = $0.answer { stop.isSaving } else { false } }
  }

  private static var firstSignal: Int32 { state.withLock { $0.first?.signal ?? SIGTERM } }

  /// Ends the process as if nobody had waited for the signal.
  private static func end(by number: Int32) -> Never {
    signal(number, SIG_DFL)
    var set = set()
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(number)
    _exit(128 + number)
  }
}

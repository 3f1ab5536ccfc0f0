import Glibc

/// A program that has run to its end.
struct Execution: CustomStringConvertible {
  /// Its exit code, or 128 and the number of the signal that ended it.
  let code: Int32
  private let isLate: Bool

  /// Figures take less than a second.
  private static let limit = 120.0

  /// Runs a program without a shell.
  /// - Parameters:
  ///   - input: path of the file that is its standard input.
  ///   - remarks: path of the file that takes its standard output and standard error.
  init(_ program: String, _ arguments: [String], input: String, remarks: String)
    throws(FigureError)
  {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, remarks, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The program that starts it may block or ignore signals.
    var none = sigset_t()
    sigemptyset(&none)
    var usual = sigset_t()
    sigemptyset(&usual)
    for signal in [SIGPIPE, SIGXFSZ, SIGTERM, SIGINT, SIGUSR1] { sigaddset(&usual, signal) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var environment = ["LC_ALL=C.UTF-8"]
    for name in ["PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "LD_LIBRARY_PATH"] {
      if let value = getenv(name) { environment.append("\(name)=\(String(cString: value))") }
    }
    var process = pid_t()
    let status = Self.withCStrings([program] + arguments) { arguments in
      Self.withCStrings(environment) { environment in
        posix_spawn(&process, program, &actions, &attributes, arguments, environment)
      }
    }
    guard status == 0 else {
      throw .system(doing: "starting \(program)", reason: String(cString: strerror(status)))
    }
    Remains.process = process
    (code, isLate) = Self.end(of: process)
    Remains.process = 0
  }

  var description: String {
    isLate
      ? "no end after \(Int(Self.limit)) seconds"
      : code > 128 ? "signal \(code - 128)" : "exit code \(code)"
  }

  private static func end(of process: pid_t) -> (code: Int32, isLate: Bool) {
    var isLate = false
    let start = ContinuousClock.now
    var status: Int32 = 0
    while true {
      let found = waitpid(process, &status, isLate ? 0 : WNOHANG)
      if found == process { break }
      if found < 0, errno != EINTR { return (255, false) }
      if start.duration(to: .now) > .seconds(limit) {
        isLate = true
        kill(process, SIGKILL)
      }
      usleep(2000)
    }
    return (status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F, isLate)
  }

  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(&pointers)
  }
}

// Foundation for Process: tests start the programs of this package.
package import Foundation

/// A program of this package that has run to its end.
package struct ChildProcess: Sendable {
  package let exitCode: Int32
  /// What it wrote to its standard output.
  package let output: String
  /// What it wrote to its standard error.
  package let errors: String

  /// The program of that name that was built together with the running tests.
  package static func program(_ name: String) -> URL {
    // On Linux the tests are a program of their own, in the same folder; elsewhere a bundle in that
    // folder.
    let tests = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
    return (tests ?? Bundle.main.executableURL!).deletingLastPathComponent().appending(path: name)
  }

  private struct MissingProgram: Error, CustomStringConvertible {
    let name: String
    var description: String { "\(name) is not in PATH; install Open MPI (package openmpi-bin)." }
  }

  /// Runs a program of this package alone, not as a rank.
  /// - Parameter environment: variables beside those of the tests.
  package static func run(
    _ name: String, _ arguments: [String] = [], environment: [String: String] = [:]
  ) throws -> ChildProcess {
    try run(program(name), arguments, environment: environment)
  }

  /// Runs a program of this package as ranks under `mpirun`, more of them than the machine has
  /// cores if need be.
  package static func run(
    _ name: String, _ arguments: [String] = [], ranks: Int
  ) throws -> ChildProcess {
    try run(
      mpirun: ["-n", "\(ranks)", program(name).path] + arguments)
  }

  /// Runs a program of this package as ranks under `mpirun`, each by a command of its own that is
  /// put before it: one that gives the rank other mounts, say.
  package static func run(
    _ name: String, _ arguments: [String], ranksBy commands: [[String]]
  ) throws -> ChildProcess {
    let ranks = commands.map { ["-n", "1"] + $0 + [program(name).path] + arguments }
    return try run(mpirun: Array(ranks.joined(separator: [":"])))
  }

  private static func run(mpirun arguments: [String]) throws -> ChildProcess {
    guard let mpirun = find("mpirun") else { throw MissingProgram(name: "mpirun") }
    var settings = [
      "OMPI_ALLOW_RUN_AS_ROOT": "1",
      "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
      // Ranks that share a core would otherwise spin until the scheduler takes it from them.
      "OMPI_MCA_mpi_yield_when_idle": "1",
      // Containers often forbid a process to read the memory of another one.
      "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    ]
    // Open MPI insists on finding one of them, even when it starts nothing elsewhere.
    if find("ssh") == nil && find("rsh") == nil { settings["OMPI_MCA_plm_rsh_agent"] = "" }
    return try run(
      mpirun, ["--oversubscribe", "--bind-to", "none"] + arguments, environment: settings)
  }

  /// Runs a line of shell script, in which `$0` is the program of this package named first.
  package static func run(
    shell script: String, _ name: String, _ arguments: [String],
    environment: [String: String] = [:]
  ) throws -> ChildProcess {
    try run(
      URL(fileURLWithPath: "/bin/bash"), ["-c", script, program(name).path] + arguments,
      environment: environment)
  }

  private static func run(
    _ program: URL, _ arguments: [String], environment: [String: String]
  ) throws -> ChildProcess {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    // The tests themselves may run within a job of Slurm or under mpirun.
    process.environment = ProcessInfo.processInfo.environment
      .filter { variable in
        !["PMIX_", "OMPI_COMM_WORLD_", "SLURM_"].contains { variable.key.hasPrefix($0) }
      }
      .merging(environment) { $1 }
    // Files rather than pipes: a full pipe would stop the program while the other one is being
    // read.
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = try ["output", "errors"].map { name in
      let file = folder.appending(path: name)
      try Data().write(to: file)
      return file
    }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try withoutBlockedSignals { try process.run() }
    process.waitUntilExit()
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    return ChildProcess(exitCode: process.terminationStatus, output: texts[0], errors: texts[1])
  }

  /// Threads that run tests may block nearly all signals, and what they start would inherit that.
  private static func withoutBlockedSignals(_ work: () throws -> Void) rethrows {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try work()
  }

  private static func find(_ name: String) -> URL? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { URL(filePath: String($0)).appending(path: name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}

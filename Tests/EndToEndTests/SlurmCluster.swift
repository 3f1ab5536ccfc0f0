import Foundation
import TestSupport
import Testing

/// A Slurm cluster of two nodes on this machine, which lasts as long as a suite of tests.
struct SlurmCluster {
  @TaskLocal private static var running: SlurmCluster?

  /// The cluster of the suite.
  static var current: SlurmCluster {
    get throws { try #require(running, "the suite has no trait `.onSlurm`") }
  }

  struct Lifetime: SuiteTrait, TestScoping {
    func provideScope(
      for test: Test, testCase: Test.Case?, performing tests: @Sendable () async throws -> Void
    ) async throws {
      let cluster = SlurmCluster(folder: ClusterScripts.path("slurm"))
      try ClusterScripts.run("slurm-up", cluster.folder, "\(getpid())")
      defer { try? ClusterScripts.run("slurm-down", cluster.folder) }
      try await $running.withValue(cluster) {
        try await withTaskExecutorPreference(OwnThreads(), operation: tests)
      }
    }
  }

  private let folder: String

  /// A job as `scontrol show job` tells it.
  struct Job {
    let state: String
    let exitCode: Int32
    let restarts: Int

    init?(_ text: String) {
      func value(_ name: String) -> Substring? {
        text.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix(name + "=") }?
          .dropFirst(name.count + 1)
      }
      guard let state = value("JobState"), let restarts = value("Restarts").flatMap({ Int($0) }),
        let code = value("ExitCode")?.prefix(while: { $0 != ":" }), let exitCode = Int32(code)
      else { return nil }
      self.state = String(state)
      self.exitCode = exitCode
      self.restarts = restarts
    }

    /// Jobs that were sent a signal have states of their own for a moment.
    var hasEnded: Bool {
      ["COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "OUT_OF_MEMORY"]
        .contains(state)
    }
  }

  /// Runs a command in a folder with this cluster as its Slurm; `popmix` in it is the program under
  /// test.
  @discardableResult
  func run(_ command: String, in job: JobFolder, environment: [String: String] = [:]) throws
    -> ChildProcess
  {
    var settings = [
      "SLURM_CONF": "\(folder)/slurm.conf",
      "POPMIX": ChildProcess.program("popmix").path,
      "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
      "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
      // The nodes share this machine: they talk over its loopback, and ranks that wait give their
      // core away.
      "OMPI_MCA_btl_tcp_if_include": "lo", "OMPI_MCA_oob_tcp_if_include": "lo",
      "OMPI_MCA_hwloc_base_binding_policy": "none", "OMPI_MCA_mpi_yield_when_idle": "1",
      "OMPI_MCA_pml": "ob1", "OMPI_MCA_orte_tmpdir_base": "\(folder)/tmp",
    ].merging(environment) { $1 }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    if !path.split(separator: ":").contains(where: {
      FileManager.default.isExecutableFile(atPath: "\($0)/ssh")
    }) {
      settings["OMPI_MCA_plm_rsh_agent"] = ""
    }
    return try ChildProcess.run(
      shell: "cd \"$1\" && \(command)", "popmix", [job.path], environment: settings)
  }

  /// Submits one of the scripts in `slurm`, with two ranks on each node if it runs on several.
  /// - Parameter words: options of sbatch, the script, and its arguments.
  /// - Returns: the job's number.
  func submit(_ words: String, in job: JobFolder, environment: [String: String] = [:]) throws -> Int
  {
    let run = try run(
      "sbatch --parsable --ntasks-per-node=2 "
        + words.replacingOccurrences(of: "slurm/", with: "\(Self.scripts)/"),
      in: job, environment: environment)
    guard let number = Int(run.output.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw ClusterFailure("sbatch \(words): \(run.output)\(run.errors)")
    }
    return number
  }

  private static let scripts = JobFolder.jobs + "/../slurm"

  func job(_ number: Int, in folder: JobFolder) throws -> Job? {
    Job(try run("scontrol show job \(number)", in: folder).output)
  }

  /// Waits for the end of a job.
  func end(of number: Int, in folder: JobFolder, minutes: Int = 3) async throws -> Job {
    try await eventually(
      "job \(number) has ended\n\(log(number, in: folder))", minutes: minutes
    ) {
      try job(number, in: folder).flatMap { $0.hasEnded ? $0 : nil }
    }
  }

  /// Waits until ranks of a job are in the middle of a fit.
  func untilItFits(_ number: Int, in folder: JobFolder) async throws {
    _ = try await eventually(
      "job \(number) fits\n\(log(number, in: folder))", minutes: 10
    ) {
      log(number, in: folder).contains("iteration 2 ") ? true : nil
    }
  }

  /// What a job has written to its log, and after it how Slurm tells of the job.
  func log(_ number: Int, in folder: JobFolder) -> String {
    ((try? folder.read("popmix-\(number).log")) ?? "(no log)")
      + ((try? job(number, in: folder)).map {
        "\($0.state) \($0.exitCode), \($0.restarts) restarts"
      }
        ?? "")
  }
}

extension Trait where Self == SlurmCluster.Lifetime {
  /// One Slurm cluster for all tests of the suite.
  static var onSlurm: Self { Self() }
}

import Foundation
import TestSupport
import Testing

/// Three hosts on this machine, h1, h2 and h3, which last as long as a suite of tests.
struct ThreeHosts {
  @TaskLocal private static var running: ThreeHosts?

  /// The hosts of the suite.
  static var current: ThreeHosts {
    get throws { try #require(running, "the suite has no trait `.onThreeHosts`") }
  }

  struct Lifetime: SuiteTrait, TestScoping {
    func provideScope(
      for test: Test, testCase: Test.Case?, performing tests: @Sendable () async throws -> Void
    ) async throws {
      let hosts = ThreeHosts(folder: ClusterScripts.path("hosts"))
      try ClusterScripts.run("hosts-up", hosts.folder, "\(getpid())")
      defer { try? ClusterScripts.run("hosts-down", hosts.folder) }
      try await $running.withValue(hosts) {
        try await withTaskExecutorPreference(OwnThreads(), operation: tests)
      }
    }
  }

  private let folder: String

  /// Fits `job.yaml` by ranks that are dealt out to the hosts, with the options of mpirun that
  /// `slurm/fit.sbatch` has, but that a host counts as lost after ten seconds.
  /// - Parameter log: a file in the job's folder, to be read while the fit goes on; without it, see
  ///   `errors`.
  func fit(_ job: JobFolder, ranks: Int, log: String? = nil) throws -> ChildProcess {
    try ChildProcess.run(
      shell: """
        cd "$2" && "$1/on" h1 mpirun -n \(ranks) --map-by node \
          --mca oob_tcp_keepalive_time 4 --mca oob_tcp_keepalive_intvl 2 \
          --mca oob_tcp_keepalive_probes 3 --mca odls_base_sigkill_timeout 3 \
          "$0" fit "$2/job.yaml"\(log.map { " >\($0) 2>&1" } ?? "")
        """, "popmix", [folder, job.path])
  }

  /// - Parameter state: `down` or `up`
  func setLink(_ host: String, _ state: String) throws {
    let run = try ChildProcess.run(
      shell: "\"$1/link\" \"$2\" \"$3\"", "popmix", [folder, host, state])
    guard run.exitCode == 0 else { throw ClusterFailure(run.errors) }
  }

  /// Processes that still fit the job of a folder, on any host.
  func ranks(of job: JobFolder) -> [String] {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.filter { process in
      guard Int(process) != nil,
        let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline")
      else { return false }
      let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      return words.first?.hasSuffix("/popmix") == true && words.contains("\(job.path)/job.yaml")
    }
  }
}

extension Trait where Self == ThreeHosts.Lifetime {
  /// Three hosts for all tests of the suite.
  static var onThreeHosts: Self { Self() }
}

import Foundation
import TestSupport
import Testing

@Suite("Starts that cannot go well")
struct StartTests {
  /// The lines that popmix has written, without those of mpirun.
  private func messages(_ run: ChildProcess, _ beginning: String = "popmix: ") -> [String] {
    run.errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix(beginning) }
  }

  private func check(_ environment: [String: String]) throws -> ChildProcess {
    try ChildProcess.run(
      "popmix", ["check", "\(JobFolder.jobs)/wang2007.yaml"], environment: environment)
  }

  @Test("of processes that do not see each other the first one says so, and all end with code 69")
  func strangers() throws {
    for rank in 0..<3 {
      let run = try check(["PMI_RANK": "\(rank)", "PMI_SIZE": "3"])
      #expect(run.exitCode == 69)
      #expect(run.output.isEmpty)
      guard rank == 0 else {
        #expect(run.errors.isEmpty)
        continue
      }
      #expect(run.errors.split(separator: "\n").count == 1)
      #expect(
        run.errors.hasPrefix(
          "popmix: mpiexec of MPICH or Intel MPI has started 3 processes that do not see each other, expected ranks of "
        ), "\(run.errors)")
      #expect(run.errors.hasSuffix("set POPMIX_SEPARATE=1.\n"))
    }
    let separate = try check(["PMI_RANK": "0", "PMI_SIZE": "3", "POPMIX_SEPARATE": "1"])
    #expect(separate.exitCode == 0, "\(separate.errors)")
  }

  @Test("in a job of Slurm the message names the options of srun")
  func strangersOfSlurm() throws {
    let step = [
      "SLURM_JOB_ID": "2", "SLURM_STEP_NUM_TASKS": "4", "SLURM_NPROCS": "4", "SLURM_PROCID": "0",
      "SLURM_STEP_TASKS_PER_NODE": "4", "SLURM_TASKS_PER_NODE": "4",
    ]
    let run = try check(step)
    #expect(run.exitCode == 69)
    #expect(run.errors.hasPrefix("popmix: srun --mpi=none has started 4 processes"))
    #expect(run.errors.contains("start them by srun --mpi=pmix, or by the mpirun"))
    // A batch script is no step.
    let batch = step.filter { !$0.key.contains("STEP") }
    #expect(try check(batch).exitCode == 0)
  }

  @Test("fewer ranks than were started are refused, once")
  func missingRanks() throws {
    // As with an mpirun that the library takes for its own and does not understand: each rank
    // counts itself only.
    for rank in 0..<2 {
      let run = try ChildProcess.run(
        "popmix", ["check", "\(JobFolder.jobs)/wang2007.yaml"],
        ranksBy: [["env", "OMPI_COMM_WORLD_SIZE=2", "OMPI_COMM_WORLD_RANK=\(rank)"]])
      #expect(run.exitCode == 69, "\(run.errors)")
      #expect(run.output.isEmpty)
      let own = messages(run)
      #expect(own.count == (rank == 0 ? 1 : 0), "\(run.errors)")
      guard rank == 0 else { continue }
      #expect(
        own.first?.hasPrefix(
          "popmix: the launcher has started 2 ranks, but MPI counts 1, so they do not see each other, expected ranks of "
        ) == true)
    }
  }

  @Test("ranks that run different builds are refused once, with both fingerprints")
  func differentBuilds() throws {
    let folder = try JobFolder()
    let copy = "\(folder.path)/popmix"
    try FileManager.default.copyItem(atPath: ChildProcess.program("popmix").path, toPath: copy)
    let file = try #require(FileHandle(forWritingAtPath: copy))
    try file.seekToEnd()
    try file.write(contentsOf: Data([0]))
    try file.close()
    func fingerprint(_ path: String) throws -> String {
      try String(ChildProcess.run(shell: "sha256sum \"$1\"", "popmix", [path]).output.prefix(12))
    }
    let run = try ChildProcess.run(
      "popmix", ["check", "\(JobFolder.jobs)/wang2007.yaml"],
      ranksBy: [[], ["bash", "-c", "shift; exec \(copy) \"$@\"", "bash"], []])
    #expect(run.exitCode == 69, "\(run.errors)")
    #expect(run.output.isEmpty)
    let own = messages(run)
    #expect(own.count == 1, "\(run.errors)")
    let first = try fingerprint(ChildProcess.program("popmix").path)
    let second = try fingerprint(copy)
    #expect(first != second)
    let found = own.first ?? ""
    #expect(found.hasPrefix("popmix: the ranks have different builds of popmix: \(first) on "))
    #expect(found.contains("(ranks 0 and 2), \(second) on ") && found.contains(" (rank 1), "))
  }

  @Test("a library of linear algebra is told to use one thread, whatever the environment says")
  func threads() throws {
    let folder = try JobFolder()
    try folder.write(
      """
      #include <stdio.h>
      void openblas_set_num_threads(int count) { fprintf(stderr, "threads: %d\\n", count); }
      """, to: "library.c")
    let library = "\(folder.path)/library.so"
    // The compiler that has compiled this package's C.
    let compilation = try ChildProcess.run(
      shell: """
        clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
        "$clang" -shared -fPIC -o "$1/library.so" "$1/library.c"
        """, "popmix", [folder.path])
    try #require(compilation.exitCode == 0, "\(compilation.errors)")
    let run = try ChildProcess.run(
      "popmix", ["--version"],
      environment: ["LD_PRELOAD": library, "OPENBLAS_NUM_THREADS": "8"])
    #expect(run.exitCode == 0)
    #expect(run.errors == "threads: 1\n")
  }
}

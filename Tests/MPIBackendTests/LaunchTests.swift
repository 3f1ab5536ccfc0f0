import MPIBackend
import MessagePassing
import TestSupport
import Testing

@Suite("how a process was started")
struct LaunchTests {
  /// What a launcher leaves in the environment, as seen with Slurm 22.05, Open MPI 4.1 and MPICH
  /// 4.0.
  enum Seen {
    static let step = [
      "SLURM_JOB_ID": "2", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2", "SLURM_NPROCS": "2",
      "SLURM_NTASKS": "2", "SLURM_STEP_TASKS_PER_NODE": "1(x2)", "SLURM_TASKS_PER_NODE": "1(x2)",
      "SLURM_PROCID": "1", "SLURM_TASK_PID": "100",
    ]
    static let pmi2 = step.merging([
      "PMI_RANK": "1", "PMI_SIZE": "2", "PMI_JOBID": "2.0", "SLURM_MPI_TYPE": "pmi2",
    ]) { $1 }
    static let pmix = step.merging([
      "PMIX_RANK": "1", "PMIX_NAMESPACE": "slurm.pmix.2.0", "SLURM_MPI_TYPE": "pmix",
    ]) { $1 }
    static let batch = [
      "SLURM_JOB_ID": "2", "SLURM_NPROCS": "4", "SLURM_NTASKS": "4", "SLURM_PROCID": "0",
      "SLURM_TASKS_PER_NODE": "3,1", "SLURM_TASK_PID": "100",
    ]
    /// A batch script of a job that was submitted within a step of another one.
    static let batchFromStep = pmix.merging(batch) { $1 }.merging(["SLURM_JOB_ID": "3"]) { $1 }
    static let salloc = ["SLURM_JOB_ID": "2", "SLURM_NPROCS": "2", "SLURM_NTASKS": "2"]
    static let mpirun = [
      "OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4", "PMIX_RANK": "3",
      "PMIX_NAMESPACE": "1400438785",
    ]
    /// On another node than the batch script's, where mpirun has its daemon started by srun.
    static let mpirunInJob = mpirun.merging([
      "SLURM_JOB_ID": "2", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "1", "SLURM_NPROCS": "1",
      "SLURM_NTASKS": "1", "SLURM_STEP_TASKS_PER_NODE": "1", "SLURM_TASKS_PER_NODE": "1",
      "SLURM_PROCID": "0",
    ]) { $1 }
    static let hydra = [
      "PMI_RANK": "2", "PMI_SIZE": "3", "MPI_LOCALNRANKS": "3", "MPI_LOCALRANKID": "2",
    ]
    /// Hydra's proxies are started by srun with PMIx, and its ranks inherit that.
    static let hydraInJob = pmix.merging(["PMI_RANK": "3", "PMI_SIZE": "4"]) { $1 }
    static let mvapich = ["MV2_COMM_WORLD_RANK": "0", "MV2_COMM_WORLD_SIZE": "8"]
    static let oldOpenMPI = ["OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4"]
    static let atTerminal = pmix.merging(["SLURM_PTY_PORT": "37569"]) { $1 }
    static let oneTask = pmix.merging([
      "SLURM_STEP_NUM_TASKS": "1", "SLURM_NPROCS": "1", "SLURM_STEP_TASKS_PER_NODE": "1",
      "SLURM_TASKS_PER_NODE": "1",
    ]) { $1 }
    static let heterogeneous = pmix.merging([
      "SLURM_HET_SIZE": "2", "PMIX_NAMESPACE": "slurm.pmix.1.0",
    ]) { $1 }
  }

  /// - Parameter processID: 100 is that of the task of Slurm itself.
  private func launch(
    _ environment: [String: String], _ library: Launch.Library = .pmix, processID: Int = 100
  ) -> Launch { Launch(environment: environment, library: library, processID: processID) }

  private func stranger(_ launch: Launch) -> String? {
    guard case .stranger(let it) = launch else { return nil }
    return "\(it.launcher): \(it.number.map(String.init) ?? "?") of \(it.count)"
  }

  @Test("ranks of mpirun and of srun with PMIx are ranks, with their number")
  func ranks() {
    #expect(launch(Seen.mpirun) == .rank(number: 3, of: 4))
    #expect(launch(Seen.mpirunInJob) == .rank(number: 3, of: 4))
    #expect(launch(Seen.pmix) == .rank(number: 1, of: 2))
    // A script may lie between srun and the program.
    #expect(launch(Seen.pmix, processID: 7) == .rank(number: 1, of: 2))
    // Each part of the job has its own count of tasks.
    #expect(launch(Seen.heterogeneous) == .rank(number: 1, of: nil))
  }

  @Test("a login shell, a batch script, salloc, a single task and a shell at a terminal are alone")
  func alone() {
    for environment in [
      [:], Seen.batch, Seen.batchFromStep, Seen.salloc, Seen.oneTask,
      Seen.step.merging(["SLURM_STEP_NUM_TASKS": "1", "SLURM_NPROCS": "1"]) { $1 },
      ["PMI_RANK": "0", "PMI_SIZE": "1"],
    ] {
      #expect(launch(environment) == .alone, "\(environment)")
    }
    #expect(launch(Seen.atTerminal, processID: 7) == .alone)
    #expect(launch(Seen.atTerminal, processID: 100) == .rank(number: 1, of: 2))
  }

  @Test("processes of launchers that Open MPI does not understand are strangers")
  func strangers() {
    #expect(stranger(launch(Seen.step)) == "srun --mpi=none: 1 of 2")
    #expect(stranger(launch(Seen.pmi2)) == "srun --mpi=pmi2: 1 of 2")
    #expect(stranger(launch(Seen.hydra)) == "mpiexec of MPICH or Intel MPI: 2 of 3")
    #expect(stranger(launch(Seen.hydraInJob)) == "mpiexec of MPICH or Intel MPI: 3 of 4")
    #expect(stranger(launch(Seen.mvapich)) == "mpirun of MVAPICH: 0 of 8")
    #expect(stranger(launch(Seen.oldOpenMPI)) == "mpirun of another Open MPI: 3 of 4")
  }

  @Test("those of Open MPI are strangers to MPICH, and those of Hydra its ranks")
  func otherLibrary() {
    let library = Launch.Library(version: "MPICH Version:\t4.0.2")
    #expect(library == .pmi)
    #expect(Launch.Library(version: "Intel(R) MPI Library 2021.9") == .pmi)
    #expect(Launch.Library(version: "Open MPI v4.1.4, package: Debian") == .pmix)
    #expect(launch(Seen.hydra, library) == .rank(number: 2, of: 3))
    #expect(launch(Seen.hydraInJob, library) == .rank(number: 3, of: 4))
    #expect(launch(Seen.pmi2, library) == .rank(number: 1, of: 2))
    #expect(launch(Seen.pmix, library) == .rank(number: 1, of: 2))
    #expect(launch(Seen.batchFromStep, library) == .alone)
    #expect(stranger(launch(Seen.mpirun, library)) == "mpirun of Open MPI: 3 of 4")
    #expect(stranger(launch(Seen.step, library)) == "srun --mpi=none: 1 of 2")
  }

  @Test("processes that are meant to be separate are let alone, and ranks are not")
  func separate() {
    let separate = [Launch.separateVariable: "1"]
    #expect(launch(Seen.step.merging(separate) { $1 }) == .alone)
    #expect(launch(Seen.hydra.merging(separate) { $1 }) == .alone)
    #expect(launch(Seen.mpirun.merging(separate) { $1 }) == .rank(number: 3, of: 4))
  }
}

@Suite("what ranks run")
struct RankDescriptionTests {
  private let usual = RankDescription(
    host: "n1", version: "0.1.0", build: "aaaa", mpi: "Open MPI v4.1.4", architecture: "x86_64")

  private func changed(_ change: (inout RankDescription) -> Void) -> RankDescription {
    var other = usual
    change(&other)
    other.host = "n2"
    return other
  }

  @Test("the same everywhere is no difference, whatever the hosts are called")
  func same() {
    #expect(RankDescription.difference([usual]) == nil)
    #expect(RankDescription.difference([usual, usual, changed { _ in }]) == nil)
  }

  @Test("a difference is told with hosts, ranks and both values, the one that says most first")
  func different() {
    #expect(
      RankDescription.difference([usual, usual, usual, changed { $0.build = "bbbb" }])
        == "the ranks have different builds of popmix: aaaa on n1 (rank 0 and 2 more), bbbb on n2 (rank 3), expected "
        + "the same everywhere; install the same on all hosts, or put it on a file system that they share."
    )
    let older = changed {
      $0.version = "0.0.9"
      $0.build = "bbbb"
    }
    #expect(
      RankDescription.difference([usual, older, older])?.contains(
        "versions of popmix: 0.1.0 on n1 (rank 0), 0.0.9 on n2 (ranks 1 and 2)") == true)
    #expect(
      RankDescription.difference([usual, changed { $0.mpi = "Open MPI v4.1.2" }])?.contains(
        "MPI libraries: Open MPI v4.1.4 on n1 (rank 0), Open MPI v4.1.2 on n2 (rank 1)") == true)
    #expect(
      RankDescription.difference([usual, changed { $0.architecture = "aarch64" }])?.contains(
        "kinds of processors: x86_64 on n1 (rank 0), aarch64 on n2 (rank 1)") == true)
  }

  @Test("the file is read once for all ranks that have it in common", arguments: [1, 2, 4])
  func reading(ranks: Int) throws {
    let answers = try ThreadCommunicator.run(ranks: ranks) { [usual] communicator in
      var readings = 0
      // The last rank has a file of its own, with the same contents.
      let difference = try RankDescription.difference(
        usual, file: communicator.rank == 3 ? 8 : 7,
        fingerprint: {
          readings += 1
          return "aaaa"
        }, communicator)
      return (difference, readings)
    }.map { try $0.get() }
    #expect(answers.allSatisfy { $0.0 == nil })
    #expect(answers.map(\.1) == (0..<ranks).map { $0 == 0 || $0 == 3 ? 1 : 0 })
  }

  @Test("all ranks learn of a file with other contents")
  func otherFile() throws {
    let answers = try ThreadCommunicator.run(ranks: 3) { [usual] communicator in
      try RankDescription.difference(
        usual, file: communicator.rank == 0 ? 7 : 8,
        fingerprint: { communicator.rank == 0 ? "aaaa" : "bbbb" }, communicator)
    }.map { try $0.get() }
    #expect(answers.allSatisfy { $0?.contains("bbbb on n1 (ranks 1 and 2)") == true })
  }
}

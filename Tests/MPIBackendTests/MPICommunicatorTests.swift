import MPIBackend
import MessagePassing
import TestSupport
import Testing

@Suite("ranks under mpirun")
struct MPICommunicatorTests {
  @Test("processes as ranks keep the contract", arguments: 1...4)
  func contract(ranks: Int) throws {
    let run = try ChildProcess.run("communicator-contract", ["contract"], ranks: ranks)
    #expect(run.output == "\(ranks) ranks: kept\n", "\(run.errors)")
    #expect(run.exitCode == 0)
  }

  @Test("a rank finds MPI running, its host's name and the library's version")
  func environment() throws {
    let run = try ChildProcess.run("communicator-contract", ["environment"], ranks: 2)
    let lines = run.output.split(separator: "\n")
    try #require(lines.count == 3, "\(run.output)\(run.errors)")
    #expect(lines[0] == "MPICommunicator, running: true")
    #expect(lines[1] == "on \(MPIEnvironment.hostName) with \(MPIEnvironment.libraryVersion)")
    #expect(lines[2] == "running: false")
    #expect(run.exitCode == 0)
  }

  @Test("one rank ends all, and its exit code is that of mpirun")
  func abort() throws {
    let run = try ChildProcess.run("communicator-contract", ["abort"], ranks: 3)
    #expect(run.exitCode == 42, "\(run.output)\(run.errors)")
  }

  @Test("an error of MPI comes back in its words instead of ending the process")
  func errorText() throws {
    let run = try ChildProcess.run("communicator-contract", ["wrong-root"], ranks: 1)
    #expect(run.output.contains("MPI_ERR_ROOT"), "\(run.output)\(run.errors)")
    #expect(run.exitCode == 0)
  }

  @Test("MPI is not started twice")
  func startTwice() throws {
    let run = try ChildProcess.run("communicator-contract", ["start-twice"], ranks: 1)
    #expect(run.output == "error: \(CommunicationError.startedTwice)\n", "\(run.errors)")
    #expect(run.exitCode == 70)
  }
}

@Suite("programs that were not started as ranks")
struct MPIEnvironmentTests {
  @Test("alone, a program is a single rank and MPI is not started")
  func alone() throws {
    let run = try ChildProcess.run("communicator-contract", ["environment"])
    #expect(run.output.hasPrefix("SerialCommunicator, running: false\n"), "\(run.errors)")
    #expect(run.exitCode == 0)
  }

  @Test("alone, a program keeps the contract")
  func aloneContract() throws {
    let run = try ChildProcess.run("communicator-contract", ["contract"])
    #expect(run.output == "1 ranks: kept\n", "\(run.errors)")
    #expect(run.exitCode == 0)
  }

  @Test("alone, abort ends the program with its exit code")
  func aloneAbort() throws {
    let run = try ChildProcess.run("communicator-contract", ["abort"])
    #expect(run.exitCode == 42)
  }

  @Test("the library tells its version without being started")
  func version() {
    #expect(MPIEnvironment.libraryVersion.contains { $0.isNumber })
    #expect(!MPIEnvironment.isRunning)
  }
}

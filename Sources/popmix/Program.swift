import ArgumentParser
import CVector
import Glibc
import JobControl
import MPIBackend
import MessagePassing
import NumericKernels
import OutputFolders
import Synchronization

/// Start and end of the program: every rank parses the same command line, the first one speaks, and
/// all end with the same code.
@main
enum Program {
  static func main() {
    // Before anything makes threads.
    SignalWatch.start()
    guard cvector_instruction_level() > 0 else {
      complain(
        "popmix: this processor has no AVX2 and FMA instructions (x86-64-v3), which popmix needs; "
          + "run it on a machine of 2013 or later.")
      exit(ExitStatus.unavailable.rawValue)
    }
    // What is opened must not take the place of a standard stream that is closed, where messages
    // would be written into it.
    for stream in 0...2 where fcntl(Int32(stream), F_GETFD) < 0 {
      _ = open("/dev/null", O_RDONLY)
    }
    // A reader of the tables that goes away must not end a fit before its results are written.
    signal(SIGPIPE, SIG_IGN)
    // A limit of the size of files shows when one is written.
    signal(SIGXFSZ, SIG_IGN)
    // The runtime's own handler prints a trace and goes on.
    signal(SIGQUIT, SIG_DFL)
    MemoryShortage.watch()
    LibraryThreads.limitToOne()
    let check = LaunchCheck()
    check.refuseStrangers()
    let communicator: any Communicator
    do { communicator = try MPIEnvironment.start() } catch {
      complain("popmix: \(error)")
      exit(ExitStatus.inputOutput.rawValue)
    }
    var code = run(communicator, check)
    if code == .success, StandardStream.hasLostOutput.load(ordering: .relaxed) {
      complain("popmix: standard output could not be written; is the disk full?")
      code = .inputOutput
    }
    do { try MPIEnvironment.finish() } catch { complain("popmix: \(error)") }
    exit(code.rawValue)
  }

  private static func run(_ communicator: any Communicator, _ check: LaunchCheck) -> ExitStatus {
    let isFirst = communicator.rank == 0
    SignalWatch.isSpeaker.store(isFirst, ordering: .relaxed)
    do {
      try check.compare(communicator)
      try LaunchCheck.refuseOtherEncodings()
      let command: any ParsableCommand
      do { command = try PopmixCommand.parseAsRoot() } catch {
        return leave(error, isFirst: isFirst)
      }
      // A fit has something to save.
      let isFit = command is FitCommand || command is StudyCommand || command is BootstrapCommand
      if !isFit { SignalWatch.end() }
      if let job = command as? any JobCommand { return try job.run(communicator) }
      var other = command
      do { if isFirst { try other.run() } } catch { return leave(error, isFirst: isFirst) }
      return .success
    } catch let failure as JobFailure {
      // Known to all ranks: the first one says it.
      if isFirst, !failure.message.isEmpty { complain(failure.message) }
      return failure.code
    } catch {
      // Not all ranks may have noticed, and some may wait for this one.
      let status: ExitStatus = error is CommunicationError ? .inputOutput : .internal
      complain("popmix: rank \(communicator.rank) on \(MPIEnvironment.hostName): \(error)")
      MPIEnvironment.abort(status.rawValue)
    }
  }

  /// Help, version and wrong command lines, which ArgumentParser reports as errors.
  private static func leave(_ error: any Error, isFirst: Bool) -> ExitStatus {
    let message = PopmixCommand.fullMessage(for: error)
    if PopmixCommand.exitCode(for: error).isSuccess {
      if isFirst { StandardStream.output.write(message + "\n") }
      return .success
    }
    if isFirst { complain(message) }
    return .usage
  }

  static func complain(_ message: String) {
    StandardStream.error.write(message.printable + "\n")
  }
}

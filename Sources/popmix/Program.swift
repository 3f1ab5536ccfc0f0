import ArgumentParser
import Glibc
import JobControl
import MPIBackend
import MessagePassing

/// Start and end of the program: every rank parses the same command line, the first one speaks, and all end with the same code.
@main
enum Program {
  static func main() {
    let communicator: any Communicator
    do { communicator = try MPIEnvironment.start() } catch {
      complain("popmix: \(error)")
      exit(ExitStatus.inputOutput.rawValue)
    }
    let code = run(communicator)
    do { try MPIEnvironment.finish() } catch { complain("popmix: \(error)") }
    exit(code.rawValue)
  }

  private static func run(_ communicator: any Communicator) -> ExitStatus {
    let isFirst = communicator.rank == 0
    do {
      var command = try PopmixCommand.parseAsRoot()
      if let job = command as? any JobCommand { return try job.run(communicator) }
      if isFirst { try command.run() }
      return .success
    } catch let failure as JobFailure {
      // Known to all ranks: the first one says it.
      if isFirst { complain(failure.message) }
      return failure.code
    } catch let error as CommunicationError {
      // Not all ranks may have noticed, and some may wait for this one.
      complain("popmix: rank \(communicator.rank) on \(MPIEnvironment.hostName): \(error)")
      MPIEnvironment.abort(ExitStatus.inputOutput.rawValue)
    } catch {
      return leave(error, isFirst: isFirst)
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
    StandardStream.error.write(message + "\n")
  }
}

import ArgumentParser
import JobControl
import MPIBackend
import MessagePassing

/// `popmix fit JOB`
struct FitCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Fit the job's data sets and write fit.json, estimates.csv and subjects.csv.")

  @OptionGroup var arguments: JobArguments

  @Option(
    name: [.long, .short],
    help: "Folder of the results, instead of the job's; relative to the working folder.")
  var output: String?

  @Flag(name: [.long, .short], help: "Print no progress, only tables and errors.")
  var quiet = false

  func run(_ communicator: any Communicator) throws -> ExitStatus {
    let job = try LoadedJob(path: arguments.job, communicator: communicator)
    let runner = JobRunner(
      job: job, communicator: communicator, observer: Console(isQuiet: quiet),
      environment: RunEnvironment(
        version: PopmixCommand.version, host: MPIEnvironment.hostName,
        mpi: communicator.size > 1 ? MPIEnvironment.libraryVersion : "none, a single process"))
    return try runner.fit(output: job.outputFolder(override: output))
  }
}

import ArgumentParser
import JobControl
import MPIBackend
import MessagePassing
import OutputFolders

/// `popmix bootstrap JOB`
struct BootstrapCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "bootstrap",
    abstract:
      "Fit the data sets of a job and others that are drawn from them, and tell how the estimates spread.",
    discussion: """
      Fits the job as popmix fit does; draws data sets as its section bootstrap says, fits each from the estimates in the folder bootstrap of the \
      output, and writes bootstrap.json, bootstrap.csv, bootstrap.md and bootstrap-replicates.csv. The same command goes on where an earlier run \
      was stopped, and does only what is new where more replicates are asked for.
      """)

  @OptionGroup var arguments: JobArguments
  @OptionGroup var fit: FitArguments

  func run(_ communicator: any Communicator) throws -> ExitStatus {
    let job = try LoadedJob(
      path: arguments.job, output: fit.output, communicator: communicator)
    return try BootstrapRunner(job: job, fits: fit.sequence(communicator)).run(
      output: job.outputFolder(override: fit.output), options: fit.options(communicator))
  }

  func validate() throws {
    if fit.part != nil {
      throw ValidationError(
        "--part is for popmix fit and study; give popmix bootstrap more ranks instead, over which it spreads all data sets."
      )
    }
  }
}

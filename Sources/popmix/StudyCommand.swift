import ArgumentParser
import JobControl
import MPIBackend
import MessagePassing
import OutputFolders

/// `popmix study JOB`
struct StudyCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract:
      "Simulate data sets, fit them by each method, and tell how the estimates lie about the truth.",
    discussion: """
      Draws the data sets of the job's section simulation, fits them by the methods of its section study, each in a folder of the output that \
      is named as the method, and writes study.json, study.csv, study.md and replicates.csv. The same command goes on where an \
      earlier run was stopped.
      """)

  @OptionGroup var arguments: JobArguments
  @OptionGroup var fit: FitArguments

  func run(_ communicator: any Communicator) throws -> ExitStatus {
    let job = try LoadedJob(
      path: arguments.job, output: fit.output, communicator: communicator)
    return try StudyRunner(job: job, fits: fit.sequence(communicator)).run(
      output: job.outputFolder(override: fit.output), options: fit.options(communicator))
  }
}

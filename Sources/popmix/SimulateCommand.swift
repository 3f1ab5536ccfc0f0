import ArgumentParser
import JobControl
import MessagePassing
import OutputFolders

/// `popmix simulate JOB`
struct SimulateCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Draw data sets from the job's model, design and true values.")

  @OptionGroup var arguments: JobArguments

  @Option(
    name: [.long, .short],
    help: """
      Folder of the data sets, relative to the working folder; the job's output folder with /data \
      if left out.
      """)
  var output: String?

  @Flag(
    help: "Also replace files that popmix has not written, or that have been changed since.")
  var overwrite = false

  func run(_ communicator: any Communicator) throws -> ExitStatus {
    let job = try LoadedJob(path: arguments.job, communicator: communicator)
    let folder = output ?? job.outputFolder(override: nil) + "/data"
    let files = try SimulationWriter(job: job, communicator: communicator).write(
      to: folder, replacing: overwrite)
    if communicator.rank == 0 {
      let count = files.count / 2
      StandardStream.output.write(
        "wrote \(count) data \(count == 1 ? "set" : "sets") to \(folder): \(files[0])"
          + (count > 1 ? " to \(files[count - 1])" : "")
          + ", each with its truth in a file .truth.csv\n")
    }
    return .success
  }
}

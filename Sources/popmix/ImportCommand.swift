import ArgumentParser
import ControlStreams
import JobControl
import MessagePassing
import OutputFolders
import Report

/// `popmix import CONTROL-STREAM…`
struct ImportCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Write the jobs that NONMEM control streams say.",
    discussion: """
      run1.ctl becomes run1.yaml beside it, which can be read and changed. What a job cannot say is an error at its line, and nothing is \
      written; what is left out or taken in a way of which you should know is told and stands at the beginning of the job. \
      `popmix fit run1.ctl` does the same and fits it.
      """)

  @Argument(
    help: "Control streams.", completion: .file(extensions: ["ctl", "mod"]))
  var controlStreams: [String]

  @Option(name: .shortAndLong, help: "The job file to write, of one control stream; - prints it.")
  var output: String?

  @Flag(help: "Write over a job that says something else.")
  var force = false

  func validate() throws {
    if output != nil, controlStreams.count > 1 {
      throw ValidationError("--output stands beside several control streams; give it with one.")
    }
  }

  func run(_ communicator: any Communicator) throws -> ExitStatus {
    guard communicator.rank == 0 else { return .success }
    var code = ExitStatus.success
    for path in controlStreams {
      do {
        let job = try ControlStreamJob(path)
        if output == "-" {
          StandardStream.output.write(job.text)
          continue
        }
        try job.write(to: output, replacing: force)
        StandardStream.output.write("\(path): \(output ?? job.path)\n".printable)
        for note in job.notes { StandardStream.output.write("  \(note)\n".printable) }
      } catch let error as ControlStreamError {
        Program.complain("\(error)")
        code = .jobFile
      } catch let error as JobFailure {
        Program.complain("\(error)")
        code = error.code
      } catch let error as OutputError {
        Program.complain("\(error)")
        code = .cannotCreate
      }
    }
    return code
  }
}

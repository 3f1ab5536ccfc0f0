import ArgumentParser
import JobControl
import MPIBackend
import MessagePassing
import OutputFolders

/// `popmix check JOB`
struct CheckCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check the job file and its data without fitting, and print the plan.")

  @OptionGroup var arguments: JobArguments

  func run(_ communicator: any Communicator) throws -> ExitStatus {
    let job = try LoadedJob(path: arguments.job, communicator: communicator)
    try FolderCheck(MPIEnvironment.hostName, communicator).preview(
      job, output: job.outputFolder(override: nil))
    let output = job.outputFolder(override: nil)
    let report = try PlanReport(job: job, communicator: communicator)
    var code = report.code
    var refusal: JobFailure?
    do { try job.previewOutputs(in: output, communicator) } catch let failure as JobFailure {
      refusal = failure
      if code == .success { code = failure.code }
    }
    if communicator.rank == 0 {
      let lines = report.lines(output: output)
      StandardStream.output.write(lines.joined(separator: "\n").printable + "\n")
      for notice in job.notices { Program.complain(notice) }
      for failure in report.failures { Program.complain(failure.message) }
      if let refusal { Program.complain("popmix fit will not start: \(refusal.message)") }
    }
    return code
  }
}

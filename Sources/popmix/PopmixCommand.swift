import ArgumentParser
import JobControl
import MessagePassing
import OutputFolders

/// The command line.
struct PopmixCommand: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "popmix",
    abstract: "Finds hidden subpopulations in drug data: nonlinear random effects mixture models "
      + "by exact maximum likelihood.",
    discussion: """
      Run it alone, or under mpirun or srun on any number of ranks: the results are the same, bit \
      for bit.

      Exit codes: 0 done, 1 some data sets failed, 64 wrong command line, 65 wrong data, 66 a file \
      cannot be read, 69 the machine or the way of starting the ranks will not do, 73 the output folder cannot be written, 74 writing or communication failed, \
      75 stopped before the end with all work saved, \
      76 no data set could be fitted, 77 the output belongs to another job or run, or has files that popmix has not written, 78 wrong job file.
      """,
    version: version,
    subcommands: [
      FitCommand.self, BootstrapCommand.self, StudyCommand.self, CheckCommand.self,
      PlanCommand.self, SimulateCommand.self,
      ReportCommand.self, CompareCommand.self, ImportCommand.self,
    ])
}

/// A command that works on a job, by all ranks together.
protocol JobCommand: ParsableCommand {
  /// - Returns: the exit code, the same on all ranks.
  func run(_ communicator: any Communicator) throws -> ExitStatus
}

extension JobCommand {
  mutating func run() throws { preconditionFailure("jobs are run with a communicator") }
}

/// What all job commands are given.
struct JobArguments: ParsableArguments {
  @Argument(
    help: "The job file (YAML), or a NONMEM control stream (.ctl, .mod).",
    completion: .file(extensions: ["yaml", "yml", "ctl", "mod"]))
  var job: String
}

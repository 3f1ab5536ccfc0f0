import ArgumentParser
import JobControl
import MPIBackend
import MessagePassing

/// `popmix fit JOB`
struct FitCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract:
      "Fit the job's data sets and write fit.json and tables; go on where an earlier run was stopped.",
    discussion: """
      What is done stands in the folder ledger of the output. The same command goes on from there, with any number of ranks, and \
      gives the same files as a run that was not stopped.
      """)

  @OptionGroup var arguments: JobArguments

  @Option(
    name: [.long, .short],
    help: "Folder of the results, instead of the job's; relative to the working folder.")
  var output: String?

  @Flag(name: [.long, .short], help: "Print no progress, only tables and errors.")
  var quiet = false

  @Flag(help: "Forget what earlier runs have done, and replace their results.")
  var restart = false

  @Flag(help: "Do again the data sets that failed in earlier runs.")
  var retry = false

  @Flag(
    name: .customLong("per-dataset"),
    help: "Also give each data set a folder with files of its own, in data-sets/.")
  var perDataSet = false

  @Option(
    name: .customLong("max-time"),
    help: ArgumentHelp(
      "Stop in time to be done after so long, such as 90s, 50m, 2h or 1-12:00:00, and exit with 75; the same command goes on. Within a Slurm job its end is known.",
      valueName: "time"))
  var maxTime: WallTime?

  @Option(
    name: .customLong("checkpoint-interval"),
    help: ArgumentHelp(
      "How often a fit in progress is saved (default: 10m, or as seldom as needed to cost next to nothing).",
      valueName: "time"))
  var checkpointInterval: WallTime?

  @Option(
    help: ArgumentHelp(
      "Fit only a part of the data sets, such as 3/16, beside other runs with the other parts; the same command without it writes the results.",
      valueName: "number/count"))
  var part: JobPart?

  @Flag(
    name: .customLong("rank-logs"),
    help: "Each rank also writes a log of its own into the folder logs of the output.")
  var rankLogs = false

  func run(_ communicator: any Communicator) throws -> ExitStatus {
    let stop = StopRequest()
    SignalWatch.ask(stop)
    let limit = communicator.rank == 0 ? timeLimit : nil
    let whole = try LoadedJob(path: arguments.job, communicator: communicator)
    let job = part.map(whole.part) ?? whole
    let rankLog = RankLog(isWanted: rankLogs, host: MPIEnvironment.hostName, warn: Program.complain)
    let runner = JobRunner(
      job: job, communicator: communicator, observer: Console(isQuiet: quiet),
      environment: RunEnvironment(
        version: PopmixCommand.version, host: MPIEnvironment.hostName,
        mpi: communicator.size > 1 ? MPIEnvironment.libraryVersion : "none, a single process"),
      stop: stop, rankLog: rankLog)
    return try rankLog.closing {
      try runner.fit(
        output: job.outputFolder(override: output),
        options: FitOptions(
          startsAnew: restart, retriesFailed: retry, writesPerDataSet: perDataSet, part: part,
          limit: limit,
          checkpointInterval: checkpointInterval?.seconds))
    }
  }

  func validate() throws {
    if part != nil, restart || perDataSet {
      throw ValidationError(
        "--part stands beside --\(restart ? "restart" : "per-dataset"), which is for all parts together; give "
          + "it without --part.")
    }
  }

  /// The nearer of the two limits.
  private var timeLimit: TimeLimit? {
    let own = maxTime.map { TimeLimit(seconds: $0.seconds, name: "the end of --max-time") }
    return [own, SlurmAllocation.timeLimit].compactMap { $0 }.min { $0.end < $1.end }
  }
}

extension JobPart: ExpressibleByArgument {
  /// From `3/16`.
  public init?(argument: String) {
    let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1], count <= 1_000_000,
      number >= 1, number <= count
    else { return nil }
    self.init(number: number, of: count)
  }
}

import ArgumentParser
import JobControl
import MPIBackend
import MessagePassing

/// How the commands that fit are told where, how long and what to do.
struct FitArguments: ParsableArguments {
  @Option(
    name: [.long, .short],
    help: "Folder of the results, instead of the job's; relative to the working folder.")
  var output: String?

  @Flag(name: [.long, .short], help: "Print no progress, only tables and errors.")
  var quiet = false

  @Flag(help: "Forget what earlier runs have done, and replace their results.")
  var restart = false

  @Flag(
    help:
      "Also replace files in the place of results that popmix has not written, or that have been changed since; never the job's own data."
  )
  var overwrite = false

  @Flag(help: "Do again the data sets that failed in earlier runs.")
  var retry = false

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

  func validate() throws {
    if part != nil, restart {
      throw ValidationError(
        "--part stands beside --restart, which is for all parts together; give it without --part.")
    }
  }

  func options(_ communicator: any Communicator) -> FitOptions {
    FitOptions(
      startsAnew: restart, retriesFailed: retry, replacesForeign: overwrite, part: part,
      limit: communicator.rank == 0 ? timeLimit : nil,
      checkpointInterval: checkpointInterval?.seconds)
  }

  /// For jobs that are done one after the other; a signal asks them to stop.
  func sequence(_ communicator: any Communicator, stop: StopRequest? = nil) -> FitSequence {
    let request = stop ?? StopRequest()
    if stop == nil { SignalWatch.ask(request) }
    return FitSequence(
      communicator: communicator, observer: Console(isQuiet: quiet),
      environment: .current(communicator), stop: request, makeRankLog: { rankLog })
  }

  /// A log for this rank.
  var rankLog: RankLog {
    RankLog(isWanted: rankLogs, host: MPIEnvironment.hostName, warn: Program.complain)
  }

  /// The nearer of the two limits.
  private var timeLimit: TimeLimit? {
    let own = maxTime.map { TimeLimit(seconds: $0.seconds, name: "the end of --max-time") }
    return [own, SlurmAllocation.timeLimit].compactMap { $0 }.min { $0.end < $1.end }
  }
}

extension RunEnvironment {
  /// This run's.
  static func current(_ communicator: any Communicator) -> RunEnvironment {
    RunEnvironment(
      version: PopmixCommand.version, host: MPIEnvironment.hostName,
      mpi: communicator.size > 1 ? MPIEnvironment.libraryVersion : "none, a single process")
  }
}

extension JobPart: ExpressibleByArgument {
  /// From `3/16`.
  init?(argument: String) {
    let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1], count <= 1_000_000,
      number >= 1, number <= count
    else { return nil }
    self.init(number: number, of: count)
  }
}

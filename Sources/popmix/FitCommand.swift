import ArgumentParser
import JobControl
import MPIBackend
import MessagePassing
import OutputFolders

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

  @OptionGroup var fit: FitArguments

  @Flag(
    name: .customLong("per-dataset"),
    help: "Also give each data set a folder with files of its own, in data-sets/.")
  var perDataSet = false

  /// The name of a format of results beside popmix's own.
  struct OutputFormat: ExpressibleByArgument {
    let name: String

    init?(argument: String) {
      guard LoadedJob.formatNames.contains(argument) else { return nil }
      name = argument
    }

    static var allValueStrings: [String] { LoadedJob.formatNames }
    static var defaultCompletionKind: CompletionKind { .list(LoadedJob.formatNames) }
  }

  @Option(
    help:
      "Also write the results in the format of another program, nonmem: .ext, .cov, .phi, .lst and others, in the folder nonmem of the output or as the job says."
  )
  var format: OutputFormat?

  func run(_ communicator: any Communicator) throws -> ExitStatus {
    let stop = StopRequest()
    SignalWatch.ask(stop)
    let asked = try LoadedJob(
      path: arguments.job, output: fit.output, communicator: communicator)
    let whole = format.map { asked.inFormat($0.name) } ?? asked
    if !whole.alternatives.isEmpty {
      guard !perDataSet else {
        throw JobFailure(
          message:
            "--per-dataset stands beside a range of numbers of components; give it with one of them.",
          code: .usage)
      }
      return try SelectionRunner(
        job: whole, fits: fit.sequence(communicator, stop: stop)
      ).run(
        output: whole.outputFolder(override: fit.output), options: fit.options(communicator))
    }
    let job = fit.part.map(whole.part) ?? whole
    let rankLog = fit.rankLog
    let runner = JobRunner(
      job: job, communicator: communicator, observer: Console(isQuiet: fit.quiet),
      environment: .current(communicator), stop: stop, rankLog: rankLog)
    var options = fit.options(communicator)
    options.writesPerDataSet = perDataSet
    return try rankLog.closing {
      try runner.fit(output: job.outputFolder(override: fit.output), options: options)
    }
  }

  func validate() throws {
    if fit.part != nil, perDataSet {
      throw ValidationError(
        "--part stands beside --per-dataset, which is for all parts together; give it without --part."
      )
    }
  }
}

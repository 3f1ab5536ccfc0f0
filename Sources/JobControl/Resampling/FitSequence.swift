package import MessagePassing
import OutputFolders
import Report

/// Does jobs one after the other, each in an output folder of its own, for what needs the fits of
/// several.
package struct FitSequence {
  let communicator: any Communicator
  let observer: any JobObserver
  let environment: RunEnvironment
  let stop: StopRequest
  /// A log for the fits of one job.
  let makeRankLog: () -> RankLog

  package init(
    communicator: any Communicator, observer: any JobObserver, environment: RunEnvironment,
    stop: StopRequest = StopRequest(), makeRankLog: @escaping () -> RankLog = { .none }
  ) {
    self.communicator = communicator
    self.observer = observer
    self.environment = environment
    self.stop = stop
    self.makeRankLog = makeRankLog
  }

  /// Tells what comes next.
  func announce(_ stage: String) {
    if communicator.rank == 0 { observer.begins(stage: stage) }
  }

  /// Does a job, and keeps its fits for what is made of them; collective.
  /// - Parameter details: what else is needed of the fits.
  /// - Returns: how it ended, and on the first rank its fits; `nil` on all ranks if its outputs do
  ///   not stand in the folder.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  func fit(
    _ job: LoadedJob, output folder: String, _ options: FitOptions, keeping details: FitDetails = []
  ) throws -> (end: ExitStatus, fits: FittedJob?) {
    let rankLog = makeRankLog()
    var runner = JobRunner(
      job: options.part.map(job.part) ?? job, communicator: communicator, observer: observer,
      environment: environment, stop: stop, rankLog: rankLog)
    let kept = SequenceFits(details)
    runner.sequence = kept
    let end = try rankLog.closing { try runner.fit(output: folder, options: options) }
    return (end, kept.collected.map { FittedJob(job: job, fits: $0) })
  }

  /// Writes what was found, on the first rank.
  /// - Parameters:
  ///   - kind: what the files are about.
  ///   - shown: tables for the terminal.
  ///   - folders: of the fits that they are made of, below that of the outputs.
  func write(
    _ files: [(name: String, bytes: [UInt8])], kind: WrittenFiles.Kind, shown: [String],
    to outputs: OutputFiles, folders: [String]
  ) throws {
    let folder = outputs.folder
    try outputs.write(files.map { (OutputTarget("\(folder)/\($0.name)"), $0.bytes) }, as: kind)
    for note in try outputs.removeOthers(of: [kind], folders: folders) { observer.warn(note) }
    observer.wrote(kind.rawValue, tables: shown, folder: folder, files: files.map(\.name))
  }
}

/// How several jobs ended.
struct Ends {
  private(set) var worst = ExitStatus.success
  private(set) var last = ExitStatus.success

  /// Notes how a job ended. Where nothing can be fitted by one of them, others may fit.
  /// - Returns: whether the others can be done.
  mutating func goesOn(after code: ExitStatus) -> Bool {
    last = code
    guard [.success, .someFailed, .estimation].contains(code) else { return false }
    if worst == .success || code == .estimation { worst = code }
    return true
  }
}

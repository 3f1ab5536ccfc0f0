import DataSets
package import MessagePassing
import OutputFolders
import PopulationData
import Report

// All paths that the commands may write into the output folder of a job, and elsewhere for it.
extension LoadedJob {
  /// Of a fit: known before anything is computed. Those of its ledger and logs are apart, as their
  /// names cannot be a user's.
  func targets(of files: OutputFiles, _ options: FitOptions) -> [OutputTarget] {
    // A part leaves its work in the ledger only.
    guard options.part == nil else { return [] }
    let mayHaveStarts = sources.contains { StartPlan(plan, source: $0).limit > 1 }
    let starts = mayHaveStarts ? ["starts.csv"] : []
    let names = JobOutputs.names + tables.map(\.fileName) + starts
    let folders =
      options.writesPerDataSet ? FolderNames.of(sources.map(\.name)).values.sorted() : []
    let perDataSet = folders.flatMap { folder in
      (JobOutputs.names + tables.map(\.fileName)).map { "data-sets/\(folder)/\($0)" }
    }
    let formats = FormatOutputs(job: self, files: files, communicator: SerialCommunicator())
    return (names + ["run.json"] + perDataSet).map { OutputTarget("\(files.folder)/\($0)") }
      + formats.targets
  }
}

extension LoadedJob {
  /// Says in advance whether `popmix fit` would refuse to write into a folder; nothing there is
  /// touched. Collective.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  package func previewOutputs(in folder: String, _ communicator: any Communicator) throws {
    let files = OutputFiles(folder, ledger: .ofFits, inputs: InputFiles(self))
    _ = try communicator.onFirstRank(failingWith: .cannotCreate) {
      try Ledger.refuseForeign(in: folder)
      try files.require(targets(of: files, FitOptions()), sweeps: false)
    }
  }
}

extension FitSequence {
  /// Refuses a job before others are done whose results it needs, or the other way round;
  /// collective.
  /// - Throws: `JobFailure`, the same on all ranks.
  func require(_ job: LoadedJob, in folder: String, _ options: FitOptions) throws {
    let files = OutputFiles(
      folder, ledger: .ofFits, inputs: InputFiles(job), replaces: options.replacesForeign)
    try files.require(by: communicator) {
      try Ledger.refuseForeign(in: folder)
      return job.targets(of: files, options)
    }
  }

  /// Refuses what the results of several jobs are to be written to, before the first of them;
  /// collective.
  /// - Parameters:
  ///   - names: of files in the folder.
  ///   - others: paths of other files.
  ///   - beginsAnew: whether all that is there becomes that of another job.
  /// - Returns: the folder.
  func outputs(
    _ job: LoadedJob, in folder: String, names: [String], others: [String] = [],
    _ options: FitOptions,
    beginsAnew: Bool = true
  ) throws -> OutputFiles {
    let files = OutputFiles(
      folder, ledger: .ofFits, inputs: InputFiles(job), replaces: options.replacesForeign)
    guard options.part == nil else { return files }
    try files.require(by: communicator) {
      (names.map { "\(folder)/\($0)" } + others).map { OutputTarget($0) }
    }
    if options.startsAnew, beginsAnew {
      _ = try communicator.onFirstRank(failingWith: .inputOutput) { try files.beginAnew() }
    }
    return files
  }
}

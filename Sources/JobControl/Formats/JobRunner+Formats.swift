import MessagePassing
import OutputFolders
import Report

// Results in formats of other programs.
extension JobRunner {
  /// Writes the files of all formats that the job wants, when those of popmix stand in the folder;
  /// collective.
  /// - Parameters:
  ///   - held: the fits of this run, as this rank has them.
  ///   - run: this run; `nil` if all was done before.
  /// - Throws: `JobFailure`, the same on all ranks; `CommunicationError`.
  func writeFormats(
    _ results: JobResults, _ held: HeldFits<FittedShare>, _ ledger: Ledger, _ files: OutputFiles,
    run: RunDocument?
  ) throws {
    guard !job.formats.isEmpty else { return }
    let outputs = FormatOutputs(job: job, files: files, communicator: communicator)
    let fits = FinishedFits(
      results, held: held, run: ledger.writer.run,
      earlier: EarlierFits(job, ledger: ledger.folder, folder: files.folder),
      communicator: communicator)
    let written = try outputs.write(fits, fittedRun(run, in: files.folder))
    _ = try communicator.onFirstRank(failingWith: .inputOutput) {
      for (name, shown) in written {
        for note in try files.removeOthers(of: [WrittenFiles.Kind(rawValue: name)]) {
          observer.warn(note)
        }
        observer.wrote(name, tables: [], folder: "", files: shown)
      }
    }
  }

  /// What the first rank knows of the run that has done the fits.
  private func fittedRun(_ run: RunDocument?, in folder: String) throws -> FittedRun {
    struct Clock: Codable {
      var seconds: Double?
      var started: String?
    }
    var clock = Clock(seconds: run?.seconds.all, started: run?.started)
    if run == nil, isFirst {
      let path = "\(folder)/run.json"
      let before = FileBytes.read(path).flatMap { try? RunDocument(json: $0, path: path) }
      clock = Clock(seconds: before?.seconds.all, started: before?.started)
    }
    clock = try communicator.shared(clock)
    return FittedRun(
      job.document(version: environment.version), seconds: clock.seconds, started: clock.started)
  }
}

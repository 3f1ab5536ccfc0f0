import DataPartition
import DataSets
import JobFiles
import MessagePassing
import OutputFolders
import PopulationData
import Report

/// The outputs of a job in formats of other programs.
struct FormatOutputs {
  let job: LoadedJob
  let files: OutputFiles
  let communicator: any Communicator

  private var formats: [any ResultFormat] { job.formats }
  private var place: FormatPlace { FormatPlace(job, folder: files.folder) }

  /// Refuses what cannot be made, before anything is fitted; collective.
  /// - Throws: `JobFailure`, the same on all ranks.
  func validate() throws {
    guard !formats.isEmpty else { return }
    _ = try communicator.onFirstRank(failingWith: .jobFile) {
      for source in job.sources {
        for format in formats {
          // What cannot be read is a data set that fails.
          try format.validate(source.name) { try? columns(of: source) }
        }
      }
    }
  }

  /// Of a data file, in capitals; those of drawn data are none.
  private func columns(of source: DataSetSource) throws -> [String] {
    guard case .file(let path, _) = source else { return [] }
    return try DataRecords.columns(
      bytes: inflatedContents(of: path), name: path, format: job.plan.format)
  }

  /// All that may be written.
  var targets: [OutputTarget] {
    formats.flatMap { format in
      format.paths(place).map { path in
        OutputTarget(path.path, path.remedy.map { .format(remedy: $0) } ?? .output)
      }
    }
  }

  /// Writes the files of all formats; collective.
  /// - Returns: of each format its name, and what to tell of its files, on the first rank.
  /// - Throws: `JobFailure`, the same on all ranks; then none of a format's files has got its name.
  func write(_ fits: FinishedFits, _ run: FittedRun) throws -> [(name: String, shown: [String])] {
    try formats.map { format in
      let kind = WrittenFiles.Kind(rawValue: format.name)
      var staged: [StagedFile] = []
      var shown: [String]
      do {
        let rows = try stage(format, fits, run, into: &staged)
        shown = try communicator.gathered(staged.map(\.path)).flatMap { $0 }
        if let overview = format.overview(place) {
          try stage(overview, rows, into: &staged)
          // Of many data sets the one table of all is told.
          shown = [overview.path]
        }
      } catch {
        OutputFiles.discard(staged)
        throw error
      }
      try files.place(
        staged, origin: .format(remedy: format.remedy), as: kind, by: communicator)
      return (format.name, shown)
    }
  }

  /// A row of a table of all data sets.
  private struct Row: Codable {
    let number: Int
    let text: String
  }

  /// Makes the files of all data sets: first each rank those of the fits that it has alone, then of
  /// each other fit the ranks that have a part of its subjects.
  /// - Returns: the rows of this rank's fits in the table of all.
  private func stage(
    _ format: any ResultFormat, _ fits: FinishedFits, _ run: FittedRun,
    into staged: inout [StagedFile]
  ) throws -> [Row] {
    let (rank, place) = (communicator.rank, place)
    let overview = format.overview(place)
    var rows: [Row] = []
    func row(_ fit: FinishedFits.Fit, _ dataSet: FitDocument.DataSet?) {
      if let overview {
        rows.append(Row(number: fit.number, text: overview.row(fit.number, dataSet)))
      }
    }
    try communicator.onEveryRank {
      for fit in fits.all where fit.ranks == [rank] {
        let alone = SerialCommunicator()
        guard let share = try fit.share(0, 1) else {
          row(fit, nil)
          continue
        }
        for file in try format.files(of: share, run, place, by: alone) {
          staged.append(try OutputFiles.stage(file.bytes, for: file.path))
        }
        row(fit, share.dataSet)
      }
    }
    for fit in fits.all where fit.ranks.count > 1 {
      let isOwn = fit.ranks.contains(rank)
      let isEverybody = fit.ranks.count == communicator.size
      let group =
        isEverybody ? communicator : try communicator.split(colour: isOwn ? 1 : 0, key: rank)
      defer { if !isEverybody { try? group.free() } }
      // Of those that have it all learn of a failure, and then the others.
      try communicator.onEveryRank {
        guard isOwn else { return }
        let share = try group.onEveryRank { try fit.share(group.rank, group.size) }
        guard let share else { return }
        for file in try format.files(of: share, run, place, by: group) {
          if let one = try stage(file, by: group) { staged.append(one) }
        }
        if group.rank == 0 { row(fit, share.dataSet) }
      }
    }
    return rows
  }

  /// Writes a file of which each rank of a group has a stretch.
  /// - Returns: the file, on the first rank.
  private func stage(_ file: FormatFile, by group: any Communicator) throws -> StagedFile? {
    _ = try group.onFirstRank(failingWith: .inputOutput) {
      try OutputFile.makeFolder(OutputPaths.split(file.path).parent)
    }
    let temporary = try OutputFile.stage(file.bytes, for: file.path, by: group)
    return try group.onFirstRank(failingWith: .inputOutput) {
      try StagedFile(path: file.path, temporary: temporary)
    }
  }

  private func stage(
    _ overview: FormatOverview, _ own: [Row], into staged: inout [StagedFile]
  ) throws {
    let rows = try communicator.gathered(own).flatMap { $0 }.sorted { $0.number < $1.number }
    let file = try communicator.onFirstRank(failingWith: .inputOutput) {
      try OutputFiles.stage(
        Array((overview.head + rows.map(\.text).joined()).utf8), for: overview.path)
    }
    if let file { staged.append(file) }
  }
}

extension FormatPlace {
  init(_ job: LoadedJob, folder: String) {
    let stems = FolderNames.of(job.sources.map(\.name))
    let path = job.plan.jobFile.path
    self.init(
      folder: folder, jobFolder: path.lastIndex(of: "/").map { String(path[...$0]) } ?? "",
      dataSets: job.sources.map { source in
        var file: String?
        if case .file(let path, _) = source { file = path }
        return DataSet(name: source.name, stem: stems[source.name] ?? source.name, path: file)
      }, data: job.plan.format)
  }
}

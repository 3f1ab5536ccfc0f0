import DataPartition
import DataSets
import Glibc
import JobFiles
import MessagePassing
import NonmemFiles
import NumericKernels
import OutputFolders
import PopulationData
import PopulationModel
import Report
import Spelling

/// Outputs in NONMEM's formats, made of the files of an output folder.
struct NonmemOutputs {
  private let job: LoadedJob
  private let folder: String
  private let communicator: any Communicator
  private let specification: NonmemSpecification
  private let numbering: NonmemNumbering
  private let files: OutputFiles

  /// - Returns: `nil` if the job asks for none.
  init?(job: LoadedJob, files: OutputFiles, communicator: any Communicator) {
    guard job.hasOwnOutputs, let specification = job.plan.jobFile.nonmem,
      let numbering = job.plan.nonmem
    else { return nil }
    self.job = job
    self.files = files
    folder = files.folder
    self.communicator = communicator
    self.specification = specification
    self.numbering = numbering
  }

  /// Refuses tables with columns that there are not, before anything is fitted; collective.
  func refuseUnknownColumns() throws {
    guard !specification.tables.isEmpty else { return }
    _ = try communicator.onFirstRank(failingWith: .jobFile) {
      for source in job.sources {
        // What cannot be read is a data set that fails.
        guard let columns = try? columns(of: source) else { continue }
        for table in specification.tables {
          let unknown = NonmemTable.unknownColumn(
            table.columns.map(\.value), model: job.plan.model, numbering: numbering,
            fileColumns: columns)
          guard let place = table.columns.first(where: { $0.value == unknown }) else { continue }
          throw JobError.invalid([
            JobDiagnostic(
              path: job.plan.jobFile.path, line: place.line, column: place.column,
              message:
                "the table \(quoted(table.file.value)) has the column \(quoted(place.value)), which is no column of \(source.name)"
                + ", no random effect and nothing that is computed, such as PRED, IPRED, CWRES, ETA1 or MIXEST; correct it."
            )
          ])
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

  /// Makes the files of all data sets, each rank those of some; collective.
  /// - Returns: what to tell of them, on the first rank.
  func write() throws -> [String] {
    var shown: [String] = []
    try files.write(as: .nonmem, origin: .nonmemRoot, by: communicator) { staged in
      let document = try readDocument()
      let fitted = document.dataSets.enumerated().filter {
        $0.element.fit != nil && $0.offset % communicator.size == communicator.rank
      }.map(\.element)
      if !fitted.isEmpty { try stage(fitted, of: document, into: &staged) }
      shown = staged.map(\.path)
      guard communicator.rank == 0, document.dataSets.count > 1 else { return }
      let text = RawResults.text(
        document.dataSets, model: job.plan.model, numbering: numbering)
      staged.append(try OutputFiles.stage(Array(text.utf8), for: rawResults))
      // Of many data sets the one table of all is told.
      shown = [rawResults]
    }
    return shown
  }

  private var rawResults: String { "\(folder)/nonmem/raw_results.csv" }

  private func stage(
    _ fitted: [FitDocument.DataSet], of document: FitDocument, into staged: inout [StagedFile]
  ) throws {
    let roots = roots(document.dataSets.map(\.name))
    let tables = try NonmemFolder(
      folder, job: job, dataSets: Set(fitted.map(\.name)),
      hasObservations: !specification.tables.isEmpty)
    let sources = Dictionary(job.sources.map { ($0.name, $0) }) { first, _ in first }
    for dataSet in fitted {
      guard let root = roots[dataSet.name], let fit = dataSet.fit else { continue }
      let run = tables.run(dataSet, fit, document: document, numbering: numbering)
      let records =
        try specification.tables.isEmpty
        ? nil : tables.records(dataSet, run, source: sources[dataSet.name], plan: job.plan)
      try stage(NonmemOutput(run), records: records, root: root, into: &staged)
    }
  }

  /// All that may be written.
  var targets: [OutputTarget] {
    let roots = roots(job.sources.map(\.name))
    let own = job.sources.flatMap { source -> [OutputTarget] in
      guard let root = roots[source.name] else { return [] }
      let origin: OutputTarget.Origin = specification.root == nil ? .output : .nonmemRoot
      return NonmemOutput.endings.map { OutputTarget("\(root).\($0)", origin) }
        + specification.tables.map {
          OutputTarget(tablePath($0.file.value, root: root), .nonmemTable)
        }
    }
    return own + (job.sources.count > 1 ? [OutputTarget(rawResults)] : [])
  }

  private func readDocument() throws -> FitDocument {
    let document = try FitDocument(
      json: FittedJob.bytes(in: folder), path: "\(folder)/fit.json")
    try document.require(shapeOf: job.plan.model, path: "\(folder)/fit.json")
    return document
  }

  /// What the names of each data set's files begin with.
  private func roots(_ names: [String]) -> [String: String] {
    let folders = FolderNames.of(names)
    let jobFolder =
      job.plan.jobFile.path.lastIndex(of: "/").map { job.plan.jobFile.path[...$0] } ?? ""
    return Dictionary(
      names.map { name in
        let own = folders[name] ?? name
        guard let root = specification.root?.value else {
          return (name, "\(folder)/nonmem/\(own)")
        }
        let path = root.hasPrefix("/") ? root : jobFolder + root
        return (name, job.sources.count > 1 ? "\(path)-\(own)" : path)
      }, uniquingKeysWith: { first, _ in first })
  }

  private func stage(
    _ output: NonmemOutput, records: NonmemRecords?, root: String, into staged: inout [StagedFile]
  ) throws {
    for file in output.files {
      staged.append(
        try OutputFiles.stage(Array(file.text.utf8), for: "\(root).\(file.ending)"))
    }
    guard let records else { return }
    for (place, table) in specification.tables.enumerated() {
      let text = output.text(NonmemTable(table), number: place + 1, records)
      staged.append(
        try OutputFiles.stage(
          Array(text.utf8), for: tablePath(table.file.value, root: root)))
    }
  }

  /// Beside the other files; where there are several data sets, with the name of each.
  private func tablePath(_ file: String, root: String) -> String {
    if job.sources.count > 1 { return "\(root).\(file)" }
    let parent = root.lastIndex(of: "/").map { String(root[..<$0]) } ?? "."
    return file.hasPrefix("/") || parent == "." ? file : "\(parent)/\(file)"
  }
}

extension NonmemTable {
  fileprivate init(_ table: NonmemSpecification.Table) {
    let header: Header =
      switch table.header {
      case .each: .each
      case .once: .once
      case .none: .none
      }
    self.init(
      columns: table.columns.map(\.value), header: header, isFirstOnly: table.isFirstOnly)
  }
}

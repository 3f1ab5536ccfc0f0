package import JobFiles
package import MessagePassing
import PopulationModel
package import Report
import Spelling

/// Results as NONMEM and PsN write theirs.
package struct NonmemFormat: ResultFormat {
  package let name = "nonmem"
  package let remedy = "give another path by `nonmem.root`"
  private let jobPath: String
  private let model: MixtureModel
  private let specification: NonmemSpecification
  private let numbering: NonmemNumbering

  /// - Returns: `nil` if the job asks for none.
  package init?(_ plan: RunPlan) {
    guard let specification = plan.jobFile.nonmem, let numbering = plan.nonmem else { return nil }
    jobPath = plan.jobFile.path
    model = plan.model
    self.specification = specification
    self.numbering = numbering
  }

  package var needsObservations: Bool { specification.needsObservations }

  /// Refuses tables with columns that there are not.
  /// - Throws: `JobError.invalid` at the place of the first.
  package func validate(_ dataSet: String, columns: () -> [String]?) throws {
    guard !specification.tables.isEmpty, let columns = columns() else { return }
    for table in specification.tables {
      let unknown = NonmemTable.unknownColumn(
        table.columns.map(\.value), model: model, numbering: numbering, fileColumns: columns)
      guard let place = table.columns.first(where: { $0.value == unknown }) else { continue }
      throw JobError.invalid([
        JobDiagnostic(
          path: jobPath, line: place.line, column: place.column,
          message:
            "the table \(quoted(table.file.value)) has the column \(quoted(place.value)), which is no column of \(dataSet)"
            + ", no random effect and nothing that is computed, such as PRED, IPRED, CWRES, ETA1 or MIXEST; correct it."
        )
      ])
    }
  }

  package func paths(_ place: FormatPlace) -> [FormatPath] {
    let own = place.dataSets.flatMap { dataSet -> [FormatPath] in
      let root = root(of: dataSet, place)
      return NonmemOutput.endings.map {
        FormatPath("\(root).\($0)", remedy: specification.root == nil ? nil : remedy)
      }
        + specification.tables.map {
          FormatPath(
            tablePath($0.file.value, root: root, place),
            remedy: "give another name by `nonmem.tables.file`")
        }
    }
    return own + (place.dataSets.count > 1 ? [FormatPath(rawResults(place))] : [])
  }

  package func files(
    of share: FittedShare, _ run: FittedRun, _ place: FormatPlace, by communicator: any Communicator
  ) throws -> [FormatFile] {
    guard let dataSet = place.dataSet(share.dataSet.name) else { return [] }
    let root = root(of: dataSet, place)
    let output = try NonmemOutput(
      NonmemRun(share, run, model: model, numbering: numbering), by: communicator)
    var files = output.files.map { FormatFile("\(root).\($0.ending)", $0.text) }
    guard !specification.tables.isEmpty else { return files }
    let records = try NonmemRecords(
      share.subjects, model: model, path: dataSet.path, format: place.data, by: communicator)
    for (number, table) in specification.tables.enumerated() {
      let text = try output.text(
        NonmemTable(table), number: number + 1, records, by: communicator)
      files.append(FormatFile(tablePath(table.file.value, root: root, place), text))
    }
    return files
  }

  package func overview(_ place: FormatPlace) -> FormatOverview? {
    guard place.dataSets.count > 1 else { return nil }
    let (model, numbering) = (model, numbering)
    return FormatOverview(
      path: rawResults(place), head: RawResults.header(model, numbering)
    ) { RawResults.row($0, $1, model, numbering) }
  }

  package func bootstrapPath(of dataSet: String, _ place: FormatPlace) -> String? {
    place.dataSet(dataSet).map { "\(place.folder)/nonmem/\($0.stem).bootstrap_raw_results.csv" }
  }

  package func bootstrap(
    of original: FitDocument.DataSet, replicates: [FitDocument.DataSet]
  ) -> [UInt8] {
    Array(
      RawResults.text(
        [original] + replicates, model: model, numbering: numbering, hasOriginal: true
      ).utf8)
  }

  private func rawResults(_ place: FormatPlace) -> String {
    "\(place.folder)/nonmem/raw_results.csv"
  }

  /// What the names of a data set's files begin with.
  private func root(of dataSet: FormatPlace.DataSet, _ place: FormatPlace) -> String {
    guard let root = specification.root?.value else {
      return "\(place.folder)/nonmem/\(dataSet.stem)"
    }
    let path = root.hasPrefix("/") ? root : place.jobFolder + root
    return place.dataSets.count > 1 ? "\(path)-\(dataSet.stem)" : path
  }

  /// Beside the other files; where there are several data sets, with the name of each.
  private func tablePath(_ file: String, root: String, _ place: FormatPlace) -> String {
    if place.dataSets.count > 1 { return "\(root).\(file)" }
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

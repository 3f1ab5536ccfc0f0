import JobFiles
import NumericKernels
import OutputFolders
import PopulationData
import PopulationModel
import Report
import Spelling

/// Fits that earlier runs have done, restored from the texts that the ledger keeps of them; where
/// it keeps none, as of the only fit of a job that is done, from the output files that were made of
/// them. Nothing else in a run reads results back.
struct EarlierFits {
  let job: LoadedJob
  let ledger: String
  let folder: String
  private let headers: [LedgerSection: [UInt8]]
  /// Whether subjects have what is said of their observations.
  private let hasObservations: Bool
  /// Bytes that are read at once.
  private static let windowSize = 4 << 20

  init(_ job: LoadedJob, ledger: String, folder: String) {
    self.job = job
    self.ledger = ledger
    self.folder = folder
    headers = PieceTexts(job).headers
    hasObservations = job.formats.contains { $0.needsObservations }
  }

  /// Bytes of the rows of subjects and observations.
  func size(of entries: [LedgerEntry]) -> Int {
    [LedgerSection.moments, .observations].reduce(0) { sum, section in
      sum + stretches(section, entries).reduce(0) { $0 + $1.count }
    }
  }

  /// What one of several ranks takes of a fit: an even part of the subjects.
  /// - Throws: `JobFailure` if something is not as popmix writes it; `OutputError`.
  func share(of entries: [LedgerEntry], rank: Int, size: Int) throws -> FittedShare {
    let dataSet = try document(entries)
    guard let fit = dataSet.fit else { throw unreadable(documentPath) }
    let n = dataSet.subjects
    let own = n * rank / size..<n * (rank + 1) / size
    var subjects = try self.subjects(own, entries)
    if hasObservations { try addObservations(of: entries, to: &subjects, from: own.lowerBound) }
    return FittedShare(
      dataSet: dataSet, fit: fit, iterations: try iterations(entries), subjects: subjects)
  }

  /// A fit for a sequence of jobs, with all subjects.
  /// - Throws: `JobFailure` if something is not as popmix writes it; `OutputError`.
  func fit(of entries: [LedgerEntry], _ details: FitDetails) throws -> SequenceFit {
    let dataSet = try document(entries)
    var fit = SequenceFit(dataSet, details)
    if details.contains(.memberships), dataSet.fit != nil {
      fit.memberships = try memberships(entries, count: dataSet.subjects)
    }
    return fit
  }

  /// SHA-256 of the `fit.json` that an earlier run has written.
  /// - Throws: `JobFailure` if it cannot be read.
  func documentHash() throws(JobFailure) -> String { sha256(try documentBytes()) }

  private var documentPath: String { "\(folder)/fit.json" }

  private func documentBytes() throws(JobFailure) -> [UInt8] {
    guard let bytes = FileBytes.read(documentPath) else {
      throw JobFailure(
        message:
          "\(documentPath): cannot be read (\(SystemError())); give --restart to fit all anew.",
        code: .noInput)
    }
    return bytes
  }

  // MARK: - Texts

  /// Some bytes of a file.
  private struct Stretch {
    let folder: String
    let file: String
    var path: String { "\(folder)/\(file)" }
    let offset: Int
    let count: Int
  }

  /// Where the rows of a section stand, without a header.
  private func stretches(_ section: LedgerSection, _ entries: [LedgerEntry]) -> [Stretch] {
    if entries[0].record.payloadLength > 0 {
      return entries.map {
        Stretch(
          folder: ledger, file: $0.file, offset: $0.offset + $0.record.offset(of: section),
          count: $0.record.lengths[section.rawValue])
      }
    }
    let file = "\(section).csv"
    let (head, size) = (headers[section]?.count ?? 0, FileStamp("\(folder)/\(file)")?.bytes ?? 0)
    return [Stretch(folder: folder, file: file, offset: head, count: max(0, size - head))]
  }

  private func read(_ stretch: Stretch, from start: Int, _ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try LedgerFiles(folder: stretch.folder).append(
      stretch.file, at: stretch.offset + start, count: count, to: &bytes)
    return bytes
  }

  private func unreadable(_ path: String) -> JobFailure {
    JobFailure(
      message: "\(path): is not as popmix has written it; give --restart to fit all anew.",
      code: .data)
  }

  private func document(_ entries: [LedgerEntry]) throws -> FitDocument.DataSet {
    let record = entries[0].record
    guard record.payloadLength > 0 else {
      let document = try FitDocument(json: documentBytes(), path: documentPath)
      try document.require(shapeOf: job.plan.model, path: documentPath)
      guard let dataSet = document.dataSets.first(where: { $0.name == record.name }) else {
        throw unreadable(documentPath)
      }
      return dataSet
    }
    let text = stretches(.document, entries)[0]
    guard let dataSet = FitDocument.dataSet(json: try read(text, from: 0, text.count)),
      dataSet.fit?.hasShape(of: job.plan.model) != false
    else { throw unreadable(text.path) }
    return dataSet
  }

  // MARK: - Rows

  /// Goes through the rows of a section, of which no more is in memory than a window.
  private func forEachRow(
    _ section: LedgerSection, _ entries: [LedgerEntry],
    _ body: (CheckedRow) throws -> Void
  ) throws {
    // What a row begins with; the name may have ends of lines in it.
    let begin = Array((csvField(entries[0].record.name) + ",").utf8)
    for stretch in stretches(section, entries) {
      var number = 0
      var rest: [UInt8] = []
      var place = 0
      while place < stretch.count {
        let count = min(Self.windowSize, stretch.count - place)
        rest += try read(stretch, from: place, count)
        place += count
        var rows = rest
        if place < stretch.count {
          guard let end = Self.lastRow(of: rest, begin) else { continue }
          rows = Array(rest[..<end])
          rest = Array(rest[end...])
        }
        let table = TableFile(path: stretch.path, bytes: (headers[section] ?? []) + rows)
        try table.forEachRow { (row: Int) in
          throw JobFailure(
            message:
              "\(stretch.path): row \(number + row) of \(section) has not as many fields as there are columns; "
              + "fit again.", code: .data)
        } _: { row in
          number += 1
          try body(CheckedRow(table: table, number: number, row: row))
        }
      }
    }
  }

  /// Where the last row begins that is not the first.
  private static func lastRow(of bytes: [UInt8], _ begin: [UInt8]) -> Int? {
    var place = bytes.count - begin.count
    while place > 0 {
      if bytes[place - 1] == UInt8(ascii: "\n"), bytes[place...].starts(with: begin) {
        return place
      }
      place -= 1
    }
    return nil
  }

  private func iterations(_ entries: [LedgerEntry]) throws -> [FittedShare.Iteration] {
    var iterations: [FittedShare.Iteration] = []
    let start = entries[0].record.start
    // The first rank of a group has them; a file has those of all starts.
    try forEachRow(.iterations, Array(entries.prefix(1))) { row in
      let table = row.table
      guard try row.count(table.place(of: "start")) == start else { return }
      let first = try table.place(of: "rejected") + 1
      iterations.append(
        FittedShare.Iteration(
          number: try row.count(table.place(of: "iteration")),
          logLikelihood: try row.number(table.place(of: "log_likelihood")),
          values: try (first..<table.columns.count).map(row.number)))
    }
    return iterations
  }

  /// τ of all subjects.
  private func memberships(_ entries: [LedgerEntry], count: Int) throws -> [[Double]] {
    // Behind data_set, subject, ID, observations, log_likelihood, class and entropy.
    let places = (0..<job.plan.model.componentCount).map { 7 + $0 }
    var memberships: [[Double]] = []
    try forEachRow(.subjects, entries) { row in
      guard try row.count(1) == memberships.count + 1 else {
        throw unreadable(row.table.path)
      }
      memberships.append(try places.map { (place) throws(JobFailure) in try row.number(place) })
    }
    guard memberships.count == count else {
      throw unreadable(stretches(.subjects, entries)[0].path)
    }
    return memberships
  }

  private func subjects(
    _ own: Range<Int>, _ entries: [LedgerEntry]
  ) throws -> [SubjectResult] {
    let components = job.plan.model.componentCount
    let p = job.plan.model.effectCount
    let pairs = SymmetricMatrix.elementCount(p)
    let width = 3 + 2 * p + pairs
    // Behind the data set: subject, ID, observations, measured, log_likelihood.
    let places = (0..<components).map { 6 + width * $0 }
    var subjects: [SubjectResult] = []
    try forEachRow(.moments, entries) { row in
      guard own.contains(try row.count(1) - 1) else { return }
      func numbers(_ place: Int, _ count: Int) throws(JobFailure) -> [Double] {
        try (place..<place + count).map { (column) throws(JobFailure) in try row.number(column) }
      }
      subjects.append(
        SubjectResult(
          index: try row.count(1) - 1, id: row.text(2), observationCount: try row.count(3),
          measuredCount: try row.count(4), logLikelihood: try row.number(5),
          logIntegrals: try places.map { try row.number($0) },
          weights: try places.map { try row.number($0 + 1) },
          membership: try places.map { try row.number($0 + 2) },
          priorMeans: try places.map { try numbers($0 + 3, p) },
          means: try places.map { try numbers($0 + 3 + p, p) },
          covariances: try places.map {
            SymmetricMatrix(dimension: p, elements: try numbers($0 + 3 + 2 * p, pairs))
          }))
    }
    guard subjects.map(\.index) == Array(own) else {
      throw unreadable(stretches(.moments, entries)[0].path)
    }
    return subjects
  }

  private func addObservations(
    of entries: [LedgerEntry], to subjects: inout [SubjectResult], from first: Int
  ) throws {
    var all: [[ObservationResult]] = subjects.map { _ in [] }
    try forEachRow(.observations, entries) { row in
      // Behind the data set: subject, ID, occasion, line, TIME.
      let place = try row.count(1) - 1 - first
      guard all.indices.contains(place) else { return }
      all[place].append(
        ObservationResult(
          line: row.isEmpty(4) ? nil : try row.count(4), time: try row.number(5),
          values: try (6..<row.table.columns.count).map(row.number)))
    }
    for place in subjects.indices { subjects[place].observations = all[place] }
  }
}

/// A row of a table that somebody may have edited.
private struct CheckedRow {
  let table: TableFile
  /// From 1.
  let number: Int
  let row: TableFile.Row
  /// More than there can be of anything.
  private static let limit = 1e15

  func text(_ column: Int) -> String { row.text(column) }
  func isEmpty(_ column: Int) -> Bool { row.isEmpty(column) }

  /// NaN where nothing is written.
  func number(_ column: Int) throws(JobFailure) -> Double {
    let value = row.number(column)
    if value.isNaN, !row.isEmpty(column) { throw fault(column) }
    return value
  }

  /// A whole number from 0.
  func count(_ column: Int) throws(JobFailure) -> Int {
    let value = row.number(column)
    guard value >= 0, value < Self.limit, let count = Int(exactly: value) else {
      throw fault(column)
    }
    return count
  }

  private func fault(_ column: Int) -> JobFailure {
    JobFailure(
      message: "\(table.path): row \(number) of a data set has \(quoted(row.text(column))) as "
        + "\(table.columns[column]), which popmix has not written; fit again.",
      code: .data)
  }
}

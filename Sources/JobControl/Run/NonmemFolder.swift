import DataPartition
import DataSets
import JobFiles
import NonmemFiles
import NumericKernels
import OutputFolders
import PopulationData
import PopulationModel
import Report
import Spelling

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

  func fault(_ column: Int) -> JobFailure {
    JobFailure(
      message: "\(table.path): row \(number) under the header has \(quoted(row.text(column))) as "
        + "\(table.columns[column]), which popmix has not written; fit again.",
      code: .data)
  }
}

/// The tables of an output folder, as outputs in NONMEM's formats need them: rows of some data
/// sets.
struct NonmemFolder {
  private let job: LoadedJob
  private let document: RunDocument?
  private var iterations: [String: [(start: Int, row: NonmemRun.Iteration)]] = [:]
  private var subjects: [String: [NonmemSubject]] = [:]
  /// Rows of `observations.csv` by line of the data, and in their order.
  private var observations: [String: [ObservationRow]] = [:]
  private var observationColumns: [String] = []

  private struct ObservationRow {
    let line: Int?
    let subject: Int
    let time: Double
    let values: [Double]
  }

  /// - Parameter dataSets: whose rows are wanted.
  init(_ folder: String, job: LoadedJob, dataSets: Set<String>, hasObservations: Bool) throws {
    self.job = job
    document = FileBytes.read("\(folder)/run.json").flatMap {
      try? RunDocument(json: $0, path: "\(folder)/run.json")
    }
    try readIterations(TableFile(path: "\(folder)/iterations.csv"), dataSets)
    try readMoments(TableFile(path: "\(folder)/moments.csv"), dataSets)
    if hasObservations {
      try readObservations(TableFile(path: "\(folder)/observations.csv"), dataSets)
    }
  }

  private mutating func readIterations(_ table: TableFile, _ dataSets: Set<String>) throws {
    let dataSet = try table.place(of: "data_set")
    let start = try table.place(of: "start")
    let iteration = try table.place(of: "iteration")
    let logLikelihood = try table.place(of: "log_likelihood")
    let first = try table.place(of: "rejected") + 1
    try forEachRow(table, of: dataSets, named: dataSet) { name, row in
      iterations[name, default: []].append(
        (
          start: try row.count(start),
          row: NonmemRun.Iteration(
            number: try row.count(iteration), logLikelihood: try row.number(logLikelihood),
            values: try (first..<table.columns.count).map(row.number))
        ))
    }
  }

  private mutating func readMoments(_ table: TableFile, _ dataSets: Set<String>) throws {
    let model = job.plan.model
    let p = model.effectCount
    let dataSet = try table.place(of: "data_set")
    let first = try table.place(of: "ID")
    let pairs = SymmetricMatrix.elementCount(p)
    let width = 3 + 2 * p + pairs
    guard table.columns.count == first + 4 + width * model.componentCount else {
      throw JobFailure(
        message: "\(table.path): the table has other columns than the model wants; fit again.",
        code: .data)
    }
    try forEachRow(table, of: dataSets, named: dataSet) { name, row in
      let places = (0..<model.componentCount).map { first + 4 + width * $0 }
      func numbers(_ place: Int, _ count: Int) throws(JobFailure) -> [Double] {
        try (place..<place + count).map { (column) throws(JobFailure) in try row.number(column) }
      }
      subjects[name, default: []].append(
        NonmemSubject(
          id: row.text(first), measuredCount: try row.count(first + 2),
          logLikelihood: try row.number(first + 3),
          logIntegrals: try places.map { try row.number($0) },
          membership: try places.map { try row.number($0 + 2) },
          priorMeans: try places.map { try numbers($0 + 3, p) },
          means: try places.map { try numbers($0 + 3 + p, p) },
          covariances: try places.map {
            SymmetricMatrix(dimension: p, elements: try numbers($0 + 3 + 2 * p, pairs))
          }))
    }
  }

  private mutating func readObservations(_ table: TableFile, _ dataSets: Set<String>) throws {
    let dataSet = try table.place(of: "data_set")
    let subject = try table.place(of: "subject")
    let line = try table.place(of: "line")
    let time = try table.place(of: "TIME")
    observationColumns = Array(table.columns[(time + 1)...])
    try forEachRow(table, of: dataSets, named: dataSet) { name, row in
      // They are listed in moments.csv, which has been read.
      let place = try row.count(subject) - 1
      guard subjects[name]?.indices.contains(place) == true else { throw row.fault(subject) }
      observations[name, default: []].append(
        ObservationRow(
          line: row.isEmpty(line) ? nil : try row.count(line), subject: place,
          time: try row.number(time), values: try (time + 1..<table.columns.count).map(row.number)))
    }
  }

  /// Goes through the rows of some data sets.
  /// - Throws: `JobFailure` if a row is not as popmix writes them.
  private func forEachRow(
    _ table: TableFile, of dataSets: Set<String>, named column: Int,
    _ body: (String, CheckedRow) throws -> Void
  ) throws {
    var number = 0
    try table.forEachRow { (row: Int) in
      throw JobFailure(
        message:
          "\(table.path): row \(row) under the header has not as many fields as there are columns; "
          + "fit again.", code: .data)
    } _: { row in
      number += 1
      let name = row.text(column)
      guard dataSets.contains(name) else { return }
      try body(name, CheckedRow(table: table, number: number, row: row))
    }
  }

  /// What the files of a data set are made of.
  func run(
    _ dataSet: FitDocument.DataSet, _ fit: FitDocument.Fit, document: FitDocument,
    numbering: NonmemNumbering
  ) -> NonmemRun {
    NonmemRun(
      popmixVersion: document.popmixVersion, job: document.job,
      jobFile: job.plan.jobFile.path, model: job.plan.model, estimation: document.estimation,
      dataSet: dataSet, fit: fit, numbering: numbering,
      iterations: (iterations[dataSet.name] ?? []).filter { $0.start == dataSet.start }.map(\.row),
      subjects: subjects[dataSet.name] ?? [], seconds: self.document?.seconds.all,
      started: self.document?.started)
  }

  /// All records of a data file; of drawn data the observations.
  func records(
    _ dataSet: FitDocument.DataSet, _ run: NonmemRun, source: DataSetSource?, plan: RunPlan
  ) throws -> NonmemRecords {
    let rows = observations[dataSet.name] ?? []
    guard case .file(let path, _) = source else {
      var previous: Int?
      return NonmemRecords(
        fileColumns: [], observationColumns: observationColumns,
        records: rows.map { row in
          defer { previous = row.subject }
          return NonmemRecords.Record(
            id: Self.number(run.subjects[row.subject].id, row.subject), subject: row.subject,
            isFirst: previous != row.subject, time: row.time, fields: [],
            observation: row.values)
        })
    }
    let data = try DataRecords(
      bytes: inflatedContents(of: path), name: path, format: plan.format)
    let byLine = Dictionary(
      rows.compactMap { row in row.line.map { ($0, row) } }, uniquingKeysWith: { a, _ in a })
    var subjectOf: [Int: Int] = [:]
    for record in data.records {
      if let row = byLine[record.line] { subjectOf[record.individual] = row.subject }
    }
    var known: Set<Int> = []
    return NonmemRecords(
      fileColumns: data.columns, observationColumns: observationColumns,
      records: data.records.map { record in
        let row = byLine[record.line]
        return NonmemRecords.Record(
          id: Self.number(record.id, subjectOf[record.individual] ?? record.individual),
          subject: subjectOf[record.individual],
          isFirst: known.insert(record.individual).inserted, time: row?.time ?? record.time,
          fields: record.values, observation: row?.values)
      })
  }

  /// NONMEM knows numbers only; a text has the number of the subject in its place.
  private static func number(_ id: String, _ subject: Int) -> Double {
    Double(id).flatMap { $0.isFinite ? $0 : nil } ?? Double(subject + 1)
  }
}

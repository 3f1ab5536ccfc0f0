import DataPartition
import MessagePassing
import PopulationData
import PopulationModel
import Report

extension NonmemRecords {
  /// All records of a data file, each rank some individuals with what the fit says of them; of
  /// drawn data the observations. Collective.
  /// - Parameters:
  ///   - subjects: of this rank, with their observations.
  ///   - path: of the data file; `nil` of drawn data.
  /// - Throws: `DatasetFailure`, the same on all ranks; `CommunicationError`.
  init(
    _ subjects: [SubjectResult], model: MixtureModel, path: String?, format: DatasetFormat,
    by communicator: any Communicator
  ) throws {
    let columns = ObservationsTable(model: model).valueColumns
    guard let path else {
      self.init(drawn: subjects, columns)
      return
    }
    let part = try RecordsPart(path: path, format: format, communicator: communicator)
    let own = try Self.moved(subjects, to: part, model, columns.count, communicator)
    var byLine: [Int: (subject: Int, row: ObservationResult)] = [:]
    for (place, subject) in own.enumerated() {
      for row in subject.observations {
        if let line = row.line, byLine[line] == nil { byLine[line] = (place, row) }
      }
    }
    var subjectOf: [Int: Int] = [:]
    for record in part.data.records {
      if let found = byLine[record.line] { subjectOf[record.individual] = found.subject }
    }
    var known: Set<Int> = []
    self.init(
      fileColumns: part.data.columns, observationColumns: columns,
      records: part.data.records.map { record in
        let row = byLine[record.line]?.row
        let subject = subjectOf[record.individual]
        return Record(
          id: Self.number(
            record.id, subject.map { own[$0].index } ?? part.firstIndividual + record.individual),
          subject: subject, isFirst: known.insert(record.individual).inserted,
          time: row?.time ?? record.time, fields: record.values, observation: row?.values)
      }, subjects: own)
  }

  private init(drawn subjects: [SubjectResult], _ columns: [String]) {
    self.init(
      fileColumns: [], observationColumns: columns,
      records: subjects.enumerated().flatMap { place, subject in
        subject.observations.enumerated().map { number, row in
          Record(
            id: Self.number(subject.id, subject.index), subject: place, isFirst: number == 0,
            time: row.time, fields: [], observation: row.values)
        }
      }, subjects: subjects)
  }

  /// The subjects of a rank's part of the file, which may be another rank's of the fit, as loads
  /// are balanced there.
  private static func moved(
    _ subjects: [SubjectResult], to part: RecordsPart, _ model: MixtureModel, _ valueCount: Int,
    _ communicator: any Communicator
  ) throws(CommunicationError) -> [SubjectResult] {
    guard communicator.size > 1 else { return subjects }
    var shares = [[SubjectResult]](repeating: [], count: communicator.size)
    for subject in subjects {
      let line = subject.observations.lazy.compactMap(\.line).first ?? 0
      shares[part.rank(ofLine: line)].append(subject)
    }
    return try communicator.exchange(shares.map(SubjectResult.encode)).flatMap {
      SubjectResult.decode($0, model: model, valueCount: valueCount)
    }
  }

  /// NONMEM knows numbers only; a text has the number of the subject in its place.
  private static func number(_ id: String, _ subject: Int) -> Double {
    Double(id).flatMap { $0.isFinite ? $0 : nil } ?? Double(subject + 1)
  }
}

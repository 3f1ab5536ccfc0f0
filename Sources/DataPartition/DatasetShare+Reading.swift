package import MessagePassing
package import PopulationData

extension DatasetShare {
  /// Reads a data file, of which every rank reads and holds its part only; collective.
  ///
  /// Subjects, report and fingerprint are those of `DatasetReader.read`, for any number of ranks. A
  /// rank needs memory for its part of the file's bytes while it reads, and for its subjects. If
  /// `format.repeatedIDs` is `.join` and an ID comes back in the part of another rank, then each
  /// rank reads the whole file and keeps an even part of the subjects.
  ///
  /// - Parameters:
  ///   - path: a file that all ranks find there; if its name ends in `.gz` or it begins as a gzip
  ///     file does, it is inflated, by each rank from its beginning up to the rank's part.
  ///   - name: the path for messages, and the name of the data set; `path` if left out.
  /// - Throws: `DatasetFailure`, the same on all ranks: what `DatasetReader.read` says of the file.
  ///   An error of the communicator as `CommunicationError`.
  package static func read(
    path: String, name: String? = nil, format: DatasetFormat = .standard,
    communicator: any Communicator
  ) throws -> DatasetShare {
    let source = try SourceFile(path: path, communicator: communicator)
    let reading = SharedReading(
      name: name ?? path, format: format, sha256: source.sha256, communicator: communicator)
    return switch source.form {
    case .plain(let contents): try reading.share(of: contents)
    case .gzip(let contents): try reading.share(of: contents)
    case .memory(let contents): try reading.share(of: contents)
    }
  }

  /// Reads the bytes of a file, which every rank has; collective.
  ///
  /// - Parameter bytes: the same on all ranks, of which each takes apart its part.
  /// - Throws: as `read(path:name:format:communicator:)`.
  package static func read(
    bytes: [UInt8], name: String, format: DatasetFormat = .standard,
    communicator: any Communicator
  ) throws -> DatasetShare {
    let digest = FileDigest()
    bytes.withUnsafeBytes { digest.add($0) }
    let reading = SharedReading(
      name: name, format: format, sha256: digest.hexadecimal(), communicator: communicator)
    return try reading.share(of: MemoryContents(bytes: bytes))
  }
}

/// The reading of one file by several ranks.
struct SharedReading {
  let name: String
  let format: DatasetFormat
  let sha256: String
  let communicator: any Communicator

  func share<Contents: FileContents>(of contents: Contents) throws -> DatasetShare {
    let part = try communicator.together { () throws(DatasetError) in
      try FilePart(
        of: contents, name: name, format: format, rank: communicator.rank,
        rankCount: communicator.size)
    }
    var head = part.head
    let lines = try communicator.allGather(
      Int64(part.rows.withUnsafeBufferPointer { lineEndCount($0) }))
    let linesBefore = head.lineCount + Int(lines[..<communicator.rank].reduce(0, +))
    while true {
      let reading = part.rows.withUnsafeBufferPointer {
        PartReading(head, rows: $0, linesBefore: linesBefore)
      }
      let returns = try IDsAcrossRanks(
        head: head, ids: reading.ids, rows: part.rows, communicator: communicator
      ).returns()
      if format.repeatedIDs == .join, !returns.isEmpty { return try joined(contents) }
      // One clock time makes all times of the data set such.
      if try endsAtClockTime(reading, returns) {
        head.hasClockTimes = true
        continue
      }
      try throwFirst(fault: reading.fault, returns: returns)
      return try share(reading, head, returns)
    }
  }

  /// Whether the first row where a rank ended its reading has a clock time of which the head knows
  /// nothing; collective.
  private func endsAtClockTime(
    _ reading: PartReading, _ returns: [ReturnAcrossRanks]
  ) throws(CommunicationError) -> Bool {
    var end: Int64 = 0
    if reading.fault != nil { end = 1 }
    if let line = reading.lineOfClockTime {
      // A returning ID that is refused ends the reading, too.
      let refused = format.repeatedIDs == .refuse ? returns.first : nil
      end = refused.map { $0.line <= line } ?? false ? 1 : 2
    }
    return try communicator.allGather(end).first { $0 != 0 } == 2
  }

  /// Throws what is wrong in the first row at fault of all ranks.
  private func throwFirst(fault: DatasetError?, returns: [ReturnAcrossRanks]) throws {
    var fault = fault
    let refused = format.repeatedIDs == .refuse ? returns.first : nil
    // An ID is looked at before the other fields of its row.
    if let refused, let line = fault?.place?.line, refused.line <= line { fault = nil }
    // Rows of lower ranks come first in the file.
    try communicator.throwTogether(fault)
    if let refused { throw DatasetFailure(refused.refusal(name: name)) }
  }

  /// Adds up what the ranks have read.
  private func share(
    _ reading: PartReading, _ head: DatasetHead, _ returns: [ReturnAcrossRanks]
  ) throws -> DatasetShare {
    var sums = [
      Int64(reading.rowCount), Int64(reading.subjects.count),
      Int64(reading.unobservedSubjects.count), Int64(reading.returns.count),
    ]
    let others = sums.count
    sums += reading.counts.countsOfRows
    try communicator.allReduceSum(&sums)
    do throws(DatasetError) {
      try head.checkContents(rows: Int(sums[0]), subjects: Int(sums[1]))
    } catch {
      throw DatasetFailure(error)
    }
    var report = head.report
    report.countsOfRows = zip(report.countsOfRows, sums[others...]).map { $0 + $1 }
    if sums[2] > 0 {
      var writer = ByteWriter()
      for id in reading.unobservedSubjects { writer.append(id) }
      report.unobservedSubjects = try communicator.concatenated(writer.bytes).withUnsafeBytes {
        var reader = ByteReader($0)
        var ids: [String] = []
        while !reader.isAtEnd { ids.append(reader.text()) }
        return ids
      }
    }
    var all = returns.map { ReturnOfID(line: $0.line, id: $0.earlierText) }
    if sums[3] > 0 {
      var writer = ByteWriter()
      for found in reading.returns {
        writer.append(found.line)
        writer.append(found.id)
      }
      try communicator.concatenated(writer.bytes).withUnsafeBytes {
        var reader = ByteReader($0)
        while !reader.isAtEnd {
          all.append(ReturnOfID(line: reader.integer(), id: reader.text()))
        }
      }
    }
    report.repeatedIDs = all.sorted { $0.line < $1.line }.map(\.id)
    return try DatasetShare(
      name: name, sha256: sha256, subjects: reading.subjects, report: report,
      communicator: communicator)
  }

  /// Reads all of the file on every rank, because rows of one subject are far from each other.
  private func joined<Contents: FileContents>(_ contents: Contents) throws -> DatasetShare {
    let dataset = try communicator.together { () throws(DatasetError) in
      var window = ContentsWindow(contents, from: 0, capacity: contents.count)
      try window.extend(to: contents.count)
      return try DatasetReader.read(bytes: window.bytes, name: name, format: format)
    }
    return DatasetShare(
      evenPartOf: dataset, sha256: sha256, rank: communicator.rank, rankCount: communicator.size)
  }
}

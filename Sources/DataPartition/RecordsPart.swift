package import MessagePassing
package import PopulationData

/// The records of a part of a data file, of which each rank has one: whole individuals, in the
/// order of the file.
///
/// The parts are even in bytes, so that a rank's individuals need not be its subjects of a
/// `DatasetShare` whose loads are balanced. Where rows of one individual may be far from each other
/// (`repeatedIDs` is `.join`) the first rank has all.
package struct RecordsPart: Sendable {
  /// Individuals count from 0 in the part.
  package let data: DataRecords
  /// Number of the file's individuals before the part.
  package let firstIndividual: Int
  /// Lines of the file before the part of each rank.
  private let linesBefore: [Int]

  /// The rank in whose part a line is.
  package func rank(ofLine line: Int) -> Int {
    linesBefore.lastIndex { $0 < line } ?? 0
  }

  /// Reads the part of this rank; collective.
  /// - Throws: `DatasetFailure`, the same on all ranks; `CommunicationError`.
  package init(
    path: String, format: DatasetFormat, communicator: any Communicator
  ) throws {
    if format.repeatedIDs == .join || communicator.size == 1 {
      data = try communicator.together { () throws(DatasetError) in
        let bytes = communicator.rank == 0 ? try inflatedContents(of: path) : []
        return communicator.rank == 0
          ? try DataRecords(bytes: bytes, name: path, format: format) : DataRecords()
      }
      firstIndividual = 0
      linesBefore = [0] + [Int](repeating: .max, count: communicator.size - 1)
      return
    }
    let source = try SourceFile(path: path, communicator: communicator)
    let part = try communicator.together { () throws(DatasetError) in
      switch source.form {
      case .plain(let contents): try Self.part(of: contents, path, format, communicator)
      case .gzip(let contents): try Self.part(of: contents, path, format, communicator)
      case .memory(let contents): try Self.part(of: contents, path, format, communicator)
      }
    }
    var head = part.head
    let lines = try communicator.allGather(
      Int64(part.rows.withUnsafeBufferPointer { lineEndCount($0) }))
    var before = [head.lineCount]
    for count in lines.dropLast() { before.append(before.last! + Int(count)) }
    let own = before[communicator.rank]
    var reading = part.rows.withUnsafeBufferPointer {
      PartReading(head, rows: $0, linesBefore: own)
    }
    // One clock time makes all times of the data set such.
    var clocks: [Int64] = [reading.lineOfClockTime == nil ? 0 : 1]
    try communicator.allReduceMax(&clocks)
    if clocks[0] > 0 {
      head.hasClockTimes = true
      reading = part.rows.withUnsafeBufferPointer {
        PartReading(head, rows: $0, linesBefore: own)
      }
    }
    data = try communicator.together { () throws(DatasetError) in
      if let fault = reading.fault { throw fault }
      return try part.rows.withUnsafeBufferPointer { (rows) throws(DatasetError) in
        try DataRecords(head, rows: rows, linesBefore: own, subjects: reading.subjects)
      }
    }
    let individuals = try communicator.allGather(
      Int64(data.records.last.map { $0.individual + 1 } ?? 0))
    firstIndividual = Int(individuals[..<communicator.rank].reduce(0, +))
    linesBefore = before
  }

  private static func part<Contents: FileContents>(
    of contents: Contents, _ path: String, _ format: DatasetFormat,
    _ communicator: any Communicator
  ) throws(DatasetError) -> FilePart {
    try FilePart(
      of: contents, name: path, format: format, rank: communicator.rank,
      rankCount: communicator.size)
  }
}

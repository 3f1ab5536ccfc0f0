import MessagePassing
import PopulationData

/// An ID that came back in the part of another rank.
struct ReturnAcrossRanks {
  /// Line and column of the ID where it came back.
  var line: Int
  var column: Int
  /// The ID as written there.
  var text: String
  /// The ID as written where its earlier rows began.
  var earlierText: String
  /// Line of the first row of this ID.
  var firstLine: Int

  /// The error of a file whose IDs must not come back.
  func refusal(name: String) -> DatasetError {
    .row(
      Place(path: name, line: line, column: column), subject: text,
      .returningSubject(firstLine: firstLine))
  }
}

/// Finds IDs that more than one rank has in its part of a file.
///
/// Each ID belongs to one rank by its hash, which all who have the ID tell of it. Where hashes are
/// the same, the IDs themselves are compared. A rank needs memory for its own IDs and about as many
/// hashes of the others.
struct IDsAcrossRanks {
  let head: DatasetHead
  let ids: IDTable
  let rows: [UInt8]
  let communicator: any Communicator

  /// All returns in the order of the rows, the same on every rank; collective.
  func returns() throws(CommunicationError) -> [ReturnAcrossRanks] {
    let size = communicator.size
    guard size > 1 else { return [] }
    // Places of the own entries by the rank to which they belong.
    var places = [[Int32]](repeating: [], count: size)
    var hashes = [ByteWriter](repeating: ByteWriter(), count: size)
    for (place, entry) in ids.entries.enumerated() {
      let owner = Int(entry.hash >> 32) % size
      places[owner].append(Int32(place))
      hashes[owner].append(bits: entry.hash)
    }
    let suspects = Self.suspects(try communicator.exchange(hashes.map(\.bytes)))
    hashes = []
    var number = [Int64(suspects.reduce(0) { $0 + $1.count })]
    try communicator.allReduceSum(&number)
    if number[0] == 0 { return [] }

    let questions = try communicator.exchange(
      suspects.map { suspects in
        var writer = ByteWriter()
        for suspect in suspects { writer.append(suspect) }
        return writer.bytes
      })
    let answers = try communicator.exchange(
      zip(places, questions).map { sightings(places: $0, questions: $1) })
    var writer = ByteWriter()
    for found in Self.returns(answers) { Self.write(found, &writer) }
    let all = try communicator.concatenated(writer.bytes)
    return Self.read(all).sorted { $0.line < $1.line }
  }

  /// Which of the hashes that the ranks have sent another rank has sent too, for each rank.
  private static func suspects(_ blocks: [[UInt8]]) -> [[Int]] {
    var all: [(hash: UInt64, sender: Int32, number: Int32)] = []
    all.reserveCapacity(blocks.reduce(0) { $0 + $1.count / 8 })
    for (sender, block) in blocks.enumerated() {
      block.withUnsafeBytes {
        var reader = ByteReader($0)
        for number in 0..<block.count / 8 {
          all.append((reader.bits(), Int32(sender), Int32(number)))
        }
      }
    }
    all.sort { $0.hash < $1.hash }
    var suspects = [[Int]](repeating: [], count: blocks.count)
    for index in all.indices {
      let isPair =
        (index > 0 && all[index - 1].hash == all[index].hash)
        || (index + 1 < all.count && all[index + 1].hash == all[index].hash)
      if isPair { suspects[Int(all[index].sender)].append(Int(all[index].number)) }
    }
    return suspects
  }

  /// What the owner of some IDs has to know of those that it asks for.
  private func sightings(places: [Int32], questions: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    questions.withUnsafeBytes { questions in
      rows.withUnsafeBufferPointer { rows in
        var reader = ByteReader(questions)
        while !reader.isAtEnd {
          let entry = ids.entries[Int(places[reader.integer()])]
          let sighting = IDSighting(entry, head, rows: rows)
          writer.append(sighting.key)
          writer.append(sighting.text)
          writer.append(sighting.firstLine)
          writer.append(sighting.column)
        }
      }
    }
    return writer.bytes
  }

  /// The returns of the IDs that belong to this rank.
  /// - Parameter answers: sightings by rank.
  private static func returns(_ answers: [[UInt8]]) -> [ReturnAcrossRanks] {
    var latest: [[UInt8]: (text: String, firstLine: Int)] = [:]
    var returns: [ReturnAcrossRanks] = []
    for answer in answers {
      answer.withUnsafeBytes {
        var reader = ByteReader($0)
        while !reader.isAtEnd {
          let sighting = IDSighting(
            key: reader.array(), text: reader.text(), firstLine: reader.integer(),
            column: reader.integer())
          let earlier = latest[sighting.key]
          if let earlier {
            returns.append(
              ReturnAcrossRanks(
                line: sighting.firstLine, column: sighting.column, text: sighting.text,
                earlierText: earlier.text, firstLine: earlier.firstLine))
          }
          latest[sighting.key] = (sighting.text, earlier?.firstLine ?? sighting.firstLine)
        }
      }
    }
    return returns
  }

  private static func write(_ found: ReturnAcrossRanks, _ writer: inout ByteWriter) {
    writer.append(found.line)
    writer.append(found.column)
    writer.append(found.text)
    writer.append(found.earlierText)
    writer.append(found.firstLine)
  }

  private static func read(_ bytes: [UInt8]) -> [ReturnAcrossRanks] {
    bytes.withUnsafeBytes {
      var reader = ByteReader($0)
      var returns: [ReturnAcrossRanks] = []
      while !reader.isAtEnd {
        returns.append(
          ReturnAcrossRanks(
            line: reader.integer(), column: reader.integer(), text: reader.text(),
            earlierText: reader.text(), firstLine: reader.integer()))
      }
      return returns
    }
  }
}

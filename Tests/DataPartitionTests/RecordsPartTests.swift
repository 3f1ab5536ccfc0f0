import DataPartition
import Foundation
import MessagePassing
import PopulationData
import Testing

@Suite("All records of a file, each rank some individuals")
struct RecordsPartTests {
  /// What all ranks have, one after the other, with individuals counted over all.
  private func together(
    _ text: String, _ format: DatasetFormat = .standard, ranks: Int
  ) throws -> [String] {
    let path = NSTemporaryDirectory() + "records-\(UUID().uuidString).csv"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let parts = onRanks(ranks) { communicator in
      let part = try RecordsPart(path: path, format: format, communicator: communicator)
      for record in part.data.records {
        #expect(part.rank(ofLine: record.line) == communicator.rank)
      }
      return part.data.records.map { describe($0, part.firstIndividual) }
    }
    return try parts.flatMap { try $0.get() }
  }

  private func alone(_ text: String, _ format: DatasetFormat = .standard) throws -> [String] {
    try DataRecords(bytes: Array(text.utf8), name: "a.csv", format: format).records
      .map { describe($0, 0) }
  }

  private static let rows = (0..<40).map { i in
    "\(i),0,100,.,1,70\n\(i),1,.,5.\(i),0,71\n" + (i % 3 == 0 ? "\(i),3,.,.,2,x\n" : "")
      + (i % 7 == 0 ? "\(100 + i),1,50,.,1,60\n" : "")
  }.joined()

  @Test("are those that one rank reads alone, with rows behind observations and unobserved ones")
  func same() throws {
    let text = "# a comment\nID,TIME,AMT,DV,EVID,WT\n" + Self.rows
    let expected = try alone(text)
    for ranks in rankCounts { #expect(try together(text, ranks: ranks) == expected) }
  }

  @Test("one clock time on one rank makes all times such")
  func clock() throws {
    let text =
      "ID,TIME,AMT,DV\n" + (0..<20).map { "\($0),8,100,.\n\($0),10,.,5\n" }.joined()
      + "20,8:30,100,.\n20,10:00,.,5\n"
    let expected = try alone(text)
    for ranks in rankCounts { #expect(try together(text, ranks: ranks) == expected) }
  }

  @Test("returning IDs that are joined are the first rank's, with all others")
  func joined() throws {
    let text =
      "ID,TIME,AMT,DV\n" + (0..<20).map { "\($0 % 5),\($0),.,5\n" }.joined()
    let format = try DatasetFormat(repeatedIDs: .join)
    let expected = try alone(text, format)
    for ranks in rankCounts { #expect(try together(text, format, ranks: ranks) == expected) }
  }
}

private func describe(_ record: DataRecords.Record, _ first: Int) -> String {
  "\(record.line) \(first + record.individual) \(record.id) \(record.time) \(record.values)"
}

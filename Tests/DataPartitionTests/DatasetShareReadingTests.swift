import DataPartition
import Foundation
import PopulationData
import Testing

@Suite("a file read by several ranks")
struct DatasetShareReadingTests {
  /// The package's data files.
  static let files: [String] = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return ["jobs", "Tests", "Sources"].flatMap { folder in
      let all = FileManager.default.enumerator(
        at: root.appending(path: folder), includingPropertiesForKeys: nil)
      return (all?.compactMap { ($0 as? URL)?.path } ?? []).filter { $0.hasSuffix(".csv") }
    }.sorted()
  }()

  @Test("the package's data files: subjects, report and fingerprint are those of one reader")
  func packageFiles() throws {
    let files = Self.files
    var count = 0
    for file in files {
      let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: file)))
      expectSame(bytes, .standard, "\(file)")
      if (try? DatasetReader.read(bytes: bytes, name: file)) != nil { count += 1 }
    }
    #expect(count >= 3, "there are data files to read")
  }

  @Test(
    "random files: subjects, report and fingerprint are those of one reader", arguments: 1...150)
  func randomFiles(seed: UInt64) throws {
    let file = try RandomFile(seed: seed, returning: false)
    expectSame(Array(file.text.utf8), file.format)
  }

  @Test("random files are mostly right, so that more than their errors is compared")
  func randomFilesAreRight() throws {
    let right = try (1...150).filter {
      let file = try RandomFile(seed: UInt64($0), returning: false)
      return (try? readAlone(Array(file.text.utf8), file.format).get()) != nil
    }
    #expect(right.count > 100)
  }

  @Test("random files with faults: all ranks say what one reader says", arguments: 1...300)
  func randomFaults(seed: UInt64) throws {
    let policy = RepeatedIDs.allCases[Int(seed % 3)]
    let file = try RandomFile(
      seed: seed, returning: seed % 2 == 0, faults: 3, repeatedIDs: policy)
    expectSame(Array(file.text.utf8), file.format)
  }

  @Test(
    "random files with all kinds of events: subjects, report and fingerprint are those of one reader",
    arguments: 1...150)
  func randomEvents(seed: UInt64) throws {
    let file = try RandomEventFile(seed: seed)
    expectSame(Array(file.text.utf8), file.format)
  }

  @Test("random files with all kinds of events are mostly right, and have each of them")
  func randomEventsAreRight() throws {
    var right = 0
    var relative = 0
    var found: Set<String> = []
    for seed in UInt64(1)...150 {
      let file = try RandomEventFile(seed: seed)
      guard let whole = try? readAlone(Array(file.text.utf8), file.format).get() else { continue }
      right += 1
      if file.text.contains(":") { relative += 1 }
      for subject in whole.subjects {
        if subject.covariates.count > 1 { found.insert("covariates") }
        for occasion in subject.occasions {
          if !occasion.others.isEmpty { found.insert("others") }
          if occasion.start != nil { found.insert("start") }
          if occasion.doses.contains(where: \.isInfusion) { found.insert("infusions") }
          if occasion.doses.contains(where: { $0.steadyState != .none }) { found.insert("SS") }
          if occasion.observations.contains(where: \.isCensored) { found.insert("CENS") }
          if occasion.observations.contains(where: { $0.limit != nil }) { found.insert("LIMIT") }
        }
      }
    }
    #expect(right > 100 && relative > 20)
    #expect(found == ["covariates", "others", "start", "infusions", "SS", "CENS", "LIMIT"])
  }

  @Test(
    "random files with all kinds of events and faults: all ranks say what one reader says",
    arguments: 1...300)
  func randomEventFaults(seed: UInt64) throws {
    let file = try RandomEventFile(seed: seed, faults: 2)
    expectSame(Array(file.text.utf8), file.format)
  }

  @Test("a colon in the last row makes clock times for all ranks, unless a fault comes before it")
  func clockTimes() throws {
    let rows = (1...40).map { "\($0),8,1\n\($0),9.5,2\n" }.joined()
    expectSame(Array(("ID,TIME,DV\n" + rows + "41,7:30,1\n41,10,1\n").utf8))
    let dataset = try readAlone(
      Array(("ID,TIME,DV\n" + rows + "41,7:30,1\n41,10,1\n").utf8), .standard
    ).get()
    #expect(
      dataset.subjects.allSatisfy { $0.occasions[0].observations[0].time == 0 }
        && dataset.subjects[40].occasions[0].observations[1].time == 2.5)
    // A fault of plain times or of clock times, before and after the colon.
    for fault in ["20,8,x\n", "20,30,1\n", "20,8,1\n20,7,1\n", "3,8,1\n"] {
      for policy in RepeatedIDs.allCases {
        let format = try DatasetFormat(repeatedIDs: policy)
        expectSame(
          Array(("ID,TIME,DV\n" + rows + fault + rows.replacing(",8,", with: ",8:00,")).utf8),
          format)
        expectSame(
          Array(("ID,TIME,DV\n" + rows.replacing(",8,", with: ",8:00,") + fault + rows).utf8),
          format)
      }
    }
  }

  @Test("returning IDs by each policy", arguments: RepeatedIDs.allCases, 1...80)
  func returningIDs(policy: RepeatedIDs, seed: UInt64) throws {
    let file = try RandomFile(seed: seed, returning: true, repeatedIDs: policy)
    expectSame(Array(file.text.utf8), file.format)
  }

  @Test(
    "the same ID in other notations, in file order",
    arguments: RepeatedIDs.allCases)
  func notations(policy: RepeatedIDs) throws {
    let ids = ["1", "2", "1.0", "b", "2e0", "+1", "3", "b", "1", "10", "1e1", "3.0", "c"]
    let rows = ids.enumerated().map { "\($1),\($0),5\n" }.joined()
    expectSame(Array(("ID,TIME,DV\n" + rows).utf8), try DatasetFormat(repeatedIDs: policy))
  }

  @Test("a file sorted by time, in which all IDs come back all the time")
  func sortedByTime() throws {
    var text = "ID TIME DV\n"
    for time in 0..<6 { for id in 1...40 { text += "\(id) \(time) \(id + time)\n" } }
    for policy in RepeatedIDs.allCases {
      expectSame(Array(text.utf8), try DatasetFormat(repeatedIDs: policy))
    }
  }

  @Test("a subject with nearly all rows, in the beginning, in the middle and at the end")
  func longSubject() {
    let long = (0..<4000).map { "long,\($0),1.5,note number \($0)\n" }.joined()
    let short = { (range: Range<Int>) in range.map { "\($0),0,1,\n" }.joined() }
    for (before, after) in [(0, 5), (5, 5), (5, 0), (0, 0)] {
      let text = "ID,TIME,DV,NOTE\n" + short(0..<before) + long + short(10..<10 + after)
      expectSame(Array(text.utf8))
    }
  }

  @Test("long stretches without records do not hide where subjects begin")
  func longComments() {
    let comment = String(repeating: "# nothing to see here\n\n", count: 9000)
    let text =
      comment + "ID,TIME,DV\n" + comment + "1,0,1\n" + comment + "1,1,1\n" + comment
      + "2,0,1\n" + comment + "3,0,1\n3,1,2\n" + comment
    expectSame(Array(text.utf8))
  }

  @Test("a line longer than what is read at a time")
  func longLine() {
    let note = String(repeating: "x", count: 300_000)
    let text = "ID,TIME,DV,\(note)\n1,0,1,\n2,0,1,\(note)\n2,1,1,\r\n3,0,1,\(note)"
    expectSame(Array(text.utf8))
  }

  @Test("fewer subjects than ranks: some have nothing")
  func fewSubjects() throws {
    expectSame(Array("ID,TIME,DV\n7,0,1".utf8))
    expectSame(Array("ID,TIME,DV\n7,0,1\n8,0,1\n".utf8))
    let shares = try onRanks(8) {
      try DatasetShare.read(
        bytes: Array("ID,TIME,DV\n7,0,1\n8,0,1\n".utf8), name: "t", communicator: $0)
    }.map { try $0.get() }
    #expect(shares.filter { $0.subjects.isEmpty }.count >= 6)
  }

  @Test("ranks have about even parts of the subjects", arguments: [2, 3, 5, 8])
  func evenParts(ranks: Int) throws {
    var text = "ID,TIME,DV\n"
    for id in 1000..<2000 { for time in 10..<15 { text += "\(id),\(time),1\n" } }
    let bytes = Array(text.utf8)
    let shares = try onRanks(ranks) {
      try DatasetShare.read(bytes: bytes, name: "t.csv", communicator: $0)
    }.map { try $0.get() }
    for share in shares { #expect(abs(share.subjects.count - 1000 / ranks) <= 1) }
  }
}

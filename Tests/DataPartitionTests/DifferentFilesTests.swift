import DataPartition
import Foundation
import MessagePassing
import PopulationData
import Testing

@Suite("ranks whose files differ")
struct DifferentFilesTests {
  /// About 400 KB: several blocks, so that a rank does not read all of them.
  static let text: [UInt8] = {
    var generator = SplitMix(state: 3)
    var text = "# copy of the study's data\nID,TIME,AMT,DV,WT\n"
    for id in 1...4000 {
      text += "\(id),0,100,.,70\n"
      for time in 1...5 {
        text += "\(id),\(time),.,\(UInt16.random(in: 100...999, using: &generator)),70\n"
      }
    }
    return Array(text.utf8)
  }()

  /// What the ranks read if one of them has other bytes under its path.
  private func read(
    _ bytes: [UInt8], other: [UInt8], on odd: Int, of ranks: Int, suffix: String = ".csv",
    repeatedIDs: RepeatedIDs = .refuse
  ) throws -> [Result<DatasetShare, Message>] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let paths = (same: "\(folder.path)/a\(suffix)", other: "\(folder.path)/b\(suffix)")
    try Data(bytes).write(to: URL(fileURLWithPath: paths.same))
    try Data(other).write(to: URL(fileURLWithPath: paths.other))
    let format = try DatasetFormat(repeatedIDs: repeatedIDs)
    return onRanks(ranks) {
      try DatasetShare.read(
        path: $0.rank == odd ? paths.other : paths.same, name: "t.csv", format: format,
        communicator: $0)
    }
  }

  private func sha256(_ bytes: [UInt8]) -> String {
    let digest = FileDigest()
    bytes.withUnsafeBytes { digest.add($0) }
    return digest.hexadecimal()
  }

  /// Expects all ranks to refuse with both digests.
  private func expectRefused(
    _ results: [Result<DatasetShare, Message>], _ bytes: [UInt8], _ other: [UInt8],
    _ comment: Comment
  ) {
    for result in results {
      guard case .failure(let message) = result else {
        Issue.record("read: \(comment)")
        continue
      }
      #expect(message.text.contains("(SHA-256 \(sha256(other)))"), comment)
      #expect(message.text.contains("(SHA-256 \(sha256(bytes)))"), comment)
    }
  }

  @Test(
    "one digit at any place that a rank reads is refused with both digests", arguments: [2, 3, 5])
  func anyByte(ranks: Int) throws {
    var generator = SplitMix(state: UInt64(ranks))
    let expected = try readAlone(Self.text, .standard).get()
    var refused = 0
    for odd in 0..<ranks {
      for _ in 0..<12 {
        let place = Int.random(in: 0..<Self.text.count, using: &generator)
        var other = Self.text
        other[place] ^= 1
        let results = try read(Self.text, other: other, on: odd, of: ranks)
        if odd > 0, let shares = try? results.map({ try $0.get() }) {
          // Only a place in which no rank but the others reads can be read over.
          #expect(
            (WholeReading(shares) == expected) as Bool, "rank \(odd) of \(ranks), byte \(place)")
        } else if odd == 0 {
          // What only the first rank reads is as its file has it, be it right or wrong.
          let alone = readAlone(other, .standard)
          let isAsAlone =
            if let shares = try? results.map({ try $0.get() }) {
              (try? alone.get()) == WholeReading(shares)
            } else if case .failure(let message) = alone {
              results.allSatisfy {
                if case .failure(let own) = $0 { own.text == message.text } else { false }
              }
            } else { false }
          if !isAsAlone {
            expectRefused(results, other, Self.text, "rank \(odd) of \(ranks), byte \(place)")
          }
        } else {
          refused += 1
          expectRefused(results, Self.text, other, "rank \(odd) of \(ranks), byte \(place)")
        }
      }
    }
    #expect(refused > 5)
  }

  @Test("every byte of a rank's own rows and of the header counts", arguments: [2, 3, 5])
  func ownRows(ranks: Int) throws {
    for odd in 1..<ranks {
      let length = Self.text.count
      for place in [0, 30, length * odd / ranks + 200, length * (odd + 1) / ranks - 200] {
        var other = Self.text
        other[place] ^= 1
        expectRefused(
          try read(Self.text, other: other, on: odd, of: ranks), Self.text, other,
          "rank \(odd) of \(ranks), byte \(place)")
      }
    }
  }

  @Test("a shorter, a longer and an empty copy are refused with both digests")
  func otherSizes() throws {
    for other in [Array(Self.text.dropLast(20)), Self.text + Array("4001,0,.,1,70\n".utf8), []] {
      for odd in 1...2 {
        expectRefused(
          try read(Self.text, other: other, on: odd, of: 3), Self.text, other,
          "\(other.count) bytes")
      }
    }
  }

  @Test("of a compressed file every byte counts, and where IDs come back that of a plain one too")
  func wholeFiles() throws {
    let stored = GzipTests.gzip(Self.text)
    // The time in the head of a gzip file, which no reading notices; the name; the last row.
    for place in [4, 9, stored.count / 2, stored.count - 1] {
      var other = stored
      other[place] ^= 1
      expectRefused(
        try read(stored, other: other, on: 1, of: 3, suffix: ".csv.gz"), stored, other,
        "compressed, byte \(place)")
    }
    let returning = Self.text + Array("1,9,.,5,70\n".utf8)
    for place in [40, 100_000, 250_000, returning.count - 5] {
      var other = returning
      other[place] ^= 1
      expectRefused(
        try read(returning, other: other, on: 1, of: 2, repeatedIDs: .join), returning, other,
        "joined, byte \(place)")
    }
  }

  @Test("a device is no data file, as it may have no end")
  func device() {
    for result in onRanks(2, { try DatasetShare.read(path: "/dev/zero", communicator: $0) }) {
      guard case .failure(let message) = result else {
        Issue.record("/dev/zero was read")
        continue
      }
      #expect(message.text.contains("it is a device, a file is needed"))
    }
  }
}

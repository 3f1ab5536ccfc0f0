import CZlib
import DataPartition
import Foundation
import PopulationData
import TestSupport
import Testing

@Suite("compressed files")
struct GzipTests {
  /// A gzip file of one member.
  static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    #expect(popmix_deflate_gzip(&stream) == Z_OK)
    defer { deflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
    var input = bytes + [0]
    let count = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(bytes.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        #expect(deflate(&stream, Z_FINISH) == Z_STREAM_END)
        return output.count - Int(stream.avail_out)
      }
    }
    return Array(output[..<count])
  }

  /// What each rank reads of a file with these bytes.
  static func read(
    _ bytes: [UInt8], ranks: Int, suffix: String = ".csv.gz", format: DatasetFormat = .standard
  ) throws -> (path: String, results: [Result<DatasetShare, Message>]) {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID())\(suffix)").path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return (
      path,
      onRanks(ranks) {
        try DatasetShare.read(path: path, name: "t.csv", format: format, communicator: $0)
      }
    )
  }

  /// A text of about 2 MB, longer than any piece that is read at a time.
  static let text: [UInt8] = {
    var generator = SplitMix64(seed: 1)
    var text = "# a comment\nID,TIME,AMT,DV\n"
    for id in 1...12_000 {
      text += "\(id),0,100,.\n"
      for time in 1...Int.random(in: 1...12, using: &generator) {
        text += "\(id),\(time),.,\(UInt16.random(in: 0...999, using: &generator))\n"
      }
    }
    return Array(text.utf8)
  }()

  private func expectText(_ bytes: [UInt8], suffix: String = ".csv.gz") throws {
    let expected = try readAlone(Self.text, .standard).get()
    for ranks in rankCounts {
      let shares = try Self.read(bytes, ranks: ranks, suffix: suffix).results.map { try $0.get() }
      // Not the values themselves, which are long.
      #expect((WholeReading(shares) == expected) as Bool, "\(ranks) ranks")
    }
  }

  @Test("a plain file in pieces")
  func plain() throws { try expectText(Self.text, suffix: ".csv") }

  @Test("a compressed file gives what the plain one gives")
  func compressed() throws { try expectText(Self.gzip(Self.text)) }

  @Test("a compressed file is known by its first bytes whatever its name")
  func otherName() throws { try expectText(Self.gzip(Self.text), suffix: ".csv") }

  @Test("members that follow each other are one text, zeros after them are nothing")
  func members() throws {
    let cut = 700_001
    let members =
      Self.gzip(Array(Self.text[..<cut])) + Self.gzip([]) + Self.gzip(Array(Self.text[cut...]))
    try expectText(members)
    try expectText(members + [UInt8](repeating: 0, count: 300_000))
  }

  @Test("an ID that comes back is joined in a compressed file too")
  func joined() throws {
    let text = Array("ID,TIME,DV\n1,0,1\n2,0,1\n3,0,1\n1,1,1\n".utf8)
    let format = try DatasetFormat(repeatedIDs: .join)
    let expected = try readAlone(text, format).get()
    for ranks in rankCounts {
      let shares = try Self.read(Self.gzip(text), ranks: ranks, format: format).results
        .map { try $0.get() }
      #expect(WholeReading(shares) == expected)
    }
  }

  @Test("what is wrong in a compressed file is said as of the plain one")
  func wrongRow() throws {
    let text = Self.text + Array("12001,0,.,x\n".utf8)
    let message = readAlone(text, .standard)
    for ranks in rankCounts {
      for result in try Self.read(Self.gzip(text), ranks: ranks).results {
        #expect(result.map { _ in 0 } == message.map { _ in 0 })
      }
    }
  }

  @Test("a damaged, truncated, empty or uncompressed file is refused with advice, on all ranks")
  func damaged() throws {
    let whole = Self.gzip(Self.text)
    var damaged = whole
    for place in whole.count / 2..<whole.count / 2 + 50 { damaged[place] ^= 0x5A }
    var otherSum = whole
    otherSum[whole.count - 6] ^= 1
    let files: [(bytes: [UInt8], reason: String)] = [
      (Array(whole[..<(whole.count / 2)]), "it ends too early"),
      (Array(whole[..<(whole.count - 3)]), "it ends too early"),
      (Array(whole[..<5]), "it ends too early"),
      (whole + [0x1F, 0x8B], "it ends too early"),
      ([], "it is empty"),
      (Self.text, "its bytes are damaged: incorrect header check"),
      (otherSum, "its bytes are damaged: incorrect data check"),
      (damaged, "its bytes are damaged: "),
    ]
    for (bytes, reason) in files {
      for ranks in [1, 3] {
        let (path, results) = try Self.read(bytes, ranks: ranks)
        guard case .failure(let first) = results[0] else {
          Issue.record("read in spite of: \(reason)")
          continue
        }
        let beginning = "\(path): the data file cannot be inflated (\(reason)"
        #expect(first.text.hasPrefix(beginning))
        #expect(
          first.text.hasSuffix(
            "); copy it again from where it is whole, or compress the data again by gzip."))
        #expect(results.allSatisfy { if case .failure(first) = $0 { true } else { false } })
      }
    }
  }

  @Test("the digest is that of the stored bytes, as sha256sum prints it")
  func digest() throws {
    // Of the texts themselves, by sha256sum.
    let text = "ID,TIME,DV\n1,0,1\n2,0,1\n3,0,1\n"
    let plain = try Self.read(Array(text.utf8), ranks: 3, suffix: ".csv").results
    for result in plain {
      #expect(
        try result.get().sha256
          == "c36a01f481cb5cb5f78677a0f5dc12059d772af678035292ffba2302458f74e7")
    }
    let stored: [UInt8] = Self.gzip(Array(text.utf8))
    let direct = try onRanks(2) {
      try DatasetShare.read(bytes: Array(text.utf8), name: "t.csv", communicator: $0)
    }.map { try $0.get() }
    #expect(
      direct.allSatisfy {
        $0.sha256 == "c36a01f481cb5cb5f78677a0f5dc12059d772af678035292ffba2302458f74e7"
      })
    let compressed = try Self.read(stored, ranks: 3).results.map { try $0.get().sha256 }
    #expect(Set(compressed).count == 1 && compressed[0] != direct[0].sha256)
  }

  @Test("a pipe is read by one rank and shared")
  func pipe() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID())").path
    #expect(mkfifo(path, 0o600) == 0)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = Thread {
      guard let file = fopen(path, "w") else { return }
      fwrite(Self.text, 1, Self.text.count, file)
      fclose(file)
    }
    writer.start()
    let results = onRanks(3) {
      try DatasetShare.read(path: path, name: "t.csv", communicator: $0)
    }
    let whole = WholeReading(try results.map { try $0.get() })
    #expect((whole == (try readAlone(Self.text, .standard).get())) as Bool)
  }
}

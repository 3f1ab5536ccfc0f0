import DataPartition
import Foundation
import MessagePassing
import PopulationData
import TestSupport
import Testing

@Suite("what is wrong is said by all ranks alike")
struct WrongFileTests {
  @Test("wrong files: the message of one reader, on all ranks", arguments: WrongFile.all.indices)
  func wrongFiles(index: Int) throws {
    let file = WrongFile.all[index]
    let text = MarkedText(file.marked)
    let format = try file.format()
    let message = "t.csv:\(text.line):\(text.column): \(file.message)"
    for ranks in rankCounts {
      let found = read(Array(text.text.utf8), format, ranks: ranks)
      #expect(found == .failure(Message(text: message)), "\(ranks) ranks")
    }
  }

  @Test(
    "wrong files with many right rows before and after", arguments: WrongFile.all.indices)
  func wrongFilesWithin(index: Int) throws {
    let file = WrongFile.all[index]
    let text = MarkedText(file.marked).text
    guard let header = text.split(separator: "\n").first, header.hasPrefix("ID,TIME,DV") else {
      return
    }
    let count = header.split(separator: ",").count
    let rows = { (ids: Range<Int>) in
      ids.map { id in
        ([id, 0, 1] + Array(repeating: 0, count: count - 3)).map { "\($0)" }
          .joined(separator: ",") + "\n"
      }.joined()
    }
    let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let whole =
      lines[0] + "\n" + rows(100..<140) + (lines.count > 1 ? lines[1] : "") + "\n" + rows(200..<230)
    expectSame(Array(whole.utf8), try file.format())
  }

  @Test("bytes of value 0, UTF-16 and other bytes that are no text")
  func bytes() {
    expectSame([0xFF, 0xFE, 0x49, 0, 0x44, 0])
    expectSame([0xEF, 0xBB, 0xBF])
    for place in stride(from: 0, to: 60, by: 3) {
      for byte: UInt8 in [0, 0xFF, 0x22, 10] {
        var bytes = Array(
          "ID,TIME,DV\na,0,1\na,1,1\nb,0,1\nc,0,1\nd,0,1\nd,1,1\n# no\ne,0,1\n".utf8)
        bytes.insert(byte, at: min(place, bytes.count))
        expectSame(bytes)
      }
    }
  }

  @Test("damaged files: all ranks find the same as one reader", arguments: 1...20)
  func damage(seed: UInt64) throws {
    var generator = SplitMix(state: seed)
    var text = "ID,TIME,AMT,DV,EVID,MDV,CMT\n"
    for id in ["1", "2", "c", "4", "5.0"] {
      text += "\(id),0,100,.,1,1,1\n\(id),1,.,2,0,0,1\n# c\n\(id),2,.,1,0,0,1\n"
    }
    let pieces = [",", "\"", "\n", "\r", " ", ".", "-", "e", "9", "#", "\0", "é", ":", "1e308"]
    for _ in 0..<40 {
      var bytes = Array(text.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let start = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, start + Int.random(in: 0...2, using: &generator))
        let piece = pieces.randomElement(using: &generator)!
        bytes.replaceSubrange(start..<end, with: Array(piece.utf8))
      }
      let policy = RepeatedIDs.allCases.randomElement(using: &generator)!
      expectSame(bytes, try DatasetFormat(repeatedIDs: policy))
    }
  }

  @Test("of two faults the first in the file is told, though another rank finds the second")
  func firstFault() throws {
    var lines = (0..<40).map { "\($0),0,1" }
    lines[37] = "3,0,1"
    let format = try DatasetFormat(repeatedIDs: .refuse)
    for place in [3, 20, 36, 37, 38, 39] {
      var spoilt = lines
      spoilt[place] = spoilt[place].split(separator: ",")[0] + ",0,x"
      expectSame(Array(("ID,TIME,DV\n" + spoilt.joined(separator: "\n")).utf8), format)
    }
  }

  @Test("a file that is not there or is a folder is refused by all, as one reader does")
  func unreadable() throws {
    for path in ["/no/such/file.csv", "/tmp"] {
      let error = #expect(throws: DatasetError.self) { try DatasetReader.read(path: path) }
      for ranks in rankCounts {
        for result in onRanks(ranks, { try DatasetShare.read(path: path, communicator: $0) }) {
          #expect(result == .failure(Message(text: error!.description)))
        }
      }
    }
  }

  @Test("a file that some ranks do not find: all name it, and the rank")
  func notShared() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).csv").path
    try "ID,TIME,DV\n1,0,1\n".write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let results = onRanks(3) {
      try DatasetShare.read(
        path: $0.rank == 2 ? "/elsewhere" + path : path, communicator: $0)
    }
    let message =
      "/elsewhere\(path): the data file cannot be read (No such file or directory, on "
      + "\(ProcessInfo.processInfo.hostName)); check the path and its permissions. So says rank 2 of 3, while the first rank can read it: every rank "
      + "needs the file under this path, so put it on a file system that they share."
    for result in results { #expect(result == .failure(Message(text: message))) }
  }
}

import Foundation
import JobControl
import JobFiles
import MessagePassing
import OutputFolders
import Testing

@Suite("The ledger")
struct LedgerTests {
  private let folder = NSTemporaryDirectory() + "popmix-ledger-" + UUID().uuidString

  static let owner = Ledger.Owner(popmixVersion: "1", architecture: "x86-64", job: "abc")

  static func record(_ name: String, start: Int = 1, part: Int = 0, of parts: Int = 1)
    -> LedgerRecord
  {
    var record = try! JSONDecoder().decode(
      LedgerRecord.self,
      from: Data(
        """
        {"name":"\(name)","start":\(start),"status":"converged","code":0,"isRegular":true,
         "part":\(part),"parts":\(parts),"lengths":[],"checksum":""}
        """.utf8))
    record.minusTwoLogLikelihood = 1.5
    return record
  }

  static func sections(_ text: String) -> [LedgerSection: [UInt8]] {
    [
      .estimates: Array("row of \(text)\n".utf8),
      .subjects: Array(repeating: 7, count: text.count * 50),
    ]
  }

  private func open(
    _ owner: Ledger.Owner = owner, startsAnew: Bool = false,
    _ communicator: any Communicator = SerialCommunicator()
  ) throws -> Ledger {
    try Ledger(output: folder, owner: owner, startsAnew: startsAnew, communicator: communicator)
  }

  @Test("what one run has done the next one finds, with its texts")
  func roundTrip() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      let ledger = try open()
      #expect(ledger.found.isEmpty)
      for name in ["a", "b, é", "c"] {
        #expect(ledger.writer.append(Self.record(name), sections: Self.sections(name)))
      }
      #expect(try ledger.allEntries().count == 3)
    }
    let ledger = try open()
    #expect(Set(ledger.found.keys.map(\.name)) == ["a", "b, é", "c"])
    let assembly = Assembly(folder: ledger.folder, communicator: SerialCommunicator())
    for (piece, entries) in ledger.found {
      #expect(try assembly.text(.estimates, entries[0]) == Self.sections(piece.name)[.estimates])
      #expect(try assembly.text(.subjects, entries[0]) == Self.sections(piece.name)[.subjects])
      #expect(entries[0].record.minusTwoLogLikelihood == 1.5)
    }
    // The second run writes to a file of its own.
    #expect(ledger.writer.append(Self.record("d"), sections: Self.sections("d")))
    #expect(try ledger.allEntries().count == 4)
  }

  @Test("of a file that ends anywhere the whole records are read, and no others")
  func truncated() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let ledger = try open()
    for name in ["a", "bb"] {
      #expect(ledger.writer.append(Self.record(name), sections: Self.sections(name)))
    }
    let path = "\(ledger.folder)/\(ledger.writer.name)"
    let whole = try Data(contentsOf: URL(filePath: path))
    let second = ledger.writer.entries[1]
    let firstEnd =
      ledger.writer.entries[0].offset + ledger.writer.entries[0].record.payloadLength + 1
    for length in stride(from: 0, through: whole.count, by: 1) {
      try whole.prefix(length).write(to: URL(filePath: path))
      let names = LedgerReader(folder: ledger.folder).entries(of: ledger.writer.name)
        .map(\.record.name)
      #expect(
        names == (length < firstEnd ? [] : length < whole.count ? ["a"] : ["a", "bb"]),
        "\(length) bytes")
    }
    // A wrong byte in its texts makes a record as if it were not there; the others stay.
    for entry in ledger.writer.entries {
      var damaged = whole
      damaged[entry.offset + 3] ^= 1
      try damaged.write(to: URL(filePath: path))
      let names = LedgerReader(folder: ledger.folder).entries(of: ledger.writer.name)
        .map(\.record.name)
      #expect(names == [entry == second ? "a" : "bb"])
    }
  }

  @Test("a file that the disk does not give is damaged, and not one that a killed run has left")
  func unreadable() throws {
    let ledger = try open()
    // A folder can be opened like a file, and gives an error when it is read.
    let reader = LedgerReader(folder: folder)
    let name = String(ledger.folder.dropFirst(folder.count + 1))
    #expect(reader.contents(of: name).isDamaged)
    #expect(reader.contents(of: name).entries.isEmpty)
  }

  @Test("a piece of several ranks is done when all its parts are there")
  func parts() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let results = ThreadCommunicator.run(ranks: 3) { communicator in
      let ledger = try open(LedgerTests.owner, communicator)
      _ = ledger.writer.append(
        Self.record("all", part: communicator.rank, of: 3), sections: Self.sections("all"))
      if communicator.rank < 2 {
        _ = ledger.writer.append(
          Self.record("some", part: communicator.rank, of: 3), sections: Self.sections("some"))
      }
      return try ledger.allEntries()
    }
    for result in results { #expect(try result.get().keys.map(\.name) == ["all"]) }
    let ledger = try open()
    #expect(ledger.found.keys.map(\.name) == ["all"])
    #expect(ledger.found.values.first?.map(\.record.part) == [0, 1, 2])
  }

  @Test("of a piece that was done twice the last counts")
  func twice() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for text in ["first", "second", "third"] {
      let ledger = try open()
      var record = Self.record("a")
      record.reason = text
      #expect(ledger.writer.append(record, sections: [:]))
      #expect(try ledger.allEntries().values.first?[0].record.reason == text)
    }
  }

  @Test("results of another job, program or kind of processor are not mixed with these")
  func otherOwner() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try open()
    for (owner, values) in [
      (Ledger.Owner(popmixVersion: "1", architecture: "x86-64", job: "def"), ["def", "abc"]),
      (Ledger.Owner(popmixVersion: "2", architecture: "x86-64", job: "abc"), ["(2, there 1)"]),
      (
        Ledger.Owner(popmixVersion: "1", architecture: "aarch64", job: "abc"),
        ["(aarch64, there x86-64)"]
      ),
    ] {
      let failure = #expect(throws: JobFailure.self) { _ = try open(owner) }
      #expect(failure?.code == .occupied)
      for value in values { #expect(failure?.message.contains(value) == true) }
      #expect(failure?.message.contains("--restart") == true)
    }
    _ = try open(
      Ledger.Owner(popmixVersion: "2", architecture: "x86-64", job: "x"), startsAnew: true)
  }

  @Test("two runs do not work on the same output at the same time")
  func lock() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let first = try open()
    let failure = #expect(throws: JobFailure.self) { _ = try open() }
    #expect(failure?.code == .occupied)
    #expect(failure?.message.contains("another popmix works on this output") == true)
    withExtendedLifetime(first) {}
  }

  @Test("nothing is left where nothing came of it")
  func withdrawn() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let ledger = try open()
    try ledger.withdraw()
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test("comments, layout and what changes no result do not make another job")
  func canonicalText() {
    func canonical(_ text: String) -> String { JobFileReader.canonicalText(of: text) }
    let text = "job: a\nestimation: {seed: 1, memory-limit: 5}\noutput: x\ndata: {files: a.csv}\n"
    #expect(
      canonical(text)
        == canonical(
          "# a comment\njob:   a\nestimation:\n  seed: 1\ndata:\n  files: [b.csv, c.csv]\n"))
    #expect(canonical(text) != canonical(text.replacingOccurrences(of: "seed: 1", with: "seed: 2")))
    #expect(canonical(text) == canonical(text + "units: {TIME: h}\nstudy: {published: p.csv}\n"))
    #expect(canonical(text) == canonical(text + "tables: [observations]\n"))
    #expect(canonical(text) != canonical(text.replacingOccurrences(of: "job: a", with: "job: 'a'")))
  }

  @Test("a method of a study is another job when its own settings change, not when others do")
  func canonicalMethod() {
    func text(_ methods: String, count: Int = 5, subjects: Int = 9, rest: String = "") -> String {
      "job: a\nsimulation: {data-sets: \(count), subjects: \(subjects)}\nstudy: {methods: {\(methods)}\(rest)}\n"
    }
    func canonical(_ text: String, _ method: String? = "b") -> String {
      JobFileReader.canonicalText(of: text, method: method)
    }
    let job = text("b: {seed: 1, data-sets: 2}")
    #expect(canonical(job) == canonical(text("b: {seed: 1}, c: {seed: 2}", count: 8)))
    #expect(canonical(job) == canonical(text("b: {seed: 1}", rest: ", published: p.csv")))
    #expect(canonical(job) == canonical("estimation: {seed: 7}\n" + job))
    #expect(canonical(job) != canonical(text("b: {seed: 2}")))
    #expect(canonical(job) != canonical(text("b: {seed: 1}", subjects: 8)))
    #expect(canonical(text("b: {seed: 1}, c: {seed: 1}"), "c") != canonical(job))
    #expect(canonical(job) != canonical(job, nil))
  }
}

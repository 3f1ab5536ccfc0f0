import PopulationData
import TestSupport
import Testing

extension WrongFile: CustomTestStringConvertible {
  public var testDescription: String { message }

  /// Expects the message at the place of the mark.
  func check() throws {
    let text = MarkedText(marked)
    let format = try format()
    let error = datasetError { () throws(DatasetError) in _ = try read(text.text, format) }
    #expect(error?.place == Place(path: "t.csv", line: text.line, column: text.column))
    #expect(error?.description == "t.csv:\(text.line):\(text.column): \(message)")
  }
}

@Suite("what is wrong is said at its place")
struct DatasetErrorTests {
  @Test("texts that are no table", arguments: WrongFile.texts)
  func texts(file: WrongFile) throws { try file.check() }

  @Test("headers", arguments: WrongFile.headers)
  func headers(file: WrongFile) throws { try file.check() }

  @Test("fields", arguments: WrongFile.fields)
  func fields(file: WrongFile) throws { try file.check() }

  @Test("times", arguments: WrongFile.times)
  func times(file: WrongFile) throws { try file.check() }

  @Test("events", arguments: WrongFile.events)
  func events(file: WrongFile) throws { try file.check() }

  @Test("doses", arguments: WrongFile.doses)
  func doses(file: WrongFile) throws { try file.check() }

  @Test("clock times and dates", arguments: WrongFile.clockTimes)
  func clockTimes(file: WrongFile) throws { try file.check() }

  @Test("infusions", arguments: WrongFile.infusions)
  func infusions(file: WrongFile) throws { try file.check() }

  @Test("steady states", arguments: WrongFile.steadyStates)
  func steadyStates(file: WrongFile) throws { try file.check() }

  @Test("censored values", arguments: WrongFile.censoring)
  func censoring(file: WrongFile) throws { try file.check() }

  @Test("covariates", arguments: WrongFile.covariateRows)
  func covariates(file: WrongFile) throws { try file.check() }

  @Test("bytes that are no text are refused with a sentence")
  func bytes() {
    func message(_ bytes: [UInt8]) -> String? {
      datasetError { () throws(DatasetError) in
        _ = try DatasetReader.read(bytes: bytes, name: "t.csv")
      }?.description
    }
    let utf16 =
      "t.csv:1:1: the file is in UTF-16, plain text in UTF-8 was expected; save it as CSV UTF-8."
    #expect(message([0xFF, 0xFE, 73, 0, 68, 0]) == utf16)
    #expect(message([0xFE, 0xFF, 0, 73, 0, 68]) == utf16)
    #expect(
      message(Array("ID,TIME,DV\n1,0\0,2\n".utf8))
        == "t.csv:2:4: the file has a byte of value 0, plain text was expected; save it as CSV "
        + "UTF-8, or copy it again if it is damaged.")
    #expect(
      message([0xEF, 0xBB, 0xBF])
        == "t.csv:1:1: the file is empty, a header and rows were expected; check that it was "
        + "written completely.")
  }

  @Test("columns count characters, not bytes, and a byte-order mark is none")
  func columnsOfText() throws {
    let file = MarkedText("ID,TIME,DV\nÅsa–é,0,▸x")
    for text in [file.text, "\u{FEFF}" + file.text, file.text.replacing("\n", with: "\r\n")] {
      let error = datasetError { () throws(DatasetError) in _ = try read(text) }
      #expect(error?.place == Place(path: "t.csv", line: file.line, column: file.column))
    }
    let header = datasetError { () throws(DatasetError) in
      _ = try read("\u{FEFF}ID,TIME,DV,\"x\n")
    }
    #expect(header?.place == Place(path: "t.csv", line: 1, column: 12))
  }

  @Test("a condition on a name that occurs twice is refused at the second")
  func duplicateInCondition() throws {
    try WrongFile(
      marked: "ID,TIME,DV,WT,▸wt\n1,0,1,2,3", ignore: ["WT > 5"],
      message: "the header has wt twice, first as column 4 of the table, one was expected; rename "
        + "one of them."
    ).check()
  }

  @Test("a long text is cut in a message")
  func longText() {
    let error = datasetError { () throws(DatasetError) in
      _ = try read("ID,TIME,DV\n1,0,\(String(repeating: "x", count: 60))\n")
    }
    #expect(
      error?.description == "t.csv:2:5: subject 1: DV is '\(String(repeating: "x", count: 39))…', "
        + "a number was expected; correct it, or list the text under missing if it means a missing "
        + "value.")
  }

  @Test("no damage to a file stops the program", arguments: 1...20)
  func damage(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let text = DatasetReaderTests.plain + "3,0,10,.,4,1,1\n3,1,.,2,0,0,1\n"
    let pieces = [",", "\"", "\n", "\r", " ", ".", "-", "e", "9", "#", "\0", "é", ":", "1e308"]
    var accepted = 0
    for _ in 0..<200 {
      var bytes = Array(text.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let start = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, start + Int.random(in: 0...2, using: &generator))
        let piece = pieces.randomElement(using: &generator)!
        bytes.replaceSubrange(start..<end, with: Array(piece.utf8))
      }
      let error = datasetError { () throws(DatasetError) in
        _ = try DatasetReader.read(bytes: bytes, name: "t.csv")
      }
      if let error {
        #expect(error.place != nil && error.description.hasSuffix("."))
      } else {
        accepted += 1
      }
    }
    #expect((1..<200).contains(accepted))
  }
}

import PopulationData
import TestSupport
import Testing

/// A text with a mark at the place of its error, how it is read, and what the error says.
struct WrongFile: Sendable, CustomTestStringConvertible {
  var marked: String
  var columns: [String: String] = [:]
  var ignore: [String] = []
  var accept: [String] = []
  var repeatedIDs: RepeatedIDs = .separate
  var message: String

  var testDescription: String { message }

  /// Expects the message at the place of the mark.
  func check() throws {
    let text = MarkedText(marked)
    var rules: [IgnoreRule] = []
    for rule in ignore { rules.append(try IgnoreRule(rule)) }
    var conditions: [Condition] = []
    for condition in accept { conditions.append(try Condition(condition)) }
    let format = try DatasetFormat(
      columns: columns, ignore: rules, accept: conditions, repeatedIDs: repeatedIDs)
    let error = datasetError { () throws(DatasetError) in _ = try read(text.text, format) }
    #expect(error?.place == Place(path: "t.csv", line: text.line, column: text.column))
    #expect(error?.description == "t.csv:\(text.line):\(text.column): \(message)")
  }
}

@Suite("what is wrong is said at its place")
struct DatasetErrorTests {
  @Test("texts that are no table", arguments: Self.textsFiles)
  func texts(file: WrongFile) throws { try file.check() }

  static let textsFiles = [
    WrongFile(
      marked: "▸",
      message: "the file is empty, a header and rows were expected; check that it was written "
        + "completely."),
    WrongFile(
      marked: """
        ▸# only

        """,
      message: "the file has only comments and blank lines, a header was expected; write the "
        + "column names in the first line."),
    WrongFile(
      marked: """
        ▸1,0,100,.
        1,1,.,5
        """,
      message: "there are numbers ('1') where column names were expected; write the names, such "
        + "as ID,TIME,AMT,DV, in the first line that is no comment."),
    WrongFile(
      marked: """
        ID,TIME,DV,▸"NOTE
        1,0,1,x
        """,
      message: "the quote that opens here is not closed in its line; close it, or double a quote "
        + "that belongs to the text."),
    WrongFile(
      marked: """
        ID,TIME,DV,N
        1,0,1,▸"x
        1,1,2,"y"
        """,
      message: "the quote that opens here is not closed in its line; close it, or double a quote "
        + "that belongs to the text."),
    WrongFile(
      marked: """
        ID,TIME,DV,N
        1,0,1,"x" ▸y
        """,
      message: "there is text after a closing quote, the end of the field was expected; double a "
        + "quote that belongs to the text."),
    WrongFile(
      marked: "▸ID,TIME,DV",
      message: "no row follows the header or all rows are left out by rules; check the file and "
        + "the rules under ignore and accept."),
    WrongFile(
      marked: """
        #c
        ▸ID,TIME,AMT,DV
        1,0,5,.
        1,1,5,.
        """,
      message: "none of the 2 rows is an observation (EVID 0, MDV 0), there is nothing to fit; "
        + "check the columns EVID, MDV and DV and the rules under ignore and accept."),
  ]

  @Test("headers", arguments: Self.headersFiles)
  func headers(file: WrongFile) throws { try file.check() }

  static let headersFiles = [
    WrongFile(
      marked: """
        ▸TIME,DV
        0,1
        """,
      message: "there is no column ID, every data set needs one; rename a column, or name it "
        + "under columns, as ID: NAME."),
    WrongFile(
      marked: """
        ▸SUBJ,TIME,DV
        0,1,1
        """,
      message: "there is no column ID, every data set needs one; rename a column, or name it "
        + "under columns, as ID: NAME."),
    WrongFile(
      marked: """
        ▸ID,TIMES,DV
        1,0,1
        """,
      message: "there is no column TIME, every data set needs one; rename a column, or name it "
        + "under columns, as TIME: TIMES."),
    WrongFile(
      marked: """
        ▸ID,TIME,CONC
        1,0,1
        """,
      message: "there is no column DV, every data set needs one; rename a column, or name it "
        + "under columns, as DV: NAME."),
    WrongFile(
      marked: """
        ▸ID,TIME,CONS
        1,0,1
        """,
      columns: ["DV": "CONC"],
      message: "there is no column CONC, which is to be DV; did you mean CONS?"),
    WrongFile(
      marked: """

        ▸ID,TIME,DV
        1,0,1
        """,
      columns: ["AMT": "HOURLY_DOSE"],
      message: "there is no column HOURLY_DOSE, which is to be AMT; correct the name."),
    WrongFile(
      marked: """
        ▸ID,TIME,AMT
        1,0,1
        """,
      columns: ["AMT": "DV", "TIME": "TIME", "ID": "ID"],
      message: "there is no column DV, which is to be AMT; correct the name."),
    WrongFile(
      marked: """
        ID,TIME,DV, ▸dv
        1,0,1,2
        """,
      message: "the header has dv twice, first as column 3 of the table, one was expected; rename "
        + "one of them."),
    WrongFile(
      marked: """
        ▸ID,TIME,DV,WGT
        1,0,1,2
        """,
      ignore: ["WT > 5"],
      message: "there is no column WT, which the condition WT > 5 needs; did you mean WGT?"),
    WrongFile(
      marked: """
        ▸ID,TIME,DV
        1,0,1
        """,
      accept: ["SMOKER.EQ.1"],
      message: "there is no column SMOKER, which the condition SMOKER.EQ.1 needs; correct the "
        + "name."),
  ]

  @Test("fields", arguments: Self.fieldsFiles)
  func fields(file: WrongFile) throws { try file.check() }

  static let fieldsFiles = [
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0▸
        """,
      message: "subject 1: the row has 2 fields, the header has 3; write '.' for what is missing."),
    WrongFile(
      marked: """
        ID,TIME,DV
        17▸
        """,
      message: "subject 17: the row has 1 field, the header has 3; write '.' for what is missing."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0,2,▸5
        """,
      message: "subject 1: the row has 4 fields, the header has 3; put quotes around a text with "
        + "a delimiter, and write decimals with a point."),
    WrongFile(
      marked: """
        ID TIME DV
        1 0▸
        """,
      message: "subject 1: the row has 2 fields, the header has 3; write '.' for what is missing."),
    WrongFile(
      marked: """
        ID,TIME,DV
        ▸,0,1
        """,
      message: "ID is missing, every row needs one; fill it in, or leave out the row by a rule "
        + "under ignore."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,▸.,1
        """,
      message: "subject 1: TIME is missing, every row needs one; fill it in, or leave out the row "
        + "by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0,1
        1, ▸noon ,1
        """,
      message: "subject 1: TIME is 'noon', a number was expected; correct it, or list the text "
        + "under missing if it means a missing value."),
    WrongFile(
      marked: """
        ID;TIME;DV
        1;0;▸1,5
        """,
      message: "subject 1: DV is '1,5', written with a decimal comma; write decimals with a "
        + "point."),
    WrongFile(
      marked: """
        ID,TIME,DV
        ä,0,▸1.5x
        """,
      message: "subject ä: DV is '1.5x', a number was expected; correct it, or list the text "
        + "under missing if it means a missing value."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0,▸NaN
        """,
      message: "subject 1: DV is 'NaN', a finite number was expected; write '.' for a missing "
        + "value."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,▸-inf,1
        """,
      message: "subject 1: TIME is '-inf', a finite number was expected; write '.' for a missing "
        + "value."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0,▸0x1F
        """,
      message: "subject 1: DV is '0x1F', a decimal number was expected; write it in decimal "
        + "digits."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0,▸1e999
        """,
      message: "subject 1: DV is '1e999', a number below 1.8e308 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0,▸"BLQ"
        """,
      message: "subject 1: DV is 'BLQ', a number was expected; correct it, or list the text under "
        + "missing if it means a missing value."),
    WrongFile(
      marked: """
        ID,TIME,DV,WT
        1,0,1,▸heavy
        """,
      ignore: ["WT > 5"],
      message: "WT is 'heavy', a number was expected; correct it, or list the text under missing "
        + "if it means a missing value."),
  ]

  @Test("times", arguments: Self.timesFiles)
  func times(file: WrongFile) throws { try file.check() }

  static let timesFiles = [
    WrongFile(
      marked: """
        ID,TIME,DV
        1,▸8:30,1
        """,
      message: "subject 1: TIME is '8:30', clock times are not supported; give TIME in hours from "
        + "the first dose."),
    WrongFile(
      marked: """
        ID,DATE,TIME,DV
        1,▸2024-05-01,0,1
        """,
      message: "subject 1: DATE is '2024-05-01', dates are not supported; give TIME in hours from "
        + "the first dose, and rename or remove the column."),
    WrongFile(
      marked: """
        ID,DAT2,TIME,DV
        1,▸5/1,0,1
        """,
      message: "subject 1: DAT2 is '5/1', dates are not supported; give TIME in hours from the "
        + "first dose, and rename or remove the column."),
    WrongFile(
      marked: """
        ID,TIME,DV
        7,2,1
        7,▸1.5,1
        """,
      message: "subject 7: TIME is 1.5 after 2 in line 2, within a subject it must not decrease; "
        + "sort the rows, or begin a new occasion by EVID 3 or 4."),
    WrongFile(
      marked: """
        ID,T,DV
        7,2,1
        7,▸1.5,1
        """,
      columns: ["TIME": "T"],
      message: "subject 7: TIME (column T) is 1.5 after 2 in line 2, within a subject it must not "
        + "decrease; sort the rows, or begin a new occasion by EVID 3 or 4."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,2,1
        2,0,1
        1,▸1,1
        """,
      repeatedIDs: .join,
      message: "subject 1: TIME is 1 after 2 in line 2, within a subject it must not decrease; "
        + "sort the rows, or begin a new occasion by EVID 3 or 4."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,2,1
        2,0,1
        ▸1,3,1
        """,
      repeatedIDs: .refuse,
      message: "subject 1: the rows of this ID began in line 2 and come back after another "
        + "subject; sort the rows, or choose how to read repeated IDs (separate or join)."),
  ]

  @Test("events", arguments: Self.eventsFiles)
  func events(file: WrongFile) throws { try file.check() }

  static let eventsFiles = [
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,▸7,0,1,.,.
        """,
      message: "subject 1: EVID is 7, but 0, 1, 2, 3 or 4 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,▸0.5,0,1,.,.
        """,
      message: "subject 1: EVID is 0.5, but 0, 1, 2, 3 or 4 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,0,▸2,1,.,.
        """,
      message: "subject 1: MDV is 2, but 0 or 1 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,0,▸101,1,.,.
        """,
      message: "subject 1: MDV is 101, the values 100 and 101 are not supported; use 0 or 1."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,▸0,1,0,0
        """,
      message: "subject 1: MDV is 0 in a row of EVID 1, only observations (EVID 0) have a value; "
        + "set MDV to 1."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,MDV
        1,0,5,.,▸.
        """,
      message: "subject 1: MDV is 0 in a row of EVID 1, only observations (EVID 0) have a value; "
        + "set MDV to 1."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,▸5,2,0,0,1,.,.
        """,
      message: "subject 1: AMT is 5 in a row of EVID 0, which gives no dose; set EVID to 1, or "
        + "AMT to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,▸5,2,3,1,1,.,.
        """,
      message: "subject 1: AMT is 5 in a row of EVID 3, which gives no dose; set EVID to 4, or "
        + "AMT to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,▸.,0,0,1,.,.
        """,
      message: "subject 1: DV is missing, an observation needs a value; give it, or mark the row "
        + "by MDV 1."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV
        1,0,.,▸
        """,
      message: "subject 1: DV is missing, an observation needs a value; give it, or mark the row "
        + "by MDV 1."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,0,0,▸-1,.,.
        """,
      message: "subject 1: CMT is -1, but a whole number from 0 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,0,0,▸x,.,.
        """,
      message: "subject 1: CMT is 'x', a number was expected; correct it, or list the text under "
        + "missing if it means a missing value."),
  ]

  @Test("doses", arguments: Self.dosesFiles)
  func doses(file: WrongFile) throws { try file.check() }

  static let dosesFiles = [
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,▸0,.,1,1,1,0,0
        """,
      message: "subject 1: AMT is 0, a dose needs an amount above 0; correct it, or leave out the "
        + "row by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,▸-5,.,1,1,1,0,0
        """,
      message: "subject 1: AMT is -5, a dose needs an amount above 0; correct it, or leave out "
        + "the row by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,▸.,.,4,1,1,0,0
        """,
      message: "subject 1: AMT is missing, a dose needs an amount above 0; correct it, or leave "
        + "out the row by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,DV,EVID
        1,0,.,▸1
        """,
      message: "subject 1: the row gives a dose (EVID 1), but there is no column AMT; add it, or "
        + "name it under columns, as AMT: NAME."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV
        1,0,▸-5,.
        """,
      message: "subject 1: AMT is -5, a dose needs an amount above 0; correct it, or leave out "
        + "the row by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV
        1,0,5,▸7
        """,
      message: "subject 1: DV is 7 in a row that gives a dose, which of them is meant is not "
        + "clear; write two rows, or add the columns EVID and MDV."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,▸1.5,0,0
        """,
      message: "subject 1: CMT is 1.5, but a whole number from 0 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,▸-1,12
        """,
      message: "subject 1: ADDL is -1, a whole number from 0 to 100000 was expected; correct it "
        + "(a negative number for steady state is not supported)."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,▸1.5,12
        """,
      message: "subject 1: ADDL is 1.5, a whole number from 0 to 100000 was expected; correct it "
        + "(a negative number for steady state is not supported)."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,▸100001,12
        """,
      message: "subject 1: ADDL is 100001, a whole number from 0 to 100000 was expected; correct "
        + "it (a negative number for steady state is not supported)."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,3,▸0
        """,
      message: "subject 1: II is 0 with ADDL 3, an interval above 0 was expected; set both or "
        + "neither."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,3,▸-12
        """,
      message: "subject 1: II is -12 with ADDL 3, an interval above 0 was expected; set both or "
        + "neither."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,3,▸.
        """,
      message: "subject 1: II is missing with ADDL 3, an interval above 0 was expected; set both "
        + "or neither."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,▸24
        """,
      message: "subject 1: II is 24 without additional doses, it needs ADDL above 0; set both or "
        + "neither."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,ADDL
        1,0,5,.,▸2
        """,
      message: "subject 1: II is missing with ADDL 2, an interval above 0 was expected; set both "
        + "or neither."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,0,0,1,▸3,.
        """,
      message: "subject 1: ADDL is 3 in a row of EVID 0, which gives no dose; set ADDL to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,0,0,1,.,▸12
        """,
      message: "subject 1: II is 12 in a row of EVID 0, which gives no dose; set II to 0."),
  ]

  @Test("records that are not supported", arguments: Self.unsupportedFiles)
  func unsupported(file: WrongFile) throws { try file.check() }

  static let unsupportedFiles = [
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,RATE
        1,0,5,.,▸2
        """,
      message: "subject 1: RATE is 2, infusions are not supported yet; a fit needs bolus doses, "
        + "with RATE and DUR 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,RATE
        1,0,5,.,▸-2
        """,
      message: "subject 1: RATE is -2, infusions are not supported yet; a fit needs bolus doses, "
        + "with RATE and DUR 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,DUR
        1,0,5,.,▸0.5
        """,
      message: "subject 1: DUR is 0.5, infusions are not supported yet; a fit needs bolus doses, "
        + "with RATE and DUR 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,SS
        1,0,5,.,▸1
        """,
      message: "subject 1: SS is 1, steady-state doses are not supported yet; write out the "
        + "earlier doses, for instance by ADDL and II."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,RATE
        1,0,.,3,▸2
        """,
      message: "subject 1: RATE is 2 in a row of EVID 0, which gives no dose; set RATE to 0."),
    WrongFile(
      marked: """
        ID,TIME,DV,CENS
        1,0,3,▸1
        """,
      message: "subject 1: CENS is 1, censored values are not supported yet; leave out such rows "
        + "by a rule under ignore if the analysis allows it."),
    WrongFile(
      marked: """
        ID,TIME,DV,BLQ
        1,0,3,▸-1
        """,
      columns: ["CENS": "BLQ"],
      message: "subject 1: CENS (column BLQ) is -1, censored values are not supported yet; leave "
        + "out such rows by a rule under ignore if the analysis allows it."),
    WrongFile(
      marked: """
        ID,TIME,DV,CENS
        1,0,3,▸yes
        """,
      message: "subject 1: CENS is 'yes', a number was expected; correct it, or list the text "
        + "under missing if it means a missing value."),
  ]

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
      message(Array("ID,TIME,DV\n".utf8) + [0xE9, 0x2C] + Array("0,2\n".utf8))
        == "t.csv:2:1: ID has bytes that are not UTF-8, plain text was expected; save the file as "
        + "CSV UTF-8.")
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
    var generator = SplitMix(state: seed)
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

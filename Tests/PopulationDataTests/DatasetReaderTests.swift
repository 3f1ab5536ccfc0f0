import PopulationData
import Testing

@Suite("reading a data set")
struct DatasetReaderTests {
  static let plain = """
    ID,TIME,AMT,DV,EVID,MDV,CMT
    1,0,100,.,1,1,1
    1,1.5,.,7.25,0,0,2
    2,0,50,.,1,1,
    2,2,.,3,0,0,.

    """

  @Test("doses and observations have their times, amounts, values, compartments and lines")
  func records() throws {
    let dataset = try read(Self.plain)
    let first = Subject(
      id: "1", index: 0,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0, amount: 100, compartment: 1, line: 2)],
          observations: [
            Observation(time: 1.5, value: 7.25, compartment: 2, line: 3, precedingDoses: 1)
          ])
      ], line: 2)
    let second = Subject(
      id: "2", index: 1,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0, amount: 50, line: 4)],
          observations: [Observation(time: 2, value: 3, line: 5, precedingDoses: 1)])
      ], line: 4)
    #expect(dataset.name == "t.csv")
    #expect(dataset.subjects == [first, second])
    #expect(dataset.observationCount == 2)
    #expect(first.observationCount == 1)
    #expect(first.doseCount == 1)
    #expect(dataset.report.lines().isEmpty)
  }

  /// The value is from a Python program after the documentation of the fingerprint.
  @Test("the fingerprint of a known data set is the same on every platform")
  func fingerprint() throws {
    #expect(try read(Self.plain).fingerprint == 0xE1AD_F723_90C5_97AB)
  }

  @Test(
    "the fingerprint changes with every number",
    arguments: [
      ("100", "101"), ("1.5", "1.6"), ("7.25", "7.26"), ("0,2\n", "0,3\n"), ("1,1,1", "1,1,2"),
      ("\n2", "\n3"),
    ])
  func fingerprintChanges(old: String, new: String) throws {
    let parts = Self.plain.components(around: old)
    let changed = parts.joined(separator: new)
    #expect(changed != Self.plain)
    #expect(try read(changed).fingerprint != read(Self.plain).fingerprint)
  }

  @Test("an order of rows that changes what precedes an observation changes the fingerprint")
  func fingerprintOfOrder() throws {
    let before = try read("ID,TIME,AMT,DV\n1,0,5,.\n1,0,.,2\n")
    let after = try read("ID,TIME,AMT,DV\n1,0,.,2\n1,0,5,.\n")
    #expect(before.fingerprint != after.fingerprint)
  }

  @Test("another order of the subjects changes the fingerprint")
  func fingerprintOfSubjects() throws {
    let rows = (1...4).map { "\($0),0,1\n" }
    var seen: Set<UInt64> = []
    for first in 0..<4 {
      for second in first..<4 {
        var swapped = rows
        swapped.swapAt(first, second)
        seen.insert(try read("ID,TIME,DV\n" + swapped.joined()).fingerprint)
      }
    }
    // Six swaps, and the four times that nothing was swapped.
    #expect(seen.count == 7)
  }

  @Test(
    "comma, tab, semicolon and blanks separate",
    arguments: [",", "\t", ";", " ", "   ", " ,", " , ", "; "])
  func delimiters(delimiter: String) throws {
    let text = Self.plain.replacing(",", with: delimiter).replacing(
      "\(delimiter)\n", with: "\(delimiter).\n")
    #expect(try contents(read(text)) == contents(read(Self.plain)))
  }

  @Test("blanks may be several, and in rows also tabs")
  func blanks() throws {
    let dataset = try read("  ID TIME AMT  DV \n 1 0 100 . \n\t1   2\t. 3\n")
    #expect(dataset.subjects[0].doseCount == 1)
    #expect(dataset.observationCount == 1)
  }

  @Test("a semicolon separates if a header has no comma, a comma wins if it has both")
  func delimiterPriority() throws {
    #expect(try read("ID,TIME,DV,a;b\n1,0,2,x;y\n").observationCount == 1)
    #expect(try read("ID;TIME;DV;a b\n1;0;2;x y\n").observationCount == 1)
    #expect(try read("ID;TIME;DV;\"a,b\"\n1;0;2;0\n").observationCount == 1)
  }

  @Test("lines end by LF, CR LF or CR, the last one also without", arguments: ["\n", "\r\n", "\r"])
  func lineEnds(end: String) throws {
    let text = Self.plain.replacing("\n", with: end)
    #expect(try read(text) == read(Self.plain))
    #expect(
      try read(String(text.unicodeScalars.dropLast(end.unicodeScalars.count)))
        == read(Self.plain))
  }

  @Test("a byte-order mark is no part of the first name")
  func byteOrderMark() throws {
    #expect(try read("\u{FEFF}" + Self.plain) == read(Self.plain))
  }

  @Test("fields may be quoted, with a doubled quote for a quote")
  func quotes() throws {
    let dataset = try read("\"id\",\"Time\",\" dv \",NOTE\n\"a\"\"b,c\",\"1\", \"2\" ,\"x\"\n")
    #expect(dataset.subjects[0].id == "a\"b,c")
    #expect(dataset.subjects[0].occasions[0].observations[0].time == 1)
  }

  @Test("names of columns are found in any order and case")
  func columnOrder() throws {
    let dataset = try read(
      "wt,Dv,mdv,Evid,tIME,amt,id\n70,.,1,1,0,100,A\n70,4,0,0,1,.,A\n")
    #expect(dataset.subjects[0].id == "A")
    #expect(dataset.subjects[0].occasions[0].observations[0].value == 4)
    #expect(dataset.report.unusedColumns == ["wt"])
  }

  @Test("a mapped column takes the place of the standard one")
  func mapping() throws {
    let format = try DatasetFormat(columns: ["dv": "CONC", "AMT": "Dose"])
    let dataset = try read("ID,TIME,DOSE,conc,DV\n1,0,100,.,8\n1,1,.,5,9\n", format)
    #expect(dataset.subjects[0].occasions[0].observations[0].value == 5)
    #expect(dataset.report.unusedColumns == ["DV"])
  }

  @Test("a name that has lost its meaning to another is not taken for its standard")
  func swappedMapping() throws {
    let format = try DatasetFormat(columns: ["TIME": "DV", "DV": "TIME"])
    let dataset = try read("ID,TIME,DV\n1,8,2\n", format)
    #expect(dataset.subjects[0].occasions[0].observations[0].time == 2)
    #expect(dataset.subjects[0].occasions[0].observations[0].value == 8)
  }

  @Test("an empty field at the end of rows is no field")
  func trailingDelimiter() throws {
    #expect(try read("ID,TIME,DV\n1,0,2,\n1,1,3\n").observationCount == 2)
    #expect(try read("ID,TIME,DV,\n1,0,2,\n1,1,3\n").observationCount == 2)
  }

  @Test("without EVID an amount makes a dose, and without MDV a dose has no value")
  func inferredEvents() throws {
    let dataset = try read("ID,TIME,AMT,DV\n1,0,10,.\n1,0,0,2\n1,1,,3\n1,2,5,0\n")
    let occasion = dataset.subjects[0].occasions[0]
    #expect(occasion.doses.map(\.amount) == [10, 5])
    #expect(occasion.observations.map(\.value) == [2, 3])
  }

  @Test("without AMT and EVID all rows are observations")
  func observationsOnly() throws {
    let dataset = try read("ID,TIME,DV\n1,-2,10\n1,0,11\n")
    #expect(dataset.subjects[0].occasions[0].observations.map(\.time) == [-2, 0])
  }

  @Test("further texts can mean missing, and a number does in any notation")
  func missing() throws {
    let format = try DatasetFormat(missing: ["NA", "-99"])
    let dataset = try read("ID,TIME,AMT,DV\n1,0,10,NA\n1,1,NA,5\n1,2,7,-99.0\n", format)
    #expect(dataset.subjects[0].doseCount == 2)
    #expect(dataset.observationCount == 1)
  }

  @Test("EVID 2 and MDV 1 rows are counted and not used")
  func unusedRows() throws {
    let dataset = try read(
      "ID,TIME,AMT,DV,EVID,MDV,CMT\n1,0,.,1,2,1,1\n1,1,.,5,0,1,1\n1,2,.,6,0,0,1\n")
    #expect(dataset.observationCount == 1)
    #expect(dataset.report.otherEventRows == 1)
    #expect(dataset.report.unobservedRows == 1)
  }

  @Test("one number in several notations is one subject, with the first as its label")
  func numericIDs() throws {
    let dataset = try read("ID,TIME,DV\n1.0,0,2\n1,1,2\n 1e0,2,3\n01,3,4\n10,0,1\n")
    #expect(dataset.subjects.map(\.id) == ["1.0", "10"])
    #expect(dataset.subjects.map(\.observationCount) == [4, 1])
  }

  @Test("long IDs that are the same as a Double are still two subjects")
  func longIDs() throws {
    let dataset = try read("ID,TIME,DV\n12345678901234567890,0,2\n12345678901234567891,0,2\n")
    #expect(dataset.subjects.count == 2)
  }

  @Test("a text is a subject's ID as it stands")
  func textIDs() throws {
    let dataset = try read("ID,TIME,DV\nP-01,0,2\np-01,0,2\nÅsa,0,2\n'1e0,0,2\n1,0,2\n")
    #expect(dataset.subjects.map(\.id) == ["P-01", "p-01", "Åsa", "'1e0", "1"])
  }

  static let returning = "ID,TIME,DV\n1,0,1\n2,0,2\n1,1,3\n"

  @Test("a returning ID is a new subject by default")
  func separateIDs() throws {
    let dataset = try read(Self.returning)
    #expect(dataset.subjects.map(\.id) == ["1", "2", "1"])
    #expect(dataset.subjects.map(\.index) == [0, 1, 2])
    #expect(dataset.subjects.map(\.line) == [2, 3, 4])
    #expect(dataset.report.repeatedIDs == ["1"])
  }

  @Test("a returning ID can be joined to its first rows")
  func joinedIDs() throws {
    let dataset = try read(Self.returning, DatasetFormat(repeatedIDs: .join))
    #expect(dataset.subjects.map(\.id) == ["1", "2"])
    #expect(dataset.subjects.map(\.observationCount) == [2, 1])
    #expect(dataset.report.repeatedIDs == ["1"])
  }

  @Test("subjects without observations are left out, named, and leave no gap in the indices")
  func unobservedSubjects() throws {
    let dataset = try read("ID,TIME,AMT,DV\n1,0,5,.\n2,0,5,.\n2,1,.,3\n3,0,5,.\n4,0,.,2\n")
    #expect(dataset.subjects.map(\.id) == ["2", "4"])
    #expect(dataset.subjects.map(\.index) == [0, 1])
    #expect(dataset.report.unobservedSubjects == ["1", "3"])
  }

  @Test("RATE, SS, CENS and DATE without values do no harm, nor LIMIT without CENS")
  func harmlessColumns() throws {
    let plain = try read("ID,TIME,AMT,DV\n1,8,5,.\n1,39,.,2\n")
    let dataset = try read(
      "ID,TIME,AMT,DV,RATE,DUR,SS,CENS,LIMIT,DATE\n1,8,5,.,0,.,0,0,.,.\n1,39,.,2,0,.,.,0,0.1,\n")
    #expect(dataset.subjects == plain.subjects && dataset.fingerprint == plain.fingerprint)
    #expect(dataset.report.unusedColumns == [])
    let without = try read("ID,TIME,AMT,DV,LIMIT\n1,8,5,.,none\n1,39,.,2,none\n")
    #expect(without.subjects == plain.subjects)
    #expect(without.report.unusedColumns == ["LIMIT"])
  }

  @Test("the report has one plain line for each thing")
  func reportLines() throws {
    let format = try DatasetFormat(ignore: [IgnoreRule("WT.GT.2.5"), IgnoreRule("@")])
    let dataset = try read(
      """
      # made by hand
      ID,TIME,AMT,DV,EVID,MDV,WT,,APGR

      # again
      1,0,10,.,1,1,2,0,7
      1,0,10,.,1,1,2.6,0,7
      1,0,10,.,1,1,3,0,7
      ID,TIME,AMT,DV,EVID,MDV,WT,,APGR
      1,1,.,5,0,0,2,0,7
      1,2,.,5,0,1,2,0,7
      ,,,,,,,,
      1,3,.,.,2,1,2,0,7
      2,0,10,.,1,1,2,0,7
      1,4,.,5,0,0,2,0,7
      """, format)
    #expect(
      dataset.report.lines() == [
        "2 comment rows",
        "2 blank lines",
        "2 rows ignored by WT.GT.2.5",
        "1 row ignored by @",
        "1 row with EVID 2 not used",
        "1 observation row with MDV 1 not used",
        "1 subject without observations left out: 2",
        "1 return of an earlier ID, taken as a new subject: 1",
        "2 columns not used: column 8 without a name, APGR",
      ])
  }

  @Test("a long list of subjects is cut in the report")
  func longReport() {
    var report = ReadingReport()
    report.unobservedSubjects = (1...7).map(String.init)
    #expect(
      report.lines() == ["7 subjects without observations left out: 1, 2, 3, 4, 5 and 2 more"])
  }
}

extension String {
  /// Parts before and after the first occurrence of a text.
  func components(around text: String) -> [String] {
    guard let range = firstRange(of: text) else { return [self] }
    return [String(self[..<range.lowerBound]), String(self[range.upperBound...])]
  }
}

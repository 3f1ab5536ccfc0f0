import PopulationData
import Testing

@Suite("rules for rows")
struct IgnoreRuleTests {
  @Test(
    "a condition can be written by points or by signs",
    arguments: [
      ("WT.GT.2.5", "WT", Condition.Comparison.greater, "2.5"),
      ("wt.ge.-1.5E1", "wt", .greaterOrEqual, "-1.5E1"),
      ("AGE.LT.18", "AGE", .less, "18"),
      ("AGE.LE.18", "AGE", .lessOrEqual, "18"),
      ("C.EQ.C", "C", .sameText, "C"),
      ("C.NE.'x y'", "C", .otherText, "x y"),
      ("ID.EQN.7", "ID", .equal, "7"),
      ("ID.Nen.7", "ID", .unequal, "7"),
      ("BODY.WT.GT..5", "BODY.WT", .greater, ".5"),
      ("WT > 2.5", "WT", .greater, "2.5"),
      ("WT>=2.5", "WT", .greaterOrEqual, "2.5"),
      ("WT < 2.5", "WT", .less, "2.5"),
      ("WT <= 2.5", "WT", .lessOrEqual, "2.5"),
      ("SEX == \"F\"", "SEX", .sameText, "F"),
      ("SEX=F", "SEX", .sameText, "F"),
      ("SEX != F", "SEX", .otherText, "F"),
      ("SEX /= F", "SEX", .otherText, "F"),
      ("C.EQ..", "C", .sameText, "."),
    ])
  func conditions(
    text: String, column: String, comparison: Condition.Comparison, value: String
  ) throws {
    let condition = try Condition(text)
    #expect(condition.column == column)
    #expect(condition.comparison == comparison)
    #expect(condition.value == value)
    #expect(condition.text == text)
    #expect(try IgnoreRule(text) == .condition(condition))
  }

  @Test("a character is a rule, and @ stands for all letters")
  func characters() throws {
    #expect(try IgnoreRule("C") == .character("C"))
    #expect(try IgnoreRule("!") == .character("!"))
    #expect(try IgnoreRule("@") == .letters)
  }

  @Test(
    "wrong settings are refused with a sentence",
    arguments: [
      (
        "WT.XX.3",
        "'WT.XX.3' is no rule for rows, a condition such as WT.GT.2.5 or WT > 2.5, @ or a single "
          + "character was expected; correct it."
      ),
      (
        "",
        "'' is no rule for rows, a condition such as WT.GT.2.5 or WT > 2.5, @ or a single "
          + "character was expected; correct it."
      ),
      (
        "> 3",
        "'> 3' is no rule for rows, a condition such as WT.GT.2.5 or WT > 2.5, @ or a "
          + "single character was expected; correct it."
      ),
      (
        "WT > heavy",
        "The condition 'WT > heavy' compares numbers, and 'heavy' is none; correct it, or compare "
          + "texts by EQ or NE."
      ),
      (
        "1",
        "The rule '1' would leave out rows by the first character of a number or a text in "
          + "quotes; use another comment character, or a condition such as ID.EQ.7."
      ),
    ])
  func wrongRules(text: String, message: String) {
    let error = datasetError { () throws(DatasetError) in _ = try IgnoreRule(text) }
    #expect(error?.description == message)
    #expect(error?.place == nil)
  }

  @Test("contradictions in a format are refused with a sentence")
  func wrongFormats() throws {
    let condition = try Condition("WT > 3")
    #expect(
      datasetError { () throws(DatasetError) in
        _ = try DatasetFormat(ignore: [.condition(condition)], accept: [condition])
      }?.description
        == "There are conditions under both ignore and accept, only one of them can choose the "
        + "rows; write all conditions under one of them.")
    #expect(
      datasetError { () throws(DatasetError) in
        _ = try DatasetFormat(columns: ["DV": "X", "AMT": "x"])
      }?.description
        == "columns: AMT and DV are both X, a column has one meaning; correct one of them.")
    #expect(
      datasetError { () throws(DatasetError) in
        _ = try DatasetFormat(columns: ["TIMES": "X"])
      }?.description
        == "columns: there is no standard column TIMES, the names are ID, TIME, AMT, DV, EVID, "
        + "MDV, CMT, ADDL, II, RATE, DUR, SS, DVID, CENS, LIMIT, DATE, DAT1, DAT2, DAT3; did you mean "
        + "TIME?")
    #expect(
      datasetError { () throws(DatasetError) in
        _ = try DatasetFormat(covariates: [CovariateColumn("WT"), CovariateColumn(" wt ")])
      }?.description
        == "covariates: wt is a covariate already, a column has one meaning; leave it out once.")
    #expect(
      datasetError { () throws(DatasetError) in
        _ = try DatasetFormat(columns: ["DV": "X"], covariates: [CovariateColumn("x")])
      }?.description
        == "covariates: x is DV already, a column has one meaning; leave it out once.")
    #expect(try DatasetFormat(ignore: [.letters], accept: [condition]).accept == [condition])
  }

  static let table = """
    ID,TIME,DV,WT,SEX
    1,0,1,2.0,F
    1,1,2,2,M
    1,2,3,.,F
    1,3,4,2.5,M
    1,4,5,70,F
    """

  @Test(
    "each comparison leaves out its rows; a missing field is 0 as a number and itself as a text",
    arguments: [
      ("WT.GT.2", [1.0, 2, 3]),
      ("WT.GE.2.5", [1, 2, 3]),
      ("WT.LT.2", [1, 2, 4, 5]),
      ("WT.LE.2", [4, 5]),
      ("WT.EQN.2", [3, 4, 5]),
      ("WT.NEN.2", [1, 2]),
      ("WT.EQ.2", [1, 3, 4, 5]),
      ("WT == .", [1, 2, 4, 5]),
      ("WT.NE.2", [2]),
      ("sex.EQ.F", [2, 4]),
      ("DV >= 3", [1, 2]),
    ])
  func comparisons(rule: String, kept: [Double]) throws {
    let dataset = try read(Self.table, DatasetFormat(ignore: [IgnoreRule(rule)]))
    #expect(dataset.subjects[0].occasions[0].observations.map(\.value) == kept)
    #expect(dataset.report.ignoredRows == [.init(rule: rule, rows: 5 - kept.count)])
  }

  @Test("any of several rules leaves out a row, and the first one counts it")
  func severalRules() throws {
    let format = try DatasetFormat(ignore: [IgnoreRule("WT > 2"), IgnoreRule("SEX.EQ.M")])
    let dataset = try read(Self.table, format)
    #expect(dataset.subjects[0].occasions[0].observations.map(\.value) == [1, 3])
    #expect(dataset.report.ignoredRows.map(\.rows) == [2, 1])
    #expect(dataset.report.unusedColumns.isEmpty)
  }

  @Test("a row needs one accept condition only")
  func acceptConditions() throws {
    let format = try DatasetFormat(accept: [Condition("WT > 2.4"), Condition("DV.EQN.1")])
    let dataset = try read(Self.table, format)
    #expect(dataset.subjects[0].occasions[0].observations.map(\.value) == [1, 4, 5])
    #expect(dataset.report.lines().first == "2 rows not accepted by WT > 2.4 or DV.EQN.1")
  }

  @Test("a condition may use a standard name of a mapped column")
  func mappedCondition() throws {
    let format = try DatasetFormat(
      columns: ["DV": "CONC"], ignore: [IgnoreRule("DV.LT.2")])
    #expect(try read("ID,TIME,CONC\n1,0,1\n1,1,2\n", format).observationCount == 1)
  }

  @Test("a letter as a rule leaves out rows by their first field, quoted or not, but no header")
  func letterRule() throws {
    let format = try DatasetFormat(ignore: [IgnoreRule("C")])
    let dataset = try read("C,ID,TIME,DV\nC,1,0,1\n\"C\",1,1,2\n.,1,2,3\n", format)
    #expect(dataset.observationCount == 1)
    #expect(dataset.report.lines().first == "2 rows ignored by C")
  }

  @Test("# begins a comment, unless a rule names another character")
  func commentCharacter() throws {
    let dataset = try read("#a\nID,TIME,DV\n  # b\n1,0,1\n")
    #expect(dataset.report.commentRows == 2)
    let format = try DatasetFormat(ignore: [IgnoreRule("!")])
    let other = try read("!a\nID,TIME,DV\n!b\n#1,0,1\n", format)
    #expect(other.subjects[0].id == "#1")
    #expect(other.report.lines() == ["2 rows ignored by !"])
  }

  @Test("@ leaves out rows that begin with a letter, but not the header")
  func atRule() throws {
    let format = try DatasetFormat(ignore: [IgnoreRule("@")])
    let dataset = try read("ID,TIME,DV\nID,TIME,DV\n @x\n1,0,1\n# c\nÄ\n", format)
    #expect(dataset.observationCount == 1)
    #expect(dataset.report.ignoredRows == [.init(rule: "@", rows: 3)])
    #expect(dataset.report.commentRows == 1)
  }
}

import PopulationData
import Testing

@Suite("clock times and dates")
struct ClockTimeTests {
  private func times(_ text: String, _ format: DatasetFormat = .standard) throws -> [[Double]] {
    try read(text, format).subjects.map { $0.occasions.flatMap(\.observations).map(\.time) }
  }

  /// NONMEM's help on the TIME data item: 8:00, 14:45 and 14.75 are 0, 6.75 and 6.75.
  @Test("one colon makes all times those of a clock, in hours from the subject's first row")
  func guideExample() throws {
    #expect(try times("ID,TIME,DV\n1,8:00,1\n1,14:45,1\n1,14.75,1\n") == [[0, 6.75, 6.75]])
    #expect(
      try times("ID,TIME,DV\n1,8,1\n1,20,1\n2,9,1\n2,9:20,1\n3,7,1\n")
        == [[0, 12], [0, 1.0 / 3], [0]])
    #expect(try times("ID,TIME,DV\n1,8,1\n1,20,1\n2,9,1\n") == [[8, 20], [9]])
  }

  @Test("seconds count, and hours are rounded once")
  func seconds() throws {
    let hours: [[Double]] = [[0, 1.0 / 3, 1215.0 / 3600, 1215.5 / 3600, 57000.0 / 3600]]
    #expect(
      try times("ID,TIME,DV\n1,08:10:00,1\n1,8:30:00,1\n1,8:30:15,1\n1,8:30:15.5,1\n1,24:00,1\n")
        == hours)
  }

  @Test("a row that a rule leaves out makes no clock times")
  func ignored() throws {
    let format = try DatasetFormat(ignore: [IgnoreRule("DV > 5")])
    #expect(try times("ID,TIME,DV\n1,8,1\n1,9:00,6\n1,10,1\n", format) == [[8, 10]])
  }

  @Test(
    "dates in the order of their column",
    arguments: [
      ("DATE", "12/31/2023", "1/2/2024"), ("DATE", "12-31-23", "01-02-24"),
      ("DAT1", "31/12/2023", "2/1/2024"), ("DAT2", "2023-12-31", "2024-01-02"),
      ("DAT2", "23/12/31", "24/1/2"), ("DAT3", "2023/31/12", "2024-2-1"), ("DATE", "7", "9"),
      ("DAT2", "-1", "1"),
    ])
  func dates(column: String, first: String, second: String) throws {
    #expect(
      try times("ID,\(column),TIME,DV\n1,\(first),23:30,1\n1,\(second),0:15,1\n")
        == [[0, 24.75]])
    // Hours beside dates may be plain.
    #expect(
      try times("ID,\(column),TIME,DV\n1,\(first),23.5,1\n1,\(second),0.25,1\n") == [[0, 24.75]])
  }

  /// NONMEM's LAST20 is 50 unless the control stream says otherwise.
  @Test("years of two digits are 1951 to 2050, and the calendar has its leap years")
  func years() throws {
    func days(_ first: String, _ second: String) throws -> Double {
      try times("ID,DATE,TIME,DV\n1,\(first),0:00,1\n1,\(second),0:00,1\n")[0][1] / 24
    }
    #expect(try days("1/1/51", "1/1/1951") == 0)
    #expect(try days("1/1/50", "1/1/2050") == 0)
    #expect(try days("1/1/99", "1/1/00") == 365)
    #expect(try days("2/28/2024", "3/1/2024") == 2)
    #expect(try days("2/28/2023", "3/1/2023") == 1)
    #expect(try days("2/28/1900", "3/1/1900") == 1)
    #expect(try days("2/28/2000", "3/1/2000") == 2)
    // 400 Gregorian years have 146097 days.
    #expect(try days("3/1/1600", "3/1/2000") == 146_097)
  }

  @Test("a subject without dates keeps its times in a file that has some")
  func someDates() throws {
    #expect(
      try times("ID,DATE,TIME,DV\n1,.,8,1\n1,.,50,1\n2,1,8,1\n2,2,9,1\n") == [[8, 50], [0, 25]])
  }

  @Test("doses, additional doses and resets count from the same moment")
  func events() throws {
    let subject = try read(
      """
      ID,DATE,TIME,AMT,DV,EVID,ADDL,II
      1,1,8:00,5,.,1,1,12
      1,1,9:00,.,2,0,.,.
      1,2,8:30,.,2,0,.,.
      1,1,9:00,5,.,4,.,.
      1,1,10:00,.,2,0,.,.
      """
    ).subjects[0]
    #expect(subject.occasions.map { $0.doses.map(\.time) } == [[0, 12], [1]])
    #expect(subject.occasions.map { $0.observations.map(\.time) } == [[1, 24.5], [2]])
  }
}

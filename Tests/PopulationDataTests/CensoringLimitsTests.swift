import PopulationData
import Testing

@Suite("limits of quantification that the data show")
struct CensoringLimitsTests {
  private func ranges(_ rows: String, _ place: Int = 0) throws -> [ReportedRange] {
    let subjects = try read("ID,TIME,DV,DVID,CENS,LIMIT\n" + rows).subjects
    return CensoringLimits(subjects).ranges(of: subjects[place])
  }

  /// The limits below of a subject's values, and those above.
  private func lower(_ rows: String, _ place: Int = 0) throws -> [Double?] {
    try ranges(rows, place).map { $0.lower?.value }
  }

  private func upper(_ rows: String, _ place: Int = 0) throws -> [Double?] {
    try ranges(rows, place).map { $0.upper?.value }
  }

  @Test("a censored value has its own limit, a measured one that of the nearest censored one")
  func own() throws {
    let rows =
      "1,0,7,1,0,.\n1,1,0.5,1,1,0.1\n1,2,3,1,0,.\n1,3,4,1,0,.\n1,4,2,1,1,.\n1,5,9,1,-1,20\n"
    let below: [Double?] = [0.5, 0.5, 0.5, 2, 2, 2]
    let above: [Double?] = [9, 9, 9, 9, 9, 9]
    #expect(try lower(rows) == below)
    #expect(try upper(rows) == above)
    let found = try ranges(rows)
    let free = -Double.infinity
    let ends: [Double?] = [0.1, 0.1, 0.1, free, free, free]
    #expect(found.map { $0.lower?.end } == ends)
    #expect(found[0].upper?.end == 20)
    #expect(found.allSatisfy { $0.least == nil })
  }

  @Test("a value below a limit shows that it does not hold there")
  func measuredBelow() throws {
    let expected: [Double?] = [0.1, 0.5, 0.1, nil]
    #expect(try lower("1,0,0.3,1,0,.\n1,1,0.5,1,1,.\n1,2,0.1,1,1,.\n1,3,0.05,1,0,.\n") == expected)
  }

  @Test("a subject without limits has the highest of the others that its values allow")
  func others() throws {
    let rows =
      "1,0,0.5,1,1,.\n1,1,9,1,-1,.\n2,0,0.1,1,1,.\n2,1,3,1,0,.\n3,0,5,1,0,.\n3,1,8,1,0,.\n"
    let all: [[Double?]] = [[0.5, 0.5], [9, 9], [0.1, 0.1], [nil, nil]]
    #expect(try lower(rows, 2) == all[0])
    #expect(try upper(rows, 2) == all[1])
    let low = rows.replacing("3,0,5", with: "3,0,0.2").replacing("3,1,8", with: "3,1,12")
    #expect(try lower(low, 2) == all[2])
    #expect(try upper(low, 2) == all[3])
    // One that has limits keeps them, wherever the others' are.
    #expect(try lower(rows, 1) == all[2])
  }

  @Test("outputs have limits apart")
  func outputs() throws {
    let expected: [Double?] = [0.5, 0.5, 2, 2]
    #expect(
      try lower("1,0,7,1,0,.\n1,1,0.5,1,1,.\n1,2,3,2,0,.\n1,3,2,2,1,.\n") == expected)
  }

  @Test("without censored values every value is reported")
  func none() throws {
    #expect(try ranges("1,0,7,1,0,.\n1,1,0.5,1,0,.\n") == [ReportedRange.whole, .whole])
    let conditional = try read(
      "ID,TIME,DV,CENS\n1,0,7,0\n1,1,0.5,1\n", DatasetFormat(belowLimit: .conditional))
    #expect(
      CensoringLimits(conditional.subjects).ranges(of: conditional.subjects[0])
        == [ReportedRange(least: 0.5)])
  }

  @Test("a value is reported as it is, or as beyond the limit")
  func reported() {
    let range = ReportedRange(
      lower: CensoringLimits.Limit(value: 0.5, end: 0),
      upper: CensoringLimits.Limit(value: 9, end: .infinity))
    let cases: [(Double, Double, Observation.Censoring)] = [
      (0.5, 0.5, .none), (9, 9, .none), (-1, 0.5, .below(lower: 0)),
      (9.5, 9, .above(upper: .infinity)),
    ]
    for (value, expected, censoring) in cases {
      let found = range.reported(value)
      #expect(found.value == expected)
      #expect(found.censoring == censoring)
    }
    #expect(range.isLimited)
    #expect(!ReportedRange.whole.isLimited)
  }

  @Test("the order of subjects does not matter, and parts may be put together")
  func parts() throws {
    let subjects = try read(
      "ID,TIME,DV,CENS,LIMIT\n1,0,0.5,1,0.1\n2,0,0.5,1,.\n3,0,0.1,1,.\n4,0,9,-1,.\n5,0,0.2,0,.\n"
    ).subjects
    var parts = CensoringLimits(Array(subjects[3...]))
    parts.add(CensoringLimits(Array(subjects[..<3].reversed())))
    #expect(parts == CensoringLimits(subjects))
    let lower = try #require(parts.lower[0])
    #expect(lower.map(\.value) == [0.1, 0.5])
    #expect(lower[1].end == -Double.infinity)
    #expect(parts.lowest == [0: 0.2])
  }
}

import PopulationData
import Testing

@Suite("censored values")
struct CensoringTests {
  private let rows = """
    ID,TIME,AMT,DV,EVID,CENS,LIMIT
    1,0,5,.,1,.,.
    1,1,.,20,0,-1,.
    1,2,.,20,0,-1,50
    1,3,.,7,0,0,none
    1,4,.,0.5,0,1,0.1
    1,5,.,0.5,0,1,.

    """

  private func observations(_ setting: BelowLimit, _ text: String? = nil) throws -> [Observation] {
    try read(text ?? rows, DatasetFormat(belowLimit: setting)).subjects[0].occasions[0].observations
  }

  @Test("CENS 1 is an interval up to DV, CENS -1 one from DV on, LIMIT its other end")
  func intervals() throws {
    let found = try observations(.interval)
    #expect(found.map(\.value) == [20, 20, 7, 0.5, 0.5])
    #expect(
      found.map(\.censoring) == [
        .above(upper: .infinity), .above(upper: 50), .none, .below(lower: 0.1),
        .below(lower: -.infinity),
      ])
    #expect(found.map(\.isCensored) == [true, true, false, true, true])
    #expect(found.allSatisfy { $0.limit == nil })
  }

  @Test("a limit that has to be above 0 is refused where it is 0, with the place of DV")
  func positiveLimits() throws {
    let text = "ID,TIME,DV,DVID,CENS,LIMIT\n1,0,7,1,0,.\n1,1,0,1,1,.\n1,2,0,2,1,.\n"
    func error(_ text: String, _ positive: PositiveLimits, _ below: BelowLimit = .interval)
      -> DatasetError?
    {
      datasetError { () throws(DatasetError) in
        _ = try read(text, DatasetFormat(belowLimit: below, positiveLimits: positive))
      }
    }
    for below in [BelowLimit.interval, .conditional, .replace] {
      let found = try #require(error(text, .all, below))
      #expect(found.place == Place(path: "t.csv", line: 3, column: 5))
      #expect(
        found.description.hasPrefix(
          "t.csv:3:5: subject 1: DV is 0 with CENS 1, which says that the value lies below 0"))
    }
    #expect(error(text, .outputs([2]))?.place?.line == 4)
    #expect(error(text, .outputs([3])) == nil && error(text, .none) == nil)
    #expect(error(text, .all, .ignore) == nil)
    #expect(error(text.replacing("1,1,0,", with: "1,1,-99,"), .all)?.place?.line == 3)
    // An interval that is given whole is meant.
    #expect(error(text.replacing("1,.", with: "1,-5"), .all) == nil)
    #expect(error(text.replacing(",0,1,1,", with: ",0.1,1,1,"), .outputs([1])) == nil)
    let limited = try read(
      text, DatasetFormat(quantificationLimit: 0.5, positiveLimits: .all))
    #expect(limited.subjects[0].occasions[0].observations.map(\.value) == [7, 0.5, 0.5])
  }

  @Test("ignore leaves out what is below, and tells how many")
  func ignored() throws {
    let dataset = try read(rows, DatasetFormat(belowLimit: .ignore))
    #expect(dataset.subjects[0].occasions[0].observations.map(\.time) == [1, 2, 3])
    #expect(dataset.subjects[0].occasions[0].observations[0].censoring == .above(upper: .infinity))
    #expect(dataset.report.belowLimitRows == 2)
    #expect(dataset.report.lines() == ["2 observation rows below the limit (CENS 1) left out"])
  }

  @Test("replace takes half the limit for a value")
  func replaced() throws {
    let found = try observations(.replace)
    #expect(found.map(\.value) == [20, 20, 7, 0.25, 0.25])
    #expect(found[3].censoring == .none && found[4].censoring == .none)
  }

  @Test("conditional leaves out what is below, and gives the others of the output its limit")
  func conditional() throws {
    let text = """
      ID,TIME,DV,DVID,CENS
      1,0,7,1,0
      1,1,0.5,1,1
      1,2,3,2,0
      1,3,0.5,1,1
      1,4,8,1,0
      1,5,9,1,-1
      2,0,4,1,0

      """
    let dataset = try read(text, DatasetFormat(belowLimit: .conditional))
    let found = dataset.subjects[0].occasions[0].observations
    #expect(found.map(\.time) == [0, 2, 4, 5])
    #expect(found.map(\.limit) == [0.5, nil, 0.5, nil])
    #expect(found[3].censoring == .above(upper: .infinity))
    #expect(dataset.subjects[1].occasions[0].observations[0].limit == nil)
    #expect(dataset.report.belowLimitRows == 2)
  }

  @Test("conditional: a limit in the row of the value itself, as in nlmixr2, needs no other")
  func ownLimits() throws {
    let text =
      "ID,TIME,DV,CENS,LIMIT\n1,0,7,0,0.5\n1,1,0.4,1,.\n1,2,0.6,0,0.5\n1,3,0.3,1,.\n1,4,2,0,.\n"
    let error = datasetError { () throws(DatasetError) in
      _ = try read(text, DatasetFormat(belowLimit: .conditional))
    }
    #expect(error?.place?.line == 5)
    let found = try observations(.conditional, text.replacing("0.3,1", with: "0.4,1"))
    #expect(found.map(\.limit) == [0.5, 0.5, 0.4])
  }

  @Test("a limit holds in all occasions of a subject")
  func occasions() throws {
    let subject = try read(
      "ID,TIME,DV,EVID,CENS\n1,0,7,0,0\n1,0,.,3,.\n1,1,0.5,0,1\n1,2,8,0,0\n",
      DatasetFormat(belowLimit: .conditional)
    ).subjects[0]
    #expect(subject.occasions.flatMap(\.observations).map(\.limit) == [0.5, 0.5])
  }
}

import PopulationData
import Testing

@Suite("events besides doses and observations")
struct OtherEventTests {
  @Test(
    "EVID 2 with CMT -n turns a compartment off and with n on again, at its place among the rows")
  func switching() throws {
    let dataset = try read(
      """
      ID,TIME,AMT,DV,EVID,CMT
      1,0,5,.,1,1
      1,1,.,.,2,-2
      1,1,.,3,0,1
      1,2,.,.,2,2
      1,2,5,.,1,1
      1,3,.,3,0,1
      """)
    let occasion = dataset.subjects[0].occasions[0]
    #expect(
      occasion.others == [
        OtherEvent(time: 1, compartment: -2, line: 3, precedingDoses: 1, precedingObservations: 0),
        OtherEvent(time: 2, compartment: 2, line: 5, precedingDoses: 1, precedingObservations: 1),
      ])
    #expect(dataset.report.otherEventRows == 0)
    var order: [Occasion.Happening] = []
    occasion.forEachHappening { order.append($0) }
    #expect(order == [.dose(0), .other(0), .observation(0), .other(1), .dose(1), .observation(1)])
  }

  @Test("what turns nothing on or off is not used and counted; a reset turns all on")
  func needless() throws {
    let dataset = try read(
      """
      ID,TIME,AMT,DV,EVID,CMT
      1,0,5,.,1,1
      1,1,.,.,2,1
      1,1,.,.,2,-2
      1,1,.,.,2,-2
      1,2,.,3,0,1
      1,0,.,.,3,.
      1,0,.,.,2,2
      1,0,.,.,2,.
      1,0,5,.,1,1
      1,1,.,3,0,1
      1,9,.,.,2,-1
      """)
    #expect(dataset.subjects[0].occasions[0].others.map(\.compartment) == [-2])
    // The last one is after all observations.
    #expect(dataset.subjects[0].occasions[1].others == [])
    #expect(dataset.report.otherEventRows == 4)
  }

  @Test("a compartment is turned off again where a dose may have turned it on")
  func again() throws {
    func kept(_ cmt: String) throws -> [Int] {
      try read(
        """
        ID,TIME,AMT,DV,EVID,CMT
        1,0,.,.,2,-1
        1,1,5,.,1,\(cmt)
        1,2,.,.,2,-1
        1,3,.,.,2,1
        1,4,.,.,2,1
        1,9,.,3,0,1
        """
      ).subjects[0].occasions[0].others.map(\.compartment)
    }
    #expect(try kept("1") == [-1, -1, 1])
    #expect(try kept("0") == [-1, -1, 1])
    #expect(try kept("2") == [-1, 1])
  }

  @Test("an occasion begins at its first row, which is told if nothing else happens there")
  func starts() throws {
    func starts(_ rows: String) throws -> [Double?] {
      try read("ID,TIME,AMT,DV,EVID\n" + rows).subjects[0].occasions.map(\.start)
    }
    #expect(try starts("1,0,5,.,1\n1,1,.,3,0\n") == [nil])
    #expect(try starts("1,-1,.,.,2\n1,0,5,.,1\n1,1,.,3,0\n") == [-1])
    #expect(
      try starts("1,0,.,.,2\n1,0,5,.,1\n1,1,.,3,0\n1,20,.,.,3\n1,24,5,.,1\n1,25,.,3,0") == [
        nil, 20,
      ])
    #expect(try starts("1,1,.,3,0\n1,0,5,.,4\n1,1,.,3,0\n") == [nil, nil])
  }
}

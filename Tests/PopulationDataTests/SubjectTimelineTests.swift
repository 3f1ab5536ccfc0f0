import PopulationData
import Testing

@Suite("doses, resets and additional doses")
struct SubjectTimelineTests {
  /// Times of doses, and the number of doses before each observation, by occasion.
  private func timeline(_ rows: String) throws -> [(doses: [Double], preceding: [Int])] {
    let dataset = try read("ID,TIME,AMT,DV,EVID,MDV,ADDL,II\n" + rows)
    return dataset.subjects[0].occasions.map {
      ($0.doses.map(\.time), $0.observations.map(\.precedingDoses))
    }
  }

  @Test("at equal times the order of the rows decides")
  func equalTimes() throws {
    let occasions = try timeline(
      "1,0,.,1,0,0,.,.\n1,0,5,.,1,1,.,.\n1,0,.,1,0,0,.,.\n1,0,6,.,1,1,.,.\n1,0,.,1,0,0,.,.\n")
    #expect(occasions[0].preceding == [0, 1, 2])
  }

  @Test("the guide's example of additional doses gives doses at 10, 20, 22 and 34")
  func guideExample() throws {
    let occasions = try timeline(
      "1,10,15,.,1,1,2,12\n1,15,.,25.7,0,0,.,.\n1,20,10,.,1,1,0,0\n1,36,.,30.2,0,0,.,.\n")
    #expect(occasions[0].doses == [10, 20, 22, 34])
    #expect(occasions[0].preceding == [1, 4])
  }

  @Test("an additional dose comes before rows of the same time")
  func additionalAtEqualTime() throws {
    let occasions = try timeline(
      "1,0,15,.,1,1,2,12\n1,12,.,2,0,0,.,.\n1,24,7,.,1,1,.,.\n1,24,.,2,0,0,.,.\n")
    #expect(occasions[0].doses == [0, 12, 24, 24])
    #expect(occasions[0].preceding == [2, 4])
  }

  @Test("times that differ by rounding only are the same time")
  func roundedTimes() throws {
    #expect(0.1 + 2 * 0.1 > 0.3)
    let occasions = try timeline("1,0.1,5,.,1,1,2,0.1\n1,0.3,.,2,0,0,.,.\n")
    #expect(occasions[0].doses == [0.1, 0.2, 0.3])
    #expect(occasions[0].preceding == [3])
  }

  @Test("times that differ by more than rounding are two times")
  func distinctTimes() throws {
    let occasions = try timeline("1,0,5,.,1,1,1,1\n1,0.999999999999,.,2,0,0,.,.\n")
    #expect(occasions[0].preceding == [1])
  }

  @Test("two series of additional doses run side by side in the order of time")
  func twoSeries() throws {
    let dataset = try read(
      "ID,TIME,AMT,DV,ADDL,II\n1,0,1,.,3,2\n1,1,2,.,1,3\n1,10,.,5,.,.\n")
    let occasion = dataset.subjects[0].occasions[0]
    #expect(occasion.doses.map(\.time) == [0, 1, 2, 4, 4, 6])
    #expect(occasion.doses.map(\.amount) == [1, 2, 1, 1, 2, 1])
    #expect(occasion.doses.map(\.line) == [2, 3, 2, 2, 3, 2])
    #expect(occasion.observations[0].precedingDoses == 6)
  }

  @Test("additional doses after the last row are given in full")
  func afterLastRow() throws {
    let occasions = try timeline("1,0,5,.,1,1,3,1\n1,1.5,.,2,0,0,.,.\n")
    #expect(occasions[0].doses == [0, 1, 2, 3])
    #expect(occasions[0].preceding == [2])
  }

  @Test("a reset ends additional doses and begins an occasion, where time may restart")
  func reset() throws {
    let occasions = try timeline(
      "1,0,5,.,1,1,9,1\n1,1.5,.,2,0,0,.,.\n1,0,.,.,3,1,.,.\n1,0.5,.,2,0,0,.,.\n")
    #expect(occasions.count == 2)
    #expect(occasions[0].doses == [0, 1])
    #expect(occasions[1].doses.isEmpty)
    #expect(occasions[1].preceding == [0])
  }

  @Test("a reset with a dose gives the dose to the new occasion")
  func resetAndDose() throws {
    let occasions = try timeline(
      "1,0,5,.,4,1,.,.\n1,1,.,2,0,0,.,.\n1,0,7,.,4,1,1,2\n1,3,.,2,0,0,.,.\n")
    #expect(occasions.map(\.doses) == [[0], [0, 2]])
    #expect(occasions.map(\.preceding) == [[1], [2]])
  }

  @Test("a reset at a later time leaves the additional doses before it in their occasion")
  func laterReset() throws {
    let occasions = try timeline(
      "1,0,5,.,1,1,9,1\n1,1.5,.,2,0,0,.,.\n1,3,.,.,3,1,.,.\n1,4,.,2,0,0,.,.\n")
    #expect(occasions[0].doses == [0, 1, 2, 3])
    #expect(occasions[1].preceding == [0])
  }

  @Test("TIME of rows with EVID 2 gives additional doses no other order")
  func otherEvents() throws {
    let occasions = try timeline(
      "1,0,5,.,1,1,2,1\n1,1,.,.,2,1,.,.\n1,1,.,2,0,0,.,.\n1,3,.,2,0,0,.,.\n")
    #expect(occasions[0].doses == [0, 1, 2])
    #expect(occasions[0].preceding == [2, 3])
  }
}

import PopulationData
import Testing

@Suite("all records of a file with all their columns")
struct DataRecordsTests {
  private func records(_ text: String, format: DatasetFormat = .standard) throws -> DataRecords {
    try DataRecords(bytes: Array(text.utf8), name: "a.csv", format: format)
  }

  @Test(
    "doses, observations and other rows stand in the order of the file; what is ignored does not")
  func rows() throws {
    let found = try records(
      """
      ID,TIME,AMT,CONC,EVID,WT
      1,0,100,.,1,70
      1,1,.,5.5,0,71
      #1,2,.,5,0,71
      1,3,.,.,2,x
      2,0,50,.,1,60
      1,0,100,.,1,80
      1,1,.,4,0,80

      """,
      format: DatasetFormat(columns: ["DV": "CONC"]))
    #expect(found.columns == ["ID", "TIME", "AMT", "DV", "EVID", "CONC", "WT"])
    #expect(found.records.map(\.line) == [2, 3, 5, 6, 7, 8])
    // An ID that returns is another individual.
    #expect(found.records.map(\.individual) == [0, 0, 0, 1, 2, 2])
    #expect(found.records.map(\.id) == ["1", "1", "1", "2", "1", "1"])
    #expect(found.records[0].values == [1, 0, 100, 0, 1, 0, 70])
    #expect(found.records[1].values == [1, 1, 0, 5.5, 0, 5.5, 71])
    #expect(found.records[2].values[6] == 0 && found.records[2].time == 3)
  }

  @Test("clock times are hours from the individual's first row")
  func clock() throws {
    let found = try records(
      """
      ID,TIME,AMT,DV
      1,8:30,100,.
      1,10:00,.,5
      1,11:00,100,.

      """)
    #expect(found.records.map(\.time) == [0, 1.5, 2.5])
  }

  @Test("columns are known from the header alone")
  func columns() throws {
    let names = try DataRecords.columns(
      bytes: Array("id,time,dv,Wt\n1,0,1,70\n".utf8), name: "a.csv", format: .standard)
    #expect(names == ["ID", "TIME", "DV", "WT"])
  }
}

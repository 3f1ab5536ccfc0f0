import DataPartition
import JobControl
import MessagePassing
import PopulationData
import Testing

@Suite("what check tells of a data set")
struct DataContentTests {
  private static let text = """
    ID,TIME,AMT,DV,EVID,CMT,RATE,SS,II,DVID,CENS,WT
    1,0,100,.,1,1,50,1,12,.,.,70
    1,1,.,5,0,.,.,.,.,1,0,70
    2,0,100,.,1,1,-2,0,.,.,.,60
    2,1,.,5,0,.,.,.,.,7,1,60
    2,1,.,.,2,-1,.,.,.,.,.,60
    2,2,.,5,0,.,.,.,.,3,-1,60
    3,0,100,.,1,1,0,0,.,.,.,50
    3,2,.,5,0,.,.,.,.,1,1,50

    """

  @Test(
    "infusions, steady states, censored values, outputs and covariates are counted on all ranks",
    arguments: [1, 2, 3])
  func counts(ranks: Int) throws {
    let results = ThreadCommunicator.run(ranks: ranks) { communicator in
      let share = try DatasetShare.read(
        bytes: Array(Self.text.utf8), name: "t.csv",
        format: DatasetFormat(covariates: [CovariateColumn("WT")]), communicator: communicator)
      return try DataContent(share, covariates: ["WT"], communicator: communicator)
    }
    for result in results {
      let content = try result.get()
      #expect(content.doses == 3)
      #expect(
        content.lines() == [
          "2 infusions", "1 steady-state dose", "3 censored observations: below 5, above 5",
          "compartments are turned on or off 1 time", "3 outputs (DVID): 1, 3, 7",
          "1 covariate: WT",
        ])
    }
  }

  @Test("of a simple data set nothing is told")
  func simple() throws {
    let results = ThreadCommunicator.run(ranks: 2) { communicator in
      let share = try DatasetShare.read(
        bytes: Array("ID,TIME,AMT,DV\n1,0,5,.\n1,1,.,2\n2,1,.,2\n".utf8), name: "t.csv",
        communicator: communicator)
      return try DataContent(share, covariates: [], communicator: communicator)
    }
    for result in results { #expect(try result.get().lines() == []) }
  }
}

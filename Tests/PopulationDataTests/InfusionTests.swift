import PopulationData
import Testing

@Suite("infusions and steady states")
struct InfusionTests {
  private func doses(_ columns: String, _ rows: String) throws -> [DoseRecord] {
    try read(
      "ID,TIME,AMT,DV,\(columns)\n\(rows)\n1,99,.,1\(columns.map { $0 == "," ? ",." : "" }.joined()),.\n"
    )
    .subjects[0].occasions.flatMap(\.doses)
  }

  @Test(
    "RATE says how a dose enters: 0 at once, above 0 at that rate, -1 and -2 as the model has it")
  func rates() throws {
    let doses = try doses("RATE", "1,0,5,.,0\n1,1,5,.,2.5\n1,2,5,.,-1\n1,3,5,.,-2\n1,4,5,.,.")
    #expect(
      doses.map(\.entry) == [.bolus, .rate(2.5), .modelledRate, .modelledDuration, .bolus])
    #expect(doses.map(\.isInfusion) == [false, true, true, true, false])
    #expect(doses.allSatisfy { $0.steadyState == .none && $0.interval == 0 })
  }

  @Test("DUR says how long an infusion takes, and beside it RATE may say the same, up to rounding")
  func durations() throws {
    let doses = try doses(
      "DUR,RATE", "1,0,100,.,2,0\n1,1,100,.,0,50\n1,2,100,.,3,33.333\n1,3,100,.,.,.")
    #expect(doses.map(\.entry) == [.duration(2), .rate(50), .rate(33.333), .bolus])
  }

  @Test("without EVID a row with RATE, DUR or SS gives a dose even if it has no amount")
  func inferredEvent() throws {
    let doses = try doses("RATE,SS", "1,0,.,.,10,1\n1,1,0,.,10,2")
    #expect(doses.map(\.amount) == [0, 0])
    #expect(doses.map(\.entry) == [.rate(10), .rate(10)])
    #expect(doses.map(\.steadyState) == [.replace, .add])
  }

  @Test(
    "all kinds of steady states",
    arguments: [
      ("100,.,1,12,0,0", DoseRecord.Entry.bolus, 12.0),
      ("100,.,1,12,10,0", .rate(10), 12),
      // Longer than the interval, so that infusions overlap.
      ("100,.,1,12,5,0", .rate(5), 12),
      ("100,.,1,12,-1,0", .modelledRate, 12),
      ("100,.,1,12,-2,0", .modelledDuration, 12),
      ("100,.,1,12,0,3", .duration(3), 12),
      ("0,.,1,0,10,0", .rate(10), 0),
      (".,.,1,.,10,.", .rate(10), 0),
    ])
  func steadyStates(row: String, entry: DoseRecord.Entry, interval: Double) throws {
    for number in [1, 2] {
      let fields = row.split(separator: ",").map(String.init)
      let text = ([fields[0], fields[1], "\(number)"] + fields[3...]).joined(separator: ",")
      let dataset = try read(
        "ID,TIME,AMT,DV,SS,II,RATE,DUR\n1,0,\(text)\n1,99,.,1,.,.,.,.\n")
      let dose = dataset.subjects[0].occasions[0].doses[0]
      #expect(dose.entry == entry && dose.interval == interval)
      #expect(dose.steadyState == (number == 1 ? .replace : .add))
      #expect(dataset.subjects[0].doseCount == 1)
    }
  }

  @Test("a steady state goes on by ADDL with ordinary doses of the same kind")
  func continued() throws {
    let doses = try doses("SS,II,ADDL,RATE", "1,0,100,.,1,12,2,50")
    #expect(doses.map(\.time) == [0, 12, 24])
    #expect(doses.map(\.steadyState) == [.replace, .none, .none])
    #expect(doses.map(\.interval) == [12, 0, 0])
    #expect(doses.allSatisfy { $0.entry == .rate(50) })
  }

  @Test("SS 1 ends additional doses still to come, after those of its time; SS 2 does not")
  func cancelled() throws {
    let replacing = try doses("SS,II,ADDL", "1,0,1,.,0,12,5\n1,24,2,.,1,12,0")
    #expect(replacing.map(\.time) == [0, 12, 24, 24])
    #expect(replacing.map(\.amount) == [1, 1, 1, 2])
    let adding = try doses("SS,II,ADDL", "1,0,1,.,0,12,5\n1,24,2,.,2,12,0")
    #expect(adding.map(\.time) == [0, 12, 24, 24, 36, 48, 60])
  }

  @Test("doses and observations may be of any compartment, observations of any output")
  func compartmentsAndOutputs() throws {
    let dataset = try read(
      "ID,TIME,AMT,DV,CMT,DVID\n1,0,5,.,7,1\n1,1,.,2,3,2\n1,2,.,2,.,.\n1,3,.,2,1,0\n")
    let occasion = dataset.subjects[0].occasions[0]
    #expect(occasion.doses[0].compartment == 7)
    #expect(occasion.observations.map(\.compartment) == [3, 0, 1])
    #expect(occasion.observations.map(\.output) == [2, 0, 0])
    let named = try read(
      "ID,TIME,DV,YTYPE,DVID\n1,0,5,3,none\n", DatasetFormat(columns: ["DVID": "YTYPE"]))
    #expect(named.subjects[0].occasions[0].observations[0].output == 3)
    #expect(named.report.unusedColumns == ["DVID"])
  }
}

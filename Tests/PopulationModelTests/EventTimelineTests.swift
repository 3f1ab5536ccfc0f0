import PopulationData
import PopulationModel
import Testing

@Suite("timelines of subjects")
struct EventTimelineTests {
  private func timeline(_ text: String, _ covariates: [CovariateColumn] = []) throws
    -> EventTimeline
  {
    let dataset = try DatasetReader.read(
      bytes: Array(text.utf8), name: "t.csv", format: DatasetFormat(covariates: covariates))
    return EventTimeline(dataset.subjects[0])
  }

  @Test("doses of all kinds, observations, switches and resets are in the order of the rows")
  func order() throws {
    let timeline = try timeline(
      """
      ID,TIME,AMT,DV,EVID,CMT,RATE,SS,II,ADDL,DVID
      1,0,100,.,1,1,0,1,12,2,.
      1,1,.,5,0,2,.,.,.,.,3
      1,2,.,.,2,-2,.,.,.,.,.
      1,12,.,6,0,.,.,.,.,.,.
      1,13,0,.,1,2,10,2,.,.,.
      1,30,.,.,3,.,.,.,.,.,.
      1,31,50,.,1,.,-2,.,.,.,.
      1,32,.,7,0,.,.,.,.,.,.
      1,0,20,.,4,.,-1,.,.,.,.
      1,1,.,8,0,.,.,.,.,.,.
      """)
    typealias Event = EventTimeline.Event
    #expect(
      timeline.events == [
        Event(time: 0, action: .dose(0)), Event(time: 1, action: .observe(0)),
        Event(time: 2, action: .turn(compartment: 2, isOn: false)),
        Event(time: 12, action: .dose(1)), Event(time: 12, action: .observe(1)),
        Event(time: 13, action: .dose(2)), Event(time: 24, action: .dose(3)),
        Event(time: 30, action: .reset), Event(time: 31, action: .dose(4)),
        Event(time: 32, action: .observe(2)), Event(time: 0, action: .reset),
        Event(time: 0, action: .dose(5)), Event(time: 1, action: .observe(3)),
      ])
    typealias Dose = EventTimeline.Dose
    #expect(
      timeline.doses == [
        Dose(amount: 100, compartment: 1, steadyState: .replace, interval: 12),
        Dose(amount: 100, compartment: 1),
        Dose(amount: 0, entry: .rate(10), compartment: 2, steadyState: .add),
        Dose(amount: 100, compartment: 1), Dose(amount: 50, entry: .modelledDuration),
        Dose(amount: 20, entry: .modelledRate),
      ])
    #expect(
      timeline.observations == [
        .init(output: 3, compartment: 2), .init(), .init(), .init(),
      ])
    #expect(timeline.covariates == [[]])
  }

  @Test("a duration of the data stays one, as bioavailability changes its rate and not its end")
  func duration() throws {
    let timeline = try timeline("ID,TIME,AMT,DV,DUR\n1,0,100,.,2\n1,1,.,5,.\n")
    #expect(timeline.doses[0].entry == .duration(2))
  }

  @Test("an event has the row of its interval, an additional dose besides that of its record")
  func covariates() throws {
    let rows = """
      ID,TIME,AMT,DV,ADDL,II,WT
      1,0,5,.,2,10,70
      1,15,.,2,.,.,71
      1,25,.,2,.,.,72

      """
    let backward = try timeline(rows, [CovariateColumn("WT")])
    func values(_ timeline: EventTimeline) -> [Double] {
      timeline.events.map { timeline.covariates[$0.covariates][0] }
    }
    #expect(backward.events.map(\.time) == [0, 10, 15, 20, 25])
    #expect(values(backward) == [70, 71, 71, 72, 72])
    #expect(backward.doses.map { backward.covariates[$0.covariates] } == [[70], [70], [70]])
    let forward = try timeline(rows, [CovariateColumn("WT", carry: .forward)])
    // The old value holds up to the row, the new one at it.
    #expect(forward.events.map(\.time) == [0, 10, 15, 15, 20, 25, 25])
    #expect(values(forward) == [70, 70, 70, 71, 71, 71, 72])
    #expect(forward.events[2].action == .pass && forward.events[5].action == .pass)
  }

  @Test("a subject begins at its first row, an occasion at its reset")
  func starts() throws {
    let timeline = try timeline(
      """
      ID,TIME,AMT,DV,EVID,WT
      1,-2,.,.,2,70
      1,0,5,.,1,70
      1,1,.,2,0,70
      1,5,.,.,3,75
      1,6,.,2,0,76
      """, [CovariateColumn("WT")])
    #expect(timeline.events.map(\.time) == [-2, 0, 1, 5, 5, 6])
    #expect(
      timeline.events.map(\.action) == [.pass, .dose(0), .observe(0), .reset, .pass, .observe(1)])
    #expect(
      timeline.events.map { timeline.covariates[$0.covariates][0] } == [70, 70, 70, 75, 75, 76])
  }
}

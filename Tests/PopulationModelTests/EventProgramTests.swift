import PopulationData
import PopulationModel
import Testing

@Suite("Event programs")
struct EventProgramTests {
  @Test("events keep the order of the data set, with resets between occasions")
  func order() {
    let subject = Subject(
      id: "1", index: 0,
      occasions: [
        Occasion(
          doses: [
            DoseRecord(time: 1, amount: 10), DoseRecord(time: 3, amount: 20),
            DoseRecord(time: 3, amount: 30), DoseRecord(time: 9, amount: 40),
          ],
          observations: [
            Observation(time: 0, value: 0.5, precedingDoses: 0),
            // Before the doses of its time, and after them.
            Observation(time: 3, value: 1.5, precedingDoses: 1),
            Observation(time: 3, value: 2.5, precedingDoses: 3),
          ]),
        // Clocks may start again.
        Occasion(
          doses: [DoseRecord(time: 2, amount: 50)],
          observations: [Observation(time: 2.5, value: 3.5, precedingDoses: 1)]),
      ])
    let program = EventProgram(subject, for: OneCompartmentBolus(.volumeAndRate))
    #expect(program.observed == [0.5, 1.5, 2.5, 3.5])
    let found = program.steps.map { "\($0.elapsed) \($0.amount) \($0.action)" }
    #expect(
      found == [
        "0.0 0.0 observe", "1.0 10.0 dose", "2.0 0.0 observe", "0.0 20.0 dose", "0.0 30.0 dose",
        "0.0 0.0 observe", "0.0 0.0 reset", "0.0 50.0 dose", "0.5 0.0 observe",
      ])
  }

  @Test("doses after the last observation are left out")
  func lateDoses() {
    let subject = Subject(
      id: "1", index: 0,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0, amount: 10), DoseRecord(time: 5, amount: 20)],
          observations: [Observation(time: 1, value: 7, precedingDoses: 1)])
      ])
    #expect(
      EventProgram(subject, for: OneCompartmentBolus(.volumeAndRate)).steps.map(\.action) == [
        .dose, .observe,
      ])
  }

  @Test("a subject without events has an empty program")
  func empty() {
    let program = EventProgram(
      Subject(id: "1", index: 0, occasions: []), for: OneCompartmentBolus(.volumeAndRate))
    #expect(program.steps.isEmpty)
    #expect(program.observed.isEmpty)
  }
}

import Foundation
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("One-compartment bolus model")
struct OneCompartmentBolusTests {
  static let times = stride(from: 0.0, through: 24, by: 0.5).map { $0 }

  /// One to three occasions with doses and observations at random times, several of them equal.
  static func subject(_ number: Int) -> Subject {
    let random = RandomAddress(key: 11, purpose: .simulatedEffects, subject: number)
    var draw = 0
    func uniform() -> Double {
      draw += 1
      return random.uniform(sample: draw, dimension: 0)
    }
    func pick(_ count: Int) -> Int { min(count - 1, Int(uniform() * Double(count))) }
    let occasions = (0...pick(3)).map { _ in
      var events = (0..<12).map { _ in (time: times[pick(times.count)], isDose: uniform() < 0.4) }
      // Stable by time: at equal times the order is that of the rows.
      events = events.enumerated().sorted {
        ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
      }.map(\.element)
      var occasion = Occasion(doses: [], observations: [])
      for event in events {
        if event.isDose {
          occasion.doses.append(DoseRecord(time: event.time, amount: 10 + 90 * uniform()))
        } else {
          occasion.observations.append(
            Observation(
              time: event.time, value: uniform(), precedingDoses: occasion.doses.count))
        }
      }
      return occasion
    }
    return Subject(id: "\(number)", index: number, occasions: occasions)
  }

  /// h of all observations, by `count` vectors of parameters whose lane l is scaled by 1 + l/8.
  static func predict(
    _ model: OneCompartmentBolus, _ subject: Subject, _ parameters: [[Lanes]]
  ) -> [[Lanes]] {
    let count = parameters[0].count
    let flat = parameters.flatMap { $0 }
    let program = EventProgram(subject, for: OneCompartmentBolus(.volumeAndRate))
    var predictions = [Lanes](
      repeating: Lanes.all(.nan), count: program.observed.count * count)
    model.predict(program, parameters: flat, count: count, predictions: &predictions)
    return (0..<program.observed.count).map { j in
      (0..<count).map { predictions[j * count + $0] }
    }
  }

  static let lanes = Lanes(1, 1.125, 1.25, 1.375, 1.5, 1.625, 1.75, 1.875)

  @Test("predictions are the sum over the doses since the last reset", arguments: 0..<40)
  func superposition(number: Int) {
    let subject = Self.subject(number)
    let volumes = [Lanes.all(20), 7 * Self.lanes, 30 / Self.lanes]
    let rates = [0.1 * Self.lanes, Lanes.all(0.6), 0.02 * Self.lanes]
    let predictions = Self.predict(
      OneCompartmentBolus(.volumeAndRate), subject, [volumes, rates])
    var j = 0
    for occasion in subject.occasions {
      for observation in occasion.observations {
        for v in 0..<3 {
          for lane in 0..<8 {
            let exact = occasion.doses.prefix(observation.precedingDoses).reduce(0) {
              $0 + $1.amount / volumes[v][lane]
                * Foundation.exp(-rates[v][lane] * (observation.time - $1.time))
            }
            #expect(abs(predictions[j][v][lane] - exact) <= 1e-13 * exact)
          }
        }
        j += 1
      }
    }
    #expect(j == predictions.count)
  }

  @Test("(CL, V) and (V, k = CL/V) predict the same", arguments: 0..<10)
  func parameterizations(number: Int) {
    let subject = Self.subject(number)
    let volumes = [20 * Self.lanes, Lanes.all(8)]
    let clearances = [Lanes.all(3), 0.5 * Self.lanes]
    let rates = zip(clearances, volumes).map { $0 / $1 }
    #expect(
      Self.predict(OneCompartmentBolus(.clearanceAndVolume), subject, [clearances, volumes])
        == Self.predict(OneCompartmentBolus(.volumeAndRate), subject, [volumes, rates]))
  }

  @Test("a negative volume and a negative rate are taken literally")
  func literal() {
    let subject = Subject(
      id: "1", index: 0,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0, amount: 100)],
          observations: [Observation(time: 2, value: 1, precedingDoses: 1)])
      ])
    let h = Self.predict(
      OneCompartmentBolus(.volumeAndRate), subject, [[Lanes.all(-5)], [Lanes.all(-0.3)]])
    #expect(abs(h[0][0][3] - -20 * Foundation.exp(0.6)) < 1e-13 * 37)
    let infinite = Self.predict(
      OneCompartmentBolus(.volumeAndRate), subject, [[Lanes.all(0)], [Lanes.all(0.3)]])
    #expect(!infinite[0][0][0].isFinite)
  }

  @Test("the parameters have names and kinds in the same order")
  func names() {
    let a = OneCompartmentBolus(.volumeAndRate)
    #expect(a.parameterNames == ["V", "k"])
    #expect(a.parameterKinds == [.volume, .rate])
    let b = OneCompartmentBolus(.clearanceAndVolume)
    #expect(b.parameterNames == ["CL", "V"])
    #expect(b.parameterKinds == [.clearance, .volume])
  }

  @Test("only compartment 1, by name or as the default, exists")
  func compartments() throws {
    let model = OneCompartmentBolus(.volumeAndRate)
    func subject(dose: Int, observation: Int) -> Subject {
      Subject(
        id: "A7", index: 0,
        occasions: [
          Occasion(
            doses: [DoseRecord(time: 0, amount: 1, compartment: dose, line: 4)],
            observations: [
              Observation(
                time: 1, value: 1, compartment: observation, line: 5, precedingDoses: 1)
            ])
        ])
    }
    for good in [0, 1] {
      try model.validate(subject(dose: good, observation: 1 - good), residual: .proportional)
    }
    #expect(throws: ModelError.compartment(subject: "A7", line: 4, found: 2, isDose: true)) {
      try model.validate(subject(dose: 2, observation: 0), residual: .additive)
    }
    #expect(throws: ModelError.compartment(subject: "A7", line: 5, found: 3, isDose: false)) {
      try model.validate(subject(dose: 1, observation: 3), residual: .additive)
    }
    #expect(throws: ModelError.compartment(subject: "A7", line: 4, found: -1, isDose: true)) {
      try model.validate(subject(dose: -1, observation: 1), residual: .additive)
    }
  }

  @Test("an observation before any dose is refused under proportional error only")
  func beforeDose() throws {
    let model = OneCompartmentBolus(.clearanceAndVolume)
    let subject = Subject(
      id: "12", index: 0,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0.5, amount: 1)],
          observations: [Observation(time: 0.25, value: 0, line: 9, precedingDoses: 0)])
      ])
    try model.validate(subject, residual: .additive)
    #expect(
      throws: ModelError.observationBeforeDose(subject: "12", line: 9, time: 0.25, .proportional)
    ) {
      try model.validate(subject, residual: .proportional)
    }
  }

  @Test("what is no bolus and no measured value is refused, and the remedy told")
  func unfollowed() throws {
    let model = OneCompartmentBolus(.volumeAndRate)
    let dose = DoseRecord(time: 0, amount: 1, line: 4)
    let observation = Observation(time: 1, value: 1, line: 5, precedingDoses: 1, output: 1)
    func refusal(
      _ dose: DoseRecord, _ observation: Observation, _ others: [OtherEvent] = []
    ) -> ModelError? {
      do throws(ModelError) {
        let occasion = Occasion(doses: [dose], observations: [observation], others: others)
        try model.validate(
          Subject(id: "A7", index: 0, occasions: [occasion]), residual: .additive)
        return nil
      } catch { return error }
    }
    func off(_ compartment: Int) -> OtherEvent {
      OtherEvent(
        time: 1, compartment: compartment, line: 6, precedingDoses: 1, precedingObservations: 0)
    }
    #expect(refusal(dose, observation, [off(0)]) == nil)
    var infusion = dose
    for entry in [DoseRecord.Entry.rate(2), .duration(2), .modelledRate, .modelledDuration] {
      infusion.entry = entry
      #expect(
        refusal(infusion, observation) == .unfollowed(subject: "A7", line: 4, .infusion))
    }
    var steady = dose
    steady.steadyState = .add
    #expect(refusal(steady, observation) == .unfollowed(subject: "A7", line: 4, .steadyState))
    #expect(
      refusal(dose, observation, [off(-1)])
        == .unfollowed(subject: "A7", line: 6, .turnedOff(1)))
    // What is known of a value is no matter of the structural model.
    let censored = Observation(
      time: 1, value: 1, line: 5, precedingDoses: 1, censoring: .below(lower: 0))
    #expect(refusal(dose, censored) == nil)
    var other = observation
    other.output = 2
    #expect(refusal(dose, other) == .unfollowed(subject: "A7", line: 5, .output(2)))
    #expect(
      refusal(infusion, observation)?.description
        == "subject A7: the dose is an infusion (RATE, DUR), beyond the boluses of this model; use "
        + "the structure `one-compartment`, which takes infusions and steady states, or leave the "
        + "row out with `ignore`.")
    #expect(
      refusal(dose, other)?.description
        == "subject A7: the observation is of output 2 (DVID), and this model has one output only; "
        + "leave the rows of other outputs out with `ignore`, or use a model that has them.")
  }
}

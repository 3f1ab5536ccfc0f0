import PopulationModel
import Testing

@Suite("Errors of models")
struct StructuralModelTests {
  @Test("messages name the subject, what was found and the remedy")
  func messages() {
    let dose = ModelError.compartment(subject: "A7", line: 4, found: 2, isDose: true)
    #expect(dose.line == 4)
    #expect(
      dose.description
        == "subject A7: CMT of a dose is 2, expected 0 or 1, the only compartment of this model; "
        + "correct CMT or leave the row out with `ignore`.")
    let observation = ModelError.compartment(subject: "A7", line: 5, found: 3, isDose: false)
    #expect(observation.description.hasPrefix("subject A7: CMT of an observation is 3, expected"))
    let early = ModelError.observationBeforeDose(subject: "12", line: 9, time: 0.25, .proportional)
    #expect(early.line == 9)
    #expect(
      early.description
        == "subject 12: the observation at TIME 0.25 stands before the first dose, where the "
        + "model predicts 0, which proportional error cannot explain; leave the row out with "
        + "`ignore`, set its MDV to 1, write it as below the limit of quantification (CENS 1), or "
        + "use `residual-error: additive`.")
  }
}

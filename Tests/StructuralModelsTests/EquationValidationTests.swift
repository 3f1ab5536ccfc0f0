import PopulationData
import PopulationModel
import StructuralModels
import Testing

@Suite("What models of equations refuse")
struct EquationValidationTests {
  private func subject(doseCompartment: Int = 0) -> Subject {
    Subject(
      id: "7", index: 0,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0, amount: 100, compartment: doseCompartment, line: 2)],
          observations: [Observation(time: 1, value: 3, line: 3, precedingDoses: 1)])
      ])
  }

  private func message(_ model: EquationModel, _ subject: Subject) -> String? {
    do {
      try model.validate(subject, residual: .proportional)
      return nil
    } catch {
      return "\(error.line.map(String.init) ?? "-"): \(error)"
    }
  }

  @Test("a dose into a compartment that the equations do not have")
  func compartments() throws {
    let model = try EquationModel(
      "d/dt(gut) = -ka * gut; d/dt(blood) = ka * gut - k * blood; cp = blood / V",
      parameters: ["ka", "k", "V"])
    #expect(message(model, subject()) == nil)
    #expect(message(model, subject(doseCompartment: 2)) == nil)
    #expect(
      message(model, subject(doseCompartment: 3))
        == "2: subject 7: CMT of a dose is 3, expected 1 (gut), 2 (blood), or 0 for 1; correct CMT, or add the compartment to the equations."
    )
  }

  @Test("observations without DVID where there are several outputs")
  func outputs() throws {
    let text = "C = dose / V * exp(-k * t); E = C^2"
    let one = try EquationModel(text, parameters: ["V", "k"], outputs: ["C"])
    #expect(message(one, subject()) == nil)
    let two = try EquationModel(
      text, parameters: ["V", "k"], outputs: ["C", "E"], outputNumbers: [1, 4])
    #expect(
      message(two, subject())
        == "3: subject 7: an observation has no DVID, and the model has 2 outputs: 1 (C), 4 (E); add a column DVID."
    )
  }

  @Test("kinds of parameters follow from their names, unless they are given")
  func kinds() throws {
    let text = "d/dt(A) = -CL / V * A - k * A; lag(A) = tlag; f(A) = F; C = A / V"
    let names = ["CL", "V", "k", "tlag", "F"]
    let guessed = try EquationModel(text, parameters: names)
    #expect(guessed.parameterKinds == [.clearance, .volume, .rate, .time, .fraction])
    let given = try EquationModel(
      text, parameters: names, kinds: [.rate, .rate, .rate, .rate, .rate])
    #expect(given.parameterKinds.allSatisfy { $0 == .rate })
  }
}

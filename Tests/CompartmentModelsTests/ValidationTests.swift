import CompartmentModels
import PopulationData
import PopulationModel
import Testing

@Suite("Subjects that a linear model cannot follow")
struct ValidationTests {
  static func message(
    _ name: String, _ parameters: [String], dose: Int = 0, observation: Int = 0, preceding: Int = 1,
    residual: ResidualErrorModel = .additive
  ) -> (line: Int?, text: String)? {
    let model = LinearModelTests.variants(name).first { $0.parameterNames == parameters }!
    let subject = Subject(
      id: "7", index: 0,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0, amount: 1, compartment: dose, line: 2)],
          observations: [
            Observation(
              time: 1, value: 1, compartment: observation, line: 3, precedingDoses: preceding)
          ])
      ])
    do {
      try model.validate(subject, residual: residual)
      return nil
    } catch { return (error.line, "\(error)") }
  }

  @Test("compartments that there are pass, in volumes and in rate constants")
  func accepted() {
    for dose in 0...4 {
      for observation in [0, 2, 3, 4] {
        #expect(
          Self.message(
            "three-compartment oral", ["CL", "V1", "Q2", "V2", "Q3", "V3", "ka"], dose: dose,
            observation: observation) == nil)
        #expect(
          Self.message(
            "three-compartment oral", ["V", "k", "k12", "k21", "k13", "k31", "ka"], dose: dose,
            observation: observation) == nil)
      }
    }
  }

  @Test("others are refused with the line, what was expected and what to do")
  func refused() {
    let oral = Self.message("one-compartment oral", ["V", "k", "ka"], dose: 3)
    #expect(oral?.line == 2)
    #expect(
      oral?.text == """
        subject 7: CMT of a dose is 3, expected 1, the depot; or 2, the central compartment, or 0 for 1; \
        correct CMT or leave the row out with `ignore`.
        """)
    let depot = Self.message(
      "two-compartment oral", ["V", "k", "k12", "k21", "ka"], observation: 1)
    #expect(depot?.line == 3)
    #expect(
      depot?.text == """
        subject 7: CMT of an observation is 1, the depot, which has no concentration; write 0 or 2 for the \
        central compartment, or leave the row out with `ignore`.
        """)
    let macro = Self.message("two-compartment", ["A", "alpha", "B", "beta"], observation: 2)
    #expect(
      macro?.text == """
        subject 7: CMT of an observation is 2, a peripheral compartment, about which the parameters \
        A, alpha, B, beta say nothing; use a set with volumes, or correct CMT.
        """)
    #expect(Self.message("one-compartment", ["V", "k"], dose: -1)?.line == 2)
    let early = Self.message(
      "one-compartment", ["V", "k"], preceding: 0, residual: .proportional)
    #expect(early?.line == 3)
    #expect(Self.message("one-compartment", ["V", "k"], preceding: 0) == nil)
  }
}

import Benchmarking
import Estimation
import PopulationData
import PopulationModel
import Testing

@Suite("Methods of the benchmarks")
struct FitMethodTests {
  @Test("the standard methods are known, and keep their names")
  func standardMethods() {
    for name in Fits.standardMethods + MemoryUse.standardMethods {
      #expect(FitMethod(name)?.name == name)
    }
  }

  @Test("the number is T, or the order of the quadrature")
  func samples() {
    #expect(FitMethod("paper-1000")?.samples == 1000)
    #expect(FitMethod("lattice-64")?.samples == 64)
    #expect(FitMethod("gauss-hermite-5")?.samples == 25)
    #expect(FitMethod("gauss-hermite-5", effectCount: 3)?.samples == 125)
    #expect(FitMethod("verified-gauss-hermite-5")?.samples == 25)
    #expect(FitMethod("described-gauss-hermite-5")?.samples == 25)
  }

  @Test(
    "what is no method, or not with this number, is refused",
    arguments: [
      "paper", "lattice-100", "sobol-8", "gauss-hermite-33", "newton-3", "-5", "paper-x",
      "verified-paper-1000", "described-scalar-1000", "verified-5",
    ])
  func refused(name: String) {
    #expect(FitMethod(name) == nil)
  }

  @Test("a limit of the iterations is kept", arguments: ["scalar-20", "paper-20", "lattice-16"])
  func limited(name: String) throws {
    let example = try PublishedExample()
    let method = try #require(FitMethod(name)).limited(to: 3)
    let outcome = try method.fit(example.model, example.dataset, from: example.start, seed: 1)
    #expect(outcome.expectationSteps == 4)
  }

  @Test("the plain code refuses data that its model does not describe")
  func scalarRefuses() throws {
    let example = try PublishedExample()
    var subjects = example.dataset.subjects
    let dose = subjects[3].occasions[0].doses[0]
    subjects[3].occasions[0].doses.append(dose)
    #expect(ScalarReference(.init(name: "two doses", subjects: subjects)) == nil)
  }

  @Test("models of the growth give data sets of the size that is asked for")
  func growthModels() throws {
    for model in GrowthModel.all {
      for components in 1...4 {
        let problem = try model.problem(subjects: 7, observations: 3, components: components)
        #expect(problem.dataset.subjects.count == 7)
        #expect(problem.dataset.observationCount == 21)
        #expect(problem.model.effectCount == model.effectCount)
        #expect(problem.truth.componentCount == components)
        #expect(
          problem.truth.alikeComponents(mixtureEffects: problem.model.mixtureEffects) == nil)
      }
    }
  }
}

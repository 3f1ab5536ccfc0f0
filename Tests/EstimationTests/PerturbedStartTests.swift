import Estimation
import NumericKernels
import PopulationModel
import Testing

@Suite("Other starts")
struct PerturbedStartTests {
  @Test(
    "the first start is what was given, the others differ from it and from each other",
    arguments: Example.all)
  func differ(example: Example) {
    let start = example.parameters
    #expect(start.perturbed(1, model: example.model, seed: 1) == start)
    let others = (2...6).map { start.perturbed($0, model: example.model, seed: 1) }
    for (i, a) in others.enumerated() {
      #expect(a != start)
      for b in others.dropFirst(i + 1) { #expect(a != b) }
      #expect(a == start.perturbed(i + 2, model: example.model, seed: 1))
      #expect(a != start.perturbed(i + 2, model: example.model, seed: 2))
    }
  }

  @Test(
    "they are possible: weights sum to 1, covariances are positive definite, what is shared stays shared",
    arguments: Example.all)
  func valid(example: Example) {
    let model = example.model
    for number in 2...20 {
      let start = example.parameters.perturbed(number, model: model, seed: 5)
      #expect(abs(start.weights.reduce(0, +) - 1) < 1e-12)
      #expect(start.weights.allSatisfy { $0 > 0 } && start.sigma2 > 0)
      for k in 0..<model.componentCount {
        #expect(CholeskyFactor(start.covariances[k]) != nil)
        for (j, effect) in model.effects.enumerated() where effect.membership == .shared {
          #expect(start.means[k][j] == start.means[0][j])
          #expect(start.covariances[k][j, j] == start.covariances[0][j, j])
        }
        if model.covarianceSharing == .equal {
          #expect(start.covariances[k] == start.covariances[0])
        }
      }
    }
  }

  @Test("what is fixed stays")
  func fixed() {
    let example = Example.all[0]
    var fixed = FixedParameters(
      componentCount: example.model.componentCount, effectCount: example.model.effectCount)
    fixed.weights = true
    fixed.residualVariance = true
    fixed.means[0][0] = true
    fixed.variances[0][0] = true
    let start = example.parameters.perturbed(3, model: example.model.with(fixed: fixed), seed: 1)
    #expect(start.weights == example.parameters.weights)
    #expect(start.residualVariance == example.parameters.residualVariance)
    #expect(start.means[0][0] == example.parameters.means[0][0])
    #expect(start.covariances[0][0, 0] == example.parameters.covariances[0][0, 0])
    #expect(start.means[1] != example.parameters.means[1])
  }
}

import Estimation
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Observed information")
struct ObservedInformationTests {
  /// Σ_i s_i with the envelopes as they are.
  private static func totalScore(
    _ step: ExpectationStep, _ example: Example, at parameters: PopulationParameters
  ) -> [Double] {
    _ = step.run(at: parameters, iteration: 2, envelopes: .unchanged)
    let function = ScoreFunction(free: FreeParameters(example.model), parameters: parameters)
    var total = [Double](repeating: 0, count: FreeParameters(example.model).count)
    for (i, subject) in example.dataset.subjects.enumerated() {
      let score = function.score(
        step.posterior(i), observationCount: subject.observationCount)
      for a in score.indices { total[a] += score[a] }
    }
    return total
  }

  @Test(
    "it is minus the derivative of the total score, for every pair of parameters",
    arguments: Example.all, [EstimationSettings.Nodes.lattice, .gaussHermite])
  func derivative(example: Example, nodes: EstimationSettings.Nodes) {
    var settings = EstimationSettings.exact(128)
    if nodes == .gaussHermite {
      settings.nodes = nodes
      settings.samples = (0..<example.model.effectCount).reduce(1) { count, _ in 5 * count }
      settings.envelopeInflation = 1
    }
    let step = example.settledStep(settings)
    let free = FreeParameters(example.model)
    let q = free.count
    let parameters = example.parameters
    _ = step.run(at: parameters, iteration: 2, envelopes: .unchanged)
    let function = ScoreFunction(free: free, parameters: parameters)
    var scoreProducts = SymmetricMatrix(dimension: q)
    for (i, subject) in example.dataset.subjects.enumerated() {
      let score = function.score(
        step.posterior(i), observationCount: subject.observationCount)
      for a in 0..<q { for b in 0...a { scoreProducts[a, b] += score[a] * score[b] } }
    }
    let observed = ObservedInformation(model: example.model, parameters: parameters)
    var sums = ExactAccumulator(count: observed.sumCount)
    observed.add(
      step, order: Array(0..<example.model.componentCount), iteration: 2, to: &sums, at: 0)
    let information = observed.matrix(
      sums: sums.values[...], scoreProducts: scoreProducts,
      observationCount: example.dataset.observationCount)
    for (b, parameter) in free.list.enumerated() {
      let h = 1e-3 * scale(of: parameter, in: parameters)
      func moved(_ steps: Double) -> [Double] {
        var moved = parameters
        free.set(parameter, to: free.value(parameter, in: parameters) + steps * h, in: &moved)
        return Self.totalScore(step, example, at: moved)
      }
      let (ahead, behind, farAhead, farBehind) = (moved(1), moved(-1), moved(2), moved(-2))
      for a in 0..<q {
        let difference =
          -(8 * (ahead[a] - behind[a]) - (farAhead[a] - farBehind[a])) / (12 * h)
        let size = abs(information[a, a] * information[b, b]).squareRoot()
        #expect(
          abs(information[a, b] - difference) < 1e-6 * size,
          "\(free.names[a]), \(free.names[b]): \(information[a, b]), \(difference)")
      }
    }
  }
}

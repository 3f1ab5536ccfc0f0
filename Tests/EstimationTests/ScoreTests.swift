import Estimation
import PopulationData
import PopulationModel
import Testing

@Suite("Scores")
struct ScoreTests {
  @Test(
    "each subject's score is the derivative of its log-likelihood, for every parameter",
    arguments: Example.all, [EstimationSettings.Nodes.lattice, .independent])
  func derivative(example: Example, nodes: EstimationSettings.Nodes) {
    var settings = EstimationSettings.exact(256)
    settings.nodes = nodes
    if nodes == .independent { settings.samples = 203 }
    let step = example.settledStep(settings)
    let subjects = example.dataset.subjects
    /// log S_i of all subjects with the same samples.
    func logLikelihoods(_ parameters: PopulationParameters) -> [Double] {
      _ = step.run(at: parameters, iteration: 2, envelopes: .unchanged)
      return subjects.indices.map { step.posterior($0).logLikelihood }
    }
    _ = logLikelihoods(example.parameters)
    let free = FreeParameters(example.model)
    let function = ScoreFunction(free: free, parameters: example.parameters)
    let scores = subjects.indices.map {
      function.score(step.posterior($0), observationCount: subjects[$0].observationCount)
    }
    for (place, parameter) in free.list.enumerated() {
      let h = 1e-3 * scale(of: parameter, in: example.parameters)
      func moved(_ steps: Double) -> [Double] {
        var parameters = example.parameters
        let value = free.value(parameter, in: parameters)
        free.set(parameter, to: value + steps * h, in: &parameters)
        return logLikelihoods(parameters)
      }
      let (ahead, behind, farAhead, farBehind) = (moved(1), moved(-1), moved(2), moved(-2))
      let largest = scores.map { abs($0[place]) }.max()!
      #expect(largest > 0)
      for i in subjects.indices {
        let difference =
          (8 * (ahead[i] - behind[i]) - (farAhead[i] - farBehind[i])) / (12 * h)
        #expect(
          abs(scores[i][place] - difference) < 1e-6 * largest,
          "\(free.names[place]) of subject \(i + 1): \(scores[i][place]), \(difference)")
      }
    }
  }
}

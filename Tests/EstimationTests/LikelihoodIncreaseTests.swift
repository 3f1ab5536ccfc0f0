import Estimation
import PopulationModel
import Testing

@Suite("Rise of the log-likelihood")
struct LikelihoodIncreaseTests {
  /// Envelopes are renewed now and then, so the estimate of log L changes a little for the same
  /// parameters.
  @Test("log-likelihood never decreases with fixed samples", arguments: ReferenceCase.names)
  func exact(name: String) throws {
    let reference = try ReferenceCase(name)
    let values = try reference.fit(.exact(512)).iterations.map(\.logLikelihood)
    #expect(values.count > 10)
    // The first envelopes come from modes, not moments.
    for (before, after) in zip(values.dropFirst(), values.dropFirst(2)) {
      #expect(after > before - 5e-5, "\(after - before)")
    }
    #expect(values.last! > values[0])
  }

  @Test("with unchanged envelopes log-likelihood never decreases at all", arguments: Example.all)
  func unchangedEnvelopes(example: Example) throws {
    let step = example.settledStep(.exact(128))
    let maximization = MaximizationStep(model: example.model)
    var parameters = example.parameters
    var last = -Double.infinity
    for iteration in 2..<12 {
      let values = step.run(at: parameters, iteration: iteration, envelopes: .unchanged).values
      let statistics = SufficientStatistics(
        layout: step.statisticsLayout, subjectCount: example.dataset.subjects.count,
        observationCount: example.dataset.observationCount, centres: parameters.means,
        values: values)
      #expect(statistics.logLikelihood > last, "iteration \(iteration)")
      last = statistics.logLikelihood
      parameters = try maximization.maximize(statistics, from: parameters)
    }
  }

  @Test("fresh samples let the log-likelihood fall now and then")
  func paper() throws {
    let values = try ReferenceCase("wang_000").fit(.paper()).iterations.map(\.logLikelihood)
    #expect(zip(values, values.dropFirst()).contains { $1 < $0 })
  }
}

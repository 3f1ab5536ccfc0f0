import Estimation
import MessagePassing
import PopulationData
import PopulationModel
import Testing

@Suite("Rise of the log-likelihood")
struct LikelihoodIncreaseTests {
  /// Where envelopes are renewed the same parameters have another estimate of log L.
  @Test(
    "log-likelihood never decreases while nodes are kept, but for steps that are taken back",
    arguments: ReferenceCase.names)
  func exact(name: String) throws {
    let reference = try ReferenceCase(name)
    let iterations = try reference.fit(.exact(512)).iterations.filter { !$0.isRejected }
    #expect(iterations.count > 10)
    for (before, after) in zip(iterations, iterations.dropFirst()) where !after.hasNewEnvelopes {
      #expect(after.logLikelihood > before.logLikelihood - 1e-9, "\(after.iteration)")
    }
    #expect(iterations.last!.logLikelihood > iterations[0].logLikelihood)
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

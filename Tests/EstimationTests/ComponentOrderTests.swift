import Estimation
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Order of the components")
struct ComponentOrderTests {
  @Test(
    "an EM step of permuted components with their samples is the permuted step",
    arguments: Example.all.filter { $0.model.componentCount > 1 })
  func permutedStep(example: Example) throws {
    let k = example.model.componentCount
    let order = (0..<k).map { ($0 + 1) % k }
    func step(_ order: [Int]) throws -> (PopulationParameters, [SubjectPosterior], Double) {
      let start = example.parameters.permuted(order)
      let subjects = Array(example.dataset.subjects.indices)
      let expectation = ExpectationStep(
        model: example.model, dataset: example.dataset, subjects: subjects,
        settings: .exact(128), componentAddresses: order)
      _ = expectation.run(at: start, iteration: 0, envelopes: .modes)
      let sums = expectation.run(at: start, iteration: 1, envelopes: .previousMoments)
      let statistics = SufficientStatistics(
        layout: expectation.statisticsLayout, subjectCount: subjects.count,
        observationCount: example.dataset.observationCount, centres: start.means,
        values: sums.values)
      return (
        try MaximizationStep(model: example.model).maximize(statistics, from: start),
        subjects.map { expectation.posterior($0) }, statistics.logLikelihood
      )
    }
    let (plain, posteriors, logLikelihood) = try step(Array(0..<k))
    let (permuted, permutedPosteriors, permutedLogLikelihood) = try step(order)
    #expect(abs(logLikelihood - permutedLogLikelihood) < 1e-11 * abs(logLikelihood))
    let expected = plain.permuted(order)
    for c in 0..<k {
      #expect(abs(permuted.weights[c] - expected.weights[c]) < 1e-12)
      for (a, b) in zip(permuted.means[c], expected.means[c]) {
        #expect(abs(a - b) < 1e-11 * abs(b))
      }
      let sd = expected.covariances[c].diagonal.map { $0.squareRoot() }
      for i in sd.indices {
        for j in 0...i {
          #expect(
            abs(permuted.covariances[c][i, j] - expected.covariances[c][i, j])
              < 1e-10 * sd[i] * sd[j])
        }
      }
    }
    for (a, b) in zip(permutedPosteriors, posteriors) {
      for (x, y) in zip(a.membership, b.permuted(order).membership) {
        #expect(abs(x - y) < 1e-12)
      }
    }
  }

  @Test("labels do not depend on the order of the start", arguments: ["wang_000", "k3_mix"])
  func labels(name: String) throws {
    let reference = try ReferenceCase(name)
    let order = Array((0..<reference.model.componentCount).reversed())
    let result = try reference.fit(.exact(256), from: reference.start.permuted(order))
    let values = result.free.values(in: result.estimates)
    let errors = reference.exactValues(reference.exact.se.opg)
    for (i, exact) in reference.exactValues(reference.exact.estimates).enumerated() {
      #expect(abs(values[i] - exact) < 0.05 * errors[i], "\(result.free.names[i])")
    }
    let k = reference.model.mixtureEffects[0]
    let rates = result.estimates.means.map { $0[k] }
    #expect(rates == rates.sorted())
    #expect(result.iterations.last?.parameters == result.estimates)
    #expect(result.iterations[0].parameters == reference.start)
    for (posterior, tau) in zip(result.posteriors, reference.exact.subjects.tau) {
      for (ours, theirs) in zip(posterior.membership, tau) { #expect(abs(ours - theirs) < 0.01) }
    }
  }

  @Test("components with fixed values of their own keep the user's order")
  func fixedValues() throws {
    let example = Example.proportional
    var fixed = FixedParameters(componentCount: 2, effectCount: 2)
    let k = example.model.mixtureEffects[0]
    fixed.means[0][k] = true
    let model = example.model.with(fixed: fixed)
    // The fixed component has the larger rate and the first place.
    let start = example.parameters.permuted([1, 0])
    var settings = EstimationSettings.exact(128)
    settings.iterations = 20
    let result = try serialFit(model, example.dataset, settings, from: start)
    #expect(result.estimates.means[0][k] == start.means[0][k])
    #expect(result.estimates.means[1][k] < result.estimates.means[0][k])
    #expect(result.estimates.means[1][k] != start.means[1][k])
  }
}

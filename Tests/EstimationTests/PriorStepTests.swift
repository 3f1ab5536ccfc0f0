import Estimation
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("M-step with a prior")
struct PriorStepTests {
  private func statistics(_ example: Example) -> SufficientStatistics {
    let step = example.settledStep(.exact(64))
    return example.statistics(
      step, step.run(at: example.parameters, iteration: 2, envelopes: .previousMoments))
  }

  @Test(
    "no free parameter can raise Q + log p from the M-step's result", arguments: Example.withPriors)
  func maximum(example: Example) throws {
    let statistics = statistics(example)
    for fixed in MaximizationStepTests.fixings(example.model) {
      let model =
        example.model.tiedVariances.isEmpty ? example.model.with(fixed: fixed) : example.model
      let free = FreeParameters(model)
      let prior = ParameterPrior.ofEverything(model, near: example.parameters)
      func objective(_ parameters: PopulationParameters) -> Double {
        MaximizationStepTests.q(statistics, parameters)
          + prior.logDensity(at: parameters, of: model)
      }
      let result = try MaximizationStep(model: model, prior: prior).maximize(
        statistics, from: example.parameters)
      let best = objective(result)
      if free.count > 0 { #expect(best > objective(example.parameters)) }
      for parameter in free.list {
        let value = free.value(parameter, in: result)
        let h = 1e-3 * scale(of: parameter, in: result)
        let moved = [-h, h].map { change in
          var parameters = result
          free.set(parameter, to: value + change, in: &parameters)
          return objective(parameters)
        }
        #expect(moved[0] < best && moved[1] < best, "\(free.name(parameter))")
        // Where the parabola through the three points has its top, in units of h.
        let top = 0.5 * (moved[1] - moved[0]) / (2 * best - moved[0] - moved[1])
        #expect(abs(top) < 0.01, "\(free.name(parameter))")
      }
    }
  }

  @Test("a prior that says nothing changes no bit", arguments: Example.withPriors)
  func none(example: Example) throws {
    let statistics = statistics(example)
    let step = MaximizationStep(model: example.model)
    let other = MaximizationStep(model: example.model, prior: ParameterPrior([]))
    #expect(
      try step.maximize(statistics, from: example.parameters)
        == other.maximize(statistics, from: example.parameters))
  }

  @Test("closed forms: what is known counts as subjects and observations that were seen before")
  func closedForms() throws {
    let example = Example.proportional
    let statistics = statistics(example)
    let plain = try MaximizationStep(model: example.model).maximize(
      statistics, from: example.parameters)
    let result = try MaximizationStep(
      model: example.model,
      prior: ParameterPrior([
        .inverseWishart(effects: [1], component: 0, mode: [0.01], degreesOfFreedom: 8),
        .inverseWishart(effects: [0], component: nil, mode: [9], degreesOfFreedom: 18),
        .inverseGamma(.residualVariance, mode: 0.04, degreesOfFreedom: 30),
        .dirichlet(pseudoCounts: [3, 5]),
      ])
    ).maximize(statistics, from: example.parameters)
    let n = statistics.membership(0)
    func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-13 * abs(b) }
    #expect(
      near(result.covariances[0][1, 1], (n * plain.covariances[0][1, 1] + 10 * 0.01) / (n + 10)))
    #expect(result.covariances[1][1, 1] == plain.covariances[1][1, 1])
    #expect(near(result.covariances[0][0, 0], (24 * plain.covariances[0][0, 0] + 20 * 9) / 44))
    #expect(result.covariances[1][0, 0] == result.covariances[0][0, 0])
    let observations = Double(statistics.observationCount)
    #expect(
      near(
        result.sigma2,
        (observations * plain.sigma2 + 32 * 0.04) / (observations + 32)))
    #expect(near(result.weights[0], (n + 3) / 32))
    #expect(result.means == plain.means)
  }

  @Test("a component without subjects is where its prior is, and without one it ends the fit")
  func empty() throws {
    let example = Example.proportional
    var values = statistics(example).values
    let layout = statistics(example).layout
    for place in layout.membership(1)..<layout.second(1) + 3 { values[place] = 0 }
    let statistics = SufficientStatistics(
      layout: layout, subjectCount: 24, observationCount: 144,
      centres: example.parameters.means, values: values)
    let own: [ParameterPrior.Term] = [
      .normal(.mean(effect: 1, component: 1), mean: 0.7, standardDeviation: 0.1),
      .inverseWishart(effects: [1], component: 1, mode: [0.005], degreesOfFreedom: 6),
      .dirichlet(pseudoCounts: [2, 3]),
    ]
    let result = try MaximizationStep(model: example.model, prior: ParameterPrior(own)).maximize(
      statistics, from: example.parameters)
    #expect(abs(result.means[1][1] - 0.7) < 1e-12)
    #expect(abs(result.covariances[1][1, 1] - 0.005) < 1e-15)
    #expect(abs(result.weights[1] - 3 / (statistics.membership(0) + 5)) < 1e-15)
    for left in own.indices {
      var less = own
      less.remove(at: left)
      #expect(throws: DegenerateComponent(component: 1, kind: .empty)) {
        try MaximizationStep(model: example.model, prior: ParameterPrior(less)).maximize(
          statistics, from: example.parameters)
      }
    }
  }
}

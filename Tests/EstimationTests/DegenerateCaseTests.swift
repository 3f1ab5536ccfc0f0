import Estimation
import Inference
import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Degenerate cases")
struct DegenerateCaseTests {
  @Test("a component that no subject is near ends the fit with a reason and the last estimates")
  func emptyComponent() throws {
    let example = Example.proportional
    var start = example.parameters
    let k = example.model.mixtureEffects[0]
    start.means[0][k] = 30
    let result = try serialFit(example.model, example.dataset, .exact(64), from: start)
    // The component with the higher rate is last in the results.
    guard case .degenerate(let trouble, let iteration) = result.stopReason else {
      Issue.record("\(result.stopReason)")
      return
    }
    #expect(trouble == DegenerateComponent(component: 1, kind: .empty))
    #expect(result.stopReason.description.contains("component 2 lost all subjects"))
    #expect(!result.stopReason.isRegular)
    #expect(result.iterations.count == iteration + 1)
    #expect(result.logLikelihood.isFinite)
    #expect(result.estimates.means[1][k] == 30)
    #expect(result.posteriors.allSatisfy { $0.values.allSatisfy { !$0.isNaN } })
  }

  @Test("a singular start is refused with the component's number")
  func singularStart() throws {
    let example = Example.fullLognormal
    var start = example.parameters
    start.covariances[1] = SymmetricMatrix(dimension: 2, elements: [1, 1, 1])
    #expect(throws: EstimationError.startNotPositiveDefinite(component: 1)) {
      try serialFit(example.model, example.dataset, .exact(64), from: start)
    }
  }

  @Test("one component has all memberships 1 and no weight to estimate")
  func oneComponent() throws {
    let example = Example.sharedOnly
    var start = example.parameters
    start.means[0][0] += 0.3
    let result = try serialFit(example.model, example.dataset, .exact(128), from: start)
    guard case .converged = result.stopReason else {
      Issue.record("\(result.stopReason)")
      return
    }
    #expect(result.estimates.weights == [1])
    #expect(result.posteriors.allSatisfy { $0.membership == [1] })
    #expect(!result.free.names.contains { $0.hasPrefix("w") })
    // At the maximum the scores sum to 0: the step that they ask for is far below a standard error.
    #expect(try #require(result.covariance.remainingDistance) < 1e-3)
  }

  @Test("one subject gives estimates, but no standard errors")
  func oneSubject() throws {
    let example = Example.sharedOnly
    let dataset = Dataset(name: "one", subjects: [example.dataset.subjects[0]])
    var settings = EstimationSettings.exact(128)
    settings.iterations = 30
    let result = try serialFit(example.model, dataset, settings, from: example.parameters)
    #expect(result.logLikelihood.isFinite)
    #expect(result.free.values(in: result.estimates).allSatisfy { $0.isFinite })
    #expect(result.covariance.covariance == nil)
    #expect(result.covariance.standardErrors == nil)
    #expect(result.parameterTable.allSatisfy { $0.standardError == nil && $0.interval == nil })
    #expect(result.derivedTable.allSatisfy { $0.standardError == nil })
  }

  @Test("with everything fixed the fit is one evaluation")
  func everythingFixed() throws {
    let example = Example.proportional
    var fixed = FixedParameters(componentCount: 2, effectCount: 2)
    fixed.weights = true
    fixed.residualVariance = true
    fixed.means = [[true, true], [true, true]]
    fixed.variances = fixed.means
    let result = try serialFit(
      example.model.with(fixed: fixed), example.dataset, .exact(128),
      from: example.parameters)
    #expect(result.stopReason == .converged(iterations: 1, distance: 0))
    #expect(result.estimates == example.parameters)
    #expect(result.covariance.covariance == nil)
    #expect(result.parameterTable.count == 8)
    #expect(result.parameterTable.allSatisfy { $0.isFixed })
  }

  @Test("tiny and huge residual variances give finite results", arguments: [1e-10, 1e10])
  func residualVariance(variance: Double) {
    for example in Example.all {
      var parameters = example.parameters
      parameters.residualVariance = variance
      let step = ExpectationStep(
        model: example.model, dataset: example.dataset,
        subjects: Array(example.dataset.subjects.indices), settings: .exact(64))
      for source in [ExpectationStep.EnvelopeSource.modes, .previousMoments] {
        let sums = step.run(at: parameters, iteration: 0, envelopes: source).values
        #expect(sums.allSatisfy { $0.isFinite }, "\(example.name)")
        #expect(sums[step.statisticsLayout.impossibleSubjects] == 0, "\(example.name)")
      }
    }
  }

  @Test("a component whose density is 0 at a subject has membership 0 and moments that are numbers")
  func impossibleComponent() {
    let example = Example.proportional
    var parameters = example.parameters
    let k = example.model.mixtureEffects[0]
    parameters.means[1][k] = 1e4
    let step = example.settledStep(.exact(64))
    _ = step.run(at: parameters, iteration: 0, envelopes: .modes)
    _ = step.run(at: parameters, iteration: 1, envelopes: .previousMoments)
    for i in example.dataset.subjects.indices {
      let posterior = step.posterior(i)
      #expect(posterior.membership == [1, 0])
      #expect((posterior.mean(1) + posterior.covariance(1).elements).allSatisfy { $0.isFinite })
      #expect(posterior.moments.mean == posterior.mean(0))
      let function = ScoreFunction(free: FreeParameters(example.model), parameters: parameters)
      #expect(function.score(posterior, observationCount: 6).allSatisfy { $0.isFinite })
    }
  }

  @Test("a subject without observations adds nothing to log L and its prior to the moments")
  func noObservations() {
    let example = Example.proportional
    let subject = Subject(
      id: "silent", index: 0,
      occasions: [Occasion(doses: [DoseRecord(time: 0, amount: 1)], observations: [])])
    let step = ExpectationStep(
      model: example.model, dataset: Dataset(name: "silent", subjects: [subject]), subjects: [0],
      settings: .exact(1024))
    _ = step.run(at: example.parameters, iteration: 0, envelopes: .modes)
    let posterior = step.posterior(0)
    #expect(abs(posterior.logLikelihood) < 1e-4)
    for (a, b) in zip(posterior.membership, example.parameters.weights) {
      #expect(abs(a - b) < 1e-4)
    }
    for k in 0..<2 {
      for j in 0..<2 {
        let sd = example.parameters.covariances[k][j, j].squareRoot()
        #expect(abs(posterior.mean(k)[j] - example.parameters.means[k][j]) < 1e-3 * sd)
        #expect(abs(posterior.covariance(k)[j, j] / (sd * sd) - 1) < 2e-3)
      }
    }
  }
}

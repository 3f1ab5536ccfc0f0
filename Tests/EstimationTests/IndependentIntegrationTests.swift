import DataPartition
import Estimation
import NumericKernels
import PopulationData
import PopulationModel
import Testing

/// Integrals that have nothing to do with the course of a fit.
@Suite("Independent integration")
struct IndependentIntegrationTests {
  private func step(
    _ model: MixtureModel, _ dataset: Dataset, _ places: [Int]? = nil, seed: UInt64 = 1
  ) -> (ExpectationStep, [Subject]) {
    let share = DatasetShare(dataset, places: places ?? Array(dataset.subjects.indices))
    var settings = EstimationSettings.exact(25)
    settings.nodes = .gaussHermite
    settings.seed = seed
    if model.effectCount > 2 {
      settings.nodes = .lattice
      settings.samples = 64
    }
    return (ExpectationStep(model: model, share: share, settings: settings), share.subjects)
  }

  /// Of `Fixtures`, by adaptive Gauss–Hermite quadrature of high order: accurate to 1e-7.
  @Test("log L and memberships are those of quadrature", arguments: ReferenceCase.names)
  func reference(name: String) throws {
    let reference = try ReferenceCase(name)
    let truth = ReferenceCase.parameters(reference.exact.estimates, of: reference.model)
    var squares = 0.0
    var count = 0.0
    for seed in UInt64(1)...10 {
      let (step, subjects) = step(reference.model, reference.dataset, seed: seed)
      let (posteriors, errors) = step.independentPosteriors(at: truth, of: subjects)
      let value = posteriors.reduce(0) { $0 + $1.logLikelihood }
      let error = errors.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(2 * error < 0.02)
      #expect(abs(value - reference.exact.loglik) < 5 * error)
      squares +=
        (value - reference.exact.loglik) * (value - reference.exact.loglik) / (error * error)
      count += 1
      for (i, posterior) in posteriors.enumerated() {
        for (k, tau) in posterior.membership.enumerated() {
          #expect(abs(tau - reference.exact.subjects.tau[i][k]) < 2e-3)
        }
      }
    }
    // The claimed error is the right one: of ten squares in units of it the mean is about 1.
    #expect(squares / count > 0.1 && squares / count < 4)
  }

  @Test("a subject's posterior is the same in any company", arguments: Example.all)
  func company(example: Example) {
    let (all, subjects) = step(example.model, example.dataset)
    let whole = all.independentPosteriors(at: example.parameters, of: subjects)
    let places = [17, 3, 4, 20, 9]
    let (some, own) = step(example.model, example.dataset, places)
    let part = some.independentPosteriors(at: example.parameters, of: own)
    for (i, place) in places.enumerated() {
      #expect(part.posteriors[i].values == whole.posteriors[place].values)
      #expect(part.errors[i] == whole.errors[place])
    }
  }

  /// A normal volume may be negative: observations of 0 suit large volumes of either sign, and the
  /// posterior has a mode on each side of the pole at 0, where the density is 0.
  @Test("two modes far apart are both integrated")
  func twoModes() throws {
    let model = bolus(
      ["V": .mixture, "k": .shared], .normal, .additive, components: 2)
    let parameters = PopulationParameters(
      weights: [0.5, 0.5], means: [[15, 0.1], [40, 0.1]],
      covariances: diagonals([[400, 0.0001], [400, 0.0001]]), residualVariance: 25)
    let subject = Subject(
      id: "1", index: 0,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0, amount: 100)],
          observations: [1, 2, 4].map {
            Observation(time: $0, value: 0, precedingDoses: 1)
          })
      ])
    let dataset = Dataset(name: "two modes", subjects: [subject])
    let (step, own) = step(model, dataset)
    let (posteriors, errors) = step.independentPosteriors(at: parameters, of: own)
    var quadrature = DirectQuadrature(model: model, subjects: [subject])
    quadrature.points = 1201
    #expect(abs(posteriors[0].logLikelihood - quadrature.logLikelihood(parameters)) < 0.02)
    #expect(errors[0] < 0.02)
  }
}

import Estimation
import Foundation
import JobFiles
import PopulationModel
import TestSupport
import Testing

private let two = "{components: 2}"
private let mixing = "random-effects: {V: \(shared), k: \(lognormal)}"

/// The model's parameters are mu.k.1, mu.k.2, mu.V, omega.k.k.1, omega.k.k.2, omega.V.V, w.1,
/// sigma2.
private func priorJob(
  _ prior: String, mixture: String = two, effects: String = mixing,
  residualError: String = "residual-error: additive", start: String? = nil, fixed: String? = nil
) -> String {
  job(
    effects: effects, residualError: residualError, start: start, fixed: fixed, mixture: mixture,
    rest: "prior: \(prior)")
}

private let all = """
  {typical: {k: {value: [0.3, 0.6], sd: 0.2}, V: {value: 20, sd: 3}}, \
  variance: {k: {value: 0.04, degrees-of-freedom: [10, 6]}, V: {value: 4, degrees-of-freedom: 20}}, \
  weights: {pseudo-counts: 5}, sigma: {value: 0.1, degrees-of-freedom: 12}}
  """

@Suite("The section prior of a job file")
struct PriorReaderTests {
  private func terms(_ text: String) throws -> [ParameterPrior.Term] {
    try RunPlan(read(text)).settings.prior.terms
  }

  @Test("gives each free parameter its distribution, on the scale where it is estimated")
  func everything() throws {
    #expect(
      try terms(priorJob(all)) == [
        .normal(
          .mean(effect: 1, component: 0),
          mean: EffectDistribution.lognormal.normalScale(0.3), standardDeviation: 0.2),
        .normal(
          .mean(effect: 1, component: 1),
          mean: EffectDistribution.lognormal.normalScale(0.6), standardDeviation: 0.2),
        .normal(.mean(effect: 0, component: nil), mean: 20, standardDeviation: 3),
        .inverseWishart(effects: [1], component: 0, mode: [0.04], degreesOfFreedom: 10),
        .inverseWishart(effects: [1], component: 1, mode: [0.04], degreesOfFreedom: 6),
        .inverseWishart(effects: [0], component: nil, mode: [4], degreesOfFreedom: 20),
        .inverseGamma(.residualVariance, mode: 0.1 * 0.1, degreesOfFreedom: 12),
        .dirichlet(pseudoCounts: [5, 5]),
      ])
    #expect(try terms(job(mixture: two)).isEmpty)
  }

  @Test("what components share has one prior, a full block one distribution")
  func sharing() throws {
    let variance =
      "{variance: {k: {value: 0.04, degrees-of-freedom: 10}, V: {value: 0.09, degrees-of-freedom: 10}}}"
    let both = "random-effects: {V: \(lognormal), k: \(lognormal)}"
    #expect(
      try terms(
        priorJob(
          variance, mixture: "{components: 2, covariance-across-components: equal}", effects: both))
        == [
          .inverseWishart(effects: [0], component: nil, mode: [0.09], degreesOfFreedom: 10),
          .inverseWishart(effects: [1], component: nil, mode: [0.04], degreesOfFreedom: 10),
        ])
    #expect(
      try terms(
        priorJob(variance, mixture: "{components: 2, covariance: full}", effects: both)) == [
          .inverseWishart(
            effects: [0, 1], component: 0, mode: [0.09, 0.04], degreesOfFreedom: 10),
          .inverseWishart(
            effects: [0, 1], component: 1, mode: [0.09, 0.04], degreesOfFreedom: 10),
        ])
  }

  @Test("components of which a parameter is fixed have no prior of it")
  func fixed() throws {
    let found = try terms(
      priorJob(
        "{typical: {k: {value: [0.3, 0.6], sd: 0.2}}}",
        start: "{typical: {k: [0.25, 0.5]}}", fixed: "typical k 1"))
    #expect(found.count == 1)
    #expect(
      found.first
        == .normal(
          .mean(effect: 1, component: 1), mean: EffectDistribution.lognormal.normalScale(0.6),
          standardDeviation: 0.2))
  }

  @Test("parts of residual errors, and exponents")
  func residuals() throws {
    #expect(
      try terms(
        priorJob(
          "{sigma: {proportional: {value: 0.2, degrees-of-freedom: 9}}}",
          residualError: "residual-error: combined")) == [
          .inverseGamma(
            .direct(place: 1, component: nil), mode: 0.2 * 0.2, degreesOfFreedom: 9)
        ])
    #expect(
      try terms(
        priorJob(
          "{sigma: {power: {value: 1, sd: 0.2}, sigma: {value: 0.1, degrees-of-freedom: 4}}}",
          residualError: "residual-error: power")) == [
          .inverseGamma(
            .direct(place: 0, component: nil), mode: 0.1 * 0.1, degreesOfFreedom: 4),
          .normal(.direct(place: 1, component: nil), mean: 1, standardDeviation: 0.2),
        ])
  }

  @Test("coefficients of covariates, and the variance between occasions")
  func coefficients() throws {
    let text = """
      popmix: 1
      job: study
      data: {files: a.csv, covariates: [WT, OCC]}
      model:
        equations: |
          conc = 100/V*exp(-k*t)
        random-effects:
          V: {distribution: lognormal, membership: shared, covariates: {WT: {scale: log, centre: 70}}}
          k: {distribution: lognormal, membership: shared, occasions: {covariate: OCC, values: [1, 2]}}
        residual-error: additive
      prior:
        coefficients: {V: {WT: {value: 1, sd: 0.1}}}
        variance: {k: {occasions: {value: 0.02, degrees-of-freedom: 8}}}
      """
    #expect(
      try terms(text) == [
        .normal(.coefficient(place: 0, component: nil), mean: 1, standardDeviation: 0.1),
        .inverseWishart(effects: [2], component: nil, mode: [0.02], degreesOfFreedom: 8),
      ])
  }
}

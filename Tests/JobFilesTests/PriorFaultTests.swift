import TestSupport
import Testing

private let two = "{components: 2}"
private let mixing = "random-effects: {V: \(shared), k: \(lognormal)}"

private func priorJob(
  _ prior: String, mixture: String = two, effects: String = mixing,
  residualError: String = "residual-error: additive", start: String? = nil, fixed: String? = nil
) -> String {
  job(
    effects: effects, residualError: residualError, start: start, fixed: fixed, mixture: mixture,
    rest: "prior: \(prior)")
}

@Suite("faults are reported at their place, with what to do: the prior")
struct PriorFaultTests {
  @Test("of the section itself")
  func section() {
    expectFault(
      priorJob("▸{}"),
      """
      'prior' is empty, expected 'typical', 'variance', 'weights', 'sigma' or 'coefficients'; give one of them, or \
      remove it.
      """)
    expectFault(priorJob("▸flat"), "'prior' is the text \"flat\", expected a mapping.")
    expectFault(
      priorJob("{▸variances: {k: {value: 0.04, degrees-of-freedom: 10}}}"),
      """
      unknown key "variances" in 'prior', expected 'typical', 'variance', 'weights', 'sigma' or 'coefficients'; did \
      you mean 'variance'?
      """)
  }

  @Test("of typical values")
  func typical() {
    expectFault(
      priorJob("{typical: {▸K: {value: 0.3, sd: 0.2}}}"),
      """
      unknown random effect "K" in 'prior.typical', expected 'V' or 'k'; did you mean 'k'?
      """)
    expectFault(
      priorJob("{typical: {▸k: {value: 0.3}}}"),
      "'prior.typical.k' has no 'sd', which is required; add it.")
    expectFault(
      priorJob("{typical: {k: {value: ▸-0.3, sd: 0.2}}}"),
      "'prior.typical.k.value' is -0.3, expected a number greater than 0.")
    expectFault(
      priorJob("{typical: {k: {value: 0.3, sd: ▸0}}}"),
      "'prior.typical.k.sd' is 0, expected a number greater than 0.")
    expectFault(
      priorJob("{typical: {k: {value: ▸[0.3, 0.6, 0.9], sd: 0.2}}}"),
      """
      'prior.typical.k.value' has 3 values, expected 2, one for each component; give one number for all.
      """)
    expectFault(
      priorJob("{typical: {V: {value: ▸[19, 21], sd: 2}}}"),
      """
      'prior.typical.V.value' has 2 values, expected one, as all components share it; give one number for all.
      """)
    expectFault(
      priorJob("{typical: {k: ▸0.3}}"), "'prior.typical.k' is 0.3, expected a mapping.")
    expectFault(
      priorJob(
        "{typical: {▸k: {value: 0.3, sd: 0.2}}}", start: "{typical: {k: [0.25, 0.5]}}",
        fixed: "typical k"),
      """
      'prior.typical.k' is the prior of what 'model.fixed' keeps at its start value, expected a free parameter; remove \
      one of them.
      """)
  }

  @Test("of variances")
  func variance() {
    let full = "{components: 2, covariance: full}"
    let both = "random-effects: {V: \(lognormal), k: \(lognormal)}"
    expectFault(
      priorJob("{variance: {k: {value: 0.04, ▸df: 10, degrees-of-freedom: 10}}}"),
      """
      unknown key "df" in 'prior.variance.k', expected 'value' or 'degrees-of-freedom'; correct or remove it.
      """)
    expectFault(
      priorJob("{variance: {k: {value: 0.04, degrees-of-freedom: ▸0}}}"),
      "'prior.variance.k.degrees-of-freedom' is 0, expected a number greater than 0.")
    expectFault(
      priorJob(
        "{variance: {k: {value: 0.04, degrees-of-freedom: 1.5}, V: {value: 1, degrees-of-freedom: ▸1}}}",
        mixture: full, effects: both),
      "'prior.variance.V.degrees-of-freedom' is 1, expected a number greater than 1.")
    expectFault(
      priorJob(
        "{variance: {▸k: {value: 0.04, degrees-of-freedom: 10}}}", mixture: full, effects: both),
      """
      'prior.variance.k' stands without 'V', expected all effects of its block or none, as with 'covariance: full' \
      they have one inverse Wishart distribution; give them too.
      """)
    expectFault(
      priorJob(
        "{variance: {V: {value: 1, degrees-of-freedom: 8}, ▸k: {value: 0.04, degrees-of-freedom: 10}}}",
        mixture: full, effects: both),
      """
      'prior.variance.k' has other 'degrees-of-freedom' than 'V', expected the same, as with 'covariance: full' they \
      have one inverse Wishart distribution; give one number for the block.
      """)
    expectFault(
      priorJob(
        "{variance: {k: {value: ▸[0.04, 0.05], degrees-of-freedom: 10}}}",
        mixture: "{components: 2, covariance-across-components: equal}"),
      """
      'prior.variance.k.value' has different values, expected the same for all components because of \
      'covariance-across-components: equal'; give one number for all.
      """)
    expectFault(
      priorJob(
        "{variance: {▸V: {value: 4, degrees-of-freedom: 10}}}", start: "{variance: {V: 4}}",
        fixed: "variance V"),
      """
      'prior.variance.V' is the prior of what 'model.fixed' keeps at its start value, expected a free parameter; \
      remove one of them.
      """)
  }

  @Test("of weights, residual errors and coefficients")
  func others() {
    expectFault(
      priorJob("{▸weights: {pseudo-counts: 5}}", mixture: "{components: 1}"),
      "'prior.weights' stands beside one component, expected two or more; remove it.")
    expectFault(
      priorJob("{weights: {pseudo-counts: ▸[5, 5, 5]}}"),
      """
      'prior.weights.pseudo-counts' has 3 values, expected 2, one for each component; give one number for all.
      """)
    expectFault(
      priorJob("{weights: {pseudo-counts: ▸-1}}"),
      "'prior.weights.pseudo-counts' is -1, expected a number not less than 0.")
    expectFault(
      priorJob("{▸weights: {pseudo-counts: 5}}", start: "{weights: [0.5, 0.5]}", fixed: "weights"),
      """
      'prior.weights' is the prior of what 'model.fixed' keeps at its start value, expected free weights; remove one \
      of them.
      """)
    expectFault(
      priorJob(
        "{▸weights: {pseudo-counts: 5}}",
        mixture: "{components: 2, weight-covariates: {WT: {centre: 70}}}"),
      """
      'prior.weights' stands beside 'mixture.weight-covariates', expected weights that are the same for all subjects, \
      as only those have a prior; remove one of them.
      """)
    expectFault(
      priorJob(
        "{▸sigma: {value: 0.1, degrees-of-freedom: 5}}", start: "{sigma: 0.1}", fixed: "sigma"),
      """
      'prior.sigma' is the prior of what 'model.fixed' keeps at its start value, expected a free 'sigma'; remove one \
      of them.
      """)
    expectFault(
      priorJob("{▸sigma: {value: 0.1}}"),
      "'prior.sigma' has no 'degrees-of-freedom', which is required; add it.")
    expectFault(
      priorJob(
        "{sigma: {▸value: 0.1, proportional: {value: 0.1, degrees-of-freedom: 5}}}",
        residualError: "residual-error: combined"),
      """
      unknown part of the residual error "value" in 'prior.sigma', expected 'additive' or 'proportional'; correct or \
      remove it.
      """)
    expectFault(
      priorJob("{▸coefficients: {k: {WT: {value: 1, sd: 0.1}}}}"),
      """
      'prior.coefficients' stands beside a model without covariates of effects, expected some under 'random-effects'; \
      remove it.
      """)
  }
}

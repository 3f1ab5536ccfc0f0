import TestSupport
import Testing

private let structures = """
  one-compartment, one-compartment bolus, one-compartment oral, three-compartment, three-compartment oral, \
  two-compartment or two-compartment oral
  """

/// The mark stands where the message is to point.
@Suite("faults are reported at their place, with what to do: the model")
struct ModelFaultTests {
  @Test("effects that are not those of the structure are refused")
  func model() {
    expectFault(
      job(
        structure: "structure: ▸one compartment bolus",
        effects: "random-effects: {V: \(shared)}"),
      """
      'model.structure' is the text "one compartment bolus", expected \
      \(structures); did you mean 'one-compartment bolus'?
      """)
    expectFault(
      job(structure: "structure: ▸four-compartment", effects: "random-effects: {V: \(shared)}"),
      """
      'model.structure' is the text "four-compartment", expected \
      \(structures); did you mean 'one-compartment'?
      """)
    expectFault(
      job(effects: "random-effects: {▸Vd: \(shared), k: \(lognormal)}"),
      """
      unknown random effect "Vd" of the structure, expected 'V' and 'k' or 'CL' and 'V'; did you \
      mean 'V'?
      """)
    expectFault(
      job(
        structure: "structure: one-compartment oral",
        effects: "▸random-effects: {V: \(shared), k: \(lognormal)}"),
      """
      'model.random-effects' has 'V' and 'k', expected 'CL', 'V' and 'ka'; 'CL', 'V1' and 'ka'; 'V', 'k' and 'ka'; or \
      'V1', 'k' and 'ka', with or without 'tlag', 'F', 'dur' or 'rate'; give the effects of one of these sets.
      """)
    expectFault(
      job(effects: "random-effects: {V: \(shared), ▸K: \(lognormal)}"),
      """
      unknown random effect "K" of the structure, expected 'V' and 'k' or 'CL' and 'V'; did you \
      mean 'k'?
      """)
    expectFault(
      job(effects: "random-effects: {V: \(shared), ▸absorption: \(lognormal)}"),
      """
      unknown random effect "absorption" of the structure, expected 'V' and 'k' or 'CL' and 'V'; \
      correct or remove it.
      """)
    expectFault(
      job(effects: "▸random-effects: {CL: \(shared), k: \(lognormal)}"),
      """
      'model.random-effects' has 'CL' and 'k', expected 'V' and 'k' or 'CL' and 'V'; give the \
      effects of one of these sets.
      """)
    expectFault(
      job(effects: "▸random-effects: {V: \(shared)}"),
      """
      'model.random-effects' has 'V', expected 'V' and 'k' or 'CL' and 'V'; give the effects of \
      one of these sets.
      """)
    expectFault(
      job(effects: "▸random-effects: {}"),
      """
      'model.random-effects' is empty, expected 'V' and 'k' or 'CL' and 'V'; give the effects of \
      one of these sets.
      """)
    expectFault(
      job(effects: "random-effects: ▸[V, k]"),
      "'model.random-effects' is a list, expected a mapping of the random effects.")
    expectFault(
      job(effects: "random-effects: {▸V: {distribution: normal}, k: \(lognormal)}"),
      "'model.random-effects.V' has no 'membership', which is required; add it.")
    expectFault(
      job(effects: "random-effects: {V: ▸normal, k: \(lognormal)}"),
      """
      'model.random-effects.V' is the text "normal", expected a mapping.
      """)
    expectFault(
      job(
        effects: """
          random-effects: {V: {distribution: ▸log-normal, membership: shared}, k: \(lognormal)}
          """),
      """
      'model.random-effects.V.distribution' is the text "log-normal", expected normal, \
      lognormal, logit-normal or box-cox; did you mean 'lognormal'?
      """)
    expectFault(
      job(
        effects: "random-effects: {V: {distribution: normal, membership: ▸both}, k: \(lognormal)}"),
      """
      'model.random-effects.V.membership' is the text "both", expected mixture or shared.
      """)
    expectFault(
      job(
        effects: "random-effects: {V: \(shared), k: \(shared)}",
        residualError: "residual-error: ▸propotional"),
      """
      'model.residual-error' is the text "propotional", expected proportional, additive, \
      combined, combined-sd, power or lognormal; did you mean 'proportional'?
      """)
    expectFault(
      job(effects: "▸random-effects: {V: \(shared), k: \(shared)}", mixture: "{components: 2}"),
      """
      'model.random-effects' has no effect of the mixture, expected at least one, as there are 2 \
      components; write 'membership: mixture' for one of them, or 'per-component: yes' for a fixed effect.
      """)
  }

  @Test("impossible mixtures are refused")
  func mixture() {
    expectFault(
      job(mixture: "{components: ▸0}"),
      "'mixture.components' is 0, expected a whole number from 1 to 64.")
    expectFault(
      job(mixture: "{components: ▸65}"),
      "'mixture.components' is 65, expected a whole number from 1 to 64.")
    expectFault(
      job(mixture: "{components: ▸two}"),
      """
      'mixture.components' is the text "two", expected a whole number from 1 to 64.
      """)
    expectFault(
      job(mixture: "{components: ▸2.5}"),
      "'mixture.components' is 2.5, expected a whole number from 1 to 64.")
    expectFault(
      job(mixture: "{components: ▸[2]}"),
      "'mixture.components' is a list, expected a whole number from 1 to 64.")
    expectFault(
      job(mixture: "{▸component: 2}"),
      """
      unknown key "component" in 'mixture', expected 'components', 'covariance', \
      'covariance-across-components', 'weight-covariates' or 'order'; did you mean 'components'?
      """)
    expectFault(
      job(mixture: "{covariance: ▸diag}"),
      """
      'mixture.covariance' is the text "diag", expected diagonal or full.
      """)
    expectFault(
      job(mixture: "{covariance: {mixture: ▸Full}}"),
      """
      'mixture.covariance.mixture' is the text "Full", expected diagonal or full; did you mean \
      'full'?
      """)
    expectFault(
      job(mixture: "{covariance: {▸common: full}}"),
      """
      unknown key "common" in 'mixture.covariance', expected 'mixture' or 'shared'; correct or \
      remove it.
      """)
    expectFault(
      job(mixture: "{covariance-across-components: ▸same}"),
      """
      'mixture.covariance-across-components' is the text "same", expected per-component or equal.
      """)
  }
}

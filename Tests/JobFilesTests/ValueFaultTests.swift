import TestSupport
import Testing

@Suite("faults are reported at their place, with what to do: starting values and fixed parameters")
struct ValueFaultTests {
  @Test("start values that no population has are refused")
  func start() {
    expectFault(
      job(start: "{weights: ▸[0.5, 0.4]}", mixture: "{components: 2}"),
      "'model.start.weights' sums to 0.9, expected a sum of 1; correct the weights.")
    expectFault(
      job(start: "{weights: ▸[1]}", mixture: "{components: 2}"),
      """
      'model.start.weights' has 1 value, expected 2, one for each component; give as many \
      weights as 'mixture.components' says.
      """)
    expectFault(
      job(start: "{weights: [1.5, ▸-0.5]}", mixture: "{components: 2}"),
      "'model.start.weights[2]' is -0.5, expected a number greater than 0.")
    expectFault(
      job(start: "{weights: ▸0.5}", mixture: "{components: 2}"),
      """
      'model.start.weights' has 1 value, expected 2, one for each component; give as many \
      weights as 'mixture.components' says.
      """)
    expectFault(
      job(start: "{weights: [0.5, ▸half]}", mixture: "{components: 2}"),
      """
      'model.start.weights[2]' is the text "half", expected a number greater than 0.
      """)
    expectFault(
      job(start: "{typical: {▸v: 18}}", mixture: "{components: 2}"),
      """
      unknown random effect "v" in 'model.start.typical', expected 'V' or 'k'; did you mean 'V'?
      """)
    expectFault(
      job(start: "{typical: {V: ▸[18, 20]}}", mixture: "{components: 2}"),
      """
      'model.start.typical.V' has 2 values, expected one, as all components share it; give one \
      number for all.
      """)
    expectFault(
      job(start: "{typical: {k: ▸[0.2, 0.3, 0.4]}}", mixture: "{components: 2}"),
      """
      'model.start.typical.k' has 3 values, expected 2, one for each component; give one number \
      for all.
      """)
    expectFault(
      job(start: "{typical: {k: ▸[0.2]}}", mixture: "{components: 2}"),
      """
      'model.start.typical.k' has 1 value, expected 2, one for each component; give one number \
      for all.
      """)
    expectFault(
      job(start: "{typical: {k: [0.2, ▸0]}}", mixture: "{components: 2}"),
      "'model.start.typical.k[2]' is 0, expected a number greater than 0.")
    expectFault(
      job(start: "{typical: {k: ▸-1}}", mixture: "{components: 2}"),
      "'model.start.typical.k' is -1, expected a number greater than 0.")
    expectFault(
      job(start: "{typical: {k: ▸[0.2, 0.3]}}", mixture: "{}"),
      """
      'model.start.typical.k' has 2 values, expected one, as there is one component; give one \
      number for all.
      """)
    expectFault(
      job(start: "{typical: {k: [0.2, ▸~]}}", mixture: "{components: 2}"),
      """
      'model.start.typical.k[2]' is empty, expected a number greater than 0; give a value, or \
      remove it.
      """)
    expectFault(
      job(start: "{variance: {V: ▸0}}", mixture: "{components: 2}"),
      "'model.start.variance.V' is 0, expected a number greater than 0.")
    expectFault(
      job(start: "{variance: {k: [0.01, ▸-0.01]}}", mixture: "{components: 2}"),
      "'model.start.variance.k[2]' is -0.01, expected a number greater than 0.")
    expectFault(
      job(
        start: "{variance: {k: ▸[0.01, 0.02]}}",
        mixture: "{components: 2, covariance-across-components: equal}"),
      """
      'model.start.variance.k' has different values, expected the same for all components \
      because of 'covariance-across-components: equal'; give one number for all.
      """)
    expectFault(
      job(start: "{sigma: ▸0}", mixture: "{components: 2}"),
      "'model.start.sigma' is 0, expected a number greater than 0.")
    expectFault(
      job(start: "{sigma: ▸two}", mixture: "{components: 2}"),
      """
      'model.start.sigma' is the text "two", expected a number greater than 0.
      """)
    expectFault(
      job(start: "{sigma: ▸[0.1]}", mixture: "{components: 2}"),
      "'model.start.sigma' is a list, expected a number greater than 0.")
    expectFault(
      job(start: "{▸sd: 1}", mixture: "{components: 2}"),
      """
      unknown key "sd" in 'model.start', expected 'weights', 'typical', 'variance', \
      'correlation', 'sigma' or 'coefficients'; correct or remove it.
      """)
    expectFault(
      job(start: "{correlation: {▸V k: 0.3}}", mixture: "{components: 2}"),
      """
      'model.start.correlation.V k' joins an effect of the mixture and a shared one, expected \
      two of the mixture or two shared ones, as the others are independent; remove it.
      """)
    expectFault(
      job(
        effects: "random-effects: {CL: \(lognormal), V: \(mixed)}",
        start: "{correlation: {▸CL V: 0.3}}",
        mixture: "{components: 2}"),
      """
      'model.start.correlation.CL V' is a correlation of mixture effects, whose covariance \
      matrix is diagonal, expected none; write 'covariance: full' in 'mixture', or remove it.
      """)
    expectFault(
      job(
        effects: "random-effects: {CL: \(lognormal), V: \(mixed)}",
        start: "{correlation: {CL V: ▸1}}",
        mixture: "{components: 2, covariance: full}"),
      "'model.start.correlation.CL V' is 1, expected a number between -1 and 1.")
    expectFault(
      job(
        effects: "random-effects: {CL: \(lognormal), V: \(mixed)}",
        start: "{correlation: {CL V: ▸[0.1, 0.2, 0.3]}}",
        mixture: "{components: 2, covariance: full}"),
      """
      'model.start.correlation.CL V' has 3 values, expected 2, one for each component; give one \
      number for all.
      """)
    expectFault(
      job(
        effects: "random-effects: {CL: \(lognormal), V: \(mixed)}",
        start: "{correlation: {CL V: 0.1, ▸'V, CL': 0.1}}",
        mixture: "{components: 2, covariance: full}"),
      "'model.start.correlation.V, CL' is given twice, expected each pair once; keep one of them.")
    expectFault(
      job(
        effects: "random-effects: {CL: \(lognormal), V: \(mixed)}",
        start: "{correlation: {▸CL CL: 0.1}}",
        mixture: "{components: 2, covariance: full}"),
      """
      'model.start.correlation.CL CL' is no pair, expected two different random effects as in \
      'CL V'; correct or remove it.
      """)
    expectFault(
      job(
        effects: "random-effects: {CL: \(lognormal), V: \(mixed)}",
        start: "{correlation: {▸CL: 0.1}}",
        mixture: "{components: 2, covariance: full}"),
      """
      'model.start.correlation.CL' is no pair, expected two different random effects as in 'CL \
      V'; correct or remove it.
      """)
    expectFault(
      job(
        effects: "random-effects: {CL: \(lognormal), V: \(mixed)}",
        start: "{correlation: {▸CL Vd: 0.1}}",
        mixture: "{components: 2, covariance: full}"),
      """
      'model.start.correlation.CL Vd' names the unknown random effect "Vd", expected 'CL' or \
      'V'; did you mean 'V'?
      """)
    expectFault(
      job(start: "{correlation: ▸0.3}", mixture: "{components: 2}"),
      "'model.start.correlation' is 0.3, expected a mapping from pairs of effects to values.")
  }

  @Test("fixed parameters that cannot be kept are refused, with the reason")
  func fixed() {
    expectFault(
      job(
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, k: 0.3}, variance: {V: 9, k: 0.01}, sigma: 0.1}
          """,
        fixed: "[▸weigths]",
        mixture: "{components: 2}"),
      """
      'model.fixed[1]' is the text "weigths", expected 'weights', 'sigma', 'typical' or \
      'variance' with a random effect; did you mean 'weights'?
      """)
    expectFault(
      job(
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, k: 0.3}, variance: {V: 9, k: 0.01}, sigma: 0.1}
          """,
        fixed: "[▸mean V]",
        mixture: "{components: 2}"),
      """
      'model.fixed[1]' is the text "mean V", expected 'weights', 'sigma', 'typical' or \
      'variance' with a random effect.
      """)
    expectFault(
      job(
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, k: 0.3}, variance: {V: 9, k: 0.01}, sigma: 0.1}
          """,
        fixed: "[▸weights 1]",
        mixture: "{components: 2}"),
      """
      'model.fixed[1]' is the text "weights 1", expected 'weights' alone; remove what follows it.
      """)
    expectFault(
      job(
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, k: 0.3}, variance: {V: 9, k: 0.01}, sigma: 0.1}
          """,
        fixed: "[▸typical]",
        mixture: "{components: 2}"),
      """
      'model.fixed[1]' is the text "typical", expected 'typical' with a random effect and \
      possibly the number of a component; write for example 'typical V'.
      """)
    expectFault(
      job(
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, k: 0.3}, variance: {V: 9, k: 0.01}, sigma: 0.1}
          """,
        fixed: "[▸typical V k 1]",
        mixture: "{components: 2}"),
      """
      'model.fixed[1]' is the text "typical V k 1", expected 'typical' with a random effect and \
      possibly the number of a component; write for example 'typical V'.
      """)
    expectFault(
      job(
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, k: 0.3}, variance: {V: 9, k: 0.01}, sigma: 0.1}
          """,
        fixed: "[▸typical Vd]",
        mixture: "{components: 2}"),
      """
      'typical Vd' names the unknown random effect "Vd", expected 'V' or 'k'; did you mean 'V'?
      """)
    expectFault(
      job(
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, k: 0.3}, variance: {V: 9, k: 0.01}, sigma: 0.1}
          """,
        fixed: "[▸typical V 1]",
        mixture: "{components: 2}"),
      """
      'typical V 1' names a component, expected none, as all components share the effect; write \
      'typical V'.
      """)
    expectFault(
      job(
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, k: 0.3}, variance: {V: 9, k: 0.01}, sigma: 0.1}
          """,
        fixed: "[▸typical k 3]",
        mixture: "{components: 2}"),
      """
      'typical k 3' names the component "3", expected a whole number from 1 to 2; correct or \
      remove it.
      """)
    expectFault(
      job(
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, k: 0.3}, variance: {V: 9, k: 0.01}, sigma: 0.1}
          """,
        fixed: "[▸variance k one]",
        mixture: "{components: 2}"),
      """
      'variance k one' names the component "one", expected a whole number from 1 to 2; correct \
      or remove it.
      """)
    expectFault(
      job(
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, k: 0.3}, variance: {V: 9, k: 0.01}, sigma: 0.1}
          """,
        fixed: "[sigma, ▸{a: b}]",
        mixture: "{components: 2}"),
      """
      'model.fixed[2]' is a mapping, expected 'weights', 'sigma', 'typical' or 'variance' with a \
      random effect.
      """)
    expectFault(
      job(
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, k: 0.3}, variance: {V: 9, k: 0.01}, sigma: 0.1}
          """,
        fixed: "▸[]",
        mixture: "{components: 2}"),
      "'model.fixed' is an empty list, expected a list of parameters; give a value, or remove it.")
    expectFault(
      job(start: "{sigma: 0.1}", fixed: "[▸weights]", mixture: "{}"),
      "'weights' is fixed with one component, expected two or more; remove it.")
    expectFault(
      job(start: "{sigma: 0.1}", fixed: "[▸weights]", mixture: "{components: 2}"),
      """
      'weights' is fixed without a start value, expected one in 'model.start.weights'; give the \
      value to keep there.
      """)
    expectFault(
      job(start: "{}", fixed: "[▸sigma]", mixture: "{components: 2}"),
      """
      'sigma' is fixed without a start value, expected one in 'model.start.sigma'; give the \
      value to keep there.
      """)
    expectFault(
      job(start: "{}", fixed: "[▸typical k 2]", mixture: "{components: 2}"),
      """
      'typical k 2' is fixed without a start value, expected one in 'model.start.typical.k'; \
      give the value to keep there.
      """)
    expectFault(
      job(start: "{typical: {V: 18}}", fixed: "[▸variance V]", mixture: "{components: 2}"),
      """
      'variance V' is fixed without a start value, expected one in 'model.start.variance.V'; \
      give the value to keep there.
      """)
    expectFault(
      job(
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, k: 0.3}, variance: {V: 9, k: 0.01}, sigma: 0.1}
          """,
        fixed: "[sigma, ▸variance k 1]",
        mixture: "{components: 2, covariance-across-components: equal}"),
      """
      'variance k 1' is fixed for some components only, expected all or none, as they have one \
      covariance matrix because of 'covariance-across-components: equal'; write 'variance k', or \
      remove it.
      """)
    expectFault(
      job(
        effects: "random-effects: {CL: \(lognormal), V: \(mixed)}",
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, CL: 3}, variance: {V: 9, CL: 0.01}, sigma: 0.1}
          """,
        fixed: "[▸variance CL]",
        mixture: "{components: 2, covariance: full}"),
      """
      'variance CL' is fixed in component 1 without the others of its block, expected all or \
      none of 'variance CL' and 'variance V', as with 'covariance: full' they belong to one \
      covariance matrix; fix all of them or none.
      """)
    expectFault(
      job(
        effects: "random-effects: {CL: \(lognormal), V: \(mixed)}",
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, CL: 3}, variance: {V: 9, CL: 0.01}, sigma: 0.1}
          """,
        fixed: "[▸variance CL, variance V 1, variance CL 2]",
        mixture: "{components: 2, covariance: full}"),
      """
      'variance CL' is fixed in component 2 without the others of its block, expected all or \
      none of 'variance CL' and 'variance V', as with 'covariance: full' they belong to one \
      covariance matrix; fix all of them or none.
      """)
    expectFault(
      job(
        effects: "random-effects: {CL: \(lognormal), V: \(mixed)}",
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, CL: 3}, variance: {V: 9, CL: 0.01}, sigma: 0.1}
          """,
        fixed: "[typical CL 1, ▸typical V]",
        mixture: "{components: 2, covariance: full}"),
      """
      'typical V' is fixed in component 2 without the others of its block, expected all or none \
      of 'typical CL' and 'typical V', as with 'covariance: full' they are estimated together \
      through their covariances; fix all of them or none.
      """)
    expectFault(
      job(
        effects: "random-effects: {CL: \(lognormal), V: \(mixed)}",
        start: """
          {weights: [0.5, 0.5], typical: {V: 18, CL: 3}, variance: {V: 9, CL: 0.01}, sigma: 0.1}
          """,
        fixed: "[▸variance CL, variance V]",
        mixture: "{components: 2, covariance: full}"),
      """
      'variance CL' is fixed, and with 'covariance: full' the correlation of 'CL' and 'V' as \
      well, expected its value in 'model.start.correlation'; give the value to keep there.
      """)
    expectFault(
      job(
        effects: "random-effects: {CL: \(shared), V: \(shared)}",
        start: "{typical: {V: 18, CL: 3}, variance: {V: 9, CL: 0.01}, sigma: 0.1}",
        fixed: "[▸typical CL]",
        mixture: "{covariance: {shared: full}}"),
      """
      'typical CL' is fixed without the others of its block, expected all or none of 'typical \
      CL' and 'typical V', as with 'covariance: full' they are estimated together through their \
      covariances; fix all of them or none.
      """)
  }
}

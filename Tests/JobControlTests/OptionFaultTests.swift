import Testing

/// The mark stands where the message is to point.
@Suite("faults are reported at their place, with what to do: numbers, estimation and simulation")
struct OptionFaultTests {
  @Test("numbers that are not decimal, finite and in range are refused")
  func numbers() {
    expectFault(
      job(estimation: "{tolerance: ▸1_000}"),
      """
      'estimation.tolerance' is the text "1_000", expected a number greater than 0; write the \
      digits without '_'.
      """)
    expectFault(
      job(estimation: "{tolerance: ▸'1,5'}"),
      """
      'estimation.tolerance' is the text "1,5", expected a number greater than 0; write the \
      decimal sign as a point.
      """)
    expectFault(
      job(estimation: "{tolerance: ▸0x10}"),
      """
      'estimation.tolerance' is the text "0x10", expected a number greater than 0; write it in \
      decimal digits.
      """)
    expectFault(
      job(estimation: "{tolerance: ▸.inf}"),
      """
      'estimation.tolerance' is the text ".inf", expected a number greater than 0; give a finite \
      number.
      """)
    expectFault(
      job(estimation: "{tolerance: ▸nan}"),
      """
      'estimation.tolerance' is the text "nan", expected a number greater than 0; give a finite \
      number.
      """)
    expectFault(
      job(estimation: "{tolerance: ▸1e999}"),
      """
      'estimation.tolerance' is the text "1e999", expected a number greater than 0; give a \
      smaller number.
      """)
    expectFault(
      job(estimation: "{tolerance: ▸1e}"),
      """
      'estimation.tolerance' is the text "1e", expected a number greater than 0.
      """)
    expectFault(
      job(estimation: "{tolerance: ▸-}"),
      """
      'estimation.tolerance' is the text "-", expected a number greater than 0.
      """)
    expectFault(
      job(estimation: "{tolerance: ▸0}"),
      "'estimation.tolerance' is 0, expected a number greater than 0.")
    expectFault(
      job(estimation: "{tolerance: ▸12 h}"),
      """
      'estimation.tolerance' is the text "12 h", expected a number greater than 0.
      """)
    expectFault(
      job(estimation: "{seed: ▸-1}"),
      "'estimation.seed' is -1, expected a whole number from 0 to 18446744073709551615.")
    expectFault(
      job(estimation: "{seed: ▸18446744073709551616}"),
      """
      'estimation.seed' is 18446744073709551616, expected a whole number from 0 to \
      18446744073709551615.
      """)
    expectFault(
      job(estimation: "{seed: ▸1e-3}"),
      "'estimation.seed' is 1e-3, expected a whole number from 0 to 18446744073709551615.")
    expectFault(
      job(estimation: "{iterations: ▸99999999999999999999999}"),
      """
      'estimation.iterations' is 99999999999999999999999, expected a whole number from 1 to \
      1000000.
      """)
    expectFault(
      job(estimation: "{iterations: ▸no}"),
      """
      'estimation.iterations' is the text "no", expected a whole number from 1 to 1000000.
      """)
  }

  @Test("options that do not belong to the method are refused")
  func estimation() {
    expectFault(
      job(estimation: "{method: ▸fixed samples}"),
      """
      'estimation.method' is the text "fixed samples", expected paper or exact; did you \
      mean 'exact'?
      """)
    expectFault(
      job(estimation: "{method: paper, ▸tolerance: 1e-3}"),
      """
      'estimation.tolerance' stands beside 'method: paper', expected it with 'method: \
      exact' only; remove it, or change the method.
      """)
    expectFault(
      job(estimation: "{method: paper, ▸nodes: lattice}"),
      """
      'estimation.nodes' stands beside 'method: paper', expected it with 'method: exact' \
      only; remove it, or change the method.
      """)
    expectFault(
      job(estimation: "{samples: ▸1000}"),
      """
      'estimation.samples' is 1000, expected a power of two from 16 to 2^20 for 'nodes: \
      lattice'; use 1024, or 'nodes: independent'.
      """)
    expectFault(
      job(estimation: "{samples: ▸8}"),
      """
      'estimation.samples' is 8, expected a power of two from 16 to 2^20 for 'nodes: \
      lattice'; use 16, or 'nodes: independent'.
      """)
    expectFault(
      job(estimation: "{nodes: gauss-hermite, ▸samples: 49}"),
      """
      'estimation.samples' stands beside 'nodes: gauss-hermite', whose number is 'order' to the \
      power of the number of random effects; give 'order' instead.
      """)
    expectFault(
      job(estimation: "{▸order: 7}"),
      """
      'estimation.order' is expected with 'nodes: gauss-hermite' only; remove it, or change the nodes.
      """)
    expectFault(
      job(estimation: "{nodes: ▸random}"),
      """
      'estimation.nodes' is the text "random", expected lattice, sobol, \
      independent or gauss-hermite.
      """)
    expectFault(
      job(estimation: "{envelope-inflation: ▸0.5}"),
      "'estimation.envelope-inflation' is 0.5, expected a number not less than 1.")
    expectFault(
      job(estimation: "▸paper"),
      """
      'estimation' is the text "paper", expected a mapping.
      """)
    expectFault(
      job(estimation: "{samples: ▸0}"),
      "'estimation.samples' is 0, expected a whole number from 1 to 16777216.")
  }

  @Test("simulations that are incomplete are refused")
  func simulation() {
    expectFault(
      job(simulation: "{\(design), ▸value: {}, \(trueValues)}"),
      """
      unknown key "value" in 'simulation', expected 'data-sets', 'subjects', 'doses', 'times', \
      'values' or 'seed'; did you mean 'values'?
      """)
    expectFault(
      job(rest: "▸simulation: {\(design)}"),
      "'simulation' has no 'values', which is required; add it.")
    expectFault(
      job(
        simulation: """
          {subjects: ▸0, doses: [{time: 0, amount: 100}], times: [1, 2], \(trueValues)}
          """),
      "'simulation.subjects' is 0, expected a whole number from 1 to 100000000.")
    expectFault(
      job(
        simulation: "{subjects: 1, doses: [{time: 0, amount: ▸-1}], times: [1, 2], \(trueValues)}"),
      "'simulation.doses[1].amount' is -1, expected a number greater than 0.")
    expectFault(
      job(simulation: "{subjects: 1, doses: [▸{time: 0}], times: [1, 2], \(trueValues)}"),
      "'simulation.doses[1]' has no 'amount', which is required; add it.")
    expectFault(
      job(simulation: "{subjects: 1, doses: ▸{time: 0, amount: 1}, times: [1, 2], \(trueValues)}"),
      "'simulation.doses' is a mapping, expected a list of doses.")
    expectFault(
      job(simulation: "{subjects: 1, doses: [▸100], times: [1, 2], \(trueValues)}"),
      "'simulation.doses[1]' is 100, expected a mapping.")
    expectFault(
      job(
        simulation: """
          {subjects: 1, doses: [▸{time: 0, amount: 1, additional: 2}], times: [1, 2], \(trueValues)}
          """),
      """
      'simulation.doses[1]' has 'additional' without 'interval', expected both for a series of \
      doses; give both or none.
      """)
    expectFault(
      job(
        simulation: """
          {subjects: 1, doses: [▸{time: 0, amount: 1, interval: 2}], times: [1, 2], \(trueValues)}
          """),
      """
      'simulation.doses[1]' has 'interval' without 'additional', expected both for a series of \
      doses; give both or none.
      """)
    expectFault(
      job(
        simulation: """
          {subjects: 1, doses: [{time: 0, amount: 1}], times: [1, ▸0.5], \(trueValues)}
          """),
      "'simulation.times[2]' is 0.5 after 1.0, expected times in ascending order; sort them.")
    expectFault(
      job(simulation: "{subjects: 1, doses: [{time: 0, amount: 1}], times: [▸-1], \(trueValues)}"),
      "'simulation.times[1]' is -1, expected a number not less than 0.")
    expectFault(
      job(simulation: "{subjects: 1, doses: [{time: 0, amount: 1}], times: ▸1.5, \(trueValues)}"),
      "'simulation.times' is 1.5, expected a list of times.")
    expectFault(
      job(
        simulation: """
          {\(design), values: {▸typical: {V: 20}, variance: {V: 4, k: 0.01}, sigma: 0.1}}
          """),
      "'simulation.values.typical' has no 'k', which is required; add it.")
    expectFault(
      job(
        simulation: "{\(design), ▸values: {typical: {V: 20, k: 0.3}, variance: {V: 4, k: 0.01}}}"),
      "'simulation.values' has no 'sigma', which is required; add it.")
    expectFault(
      job(mixture: "{components: 2}", simulation: "{\(design), ▸\(trueValues)}"),
      "'simulation.values' has no 'weights', which is required; add it.")
    expectFault(
      job(simulation: "{\(design), seed: ▸2007 a, \(trueValues)}"),
      """
      'simulation.seed' is the text "2007 a", expected a whole number from 0 to \
      18446744073709551615.
      """)
  }
}

import JobFiles
import TestSupport
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

  @Test("methods, nodes and their numbers that there are not are refused")
  func estimation() {
    expectFault(
      job(estimation: "{method: ▸exakt}"),
      """
      'estimation.method' is the text "exakt", expected paper or exact; did you mean 'exact'?
      """)
    expectFault(
      job(estimation: "▸paper"),
      """
      'estimation' is the text "paper", expected a mapping.
      """)
    expectFault(
      job(estimation: "{nodes: ▸random}"),
      """
      'estimation.nodes' is the text "random", expected lattice, sobol, gauss-hermite or \
      independent.
      """)
    expectFault(
      job(estimation: "{nodes: lattice, samples: ▸1000}"),
      """
      'estimation.samples' is 1000, expected a power of two from 16 to 2^20 for 'nodes: \
      lattice'; use 1024, or 'nodes: independent'.
      """)
    expectFault(
      job(estimation: "{nodes: sobol, samples: ▸8}"),
      """
      'estimation.samples' is 8, expected a power of two from 16 to 2^20 for 'nodes: sobol'; use \
      16, or 'nodes: independent'.
      """)
    expectFault(
      job(estimation: "{nodes: lattice, samples: ▸2097152}"),
      """
      'estimation.samples' is 2097152, expected a power of two from 16 to 2^20 for 'nodes: \
      lattice'; use 1048576, or 'nodes: independent'.
      """)
    expectFault(
      job(estimation: "{nodes: independent, samples: ▸0}"),
      "'estimation.samples' is 0, expected a whole number from 1 to 16777216.")
    expectFault(
      job(estimation: "{order: ▸33}"),
      "'estimation.order' is 33, expected a whole number from 2 to 32.")
    expectFault(
      job(estimation: "{precision: ▸0}"),
      "'estimation.precision' is 0, expected a number greater than 0, or none.")
    expectFault(
      job(estimation: "{precision: ▸best}"),
      """
      'estimation.precision' is the text "best", expected a number greater than 0, or none.
      """)
    expectFault(
      job(estimation: "{precision: ▸'0,01'}"),
      """
      'estimation.precision' is the text "0,01", expected a number greater than 0, or none; write \
      the decimal sign as a point.
      """)
    expectFault(
      job(estimation: "{acceleration: ▸andersen}"),
      """
      'estimation.acceleration' is the text "andersen", expected anderson or none; did you mean \
      'anderson'?
      """)
    expectFault(
      job(estimation: "{memory-limit: ▸1 GB}"),
      """
      'estimation.memory-limit' is the text "1 GB", expected a whole number from 0 to 16777216.
      """)
    expectFault(
      job(estimation: "{memory-limit: ▸-1}"),
      "'estimation.memory-limit' is -1, expected a whole number from 0 to 16777216.")
  }

  @Test(
    "what belongs to 'exact' is refused beside 'paper'",
    arguments: [
      "nodes: lattice", "order: 5", "precision: none", "tolerance: 1e-3", "acceleration: none",
      "memory-limit: 100",
    ])
  func paper(option: String) {
    expectFault(
      job(estimation: "{method: paper, ▸\(option)}"),
      """
      'estimation.\(option.prefix { $0 != ":" })' stands beside 'method: paper', expected it with \
      'method: exact' only; remove it, or change the method.
      """)
  }

  @Test("numbers of other nodes are refused")
  func numberOfNodes() {
    expectFault(
      job(estimation: "{nodes: gauss-hermite, ▸samples: 49}"),
      """
      'estimation.samples' stands beside 'nodes: gauss-hermite', whose number is 'order' to the \
      power of the number of random effects; give 'order' instead.
      """)
    expectFault(
      job(estimation: "{▸samples: 49}"),
      """
      'estimation.samples' stands beside Gauss-Hermite nodes, the default for up to two random \
      effects, whose number is 'order' to the power of the number of random effects; give 'order' \
      instead, or name the nodes.
      """)
    expectFault(
      job(estimation: "{nodes: sobol, ▸order: 7}"),
      """
      'estimation.order' is expected with 'nodes: gauss-hermite' only; remove it, or change the nodes.
      """)
    expectFault(
      threeEffectJob(estimation: "{▸order: 7}"),
      """
      'estimation.order' is expected with 'nodes: gauss-hermite' only; remove it, or change the nodes.
      """, vocabulary: threeEffects)
    let names = (1...11).map { "E\($0)" }
    let effects = names.map { "\($0): \(shared)" }.joined(separator: ", ")
    for (estimation, count) in [
      ("{nodes: gauss-hermite, order: ▸6}", "6^11"), ("{nodes: ▸gauss-hermite}", "5^11"),
    ] {
      let key = count == "6^11" ? "order" : "nodes"
      expectFault(
        job(
          structure: "structure: many", effects: "random-effects: {\(effects)}",
          estimation: estimation),
        """
        'estimation.\(key)' asks for \(count) nodes, expected at most 2^24; lower 'order', or use \
        'nodes: lattice'.
        """, vocabulary: JobVocabulary(structures: ["many": [names]]))
    }
  }

  @Test("envelopes that cannot be are refused")
  func envelope() {
    expectFault(
      job(estimation: "{▸envelope-inflation: 2}"),
      """
      unknown key "envelope-inflation" in 'estimation', expected 'method', 'nodes', 'samples', \
      'order', 'precision', 'iterations', 'tolerance', 'acceleration', 'seed', 'memory-limit', \
      'envelope', 'starts', 'profile' or 'profile-quantile'; correct or remove it.
      """)
    expectFault(
      job(estimation: "{envelope: ▸2}"), "'estimation.envelope' is 2, expected a mapping.")
    expectFault(
      job(estimation: "{envelope: {▸inflaton: 2}}"),
      """
      unknown key "inflaton" in 'estimation.envelope', expected 'inflation', 'tails', \
      'degrees-of-freedom' or 'prior-share'; did you mean 'inflation'?
      """)
    expectFault(
      job(estimation: "{envelope: {inflation: ▸0.5}}"),
      "'estimation.envelope.inflation' is 0.5, expected a number not less than 1.")
    expectFault(
      job(estimation: "{nodes: sobol, envelope: {tails: ▸student}}"),
      """
      'estimation.envelope.tails' is the text "student", expected normal or student-t; did you \
      mean 'student-t'?
      """)
    expectFault(
      job(estimation: "{nodes: sobol, envelope: {tails: student-t, degrees-of-freedom: ▸2}}"),
      "'estimation.envelope.degrees-of-freedom' is 2, expected a number greater than 2.")
    expectFault(
      job(estimation: "{nodes: sobol, envelope: {▸degrees-of-freedom: 5}}"),
      """
      'estimation.envelope.degrees-of-freedom' is expected with 'tails: student-t' only; remove \
      it, or change the tails.
      """)
    expectFault(
      job(estimation: "{nodes: sobol, envelope: {prior-share: ▸1}}"),
      "'estimation.envelope.prior-share' is 1, expected a number from 0 to 0.9.")
    for option in ["tails: student-t", "prior-share: 0.1"] {
      for nodes in ["", "nodes: gauss-hermite, "] {
        expectFault(
          job(estimation: "{\(nodes)envelope: {▸\(option)}}"),
          """
          'estimation.envelope.\(option.prefix { $0 != ":" })' stands beside Gauss-Hermite nodes, \
          which are those of a normal envelope; remove it, or use 'nodes: lattice'.
          """)
      }
    }
  }

  @Test("simulations that are incomplete are refused")
  func simulation() {
    expectFault(
      job(simulation: "{\(design), ▸value: {}, \(trueValues)}"),
      """
      unknown key "value" in 'simulation', expected 'data-sets', 'subjects', 'doses', 'times', 'arms', \
      'covariates', 'drop-out-hazard', 'quantification-limit', 'values' or 'seed'; did you mean 'values'?
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

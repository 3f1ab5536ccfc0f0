import Estimation
import JobFiles
import Study
import TestSupport
import Testing

@Suite("faults are reported at their place, with what to do: designs and studies")
struct StudyFaultTests {
  private let start = "subjects: 1, doses: [{time: 0, amount: 1}], times: [1]"

  @Test("a study is read with its methods, their data sets and the published figures")
  func study() throws {
    let file = try read(
      job(
        data: nil, simulation: "{data-sets: 9, \(design), \(trueValues)}",
        rest: """
          study:
            published: figures.csv
            methods:
              as-printed: {method: paper, samples: 200, data-sets: 4}
              best: {method: exact, order: 7}
          """))
    let study = try #require(file.study)
    #expect(study.methods.map(\.name) == ["as-printed", "best"])
    #expect(study.methods.map(\.dataSets) == [4, nil])
    #expect(
      study.methods[0].options.settings.method == .paper
        && study.methods[0].options.settings.samples == 200)
    #expect(study.methods[1].options.order == 7)
    #expect(study.published?.value == "figures.csv")
  }

  @Test("studies that cannot be done are refused")
  func wrongStudies() {
    func text(_ study: String, simulation: Bool = true) -> String {
      job(
        data: simulation ? nil : "{files: a.csv}",
        simulation: simulation ? "{data-sets: 9, \(design), \(trueValues)}" : nil, rest: study)
    }
    expectFault(
      text("▸study: {methods: {exact: {method: exact}}}", simulation: false),
      "'study' stands without 'simulation', expected both, as a study fits simulated data sets; add it."
    )
    expectFault(text("▸study: {}"), "'study' has no 'methods', which is required; add it.")
    expectFault(
      text("study: {methods: ▸{}}"),
      "'study.methods' has no method, expected at least one; add one.")
    expectFault(
      text("study: {methods: {▸a/b: {method: exact}}}"),
      """
      the method "a/b" is not called by a name of letters, digits, '-', '_' and '.', which its folder will have; rename it.
      """)
    expectFault(
      text("study: {methods: {a: {method: exact}, ▸A: {method: paper}}}"),
      """
      the method "A" differs from "a" in capitals only, which not all file systems tell apart; rename it.
      """)
    expectFault(
      text("study: {methods: {▸study.csv: {method: exact}}}"),
      "the method \"study.csv\" has the name of a file or folder that a study makes; rename it.")
    expectFault(
      text("study: {methods: {a: {method: exact, data-sets: ▸10}}}"),
      "'study.methods.a.data-sets' is 10, expected a whole number from 1 to 9.")
    expectFault(
      text("study: {methods: {a: {method: paper, ▸tolerance: 1}}}"),
      """
      'study.methods.a.tolerance' stands beside 'method: paper', expected it with 'method: exact' only; remove it, or \
      change the method.
      """)
  }

  @Test("arms and covariates are read")
  func arms() throws {
    let file = try read(
      job(
        data: nil,
        simulation: """
          {arms: [{subjects: 3, doses: [{time: 0, amount: 2, per: WT}], times: [1]}, {\(start)}], \
          covariates: {WT: {distribution: lognormal, median: 70, sd: 0.2}, \
          SEX: {distribution: categories, values: [0, 1], shares: [0.5, 0.5]}}, \
          drop-out-hazard: 0.1, quantification-limit: 0.5, \(trueValues)}
          """))
    let simulation = try #require(file.simulation)
    #expect(simulation.arms.map(\.subjects) == [3, 1])
    #expect(simulation.arms[0].doses[0].per == "WT")
    #expect(simulation.covariates.map(\.name) == ["WT", "SEX"])
    #expect(simulation.covariates[1].distribution == .categories([0, 1], shares: [0.5, 0.5]))
    #expect(simulation.dropOutHazard == 0.1 && simulation.quantificationLimit == 0.5)
  }

  @Test("designs that cannot be drawn are refused")
  func wrongDesigns() {
    func text(_ simulation: String) -> String {
      job(data: nil, simulation: "{\(simulation), \(trueValues)}")
    }
    expectFault(
      text("▸subjects: 1, arms: [{\(start)}]"),
      "'simulation.subjects' stands beside 'arms', each of which has its own; move it into an arm, or remove it."
    )
    expectFault(
      text("subjects: 1, times: [1], doses: [{time: 0, amount: 1, per: ▸WT}]"),
      """
      'simulation.doses[1].per' names a covariate, but 'simulation.covariates' has none that is always above 0; add one \
      that is lognormal, for example.
      """)
    expectFault(
      text("\(start), covariates: {▸DV: {distribution: normal, mean: 1, sd: 1}}"),
      """
      the covariate "DV" is not called by a name of letters, digits, '_' and '.' that is no standard column; rename it.
      """)
    expectFault(
      text("\(start), covariates: {A: {distribution: normal, mean: 1, ▸median: 2, sd: 1}}"),
      """
      unknown key "median" in 'simulation.covariates.A', expected 'distribution', 'mean' or 'sd'; correct or remove it.
      """)
    expectFault(
      text("\(start), covariates: {A: {distribution: categories, values: [1, 2], shares: ▸[0.5]}}"),
      "'simulation.covariates.A.shares' has 1 values, expected 2, one for each of 'values'.")
    expectFault(
      text(
        "\(start), covariates: {A: {distribution: categories, values: [1, 2], shares: ▸[0.5, 0.6]}}"
      ),
      "'simulation.covariates.A.shares' sums to 1.1, expected a sum of 1; correct the shares.")
    expectFault(
      text("\(start), covariates: {A: ▸{distribution: uniform, from: 2, to: 1}}"),
      "'simulation.covariates.A' goes from 2.0 to 1.0, expected the smaller number first; swap them."
    )
  }
}

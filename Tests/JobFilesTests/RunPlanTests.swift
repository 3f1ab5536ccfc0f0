import Estimation
import JobFiles
import NumericKernels
import PopulationData
import PopulationModel
import TestSupport
import Testing

@Suite("From what the user wrote to what is run")
struct RunPlanTests {
  static let job = """
    popmix: 1
    job: plan
    data:
      files: data.csv
      columns: {DV: CONC}
      ignore: ["@", "WT > 3"]
      repeated-ids: join
      missing: NA
      covariates: {WT: {carry: forward}, APGR: }
      below-limit: replace
    model:
      structure: one-compartment bolus
      random-effects:
        CL: {distribution: lognormal, membership: mixture}
        V: {distribution: lognormal, membership: mixture}
      residual-error: additive
      start:
        weights: [0.25, 0.75]
        typical: {CL: [1, 5], V: 20}
        variance: {CL: [0.1, 0.2], V: 0.4}
        correlation: {V CL: [0.5, -0.5]}
        sigma: 0.3
      fixed: [typical CL 2, typical V 2, sigma]
    mixture:
      components: 2
      covariance: full
    estimation:
      method: exact
      nodes: independent
      samples: 300
      tolerance: 1e-4
      seed: 18446744073709551615

    """

  private func plan(_ text: String = job) throws -> RunPlan {
    try RunPlan(JobFileReader().read(text, path: "job.yaml"))
  }

  @Test("parameters that get profiles are those of the model, by name or all")
  func profiles() throws {
    func plan(_ profile: String) throws -> RunPlan {
      try self.plan(
        Self.job.replacing("  samples: 300\n", with: "  samples: 300\n  profile: \(profile)\n"))
    }
    #expect(try self.plan().settings.profiles == .none)
    #expect(try plan("all").settings.profiles == .all)
    #expect(try plan("mu.CL.1").settings.profiles == .names(["mu.CL.1"]))
    #expect(try plan("[w.1, sd.V.1]").settings.profiles == .names(["w.1", "sd.V.1"]))
    let error = #expect(throws: JobError.self) { try plan("[w.1, sd.W.1]") }
    let message = try #require(error.map { "\($0)" })
    #expect(
      message.contains(
        ":31:18: 'estimation.profile' names 'sd.W.1', expected all, or free or derived"),
      "\(message)")
    #expect(message.contains("did you mean sd.V.1?"), "\(message)")
  }

  @Test("values go to the scale where the effects are normal")
  func start() throws {
    let start = try plan().starting.completed(with: nil)
    #expect(start.weights == [0.25, 0.75])
    #expect(start.means[0] == [0, NumericKernels.log(20.0)])
    #expect(start.means[1] == [NumericKernels.log(5.0), NumericKernels.log(20.0)])
    #expect(start.covariances[0].elements == [0.1, 0.5 * (0.1 * 0.4).squareRoot(), 0.4])
    #expect(start.covariances[1].elements == [0.2, -0.5 * (0.2 * 0.4).squareRoot(), 0.4])
    #expect(start.residualVariance == 0.3 * 0.3)
  }

  @Test("fixed parameters leave the list of the free ones")
  func fixed() throws {
    #expect(
      try plan().freeParameterNames == [
        "mu.CL.1", "mu.V.1", "omega.CL.CL.1", "omega.V.CL.1", "omega.V.V.1", "omega.CL.CL.2",
        "omega.V.CL.2", "omega.V.V.2", "w.1",
      ])
  }

  @Test("settings and format are those of the job")
  func settings() throws {
    let plan = try plan()
    #expect(
      plan.settings
        == EstimationSettings(
          method: .exact, nodes: .independent, samples: 300, iterations: 1000,
          tolerance: 1e-4, seed: .max, envelopeInflation: 1.5, precision: nil))
    #expect(
      try plan.format
        == DatasetFormat(
          columns: ["DV": "CONC"], ignore: [IgnoreRule("@"), IgnoreRule("WT > 3")],
          repeatedIDs: .join, missing: ["NA"],
          covariates: [CovariateColumn("WT", carry: .forward), CovariateColumn("APGR")],
          belowLimit: .replace))
  }

  @Test("a covariate that is the file's name of a standard column is refused at its place")
  func covariateOfOtherMeaning() {
    let text = Self.job.replacing(
      "covariates: {WT: {carry: forward}, APGR: }", with: "covariates: [CONC]")
    #expect {
      _ = try plan(text)
    } throws: {
      "\($0)".hasSuffix(
        "covariates: CONC is DV already, a column has one meaning; leave it out once.")
    }
  }

  private static func job(estimation: String) -> String {
    job.split(separator: "estimation:")[0] + "estimation: \(estimation)\n"
  }

  static let estimations: [(String, EstimationSettings, [String])] = [
    (
      "{}",
      EstimationSettings(
        method: .exact, nodes: .gaussHermite, samples: 25, iterations: 1000, tolerance: 1e-5,
        seed: 1, envelopeInflation: 1, precision: 0.002),
      [
        "exact, Gauss-Hermite nodes of order 5, 25 per subject and component",
        "precision: nodes are added where needed, until their error is below 0.002 standard errors "
          + "of each estimate and 0.002 units of -2 log L",
        "envelope: normal, covariance matrix × 1",
        "accelerated EM (Anderson), until the distance to the maximum is below 1e-05, at most 1000 "
          + "iterations, seed 1",
      ]
    ),
    (
      """
      {nodes: sobol, precision: none, acceleration: none, memory-limit: 3, seed: 7,
       envelope: {inflation: 2, tails: student-t, degrees-of-freedom: 4.5, prior-share: 0.1}}
      """,
      EstimationSettings(
        method: .exact, nodes: .sobol, samples: 64, iterations: 1000, tolerance: 1e-5, seed: 7,
        envelopeInflation: 2, envelopeDegreesOfFreedom: 4.5, priorShare: 0.1, precision: nil,
        isAccelerated: false, memoryLimit: 3 << 20),
      [
        "exact, 64 Sobol' points per subject and component",
        "precision: none asked for, the error of the nodes is only measured",
        "envelope: Student's t with 4.5 degrees of freedom, scale matrix × 2; 10 % of the samples "
          + "from the component itself",
        "plain EM, until the distance to the maximum is below 1e-05, at most 1000 iterations, seed 7",
      ]
    ),
    (
      "{method: paper, seed: 3}",
      EstimationSettings(
        method: .paper, nodes: .independent, samples: 1000, iterations: 50, tolerance: 0, seed: 3,
        envelopeInflation: 1, isAccelerated: false),
      [
        "paper, 1000 fresh samples per subject and component in each iteration",
        "envelope: normal, covariance matrix × 1", "50 iterations, seed 3",
      ]
    ),
  ]

  @Test("the estimation is what was asked for, and says so in words", arguments: estimations)
  func estimation(text: String, settings: EstimationSettings, lines: [String]) throws {
    let plan = try plan(Self.job(estimation: text))
    #expect(plan.settings == settings)
    #expect(plan.jobFile.estimation.lines == lines)
  }

  @Test("a design has no covariates, and equations that read one are refused with it")
  func simulatedCovariates() throws {
    let text = """
      popmix: 1
      job: plan
      data: {files: data.csv, covariates: [WT]}
      model:
        equations: |
          ke = CL*(WT/70)^0.75/V
          d/dt(A) = -ke*A
          cp = A/V
        random-effects:
          CL: {distribution: lognormal, membership: shared}
          V: {distribution: lognormal, membership: shared}
        residual-error: proportional
      simulation:
        data-sets: 1
        subjects: 10
        doses: [{time: 0, amount: 100}]
        times: [1, 2]
        values: {typical: {CL: 1, V: 10}, variance: {CL: 0.1, V: 0.1}, sigma: 0.1}
      """
    let error = #expect(throws: JobError.self) { try plan(text) }
    #expect("\(try #require(error))".contains("equations that depend on covariates"))
    // A covariate of the data that the equations do not read is no matter.
    _ = try plan(text.replacing("(WT/70)^0.75", with: "1"))
  }

  @Test("what is not given is left open")
  func open() throws {
    let text = Self.job.replacing("    sigma: 0.3\n", with: "").replacing(", sigma]", with: "]")
    let starting = try plan(text).starting
    #expect(!starting.isComplete)
    #expect(starting.residualVariance == nil)
    #expect(starting.weights == [0.25, 0.75])
  }

  static let faults: [(MarkedText, String)] = [
    (
      MarkedText(job.replacing("\"WT > 3\"", with: "▸\"WT ~ 3\"")),
      "'WT ~ 3' is no rule for rows"
    ),
    (
      MarkedText(job.replacing("{DV: CONC}", with: "{AMT: CONC, DV: ▸CONC}")),
      "AMT and DV are both CONC"
    ),
  ]

  static let impossible: [(String, String)] = [
    (
      job.replacing("CL: [1, 5]", with: "CL: 2").replacing("CL: [0.1, 0.2]", with: "CL: 0.1")
        .replacing("[0.5, -0.5]", with: "0.5").replacing("typical CL 2, typical V 2, ", with: ""),
      "components 1 and 2 start with the same means and covariances"
    ),
    (
      job.replacing("CL: [0.1, 0.2], V: 0.4", with: "CL: 1e-5, V: 1e-5")
        .replacing("typical CL 2, typical V 2", with: "variance CL, variance V"),
      "the variance of CL is fixed below 1 % of its typical value"
    ),
  ]

  @Test("a start from which EM cannot find the maximum is refused", arguments: impossible)
  func impossibleStart(text: String, message: String) throws {
    do {
      _ = try plan(text)
      Issue.record("not refused")
    } catch JobError.invalid(let diagnostics) {
      #expect(diagnostics.count == 1 && diagnostics[0].message.contains(message), "\(diagnostics)")
    }
  }

  @Test("settings of the data that cannot be are refused at their place", arguments: faults)
  func refused(text: MarkedText, message: String) throws {
    do {
      _ = try plan(text.text)
      Issue.record("not refused")
    } catch JobError.invalid(let diagnostics) {
      #expect(diagnostics.count == 1)
      #expect(diagnostics[0].line == text.line)
      #expect(diagnostics[0].message.contains(message), "\(diagnostics[0])")
    }
  }

  @Test("simulated data sets have names that sort")
  func names() throws {
    let text = Self.job.replacing(
      "estimation:",
      with: """
        simulation:
          data-sets: 12
          subjects: 3
          doses: [{time: 0, amount: 1}]
          times: [1]
          values:
            weights: [0.5, 0.5]
            typical: {CL: [1, 5], V: 20}
            variance: {CL: 0.1, V: 0.4}
            sigma: 0.3
        estimation:
        """)
    let names = try plan(text).simulatedNames
    #expect(names.count == 12)
    #expect(names[0] == "plan_01.csv" && names[11] == "plan_12.csv")
    #expect(names == names.sorted())
  }
}

import Estimation
import JobFiles
import NumericKernels
import PopulationModel
import TestSupport
import Testing

/// What a job file says of distributions, covariates, fixed effects, residual errors and equations.
@Suite("models of all kinds in job files")
struct ModelKeyTests {
  static let text = """
    popmix: 1
    job: all
    data:
      files: data.csv
      covariates: [WT, SEX, OCC]
      below-limit: interval
    model:
      equations: |
        conc = linCmt(CL = CL, V = V, ka = ka)
        f(depot) = F
        effect = E0 + slope*conc
      solver: {relative: 1e-6, steps: 500}
      random-effects:
        CL:
          distribution: lognormal
          membership: mixture
          covariates:
            WT: {scale: log, centre: 70}
            SEX: {categories: [1, 2], per-component: yes}
          occasions: {covariate: OCC, values: [1, 2]}
        V: {distribution: box-cox, power: 0.5, membership: shared}
        F: {distribution: logit-normal, bounds: [0.1, 0.9], membership: shared}
      fixed-effects:
        ka: {distribution: lognormal}
        E0: {distribution: normal, per-component: yes}
        slope: {distribution: normal}
      residual-error:
        conc: {error: combined, dvid: 1}
        effect: {error: power, dvid: 2, per-component: yes}
      start:
        typical: {CL: [1, 2], V: 9, F: 0.5, ka: 1.5, E0: [3, 4], slope: 2}
        variance: {CL: 0.1, V: 0.2, F: 0.3}
        sigma:
          conc: {additive: 0.2, proportional: 0.1}
          effect: {sigma: 0.3, power: 0.7}
        coefficients: {CL: {WT: 0.75, SEX.2: [0.1, 0.2]}}
      fixed: [typical ka]
    mixture:
      components: 2
      weight-covariates: {SEX: {categories: 1}}

    """

  private func plan(_ text: String = text) throws -> RunPlan {
    try RunPlan(JobFileReader().read(text, path: "job.yaml"))
  }

  @Test("the model is what is written")
  func model() throws {
    let model = try plan().model
    #expect(model.structural.name == "equations")
    #expect(model.effects.map(\.name) == ["CL", "V", "F", "CL_occasion1", "CL_occasion2"])
    #expect(
      model.effects.map(\.distribution) == [
        .lognormal, .boxCox(power: 0.5), .logitNormal(lower: 0.1, upper: 0.9), .normal, .normal,
      ])
    #expect(model.tiedVariances == [[3, 4]])
    #expect(model.covariateEffects.map(\.label) == ["WT", "SEX.1", "SEX.2"])
    #expect(model.covariateEffects.map(\.column) == [0, 1, 1])
    #expect(model.weightCovariates.map(\.label) == ["SEX.1"])
    #expect(model.outputs.map(\.error) == [.combined, .power])
    #expect(model.isCensored && !model.isFactored)
    #expect(
      FreeParameters(model).names == [
        "mu.CL.1", "mu.CL.2", "mu.V", "mu.F", "mu.E0.1", "mu.E0.2", "mu.slope", "beta.CL.WT",
        "beta.CL.SEX.1.1", "beta.CL.SEX.1.2", "beta.CL.SEX.2.1", "beta.CL.SEX.2.2",
        "omega.CL.CL.1", "omega.CL.CL.2", "omega.V.V", "omega.F.F",
        "omega.CL_occasion1.CL_occasion1", "w.1", "w.SEX.1.1", "sigma2.additive.conc",
        "sigma2.proportional.conc", "sigma2.effect.1", "sigma2.effect.2", "power.effect.1",
        "power.effect.2",
      ])
  }

  @Test("start values go to the scales on which they are estimated")
  func start() throws {
    let plan = try plan()
    // Nothing is said of the variance between occasions.
    #expect(!plan.starting.isComplete)
    #expect(plan.starting.means[1][0] == NumericKernels.log(2.0))
    #expect(abs(plan.starting.means[0][1]! - 4) < 1e-12)
    #expect(abs(plan.starting.means[0][2]!) < 1e-12)
    #expect(plan.starting.means[0][3] == 0 && plan.starting.means[1][4] == 0)
    #expect(plan.starting.coefficients == [[0.75, 0, 0.1], [0.75, 0, 0.2]])
    let direct = plan.starting.direct
    #expect(direct[0].map { $0! }[0...3] == [0.2 * 0.2, 0.1 * 0.1, 0.3 * 0.3, 0.7])
    #expect(direct[0][4] == NumericKernels.log(1.5))
    #expect(direct[0][5] == 3 && direct[1][5] == 4 && direct[1][6] == 2)
  }

  @Test(
    "starting values of each residual error are complete, one or one for each component",
    arguments: [
      ("proportional", "0.5", [[0.25], [0.25]]), ("additive", "[2, 3]", [[4], [9]]),
      ("combined", "{additive: 2, proportional: [0.5, 1]}", [[4, 0.25], [4, 1]]),
      ("combined-sd", "{additive: 2, proportional: 0.5}", [[2, 0.5], [2, 0.5]]),
      ("power", "{sigma: 0.5, power: 0.7}", [[0.25, 0.7], [0.25, 0.7]]),
      ("power", "{sigma: [0.5, 1], power: [0, 1]}", [[0.25, 0], [1, 1]]),
      ("lognormal", "[0.5, 0.1]", [[0.25], [0.1 * 0.1]]),
    ])
  func residuals(error: String, sigma: String, values: [[Double]]) throws {
    for perComponent in sigma.contains("[") ? ["yes"] : ["yes", "no"] {
      let plan = try plan(
        """
        popmix: 1
        job: errors
        data: {files: a.csv}
        model:
          structure: one-compartment bolus
          random-effects:
            V: {distribution: lognormal, membership: shared}
            k: {distribution: lognormal, membership: mixture}
          residual-error: {cp: {error: \(error), per-component: \(perComponent)}}
          start:
            weights: [0.5, 0.5]
            typical: {V: 20, k: [0.1, 0.3]}
            variance: {V: 0.1, k: 0.1}
            sigma: \(sigma)
        mixture: {components: 2}

        """)
      #expect(plan.starting.isComplete)
      if plan.model.isFactored {
        #expect(plan.starting.residualVariance == values[0][0])
      } else {
        #expect(plan.starting.direct.map { $0.map { $0! } } == values)
      }
    }
  }

  @Test(
    "what cannot be is refused at its place",
    arguments: [
      (
        "lognormal, membership: mixture, bounds: [0, 1]}", ":14:",
        "'model.random-effects.V.bounds' stands beside 'lognormal', expected 'logit-normal'; remove it."
      ),
      (
        "logit-normal, bounds: [1, 0], membership: mixture}", ":14:",
        "'model.random-effects.V.bounds' is not two numbers in ascending order, expected as '[0, 1]'; correct it."
      ),
      (
        "box-cox, membership: mixture}", ":14:",
        "'model.random-effects.V' has no 'power', which is required; add it."
      ),
      (
        "lognormal, membership: mixture, covariates: {AGE: {}}}", ":14:",
        "the covariate \"AGE\" is not among those of the data, expected one of WT; add it under 'data.covariates'."
      ),
      (
        "lognormal, membership: mixture, covariates: {WT: {centre: 0, scale: log}}}", ":14:",
        "'model.random-effects.V.covariates.WT.centre' is 0, expected a number greater than 0."
      ),
    ])
  func refusals(_ effect: String, _ place: String, _ message: String) throws {
    let text = """
      popmix: 1
      job: wrong
      data:
        files: data.csv
        covariates: WT
      model:
        equations: |
          # a comment
          conc = dose/V

        # another

        random-effects:
          V: {distribution: \(effect)
        residual-error: additive

      """
    let error = try #require(throws: JobError.self) { try plan(text) }
    #expect("\(error)".contains(message) && "\(error)".contains(place), "\(error)")
  }

  @Test("faults of equations stand at their line and column of the job file")
  func equations() throws {
    let text = """
      popmix: 1
      job: wrong
      data: {files: data.csv}
      model:
        equations: |
          k = CL/V
          conc = dose/Vol*exp(-k*tad)
        random-effects:
          V: {distribution: lognormal, membership: mixture}
          CL: {distribution: lognormal, membership: mixture}
        residual-error: additive

      """
    let error = try #require(throws: JobError.self) { try plan(text) }
    #expect("\(error)".contains("job.yaml:7:17"), "\(error)")
    #expect("\(error)".contains("Vol"))
  }
}

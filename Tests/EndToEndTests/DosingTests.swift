import Foundation
import TestSupport
import Testing

@Suite("Doses, from the data file to predictions and messages")
struct DosingTests {
  /// Predictions of the observations of a fit that is over; all parameters are fixed, or nearly.
  private func predictions(_ folder: JobFolder) throws -> [Double] {
    let rows = try folder.read("out/observations.csv").split(separator: "\n")
    let column = try #require(
      rows[0].split(separator: ",").firstIndex(of: "PRED"))
    return rows.dropFirst().compactMap {
      Double($0.split(separator: ",", omittingEmptySubsequences: false)[column])
    }
  }

  private func fit(_ job: String, _ data: String) throws -> (run: ChildProcess, folder: JobFolder) {
    let folder = try JobFolder()
    try folder.write(job, to: "job.yaml")
    try folder.write(data, to: "data.csv")
    return (try ChildProcess.run("popmix", ["fit", "\(folder.path)/job.yaml"]), folder)
  }

  private static func job(_ model: String, data: String = "") -> String {
    """
    popmix: 1
    job: doses
    data:
      files: data.csv
    \(data)model:
    \(model)
    tables: observations
    output: out

    """
  }

  @Test("a dose into a compartment that is off turns it on")
  func off() throws {
    let job = Self.job(
      """
        equations: |
          d/dt(A) = R
          cp = A
        random-effects:
          R: {distribution: lognormal, membership: shared}
        residual-error: additive
        start:
          typical: {R: 1.0}
          variance: {R: 1e-6}
          sigma: 1.0
        fixed: [sigma, variance R, typical R]
      """)
    let (run, folder) = try fit(
      job,
      """
      ID,TIME,AMT,DV,EVID,MDV,CMT
      1,0,.,1.0,0,0,.
      1,3,.,1.0,0,0,.
      1,4,0,.,2,1,-1
      1,5,.,1.0,0,0,.
      1,6,1,.,1,1,1
      1,6,.,1.0,0,0,.
      1,8,.,1.0,0,0,.
      """)
    #expect(run.exitCode == 0, "\(run.errors)")
    for (a, b) in zip(try predictions(folder), [0.0, 3, 0, 1, 3]) { #expect(abs(a - b) < 1e-4) }
  }

  /// Made by the sum over 400 doses, one by one.
  @Test(
    "a lag of an interval or more is that of the train",
    arguments: [
      (5.0, [3.94282233, 3.57033343, 5.14973439, 4.14194844, 3.94282233, 3.57033343, 2.16663452]),
      (12.0, [2.3944812, 5.14973439, 4.34932048, 2.51722849, 2.3944812, 5.14973439, 4.34932048]),
      (17.0, [3.94282233, 3.57033343, 5.14973439, 4.14194844, 3.94282233, 3.57033343, 5.14973439]),
      (24.0, [2.3944812, 5.14973439, 4.34932048, 2.51722849, 2.3944812, 5.14973439, 4.34932048]),
      (30.5, [4.56408747, 4.14194844, 2.51722849, 4.78452847, 4.56408747, 4.14194844, 2.51722849]),
    ])
  func lag(_ lag: Double, _ expected: [Double]) throws {
    let job = Self.job(
      """
        structure: one-compartment oral
        random-effects:
          CL: {distribution: lognormal, membership: shared}
        fixed-effects:
          V: {distribution: lognormal}
          ka: {distribution: lognormal}
          tlag: {distribution: lognormal}
        residual-error: additive
        start:
          typical: {CL: 2.0, V: 20, ka: 1.0, tlag: \(lag)}
          variance: {CL: 1e-6}
          sigma: 1.0
        fixed: [sigma, variance CL, typical CL, typical V, typical ka, typical tlag]
      """)
    let rows = [0, 1, 6, 11.5, 12, 13, 18].map { "1,\($0),.,5,0,0,.,." }
    let (run, folder) = try fit(
      job, "ID,TIME,AMT,DV,EVID,MDV,SS,II\n1,0,100,.,1,1,1,12\n" + rows.joined(separator: "\n"))
    #expect(run.exitCode == 0, "\(run.errors)")
    for (a, b) in zip(try predictions(folder), expected) { #expect(abs(a - b) < 1e-3) }
  }

  private static let two = """
    ID,TIME,AMT,DV,EVID,MDV,SS,II,CRCL
    1,0,100,.,1,1,1,10,90
    1,1,.,5,0,0,.,.,90
    1,5,.,4,0,0,.,.,90
    2,0,100,.,1,1,1,10,0
    2,1,.,5,0,0,.,.,0
    2,5,.,4,0,0,.,.,0
    """

  @Test("a fit that cannot begin names the doses without a steady state, and the parameters")
  func noSteadyState() throws {
    let (run, folder) = try fit(
      Self.job(
        """
          equations: |
            d/dt(A) = -Vm*A/(Km + A)
            cp = A/10
          random-effects:
            Vm: {distribution: lognormal, membership: shared}
            Km: {distribution: lognormal, membership: shared}
          residual-error: proportional
          start:
            typical: {Vm: 5, Km: 20}
            variance: {Vm: 0.001, Km: 0.001}
            sigma: 0.1
        """), Self.two)
    #expect(run.exitCode != 0)
    #expect(
      run.errors.contains(
        """
        as the model has no prediction: of subject 1 (line 2 of the data) at Vm = 5.0, Km = 20.0 doses of 100 every \
        10 (SS) have no steady state, as they bring more than the model eliminates; correct the row, or give \
        starting values at which the model predicts.
        """), "\(run.errors) \(folder.path)")
  }

  @Test("a covariate of 0 whose logarithm counts is named, with subject and line")
  func logarithm() throws {
    func model(_ equations: String, _ covariates: String) -> String {
      Self.job(
        """
          \(equations)
          random-effects:
            CL: {distribution: lognormal, membership: shared\(covariates)}
            V: {distribution: lognormal, membership: shared}
          residual-error: proportional
          start:
            typical: {CL: 2, V: 20}
            variance: {CL: 0.1, V: 0.1}
            sigma: 0.1
        """, data: "  covariates: [CRCL]\n")
    }
    let effect = try fit(
      model("structure: one-compartment", ", covariates: {CRCL: {scale: log, centre: 90}}"),
      Self.two)
    #expect(effect.run.exitCode == 65)
    #expect(
      effect.run.errors.contains(
        """
        data.csv:5: subject 2: the covariate CRCL is 0.0, and log(CRCL/90) needs values above 0; correct the value,
        """.trimmingCharacters(in: .whitespacesAndNewlines)), "\(effect.run.errors)")
    let equations = try fit(
      model("equations: \"cp = linCmt(CL = CL*(1 + 0.7*log(CRCL/90)), V = V)\"", ""), Self.two)
    #expect(equations.run.exitCode != 0)
    #expect(
      equations.run.errors.contains(
        "of subject 2 (line 5 of the data) at CL = 2.0, V = 20.0 `log` in the equations is no finite number with CRCL = 0.0"
      ), "\(equations.run.errors)")
  }

  @Test("equations that read the time are refused with SS unless they repeat themselves")
  func time() throws {
    let job = Self.job(
      """
        equations: |
          d/dt(A) = -k*(1 + 0.5*sin(2*pi*t/24))*A
          cp = A
        random-effects:
          k: {distribution: lognormal, membership: shared}
        residual-error: additive
        start:
          typical: {k: 0.1}
          variance: {k: 1e-6}
          sigma: 1.0
        fixed: [sigma, variance k, typical k]
      """)
    func data(_ interval: Int) -> String {
      "ID,TIME,AMT,DV,EVID,MDV,SS,II\n1,0,100,.,1,1,1,\(interval)\n1,6,.,5,0,0,.,.\n"
    }
    let refused = try fit(job, data(12))
    #expect(refused.run.exitCode == 65)
    #expect(
      refused.run.errors.contains("data.csv:2: subject 1: SS of a dose is 1, and the differential"))
    let (run, folder) = try fit(job, data(24))
    #expect(run.exitCode == 0, "\(run.errors)")
    // ∫ of the rate over a day 2.4; over its first 6 hours 0.1·(6 + 12/(2π)·(1 − cos(π/2))).
    let expected = 100 / (1 - exp(-2.4)) * exp(-0.1 * (6 + 12 / (2 * Double.pi)))
    #expect(abs(try predictions(folder)[0] - expected) < 1e-2)
  }
}

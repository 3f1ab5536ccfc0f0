import ControlStreams
import Testing

@Suite("Control streams and hand-written jobs")
struct PlanComparisonTests {
  /// Streams beside a hand-written job of the same model.
  static let names = (try? Streams.rows("accepted.tsv").map { $0[0] }) ?? []

  private func translated(_ name: String) throws -> String {
    let path = "\(Streams.folder)/accepted/\(name)/run.ctl"
    return try ControlStreamImport.job(from: Streams.text(path), path: path).text
  }

  /// What differs between a job and the hand-written one beside a stream.
  private func differences(_ name: String, _ job: String) throws -> [String] {
    let folder = "\(Streams.folder)/accepted/\(name)"
    return PlanComparison(
      try ReadPlan(job, folder: folder),
      try ReadPlan(Streams.text("\(folder)/job.yaml"), folder: folder)
    ).differences
  }

  @Test("a control stream has the plan of the job that says the same", arguments: names)
  func plans(_ name: String) throws {
    let differences = try differences(name, translated(name))
    #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
  }

  @Test("the control stream of the end-to-end tests has the plan of a hand-written job")
  func shortStream() throws {
    // Its data are drawn there; these have the same columns.
    let folder = "\(Streams.folder)/accepted/theta-forms"
    let stream = """
      $PROBLEM one compartment
      $INPUT ID TIME AMT DV EVID MDV
      $DATA ../data/two-oral.csv IGNORE=@
      $SUBROUTINE ADVAN1 TRANS2
      $PK
      CL = THETA(1)*EXP(ETA(1))
      V = THETA(2)*EXP(ETA(2))
      S1 = V
      $ERROR
      Y = F*(1 + EPS(1))
      $THETA (0,5) (0,20)
      $OMEGA 0.1 0.1
      $SIGMA 0.02
      $ESTIMATION METHOD=1 INTER
      $TABLE ID TIME DV PRED ONEHEADER NOPRINT FILE=sdtab1
      """
    let written = """
      popmix: 1
      job: short
      data:
        files: ../data/two-oral.csv
      model:
        structure: one-compartment bolus
        random-effects:
          CL: {distribution: lognormal, membership: mixture}
          V: {distribution: lognormal, membership: mixture}
        residual-error: proportional
        start:
          typical: {CL: 5, V: 20}
          variance: {CL: 0.1, V: 0.1}
          sigma: 0.1414213562373095
      """
    let translated = try ControlStreamImport.job(from: stream, path: "\(folder)/run.ctl").text
    let differences = PlanComparison(
      try ReadPlan(translated, folder: folder), try ReadPlan(written, folder: folder)
    ).differences
    #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
  }

  /// A change of a translated job, after which it says something else.
  struct Change: Sendable, CustomTestStringConvertible {
    /// The control stream's name.
    var name: String
    var old: String
    var new: String
    /// A part of what has to be told of the difference.
    var difference: String

    init(_ name: String, _ old: String, _ new: String, _ difference: String) {
      (self.name, self.old, self.new, self.difference) = (name, old, new, difference)
    }

    var testDescription: String { "\(name): \(new)" }
  }

  static let changes = [
    // Start values.
    Change("omega-block", "      CL: 3\n", "      CL: 3.00001\n", "at the start values"),
    Change("outputs-dvid", "      E0: 95\n", "      E0: 95.001\n", "at the start values"),
    Change("advan13-turnover", "      IC50: 1.2", "      IC50: 1.21", "at the start values"),
    Change("advan13-turnover", "      CL: 2.5", "      CL: 2.500001", "start value of CL"),
    Change("advan13-turnover", "      CL: 2.5", "      CL: 2.500001", "start value of CL"),
    Change("omega-block", "      V: 0.04\n", "      V: 0.040001\n", "covariance with V of V"),
    Change("omega-block", "CL V: 0.25", "CL V: 0.26", "covariance with CL of V"),
    Change("mixture-etas", "CL: [0.09, 0.06]", "CL: [0.06, 0.09]", "covariance with CL of CL"),
    Change("mixture-etas", "[0.3, 0.7]", "[0.31, 0.69]", "start values of weights"),
    Change("omega-block", "sigma: 0.1414", "sigma: 0.1415", "start values of residual errors"),
    Change("outputs-dvid", "Y2: 3", "Y2: 3.1", "start values of residual errors"),
    Change("omega-block", "    sigma: 0.1414213562373095\n", "", "left to a search"),
    // Residual errors.
    Change("data-accept", "proportional", "additive", "residual errors"),
    Change("error-combined", "error: combined", "error: combined-sd", "residual errors"),
    Change(
      "mixture-flags", "residual-error: proportional",
      "residual-error: {Y: {error: proportional, per-component: yes}}",
      "residual errors of components"),
    Change("outputs-dvid", "dvid: 1", "dvid: 3", "outputs' numbers"),
    // Equations.
    Change("advan3-trans1", "K12, k21 = K21", "K21, k21 = K12", "at the start values"),
    Change("logarithms", "log(F)", "F", "at the start values"),
    Change("covariates-categories", "RACE == 3", "RACE == 2", "at the start values"),
    Change("covariates-categories", "THETA5^SEX", "0.9^SEX", "warnings"),
    // Effects.
    Change("etas-times", "V: {distribution: normal", "V: {distribution: lognormal", "V moves"),
    Change("error-power", "KA: {distribution: lognormal", "KA: {distribution: normal", "KA moves"),
    Change(
      "occasions-if", ", occasions: {covariate: OCC, values: [1, 2]}", "", "random effects"),
    Change("data-accept", "model:\n", "mixture: {covariance: full}\nmodel:\n", "correlation"),
    Change("mixture-etas", "  order: job\n", "", "order of components"),
    Change("mixture-flags", "  covariance-across-components: equal\n", "", "across components"),
    Change("mixture-covariate", "centre: 0", "centre: 1", "covariates of weights"),
    // What is fixed, and what is known before.
    Change("omega-standard-deviations", "[variance V]", "[variance CL]", "fixed variance of V"),
    Change("omega-standard-deviations", "[variance V]", "[variance V, typical V]", "fixed mean"),
    Change("omega-standard-deviations", "[variance V]", "[variance V, sigma]", "fixed residual"),
    Change("mixture-fixed-share", "  fixed: [weights]\n", "", "fixed weights"),
    Change("prior-records", "{value: 4, sd: 0.2}", "{value: 4, sd: 0.21}", "prior of normal"),
    Change("prior-records", "degrees-of-freedom: 8", "degrees-of-freedom: 9", "prior of inverse"),
    Change("advan3-trans4", "seed: 1234", "seed: 1235", "estimation"),
    // Data.
    Change("data-ignore-list", "TIME.GT.12", "TIME.GT.24", "subject"),
    Change("data-ignore-list", "ID.EQ.7, ", "", "number of subjects"),
    Change("data-accept", "STUDY.EQ.1", "STUDY.EQ.2", "subject"),
    Change("omega-block", "ignore: [\"@\"]", "ignore: [\"@\", TIME.GT.12]", "subject"),
    Change("limit-likelihood", "below-limit: interval", "below-limit: conditional", "limits"),
  ]

  @Test("a change of one part is a difference that names it", arguments: changes)
  func changed(_ change: Change) throws {
    // What the outputs call parameters would be wrong of others.
    let job = try #require(
      translated(change.name).split(separator: "nonmem:").first.map(String.init))
    let other = job.replacing(change.old, with: change.new)
    #expect(other != job, "there is no \(change.old) in the job")
    let differences = try differences(change.name, other)
    #expect(
      differences.contains { $0.contains(change.difference) },
      "\(differences.joined(separator: "\n"))")
  }
}

import Foundation
import JobFiles
import PopulationModel
import TestSupport
import Testing

@Suite("faults are reported at their place, with what to do: resampling and ranges of components")
struct ResamplingFaultTests {
  private let data = "{files: a.csv, covariates: [SEX, WT]}"

  @Test("a bootstrap is read, with defaults")
  func bootstrap() throws {
    let plain = try #require(try read(job(rest: "bootstrap: {}")).bootstrap)
    #expect(plain.kind == .nonparametric && plain.replicates == 1000 && plain.seed == 1)
    #expect(plain.stratify == nil)
    let file = try read(
      job(data: data, rest: "bootstrap: {replicates: 50, stratify: SEX, seed: 7}"))
    let own = try #require(file.bootstrap)
    #expect(own.replicates == 50 && own.stratify?.value == "SEX" && own.seed == 7)
  }

  @Test("bootstraps that cannot be done are refused")
  func wrongBootstraps() {
    expectFault(
      job(rest: "bootstrap: {kind: ▸bayesian}"),
      "'bootstrap.kind' is the text \"bayesian\", expected nonparametric or parametric.")
    expectFault(
      job(rest: "bootstrap: {replicates: ▸1}"),
      "'bootstrap.replicates' is 1, expected a whole number from 2 to 100000.")
    expectFault(
      job(rest: "bootstrap: {▸replicate: 9}"),
      """
      unknown key "replicate" in 'bootstrap', expected 'kind', 'replicates', 'stratify' or 'seed'; did you mean 'replicates'?
      """)
    expectFault(
      job(data: data, rest: "bootstrap: {stratify: ▸AGE}"),
      """
      'bootstrap.stratify' is "AGE", expected a covariate of the data, "SEX" or "WT"; add it to 'data.covariates', where columns are \
      named that the model need not use.
      """)
    expectFault(
      job(data: data, rest: "bootstrap: {kind: parametric, ▸stratify: SEX}"),
      """
      'bootstrap.stratify' stands beside 'kind: parametric', which keeps the subjects and draws their observations; remove it.
      """)
    expectFault(
      job(
        data: "{files: a.csv, below-limit: conditional}",
        rest: "bootstrap: ▸{kind: parametric}"),
      """
      'bootstrap' is parametric beside 'data.below-limit: conditional', where it is not known how many values there were below the \
      limit; use 'kind: nonparametric'.
      """)
  }

  @Test("likelihood ratio tests that cannot reject are refused")
  func wrongTests() {
    expectFault(
      job(rest: "likelihood-ratio-test: ▸{replicates: 18}"),
      """
      'likelihood-ratio-test' asks for 18 replicates, of which p cannot be as low as the level 0.05, expected at least 19; raise \
      'replicates'.
      """)
    expectFault(
      job(rest: "likelihood-ratio-test: {level: ▸0}"),
      "'likelihood-ratio-test.level' is 0, expected a number between 0.0 and 1.0.")
  }
}

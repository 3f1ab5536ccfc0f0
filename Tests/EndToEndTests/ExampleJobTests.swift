import Foundation
import Report
import TestSupport
import Testing

/// What should come out of a job of this repository.
struct ExampleJob: Sendable, CustomTestStringConvertible {
  /// A figure to compare an estimate with.
  struct Figure: Sendable {
    /// As `fit.json` calls the parameter.
    let name: String
    let value: Double
    /// The largest difference; `nil` for a truth, from which an estimate differs by its standard
    /// error.
    let tolerance: Double?
  }

  /// Name of the job file, without its ending.
  let name: String
  let figures: [Figure]
  /// The largest log-likelihood by another way of computing it, and the largest difference.
  let logLikelihood: (value: Double, tolerance: Double)?

  var testDescription: String { name }

  /// A job on simulated data, with the values they were drawn from (in the comment of the job
  /// file).
  static func simulated(_ name: String, _ truth: KeyValuePairs<String, Double>) -> ExampleJob {
    ExampleJob(
      name: name, figures: truth.map { Figure(name: $0.key, value: $0.value, tolerance: nil) },
      logLikelihood: nil)
  }

  /// A job on real data, with the figures of another computation and how far estimates may differ
  /// from each.
  static func real(
    _ name: String, logLikelihood: (value: Double, tolerance: Double)? = nil,
    _ figures: KeyValuePairs<String, (Double, Double)>
  ) -> ExampleJob {
    ExampleJob(
      name: name,
      figures: figures.map { Figure(name: $0.key, value: $0.value.0, tolerance: $0.value.1) },
      logLikelihood: logLikelihood)
  }
}

@Suite("What comes out of the example jobs")
struct ExampleJobTests {
  static let jobs: [ExampleJob] = [
    // The maximum by nested quadrature; the tolerances are 0.01 standard errors of these estimates.
    .real(
      "theophylline", logLikelihood: (-172.7174, 0.005),
      [
        "typical.ka": (1.5794, 4.6e-3), "typical.V": (31.627, 7.4e-2),
        "typical.CL": (2.7481, 1.2e-2),
        "omega.ka.ka": (0.3947, 2.7e-3), "omega.V.V": (0.01789, 3.1e-4),
        "omega.CL.CL": (0.07075, 1e-3), "sigma": (0.7380, 5e-4),
      ]),
    // By saemix: documentation/examples_saem.tex of github.com/saemixdevelopment/saemixextension;
    // the tolerances are a fifth of its standard errors, and half a unit of the last digit printed.
    // Its log L by importance sampling, at estimates from random samples, is -172.4448.
    .real(
      "theophylline-weight", logLikelihood: (-172.3736, 0.005),
      [
        "typical.ka": (1.567, 0.06), "typical.V": (31.475, 0.28), "typical.CL": (1.581, 0.2),
        "beta.CL.WT": (0.008, 0.0018), "omega.ka.ka": (0.388, 0.035), "omega.V.V": (0.015, 0.0025),
        "omega.CL.CL": (0.070, 0.0068), "sigma": (0.743, 0.0114),
      ]),
    // The maximum in closed form: given the rate constants, the model is linear in its normal
    // coefficients. With a variance of lrc1 as well, integrated by 201 Gauss-Hermite nodes, it is
    // the same, and that variance is 0.
    .real(
      "indomethacin", logLikelihood: (56.11475, 1e-4),
      [
        "mu.A1": (2.7736, 2e-4), "mu.A2": (0.7865, 2e-4), "mu.lrc1": (1.0343, 2e-4),
        "mu.lrc2": (-0.8693, 2e-4), "sd.A1": (0.57744, 1e-4), "sd.A2": (0.20913, 1e-4),
        "sigma": (0.0821, 5e-5),
      ]),
    // The maxima of these two by adaptive Gauss-Hermite quadrature with 14 nodes in each dimension.
    .real(
      "indomethacin-compartments", logLikelihood: (87.525826, 1e-3),
      [
        "typical.CL": (7.75033, 5e-3), "typical.V1": (9.05760, 3e-3), "typical.Q": (5.44806, 5e-3),
        "typical.V2": (20.0650, 2e-2), "omega.CL.CL": (0.0420593, 1e-4),
        "omega.Q.Q": (0.108599, 1e-4),
        "sigma": (0.151511, 1e-4),
      ]),
    .real(
      "phenobarb-weight", logLikelihood: (-434.628224, 1e-3),
      [
        "typical.CL": (6.14787e-3, 4e-6), "typical.V": (1.30081, 4e-4),
        "beta.CL.WT": (1.11636, 1.5e-3),
        "beta.V.WT": (0.93660, 6e-4), "omega.CL.CL": (4.45327e-2, 2e-4),
        "omega.V.CL": (2.21785e-2, 1.2e-4), "omega.V.V": (2.43492e-2, 8e-5),
        "sigma2": (1.248992e-2, 3e-5),
      ]),
    // The maximum of the posterior by 30 Gauss-Hermite nodes in each dimension and the densities of
    // scipy.stats, where log L is no maximum; the tolerances are 0.002 posterior standard
    // deviations.
    .real(
      "phenobarb-prior", logLikelihood: (-490.50585, 1e-3),
      [
        "mu.CL.1": (-5.226939, 1.4e-4), "mu.V.1": (0.232343, 8e-5), "mu.CL.2": (-3.898285, 4e-4),
        "mu.V.2": (1.195451, 2.4e-4), "omega.CL.CL.1": (0.1044016, 6e-5),
        "omega.V.V.1": (0.0784607, 3.3e-5), "omega.CL.CL.2": (0.0900645, 7.4e-5),
        "omega.V.V.2": (0.0624684, 5e-5), "w.1": (0.8673009, 9e-5), "sigma2": (0.01226704, 4e-6),
      ]),
    // By NONMEM 7.4.2, first-order conditional estimation with interaction:
    // tests/testdata/nonmem/pheno_real.lst of github.com/pharmpy/pharmpy. It approximates the
    // likelihood; the tolerances are half of its standard errors.
    .real(
      "phenobarb-apgar",
      [
        "typical.CL": (4.6955e-3, 1.05e-4), "typical.V": (0.98426, 1.35e-2),
        "mu.rise": (0.15892, 4.2e-2),
        "omega.CL.CL": (2.9351e-2, 6.7e-3), "omega.V.V": (2.7906e-2, 3.7e-3),
        "sigma2": (1.3241e-2, 1.1e-3),
      ]),
    .simulated(
      "infusions",
      [
        "typical.CL": 5, "typical.V1": 20, "typical.Q": 8, "typical.V2": 50, "sd.CL": 0.3,
        "sd.V1": 0.25,
        "sigma": 0.1,
      ]),
    .simulated(
      "lag",
      [
        "typical.ka": 1.2, "typical.CL": 4, "typical.V": 30, "typical.tlag": 0.6, "sd.ka": 0.4,
        "sd.CL": 0.3, "sd.V": 0.2, "sigma.additive": 0.1, "sigma.proportional": 0.12,
      ]),
    .simulated(
      "bioavailability",
      [
        "typical.CL": 4, "typical.V": 30, "typical.F": 0.6, "typical.ka": 1, "sd.CL": 0.25,
        "sd.V": 0.2,
        "sd.F": 0.8, "sigma": 0.12,
      ]),
    .simulated(
      "effect",
      [
        "typical.CL": 3, "typical.V": 20, "typical.EC50": 2, "mu.E0": 100, "typical.Emax": 60,
        "sd.CL": 0.3, "sd.V": 0.2, "sd.EC50": 0.4, "sigma.conc": 0.1, "sigma.effect": 3,
      ]),
    .simulated(
      "below-limit",
      [
        "typical.k.1": 0.3, "typical.k.2": 0.6, "typical.V": 20, "w.1": 0.7, "sd.k.1": 0.15,
        "sd.k.2": 0.15, "sd.V": 0.1, "sigma.additive": 0.05, "sigma.proportional": 0.1,
      ]),
    // Component 1 are the poor metabolisers; w.RACE.1.1 is ln((0.4/0.6)/(0.1/0.9)).
    .simulated(
      "covariates",
      [
        "typical.CL.1": 1.2, "typical.CL.2": 4, "typical.V": 30, "beta.CL.WT": 0.75, "beta.V.WT": 1,
        "w.1": 0.1, "w.RACE.1.1": 1.7918, "sd.CL.1": 0.2, "sd.CL.2": 0.2,
        "sd.V": 0.15, "sigma": 0.1,
      ]),
    // The values of wang2007-simulated.yaml, which draws these data.
    .simulated(
      "wang2007-equations",
      [
        "mu.V": 20, "mu.k.1": 0.3, "mu.k.2": 0.6, "w.1": 0.8, "sd.V": 2, "sd.k.1": 0.06,
        "sd.k.2": 0.06,
        "sigma": 0.1,
      ]),
    .simulated(
      "occasions",
      [
        "typical.CL": 4, "typical.V": 20, "sd.CL": 0.3, "omega.CL_occasion1.CL_occasion1": 0.0625,
        "sd.V": 0.2, "sigma": 0.1,
      ]),
    .simulated(
      "michaelis-menten",
      [
        "typical.Vmax.1": 8, "typical.Vmax.2": 20, "typical.V": 30, "typical.Km": 4, "w.2": 0.7,
        "sd.Vmax.1": 0.15, "sd.Vmax.2": 0.15, "sd.V": 0.15, "sigma.additive": 0.05,
        "sigma.proportional": 0.1,
      ]),
  ]

  @Test(
    "a job converges to the truth of its data within their errors, or to the figures of others",
    arguments: jobs)
  func estimates(example: ExampleJob) throws {
    let folder = try JobFolder()
    // A copy, as results go beside the job file.
    let jobs = "\(folder.path)/jobs"
    try FileManager.default.createDirectory(atPath: jobs, withIntermediateDirectories: true)
    for item in ["\(example.name).yaml", "data"] {
      try FileManager.default.copyItem(
        atPath: "\(JobFolder.jobs)/\(item)", toPath: "\(jobs)/\(item)")
    }
    let run = try ChildProcess.run("popmix", ["fit", "--quiet", "\(jobs)/\(example.name).yaml"])
    try #require(run.exitCode == 0, "\(run.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let text = try folder.read("jobs/results/\(example.name)/fit.json")
    let document = try decoder.decode(FitDocument.self, from: Data(text.utf8))
    try #require(document.dataSets.count == 1)
    let dataSet = document.dataSets[0]
    #expect(dataSet.status == "converged", "\(dataSet.reason)")
    let fit = try #require(dataSet.fit)
    if let (value, tolerance) = example.logLikelihood {
      // Three standard errors of the integrals of log L beside it.
      let error = try #require(fit.samplingError).minusTwoLogLikelihood
      #expect(error < 0.05)
      #expect(abs(fit.logLikelihood - value) <= tolerance + 1.5 * error)
    }
    for figure in example.figures {
      let row = try #require(
        (fit.parameters + fit.derived).first { $0.name == figure.name }, "no \(figure.name)")
      if let tolerance = figure.tolerance {
        #expect(abs(row.estimate - figure.value) <= tolerance, "\(row.name) \(row.estimate)")
      } else {
        let errors = row.standardErrors
        let error = try #require(errors?.observed ?? errors?.outerProduct, "\(row.name)")
        #expect(
          abs(row.estimate - figure.value) <= 3.5 * error,
          "\(row.name) \(row.estimate), standard error \(error), truth \(figure.value)")
      }
    }
  }

  @Test("every example is in the guide's chapter of examples, and in this table")
  func guide() throws {
    let root = URL(fileURLWithPath: JobFolder.jobs).deletingLastPathComponent()
    let chapter = try String(
      contentsOf: root.appending(path: "Sources/popmix/popmix.docc/Examples.md"), encoding: .utf8)
    for name in JobTests.names {
      #expect(chapter.contains("`jobs/\(name)`"), "\(name) is not in Examples.md")
    }
    for example in Self.jobs {
      #expect(JobTests.names.contains("\(example.name).yaml"), "there is no job \(example.name)")
    }
  }
}

import Estimation
import NumericKernels
import PopulationModel
import Testing

@Suite("Fits of the reference cases")
struct ReferenceFitTests {
  @Test(
    "fixed samples reach the exact maximum likelihood fit", arguments: ReferenceCase.names)
  func exact(name: String) throws {
    let reference = try ReferenceCase(name)
    let result = try reference.fit(.exact(1024))
    let values = result.free.values(in: result.estimates)
    let exactErrors = reference.exactValues(reference.exact.se.opg)
    let exact = reference.exactValues(reference.exact.estimates)
    let errors = try #require(result.covariance.standardErrors)
    #expect(abs(result.logLikelihood - reference.exact.loglik) < 0.02)
    for (i, parameter) in result.free.names.enumerated() {
      #expect(abs(values[i] - exact[i]) < 0.02 * exactErrors[i], "\(parameter)")
      #expect(abs(errors[i] - exactErrors[i]) < 0.01 * exactErrors[i], "SE of \(parameter)")
    }
    for (posterior, tau) in zip(result.posteriors, reference.exact.subjects.tau) {
      for (ours, theirs) in zip(posterior.membership, tau) { #expect(abs(ours - theirs) < 0.005) }
    }
  }

  @Test(
    "three kinds of standard errors are those of the exact fit within 1 %, by lattice and quadrature",
    arguments: ReferenceCase.names, [EstimationSettings.Nodes.lattice, .gaussHermite])
  func standardErrors(name: String, nodes: EstimationSettings.Nodes) throws {
    let reference = try ReferenceCase(name)
    var settings = EstimationSettings.exact(1024)
    if nodes == .gaussHermite {
      settings.nodes = nodes
      settings.samples = 81
      settings.envelopeInflation = 1
    }
    let result = try reference.fit(settings)
    try expectStandardErrors(result, reference, within: 0.01)
  }

  private func expectStandardErrors(
    _ result: FitResult, _ reference: ReferenceCase, within share: Double
  ) throws {
    for kind in StandardErrorKind.allCases {
      let errors = try #require(result.covariance.covariance(kind)).diagonal.map { $0.squareRoot() }
      let exact = reference.exactValues(reference.exact.se[kind])
      for (i, parameter) in result.free.names.enumerated() {
        #expect(abs(errors[i] - exact[i]) < share * exact[i], "\(kind) of \(parameter)")
      }
    }
  }

  @Test("independent samples give three kinds of standard errors, too", arguments: ["wang_000"])
  func printedStandardErrors(name: String) throws {
    let reference = try ReferenceCase(name)
    var settings = EstimationSettings.exact(4000)
    settings.method = .paper
    settings.nodes = .independent
    settings.envelopeInflation = 1
    settings.iterations = 50
    let result = try reference.fit(settings)
    try expectStandardErrors(result, reference, within: 0.04)
  }

  @Test(
    "scrambled Sobol' points reach the exact fit too",
    arguments: ["wang_000", "clv_mix_full", "k3_mix"])
  func sobol(name: String) throws {
    let reference = try ReferenceCase(name)
    var settings = EstimationSettings.exact(1024)
    settings.nodes = .sobol
    settings.envelopeInflation = 1.5
    let result = try reference.fit(settings)
    let values = result.free.values(in: result.estimates)
    let exactErrors = reference.exactValues(reference.exact.se.opg)
    let exact = reference.exactValues(reference.exact.estimates)
    #expect(abs(result.logLikelihood - reference.exact.loglik) < 0.02)
    for (i, parameter) in result.free.names.enumerated() {
      #expect(abs(values[i] - exact[i]) < 0.02 * exactErrors[i], "\(parameter)")
    }
  }

  @Test(
    "adaptive Gauss–Hermite quadrature reaches the exact fit too", arguments: ReferenceCase.names)
  func quadrature(name: String) throws {
    let reference = try ReferenceCase(name)
    var settings = EstimationSettings.exact(81)
    settings.nodes = .gaussHermite
    settings.envelopeInflation = 1
    let result = try reference.fit(settings)
    let values = result.free.values(in: result.estimates)
    let exactErrors = reference.exactValues(reference.exact.se.opg)
    let exact = reference.exactValues(reference.exact.estimates)
    #expect(abs(result.logLikelihood - reference.exact.loglik) < 0.002)
    for (i, parameter) in result.free.names.enumerated() {
      #expect(abs(values[i] - exact[i]) < 0.005 * exactErrors[i], "\(parameter)")
    }
  }

  @Test("the print's method comes within 0.15 standard errors", arguments: ReferenceCase.names)
  func paper(name: String) throws {
    let reference = try ReferenceCase(name)
    let result = try reference.fit(.paper())
    let values = result.free.values(in: result.estimates)
    let exactErrors = reference.exactValues(reference.exact.se.opg)
    let exact = reference.exactValues(reference.exact.estimates)
    for (i, parameter) in result.free.names.enumerated() {
      #expect(abs(values[i] - exact[i]) < 0.15 * exactErrors[i], "\(parameter)")
    }
  }
}

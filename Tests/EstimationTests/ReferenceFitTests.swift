import Estimation
import PopulationModel
import Testing

@Suite("Fits of the reference cases")
struct ReferenceFitTests {
  @Test(
    "fixed samples reach the exact maximum likelihood fit", arguments: ReferenceCase.names)
  func fixedSamples(name: String) throws {
    let reference = try ReferenceCase(name)
    let result = try reference.fit(.fixedSamples(1024))
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

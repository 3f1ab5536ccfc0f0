import Estimation
import Foundation
import NumericKernels
import PopulationData
import PopulationModel
import StructuralModels
import Testing

/// The oral reference case, from the library and as equations: three lognormal effects with a full
/// Ω, combined error (variances add), 60 subjects; exact by adaptive Gauss–Hermite quadrature.
@Suite("The oral reference case")
struct OralReferenceTests {
  private struct Exact: Decodable {
    struct Errors: Decodable {
      let opg: [String: Double]
      let observed: [String: Double]
    }
    let loglik: Double
    let estimates: [String: Double]
    let se: Errors
  }

  private static let names = ["ka", "CL", "V"]

  private static func library() throws -> any StructuralModel {
    try StructuralModelCatalog.model(named: "one-compartment oral", parameters: names)
  }

  private static func equations() throws -> any StructuralModel {
    try EquationModel("conc = linCmt(ka = ka, CL = CL, V = V)", parameters: names)
  }

  @Test("log L, estimates and standard errors are those of quadrature", arguments: [true, false])
  func fit(isLibrary: Bool) throws {
    let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
      .appendingPathComponent("oral_full_k1")
    let dataset = try DatasetReader.read(
      bytes: Array(Data(contentsOf: folder.appendingPathComponent("data.csv"))),
      name: "oral", format: DatasetFormat())
    let exact = try JSONDecoder().decode(
      Exact.self, from: Data(contentsOf: folder.appendingPathComponent("exact.json")))
    let structural = isLibrary ? try Self.library() : try Self.equations()
    let model = MixtureModel(
      structural: structural,
      effects: Self.names.map {
        RandomEffect(name: $0, distribution: .lognormal, membership: .mixture)
      }, outputs: [OutputModel(error: .combined)], componentCount: 1, mixtureCovariance: .full,
      sharedCovariance: .full, covarianceSharing: .perComponent,
      fixed: FixedParameters(componentCount: 1, effectCount: 3),
      structuralPlace: Self.names.map { structural.parameterNames.firstIndex(of: $0)! })
    // The reference's own start.
    let start = PopulationParameters(
      weights: [1], means: [[0, 0.6931471806, 3.688879454]],
      covariances: [SymmetricMatrix(diagonal: [0.3, 0.2, 0.1])], residualVariance: 1,
      direct: [[0.1, 0.03]])
    let fit = try serialFit(model, dataset, .exact(1024), from: start)
    #expect(abs(fit.logLikelihood - exact.loglik) < 0.005)
    let outer = try #require(fit.covariance.standardErrors)
    let observed = try #require(fit.covariance.observed)
    for (a, name) in fit.free.names.enumerated() {
      let reference =
        name == "sigma2.additive"
        ? "a2" : name == "sigma2.proportional" ? "b2" : ReferenceCase.referenceName(name)
      let value = fit.free.values(in: fit.estimates)[a]
      let error = try #require(exact.se.opg[reference])
      #expect(abs(value - exact.estimates[reference]!) < 0.01 * error, "\(name)")
      #expect(abs(outer[a] / error - 1) < 0.01, "\(name)")
      #expect(
        abs(observed[a, a].squareRoot() / exact.se.observed[reference]! - 1) < 0.01, "\(name)")
    }
  }
}

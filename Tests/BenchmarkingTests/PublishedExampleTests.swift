// Foundation for the reference case's JSON.
import Benchmarking
import Foundation
import PopulationModel
import Testing

@Suite("The published example of the benchmarks")
struct PublishedExampleTests {
  /// The folder of the reference case that the example was copied from.
  private static let reference = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../EstimationTests/Fixtures/wang_000")

  private struct Exact: Decodable {
    struct Errors: Decodable { let opg: [String: Double] }
    let loglik: Double
    let estimates: [String: Double]
    let se: Errors
  }

  @Test("data and exact answer are those of the reference case")
  func agreesWithTheReferenceCase() throws {
    let example = try PublishedExample()
    let data = try Data(contentsOf: Self.reference.appending(path: "data.csv"))
    #expect(Array(data) == PublishedExample.file)
    let exact = try JSONDecoder().decode(
      Exact.self, from: Data(contentsOf: Self.reference.appending(path: "exact.json")))
    #expect(example.exactLogLikelihood == exact.loglik)
    let names = FreeParameters(example.model).names.map {
      $0 == "sigma2" ? "s2" : $0.replacingOccurrences(of: "omega.", with: "Sigma.")
    }
    #expect(example.exactEstimates == names.map { exact.estimates[$0] })
    #expect(example.exactStandardErrors == names.map { exact.se.opg[$0] })
  }

  @Test("the error of estimates is that of the worst of them, relative to its exact value")
  func relativeError() throws {
    let example = try PublishedExample()
    var estimates = example.start
    let free = FreeParameters(example.model)
    for (parameter, value) in zip(free.list, example.exactEstimates) {
      free.set(parameter, to: value, in: &estimates)
    }
    #expect(example.relativeError(estimates) < 1e-15)
    estimates.residualVariance! *= 1.01
    estimates.means[0][1] *= 0.97
    #expect(abs(example.relativeError(estimates) - 0.03) < 1e-12)
  }
}

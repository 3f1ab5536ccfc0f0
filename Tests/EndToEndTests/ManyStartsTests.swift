import Foundation
import Report
import TestSupport
import Testing

@Suite("Many starts")
struct ManyStartsTests {
  /// The fixtures of the reference data sets.
  private static let fixtures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("EstimationTests/Fixtures").path

  private struct Exact: Decodable { let minus2loglik: Double }

  /// Starts far from the truth, which is V = 20, k = 0.3 and 0.6 (of three components 0.1, 0.35 and
  /// 0.8), weights 0.8 and 0.2, sigma 0.1, with variances of V and k of 4 and 0.0036: means move by
  /// whole widths of the start's wide distribution.
  private static func job(_ path: String, components: Int) -> String {
    let (weights, rates) =
      components == 2
      ? ("[0.9, 0.1]", "[0.9, 0.15]") : ("[0.1, 0.8, 0.1]", "[1.2, 0.7, 0.65]")
    return """
      popmix: 1
      job: poor
      data: {files: '\(path)'}
      model:
        structure: one-compartment bolus
        random-effects:
          V: {distribution: normal, membership: shared}
          k: {distribution: normal, membership: mixture}
        residual-error: proportional
        start:
          weights: \(weights)
          typical: {V: 35, k: \(rates)}
          variance: {V: 60, k: 0.05}
          sigma: 0.5
      mixture: {components: \(components)}
      estimation: {starts: 50, seed: 4}

      """
  }

  @Test(
    "of 50 poor starts the best end is the maximum by quadrature, and the other maxima are told",
    arguments: [("wang_000", 2), ("wang_001", 2), ("wang_002", 2), ("wang_003", 2), ("k3_mix", 3)])
  func poorStarts(name: String, components: Int) throws {
    let folder = try JobFolder()
    try folder.write(
      Self.job("\(Self.fixtures)/\(name)/data.csv", components: components), to: "job.yaml")
    let run = try ChildProcess.run(
      "popmix", ["fit", "-q", "\(folder.path)/job.yaml", "-o", "\(folder.path)/out"], ranks: 2)
    #expect(run.exitCode == 0, "\(run.errors)")
    let exact = try JSONDecoder().decode(
      Exact.self,
      from: Data(contentsOf: URL(fileURLWithPath: "\(Self.fixtures)/\(name)/exact.json"))
    )
    let fit = try FitDocument(json: Array(folder.read("out/fit.json").utf8), path: "fit.json")
    let dataSet = try #require(fit.dataSets.first)
    #expect(dataSet.status == "converged")
    let found = try #require(dataSet.fit).minusTwoLogLikelihood
    #expect(abs(found - exact.minus2loglik) < 0.01, "\(found), \(exact.minus2loglik)")
    let maxima = try #require(dataSet.maxima)
    #expect(abs(maxima[0].minusTwoLogLikelihood - found) < 1e-6)
    #expect(maxima.map(\.starts).reduce(0, +) <= 50)
    // It says how many maxima there are, and how often the best was found.
    let said = maxima.count == 1 ? "50 starts: one maximum" : "50 starts: \(maxima.count) maxima"
    #expect(run.output.contains(said), "\(run.output)")
    #expect(run.output.contains("found by \(maxima[0].starts)"))
    let starts = try folder.read("out/starts.csv").split(separator: "\n")
    #expect(starts.count == 51)
  }
}

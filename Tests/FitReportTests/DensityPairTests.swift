import FitReport
import Foundation
import PopulationModel
import Report
import Testing

@Suite("Densities of priors and posteriors")
struct DensityPairTests {
  static let rows: [(name: String, prior: String, distribution: EffectDistribution?)] = [
    (
      "mu.V",
      #"{"distribution": "normal", "mean": 20, "standard_deviation": 2}"#, .normal
    ),
    (
      "mu.k.1",
      #"{"distribution": "normal", "mean": -1.2, "standard_deviation": 0.3}"#, .lognormal
    ),
    (
      "omega.k.k.1",
      #"{"distribution": "inverse-wishart", "mode": 0.04, "degrees_of_freedom": 10, "dimension": 1}"#,
      nil
    ),
    (
      "omega.V.V.2",
      #"{"distribution": "inverse-wishart", "mode": 0.04, "degrees_of_freedom": 10, "dimension": 3}"#,
      nil
    ),
    (
      "sigma.additive",
      #"{"distribution": "inverse-gamma", "mode": 0.04, "degrees_of_freedom": 20}"#, nil
    ),
    (
      "w.1",
      #"{"distribution": "beta", "pseudo_count": 4, "other_pseudo_counts": 6, "alpha": 5, "beta": 7}"#,
      nil
    ),
  ]
  /// Estimates and standard errors.
  static let estimates = [
    (21.0, 1.5), (-1.0, 0.2), (0.05, 0.012), (0.05, 0.012), (0.21, 0.02), (0.4, 0.09),
  ]

  @Test("have the integral 1 and the posterior's top at the estimate", arguments: rows.indices)
  func integral(place: Int) throws {
    let (name, prior, distribution) = Self.rows[place]
    let (estimate, error) = Self.estimates[place]
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let known = try decoder.decode(FitDocument.Prior.self, from: Data(prior.utf8))
    let row = try decoder.decode(
      FitDocument.Parameter.self,
      from: Data(
        #"{"name": "\#(name)", "estimate": \#(estimate), "fixed": false, "standard_error": \#(error), "interval_scale": "log"}"#
          .utf8))
    let pair = try #require(DensityPair(row, known, distribution))
    func area(_ y: [Double]) -> Double {
      var sum = 0.0
      for i in 1..<y.count {
        let width: Double = pair.x[i] - pair.x[i - 1]
        sum += 0.5 * width * (y[i] + y[i - 1])
      }
      return sum
    }
    // The tails that are not drawn are few percent.
    #expect(abs(area(pair.prior) - 1) < 0.05, "\(name): \(area(pair.prior))")
    #expect(abs(area(pair.posterior) - 1) < 0.01, "\(name): \(area(pair.posterior))")
    #expect(zip(pair.x, pair.x.dropFirst()).allSatisfy { $0 < $1 })
    let top = pair.x[pair.posterior.indices.max { pair.posterior[$0] < pair.posterior[$1] }!]
    let natural = pair.isNatural ? Foundation.exp(estimate) : estimate
    // In natural units the top of a lognormal density is below its median.
    #expect(abs(top - natural) < 0.05 * natural, "\(name): \(top)")
    #expect(pair.isNatural == (name == "mu.k.1"))
  }

  @Test("there is nothing to draw without a standard error")
  func none() throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let known = try decoder.decode(
      FitDocument.Prior.self, from: Data(Self.rows[0].prior.utf8))
    let row = try decoder.decode(
      FitDocument.Parameter.self,
      from: Data(
        #"{"name": "mu.V", "estimate": 20, "fixed": false, "interval_scale": "plain"}"#.utf8))
    #expect(DensityPair(row, known, .normal) == nil)
  }
}

import Estimation
import Inference
import NumericKernels
import PopulationModel
import Testing

@Suite("Shrinkage")
struct ShrinkageTests {
  @Test(
    "at the maximum it is 1 minus the variance of the conditional means over that of the effect",
    arguments: [Example.proportional, .threeComponents, .fullLognormal, .sharedOnly])
  func conditionalMeans(example: Example) throws {
    let fit = try serialFit(
      example.model, example.dataset, .exact(256), from: example.parameters)
    let (means, covariances) = (fit.estimates.means, fit.estimates.covariances)
    let names = fit.shrinkage.map(\.name)
    #expect(names.count == Set(names).count)
    var expected: [String: Double] = [:]
    for (j, effect) in fit.model.effects.enumerated() {
      let isMixture = effect.membership == .mixture && fit.model.componentCount > 1
      guard isMixture else {
        let squares = fit.posteriors.map { $0.moments.mean[j] - means[0][j] }.map { $0 * $0 }
        let mean = squares.reduce(0, +) / Double(squares.count)
        expected[effect.name] = 1 - mean / covariances[0][j, j]
        continue
      }
      for k in means.indices {
        var (sum, count) = (0.0, 0.0)
        for posterior in fit.posteriors {
          let distance = posterior.mean(k)[j] - means[k][j]
          sum += posterior.membership[k] * distance * distance
          count += posterior.membership[k]
        }
        expected["\(effect.name).\(k + 1)"] = 1 - sum / (count * covariances[k][j, j])
      }
    }
    #expect(Set(names) == Set(expected.keys))
    for shrinkage in fit.shrinkage {
      let other = try #require(expected[shrinkage.name])
      #expect(abs(shrinkage.share - other) < 1e-3, "\(shrinkage.name)")
      #expect(shrinkage.share > 0 && shrinkage.share <= 1)
    }
  }
}

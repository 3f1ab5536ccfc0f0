import Diagnostics
import NumericKernels
import PopulationModel
import Testing

@Suite("Densities and ellipses of a fit")
struct DensityTests {
  private static let correlated = PopulationParameters(
    weights: [0.7, 0.3], means: [[3, -1.2], [3.2, -0.5]],
    covariances: [
      SymmetricMatrix(dimension: 2, elements: [0.09, -0.03, 0.04]),
      SymmetricMatrix(dimension: 2, elements: [0.04, 0.01, 0.02]),
    ], residualVariance: 0.01)

  private func integral(_ points: [Double], _ values: [Double]) -> Double {
    var sum = 0.0
    for i in 1..<points.count {
      sum += (points[i] - points[i - 1]) * (values[i] + values[i - 1]) / 2
    }
    return sum
  }

  @Test(
    "each component's density integrates to its weight and has its mean",
    arguments: [EffectDistribution.normal, .lognormal])
  func integrals(distribution: EffectDistribution) {
    let fit = bolus(Self.correlated, distribution: distribution)
    for effect in 0..<2 {
      let density = EffectDensity.of(fit, effect: effect, points: 2000)
      #expect(density.name == ["V", "k"][effect] && density.masses.isEmpty)
      for k in 0..<2 {
        let weight = fit.estimates.weights[k]
        #expect(abs(integral(density.points, density.components[k]) - weight) < 2e-4)
        let mu = fit.estimates.means[k][effect]
        let variance = fit.estimates.covariances[k][effect, effect]
        let mean = distribution == .normal ? mu : NumericKernels.exp(mu + variance / 2)
        let moment = integral(
          density.points, zip(density.points, density.components[k]).map { $0 * $1 })
        #expect(abs(moment / weight - mean) < 1e-3 * abs(mean))
      }
      for i in density.points.indices {
        #expect(density.total[i] == density.components[0][i] + density.components[1][i])
      }
    }
  }

  @Test("a component that is narrow beside the range is not missed")
  func narrow() {
    var estimates = PublishedTrial.truth
    estimates.covariances[1][1, 1] = 1e-10
    let density = EffectDensity.of(bolus(estimates), effect: 1, range: 0...10, points: 100)
    #expect(abs(integral(density.points, density.components[1]) - 0.2) < 1e-3)
    #expect(density.points == density.points.sorted())
  }

  @Test("an effect without variance is a mass, not a density")
  func mass() {
    var estimates = PublishedTrial.truth
    for k in 0..<2 { estimates.covariances[k][0, 0] = 0 }
    let density = EffectDensity.of(bolus(estimates), effect: 0)
    #expect(density.masses.map(\.value) == [20, 20] && density.masses.map(\.weight) == [0.8, 0.2])
    #expect(density.total.allSatisfy { $0 == 0 })
    #expect(density.points.first! < 20 && density.points.last! > 20)
    let ellipse = ComponentEllipse.of(bolus(estimates), effects: (0, 1), component: 0)
    #expect(ellipse.points.allSatisfy { $0.x == 20 && $0.y.isFinite })
  }

  @Test(
    "an ellipse has its share of the component's draws within",
    arguments: [EffectDistribution.normal, .lognormal])
  func ellipse(distribution: EffectDistribution) {
    let fit = bolus(Self.correlated, distribution: distribution)
    let draws = 20_000
    for k in 0..<2 {
      let factor = CholeskyFactor(fit.estimates.covariances[k])!
      let address = RandomAddress(key: 5, purpose: .simulatedEffects, subject: k)
      let points = (0..<draws).map { i in
        let z = [0, 1].map { address.normal(sample: i, dimension: $0) }
        let mean = fit.estimates.means[k]
        return (
          x: distribution.natural(mean[0] + factor.elements[0] * z[0]),
          y: distribution.natural(
            mean[1] + factor.elements[1] * z[0] + factor.elements[2] * z[1])
        )
      }
      for level in [0.5, 0.95] {
        let ellipse = ComponentEllipse.of(
          fit, effects: (0, 1), component: k, level: level, points: 400)
        #expect(ellipse.points.first! == ellipse.points.last!)
        let share = Double(points.count { isInside($0, ellipse.points) }) / Double(draws)
        // The polygon is a little smaller than the ellipse.
        #expect(abs(share - level) < 4 * (level * (1 - level) / Double(draws)).squareRoot() + 1e-4)
        #expect(isInside(ellipse.centre, ellipse.points))
      }
    }
  }

  /// Whether a ray from the point to the right crosses the polygon an odd number of times.
  private func isInside(_ point: (x: Double, y: Double), _ polygon: [(x: Double, y: Double)])
    -> Bool
  {
    var inside = false
    for (a, b) in zip(polygon, polygon.dropFirst()) where (a.y > point.y) != (b.y > point.y) {
      if point.x < a.x + (b.x - a.x) * (point.y - a.y) / (b.y - a.y) { inside.toggle() }
    }
    return inside
  }
}

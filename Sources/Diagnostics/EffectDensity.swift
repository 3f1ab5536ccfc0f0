import NumericKernels
package import PopulationModel

/// The fitted density of a random effect in natural units, by component and in total: figure 1 of
/// W07.
///
/// w_k N(θ; μ_k, Σ_k) of a normal effect, w_k N(log θ; μ_k, Σ_k)/θ of a lognormal one.
package struct EffectDensity: Sendable, Equatable {
  /// Name of the effect.
  package let name: String
  /// θ, ascending.
  package let points: [Double]
  /// Densities of the components, times w_k, at the points.
  package let components: [[Double]]
  /// Their sum.
  package let total: [Double]
  /// Components without variance, which have no density: where all their mass is, and how much.
  package let masses: [Mass]

  package struct Mass: Sendable, Equatable {
    /// From 0.
    package let component: Int
    package let value: Double
    package let weight: Double
  }

  /// - Parameters:
  ///   - effect: place in the model.
  ///   - range: of θ; if left out, four standard deviations about the mean of every component.
  ///   - points: evenly spaced ones; a component that is narrow beside their distance gets more
  ///     points of its own.
  package static func of(
    _ fit: FittedModel, effect: Int, range: ClosedRange<Double>? = nil, points: Int = 400
  ) -> EffectDensity {
    let estimates = fit.estimates
    let distribution = fit.model.effects[effect].distribution
    let normals = estimates.weights.indices.map { k in
      WeightedNormal(
        weight: estimates.weights[k], mean: estimates.means[k][effect],
        deviation: max(0, estimates.covariances[k][effect, effect]).squareRoot())
    }
    let range = range ?? wholeRange(normals, distribution)
    let places = grid(normals, distribution, range: range, points: points)
    let components = normals.map { normal in
      places.map { normal.density(at: $0, distribution) }
    }
    return EffectDensity(
      name: fit.model.effects[effect].name, points: places, components: components,
      total: places.indices.map { i in components.reduce(0) { $0 + $1[i] } },
      masses: normals.enumerated().filter { $1.deviation == 0 }.map { k, normal in
        Mass(component: k, value: distribution.natural(normal.mean), weight: normal.weight)
      })
  }

  private static func wholeRange(
    _ normals: [WeightedNormal], _ distribution: EffectDistribution
  ) -> ClosedRange<Double> {
    let low = normals.map { distribution.natural($0.mean - 4 * $0.deviation) }.min()!
    let high = normals.map { distribution.natural($0.mean + 4 * $0.deviation) }.max()!
    // Something to see where nothing varies.
    let margin = low < high ? 0 : max(abs(low) / 10, 1e-3)
    return low - margin...high + margin
  }

  private static func grid(
    _ normals: [WeightedNormal], _ distribution: EffectDistribution, range: ClosedRange<Double>,
    points: Int
  ) -> [Double] {
    let count = max(2, points)
    let step = (range.upperBound - range.lowerBound) / Double(count - 1)
    var places = (0..<count).map {
      $0 == count - 1 ? range.upperBound : range.lowerBound + Double($0) * step
    }
    for normal in normals
    where normal.deviation > 0 && normal.deviation * distribution.derivative(normal.mean) < 4 * step
    {
      for i in -40...40 {
        let place = distribution.natural(normal.mean + normal.deviation * Double(i) / 8)
        if range.contains(place) { places.append(place) }
      }
    }
    places.sort()
    return places.enumerated().filter { $0.offset == 0 || places[$0.offset - 1] < $0.element }
      .map(\.element)
  }
}

private struct WeightedNormal {
  let weight: Double
  let mean: Double
  let deviation: Double

  /// Of θ; 0 without variance.
  func density(at theta: Double, _ distribution: EffectDistribution) -> Double {
    guard deviation > 0 else { return 0 }
    let range = distribution.range
    guard theta > range.lower, theta < range.upper else { return 0 }
    let phi = distribution.normalScale(theta)
    let z = (phi - mean) / deviation
    let height = weight / (deviation * (2 * Double.pi).squareRoot())
    return height * exp(-z * z / 2) / distribution.derivative(phi)
  }
}

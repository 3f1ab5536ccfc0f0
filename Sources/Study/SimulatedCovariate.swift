import NumericKernels

/// A property of simulated subjects that is drawn at random and stands in a column of the data.
package struct SimulatedCovariate: Sendable, Equatable {
  package enum Distribution: Sendable, Equatable {
    case normal(mean: Double, standardDeviation: Double)
    /// The standard deviation is that of the logarithm.
    case lognormal(median: Double, standardDeviation: Double)
    case uniform(low: Double, high: Double)
    /// The values and their probabilities.
    case categories([Double], shares: [Double])
  }

  package let name: String
  package let distribution: Distribution

  package init(name: String, distribution: Distribution) {
    self.name = name
    self.distribution = distribution
  }

  /// The value at a uniform random number in (0, 1), by the inverse of the distribution function.
  func value(_ u: Double) -> Double {
    switch distribution {
    case .normal(let mean, let deviation): mean + deviation * quantile(u)
    case .lognormal(let median, let deviation): median * exp(deviation * quantile(u))
    case .uniform(let low, let high): low + u * (high - low)
    case .categories(let values, let shares):
      values[place(u, of: shares)]
    }
  }

  private func quantile(_ u: Double) -> Double { normalQuantile(Lanes.all(u))[0] }

  private func place(_ u: Double, of shares: [Double]) -> Int {
    var sum = 0.0
    for (place, share) in shares.enumerated() {
      sum += share
      if u < sum { return place }
    }
    return shares.count - 1
  }
}

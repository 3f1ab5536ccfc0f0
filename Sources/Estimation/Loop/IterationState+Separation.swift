import NumericKernels
import PopulationModel

extension IterationState {
  /// The standard deviation of an effect, relative to its unit, below which the slope of log L from
  /// a singular block says nothing: raising the variance of the last effect given the others hardly
  /// changes the block where it is an earlier one that has vanished.
  private static let vanishedDeviation = 1e-2

  /// Where an effect of a singular block hardly varies, begins again with independent effects that
  /// vary as they did at the start, if not more.
  /// - Returns: whether there is such an effect.
  mutating func separate(
    _ pin: BoundaryPin, _ effects: [Int], _ model: MixtureModel
  ) -> Bool {
    let first = pin.components.lowerBound
    let units = effects.map { WorkingScale.unit(of: $0, first, model, start) }
    let hasVanished = zip(effects, units).contains { j, unit in
      let least = Self.vanishedDeviation * unit
      return parameters.covariances[first][j, j] < least * least
    }
    guard hasVanished else { return false }
    for k in pin.components {
      for (i, unit) in zip(effects, units) {
        let variance = max(parameters.covariances[k][i, i], unit * unit)
        for j in effects { parameters.covariances[k][i, j] = 0 }
        parameters.covariances[k][i, i] = variance
      }
    }
    return true
  }
}

import PopulationData
import PopulationModel

/// Where residual errors start: at half of what one parameter vector for all subjects leaves, at
/// most at 30 % of the observations.
struct ResidualStart {
  private let model: MixtureModel
  /// Of each output: mean squared observation, mean squared residual, and that of residuals over
  /// predictions.
  private let outputs: [(square: Double, residual: Double, relative: Double)]

  private static let relativeVariance = 0.09

  /// - Parameter rows: the observations that were measured, with the predictions of one vector for
  ///   all.
  init(
    model: MixtureModel, rows: [(output: Int, observed: Double, predicted: Double)]
  ) {
    self.model = model
    var sums = [(count: Double, square: Double, residual: Double, relative: Double)](
      repeating: (0, 0, 0, 0), count: model.outputs.count)
    for row in rows {
      let place = model.outputPlace(number: row.output)
      let difference = row.observed - row.predicted
      let relative = difference / row.predicted
      sums[place].count += 1
      sums[place].square += row.observed * row.observed
      sums[place].residual += difference.isFinite ? difference * difference : .infinity
      sums[place].relative += relative.isFinite ? min(relative * relative, 1) : 1
    }
    outputs = sums.map { sum in
      let n = max(1, sum.count)
      return (sum.square / n, sum.residual / n, sum.relative / n)
    }
  }

  /// v of an additive error.
  private func additive(_ place: Int) -> Double {
    let (square, residual, _) = outputs[place]
    // Observations that are all 0 say nothing of their size.
    let size = square > 0 ? square : 1
    return max(min(Self.relativeVariance * size, 0.5 * residual), 1e-6 * size)
  }

  /// Squared coefficient of variation.
  private func relative(_ place: Int) -> Double {
    min(max(0.5 * outputs[place].relative, 0.0025), Self.relativeVariance)
  }

  /// σ²; `nil` in a model with direct parameters.
  var variance: Double? {
    guard model.isFactored else { return nil }
    return model.residual.start(additive: additive(0), relative: relative(0))[0]
  }

  /// ψ
  /// - Parameter structural: values of all structural parameters, in natural units.
  func direct(structural: [Double]) -> [Double] {
    guard !model.isFactored else { return [] }
    var values: [Double] = []
    for (place, output) in model.outputs.enumerated() {
      values += output.error.start(additive: additive(place), relative: relative(place))
    }
    for parameter in model.direct {
      if case .structural(let place, let distribution) = parameter.kind {
        values.append(distribution.normalScale(structural[place]))
      }
    }
    return values
  }
}

import PopulationData
import PopulationModel

/// Where residual errors start: at 30 % of the observations.
struct ResidualStart {
  let model: MixtureModel
  /// Mean squared observation of each output.
  private let squares: [Double]

  private static let relativeVariance = 0.09

  init(model: MixtureModel, sample: Dataset) {
    self.model = model
    var sums = [Double](repeating: 0, count: model.outputs.count)
    var counts = sums
    for subject in sample.subjects {
      for occasion in subject.occasions {
        for observation in occasion.observations {
          let place = model.outputPlace(number: ObservedKnowledge(observation).output)
          sums[place] += observation.value * observation.value
          counts[place] += 1
        }
      }
    }
    squares = zip(sums, counts).map { $0 / max(1, $1) }
  }

  /// σ²; `nil` in a model with direct parameters.
  var variance: Double? {
    guard model.isFactored else { return nil }
    return model.residual == .proportional
      ? Self.relativeVariance : Self.relativeVariance * squares[0]
  }

  /// ψ
  /// - Parameter structural: values of all structural parameters, in natural units.
  func direct(structural: [Double]) -> [Double] {
    guard !model.isFactored else { return [] }
    let relative = Self.relativeVariance
    var values: [Double] = []
    for (output, square) in zip(model.outputs, squares) {
      switch output.error {
      case .proportional, .lognormal: values.append(relative)
      case .additive: values.append(relative * square)
      case .combined: values += [relative * square / 4, relative / 2]
      case .combinedDeviations:
        values += [(relative * square / 8).squareRoot(), (relative / 8).squareRoot()]
      case .power: values += [relative, 1]
      }
    }
    for parameter in model.direct {
      if case .structural(let place, let distribution) = parameter.kind {
        values.append(distribution.normalScale(structural[place]))
      }
    }
    return values
  }
}

import NumericKernels
import PopulationData
import PopulationModel

/// How large the observations of each output are, which makes them comparable with each other.
struct ObservationScales {
  struct Scale {
    /// 1/s: see `PooledModel`.
    let perScale: Double
    /// The reciprocal variance of h(y).
    let weight: Double
    /// Whether values are compared by their logarithms, as good as.
    let isRelative: Bool
  }

  private let model: MixtureModel
  private let scales: [Scale]

  init(_ model: MixtureModel, subjects: [Subject]) {
    self.model = model
    var sizes = [[Double]](repeating: [], count: model.outputs.count)
    for subject in subjects {
      for occasion in subject.occasions {
        for observation in occasion.observations where observation.value.isFinite {
          sizes[model.outputPlace(number: observation.output)].append(observation.value)
        }
      }
    }
    scales = zip(model.outputs, sizes).map { output, values in
      let sorted = values.map { abs($0) }.filter { $0 > 0 }.sorted()
      guard !sorted.isEmpty else { return Scale(perScale: 1, weight: 1, isRelative: false) }
      let median = sorted[sorted.count / 2]
      let scale = output.error.comparisonScale(
        median: median, upperQuartile: sorted[sorted.count * 3 / 4])
      let transformed = values.map { value -> Double in
        let z = abs(value) / scale
        let size = log(z + (z * z + 1).squareRoot())
        return value < 0 ? -size : size
      }
      let n = Double(transformed.count)
      let mean = transformed.reduce(0, +) / n
      let variance = transformed.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
      return Scale(
        perScale: 1 / scale, weight: 1 / max(variance, 1e-4),
        isRelative: output.error.needsPrediction)
    }
  }

  /// Of the output with a number under DVID.
  func scale(of output: Int) -> Scale { scales[model.outputPlace(number: output)] }
}

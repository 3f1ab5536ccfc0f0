import NumericKernels
import PopulationData
import PopulationModel

/// The sizes of doses, values and times of a data set, which give parameters theirs.
struct DataSizes {
  /// Logarithms of geometric means; 0 where there are none.
  private let amount: Double
  private let value: Double
  private let time: Double

  init(_ subjects: [Subject]) {
    var amounts = LogMean()
    var values = LogMean()
    var times = LogMean()
    for subject in subjects {
      for occasion in subject.occasions {
        for dose in occasion.doses { amounts.add(dose.amount) }
        let start = occasion.doses.first?.time ?? 0
        for observation in occasion.observations {
          values.add(abs(observation.value))
          times.add(observation.time - start)
        }
      }
    }
    (amount, value, time) = (amounts.mean, values.mean, times.mean)
  }

  /// Logarithms of the sizes that a parameter may have, the likeliest first.
  func logSizes(_ kind: ParameterKind) -> [Double] {
    switch kind {
    case .volume: [amount - value]
    case .rate: [-time]
    case .clearance: [amount - value - time]
    case .perVolume: [value - amount]
    case .amountRate: [amount - time]
    // Lags and infusions are mostly short against the times of observations.
    case .time: [time - 2.302585092994046]
    case .fraction: [log(0.8)]
    case .number: [0]
    case .unknown: [value, -time, 0, value - time]
    }
  }
}

/// Mean of the logarithms of positive numbers; 0 without any.
private struct LogMean {
  private var sum = 0.0
  private var count = 0

  mutating func add(_ value: Double) {
    guard value > 0, value.isFinite else { return }
    sum += log(value)
    count += 1
  }

  var mean: Double { count == 0 ? 0 : sum / Double(count) }
}

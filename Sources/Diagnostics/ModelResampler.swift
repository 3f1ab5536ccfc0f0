import NumericKernels
import PopulationData
import PopulationModel

/// Beyond which values of each output are known by an interval only, as the data show it.
public struct QuantificationLimits: Sendable, Equatable {
  /// A limit, and the far end of the interval behind it.
  public struct Limit: Sendable, Equatable {
    public var value: Double
    public var end: Double

    public init(value: Double, end: Double) {
      self.value = value
      self.end = end
    }
  }

  /// By number of the output: of values below.
  public var lower: [Int: Limit] = [:]
  /// By number of the output: of values above.
  public var upper: [Int: Limit] = [:]

  public init() {}

  /// The highest of the lower limits that censored observations have, and the lowest of the upper ones; an observation above the limit of
  /// another would not have been reported otherwise.
  public init(_ subjects: [Subject]) {
    for subject in subjects {
      for occasion in subject.occasions {
        for observation in occasion.observations {
          add(observation.censoring, at: observation.value, output: observation.output)
        }
      }
    }
  }

  private mutating func add(_ censoring: Observation.Censoring, at value: Double, output: Int) {
    switch censoring {
    case .none: break
    case .below(let end):
      if lower[output].map({ $0.value < value }) ?? true {
        lower[output] = Limit(value: value, end: end)
      }
    case .above(let end):
      if upper[output].map({ $0.value > value }) ?? true {
        upper[output] = Limit(value: value, end: end)
      }
    }
  }

  /// What both say.
  public func merged(with other: QuantificationLimits) -> QuantificationLimits {
    var result = self
    for (output, limit) in other.lower {
      result.add(.below(lower: limit.end), at: limit.value, output: output)
    }
    for (output, limit) in other.upper {
      result.add(.above(upper: limit.end), at: limit.value, output: output)
    }
    return result
  }

  /// An observation with a drawn value, of which only the interval is known beyond a limit.
  func reported(_ value: Double, instead old: Observation) -> Observation {
    func observation(_ value: Double, _ censoring: Observation.Censoring) -> Observation {
      Observation(
        time: old.time, value: value, compartment: old.compartment, line: old.line,
        precedingDoses: old.precedingDoses, output: old.output, covariates: old.covariates,
        censoring: censoring)
    }
    if let limit = lower[old.output], value < limit.value {
      return observation(limit.value, .below(lower: limit.end))
    }
    if let limit = upper[old.output], value > limit.value {
      return observation(limit.value, .above(upper: limit.end))
    }
    return observation(value, .none)
  }
}

/// Draws the observations of subjects again from a fitted mixture, with each subject's own doses, times and covariates: the data sets of a
/// parametric bootstrap.
public struct ModelResampler: Sendable {
  private let source: ReplicateSource
  private let limits: QuantificationLimits

  public init(_ fit: FittedModel, seed: UInt64, limits: QuantificationLimits) {
    source = ReplicateSource(fit, seed: seed)
    self.limits = limits
  }

  /// A subject with observations that are drawn, and its component, from 0.
  /// - Parameters:
  ///   - place: of the subject in the data set, which together with `number` addresses the random numbers.
  ///   - number: of the data set, from 1.
  public func draw(_ subject: Subject, place: Int, number: Int) -> (
    subject: Subject, component: Int
  ) {
    let program = EventProgram(subject, for: source.fit.model.structural)
    let count = program.observed.count
    let (first, lane) = (number / 8, number % 8)
    var result = subject
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: count) { values in
      guard let base = values.baseAddress else { return }
      source.draw(program, place: place, first: first, count: 1, into: base)
      var j = 0
      for occasion in subject.occasions.indices {
        for (row, old) in subject.occasions[occasion].observations.enumerated() {
          result.occasions[occasion].observations[row] =
            limits.reported(values[j][lane], instead: old)
          j += 1
        }
      }
    }
    return (result, source.component(program, place: place, replicate: number))
  }
}

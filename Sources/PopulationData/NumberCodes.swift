/// Ways in which a dose enters, as numbers that stay the same.
extension DoseRecord.Entry {
  package var code: Int {
    switch self {
    case .bolus: 0
    case .rate: 1
    case .duration: 2
    case .modelledRate: 3
    case .modelledDuration: 4
    }
  }

  /// Rate or duration; 0 without one.
  package var value: Double {
    switch self {
    case .rate(let value), .duration(let value): value
    case .bolus, .modelledRate, .modelledDuration: 0
    }
  }

  package init(code: Int, value: Double) {
    self =
      switch code {
      case 1: .rate(value)
      case 2: .duration(value)
      case 3: .modelledRate
      case 4: .modelledDuration
      default: .bolus
      }
  }
}

/// What is known of an observation, as a number that stays the same.
extension Observation {
  /// 0 for a value, 1 below and 2 above it, 3 for a value above a limit.
  package var knowledgeCode: Int {
    switch censoring {
    case .none: limit == nil ? 0 : 3
    case .below: 1
    case .above: 2
    }
  }

  /// The bound of a censored value, or the limit of one that is above it; 0 without one.
  package var bound: Double {
    switch censoring {
    case .none: limit ?? 0
    case .below(let lower): lower
    case .above(let upper): upper
    }
  }

  package static func censoring(code: Int, bound: Double) -> Censoring {
    switch code {
    case 1: .below(lower: bound)
    case 2: .above(upper: bound)
    default: .none
    }
  }
}

extension EventReader {
  /// An observation in a file with CENS: measured, censored or left out.
  func censored(_ observed: ObservedValue) throws(DatasetError) -> EventRecord.Event {
    var observed = observed
    var flag = try whole(.censoring, expected: "0, 1 or -1") { -1...1 ~= $0 }
    if let limit = format.quantificationLimit {
      if columns[.censoring] == nil, observed.value < limit { flag = 1 }
      if flag == 1 { observed.value = limit }
    }
    let value = observed.value
    switch flag {
    case 1:
      let lower = try number(.limit) ?? -.infinity
      guard lower < value else { throw limitFault(flag, value) }
      if value <= 0, lower == -.infinity, format.belowLimit != .ignore,
        format.positiveLimits.contains(Int(observed.output))
      {
        throw fault(.value) { .limitNotPositive(column: $0, text: $1) }
      }
      switch format.belowLimit {
      case .interval: observed.knowledge = .below(lower: lower)
      case .replace: observed.value = value / 2
      case .ignore, .conditional: return .belowLimit(observed)
      }
    case -1:
      let upper = try number(.limit) ?? .infinity
      guard upper > value else { throw limitFault(flag, value) }
      observed.knowledge = .above(upper: upper)
    default:
      // The limit of a value above it counts only where the likelihood is conditional on it.
      guard format.belowLimit == .conditional, let limit = try number(.limit) else { break }
      guard limit < value else { throw limitFault(flag, value) }
      observed.knowledge = .quantified(limit: limit)
    }
    return .observation(observed)
  }

  /// The limit of quantification where CENS says that the value lies below it, and there is none.
  func limitInPlaceOfValue() throws(DatasetError) -> Double? {
    guard let limit = format.quantificationLimit,
      try whole(.censoring, expected: "0, 1 or -1", { -1...1 ~= $0 }) == 1
    else { return nil }
    return limit
  }

  private func limitFault(_ flag: Int, _ value: Double) -> DatasetError {
    fault(.limit) { .limit(column: $0, text: $1, censoring: flag, value: value) }
  }

  /// Only observations can be censored.
  func refuseCensoring(_ event: Int) throws(DatasetError) {
    guard let number = try number(.censoring), number != 0 else { return }
    throw fault(.censoring) { .censoringOutsideObservation(column: $0, text: $1, event: event) }
  }
}

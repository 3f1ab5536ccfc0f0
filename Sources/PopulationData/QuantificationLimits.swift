/// The limits of quantification of one subject, one for each output, as the rows of values below
/// them (CENS 1) have them.
struct QuantificationLimits {
  private struct Entry {
    var output: Int32
    var compartment: Int32
    /// The limit, and the line that has it, once there was one.
    var limit: (value: Double, line: Int)?
    /// The lowest value that was measured.
    var lowest: (value: Double, line: Int)?
  }

  private var entries: [Entry] = []

  mutating func restart() { entries.removeAll(keepingCapacity: true) }

  /// Takes in a row.
  /// - Returns: what is wrong with its DV, to be made from the column's name and the field's text.
  mutating func add(
    _ event: EventRecord.Event, line: Int
  ) -> ((_ column: String, _ text: String) -> RowFault)? {
    switch event {
    // A row with a limit of its own needs no other.
    case .observation(let observed) where observed.knowledge == .measured:
      let place = place(of: observed)
      if let limit = entries[place].limit, observed.value <= limit.value {
        return { .belowOwnLimit(column: $0, text: $1, limit: limit.value, line: limit.line) }
      }
      if observed.value < entries[place].lowest?.value ?? .infinity {
        entries[place].lowest = (observed.value, line)
      }
    case .belowLimit(let observed):
      let place = place(of: observed)
      if let limit = entries[place].limit, limit.value != observed.value {
        return { .changingLimit(column: $0, text: $1, previous: limit.value, line: limit.line) }
      }
      if let lowest = entries[place].lowest, lowest.value <= observed.value {
        return { .aboveLaterLimit(column: $0, text: $1, value: lowest.value, line: lowest.line) }
      }
      if entries[place].limit == nil { entries[place].limit = (observed.value, line) }
    default: break
    }
    return nil
  }

  private mutating func place(of observed: ObservedValue) -> Int {
    if let place = entries.firstIndex(where: {
      $0.output == observed.output && $0.compartment == observed.compartment
    }) {
      return place
    }
    entries.append(Entry(output: observed.output, compartment: observed.compartment))
    return entries.count - 1
  }

  /// Gives the measured values without a limit that of their output, if it has one.
  func apply(to observations: inout [Observation]) {
    for entry in entries {
      guard let limit = entry.limit else { continue }
      for j in observations.indices
      where observations[j].output == entry.output
        && observations[j].compartment == entry.compartment
        && observations[j].knowledge == .measured
      {
        observations[j].limit = limit.value
      }
    }
  }
}

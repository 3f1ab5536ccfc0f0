/// Builds the occasions of one subject from its records in the order of the rows.
///
/// An additional dose is given before any record of the same time, whatever the order of the rows,
/// as mrgsolve reports of NONMEM. Two times that differ by rounding only, such as 0.1 + 2 · 0.1 and
/// 0.3, are the same time. Records in between do not disturb additional doses, a reset ends them,
/// and after the last record they are given to the end of their count.
struct SubjectTimeline {
  /// Doses still to come from one row.
  private struct Regimen {
    var start: Double
    var interval: Double
    var given: Int
    var count: Int
    var dose: DoseRecord

    /// Multiplied, not summed up, so that one rounding is the only error.
    var nextTime: Double { start + Double(given + 1) * interval }
  }

  private(set) var id: String
  private(set) var line: Int
  /// Time and line of the latest record, or `nil` before the first.
  private(set) var latest: (time: Double, line: Int)?
  private var occasions: [Occasion] = []
  /// Doses and observations of the occasion that is going on.
  private var doses: [DoseRecord] = []
  private var observations: [Observation] = []
  private var regimens: [Regimen] = []

  init(id: String, line: Int) {
    self.id = id
    self.line = line
  }

  /// Begins another subject in the same memory; the one before must be finished.
  mutating func restart(id: String, line: Int) {
    self.id = id
    self.line = line
    latest = nil
    occasions = []
  }

  /// Adds a record; times within an occasion must not decrease.
  mutating func add(_ record: EventRecord, line: Int) {
    give(until: record.time)
    if record.resets { closeOccasion() }
    latest = (record.time, line)
    switch record.event {
    case .dose(let amount, let compartment, let additional, let interval):
      let dose = DoseRecord(
        time: record.time, amount: amount, compartment: compartment, line: line)
      doses.append(dose)
      if additional > 0 {
        regimens.append(
          Regimen(
            start: record.time, interval: interval, given: 0, count: additional, dose: dose))
      }
    case .observation(let value, let compartment):
      observations.append(
        Observation(
          time: record.time, value: value, compartment: compartment, line: line,
          precedingDoses: doses.count))
    case .none, .other, .unobserved:
      break
    }
  }

  /// Occasions with all additional doses.
  mutating func finish() -> [Occasion] {
    give(until: .infinity)
    closeOccasion()
    return occasions
  }

  private mutating func closeOccasion() {
    if !regimens.isEmpty { regimens.removeAll() }
    guard !doses.isEmpty || !observations.isEmpty else { return }
    // Copies of just the size that is needed, as there may be millions of them.
    occasions.append(
      Occasion(
        doses: doses.withUnsafeBufferPointer { Array($0) },
        observations: observations.withUnsafeBufferPointer { Array($0) }))
    doses.removeAll(keepingCapacity: true)
    observations.removeAll(keepingCapacity: true)
  }

  /// Gives all additional doses that are due, the earliest first.
  private mutating func give(until time: Double) {
    if regimens.isEmpty { return }
    while let index = regimens.indices.min(by: {
      regimens[$0].nextTime < regimens[$1].nextTime
    }) {
      let due = regimens[index].nextTime
      let isNow = Self.isSame(due, time, scale: regimens[index].start)
      guard due <= time || isNow else { return }
      var dose = regimens[index].dose
      dose.time = max(isNow ? time : due, doses.last?.time ?? due)
      doses.append(dose)
      regimens[index].given += 1
      if regimens[index].given == regimens[index].count { regimens.remove(at: index) }
    }
  }

  /// Whether two times differ by no more than the rounding of a product and a sum.
  private static func isSame(_ a: Double, _ b: Double, scale: Double) -> Bool {
    b.isFinite && abs(a - b) <= 4 * max(abs(a), abs(b), abs(scale)).ulp
  }
}

/// Builds the occasions of one subject from its records in the order of the rows.
///
/// An additional dose is given before any record of the same time, whatever the order of the rows,
/// as mrgsolve reports of NONMEM. Two times that differ by rounding only, such as 0.1 + 2 · 0.1 and
/// 0.3, are the same time. Records in between do not disturb additional doses, a reset and a dose
/// that replaces all by a steady state (SS 1) end them, and after the last record they are given to
/// the end of their count.
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
  /// Time and line of the latest record, or `nil` before the first and after `finish`.
  private(set) var latest: (time: Double, line: Int)?
  /// The moment of the first record, if times are relative to it.
  var origin: Moment?
  /// Covariates that are missing in the first row, and where.
  var unknownCovariates: [(covariate: Int, place: Place)] = []
  var limits = QuantificationLimits()
  /// Other events (EVID 2) that change nothing, once the subject is finished.
  private(set) var otherEventRows = 0

  private var occasions: [Occasion] = []
  /// What has happened in the occasion that is going on.
  private var doses: [DoseRecord] = []
  private var observations: [Observation] = []
  private var others: [OtherEvent] = []
  /// Time of its first record.
  private var start: Double?
  /// Compartments that are turned off.
  private var off: [Int] = []
  private var regimens: [Regimen] = []
  private var covariates: CovariateRows
  private let hasCovariates: Bool
  private let hasConditionalLimits: Bool

  init(id: String, line: Int, _ format: DatasetFormat) {
    self.id = id
    self.line = line
    covariates = CovariateRows(format.covariates)
    hasCovariates = !format.covariates.isEmpty
    hasConditionalLimits = format.belowLimit == .conditional
  }

  /// Begins another subject in the same memory; the one before must be finished.
  mutating func restart(id: String, line: Int) {
    self.id = id
    self.line = line
    origin = nil
    occasions = []
    otherEventRows = 0
    if hasCovariates {
      covariates.restart()
      unknownCovariates = []
    }
    if hasConditionalLimits { limits.restart() }
  }

  /// Adds a record; times within an occasion must not decrease.
  /// - Parameter values: of the covariates, NaN for those that are missing.
  mutating func add(_ record: EventRecord, line: Int, covariates values: [Double]) {
    let row = hasCovariates ? covariates.add(values) : (interval: 0, own: 0)
    give(until: record.time, covariates: row.interval)
    if record.resets { closeOccasion() }
    latest = (record.time, line)
    if start == nil { start = record.time }
    // What holds until here, if other values hold from here on.
    if row.interval != row.own, !record.resets { pass(record.time, line, covariates: row.interval) }
    switch record.event {
    case .dose(let order): add(order, at: record.time, line, covariates: row.own)
    case .observation(let observed):
      observations.append(
        Observation(
          observed, time: record.time, line: line, precedingDoses: doses.count,
          covariates: row.own))
    case .other(let compartment):
      if turns(compartment) {
        pass(record.time, line, covariates: row.own, compartment: compartment)
      } else {
        otherEventRows += 1
        if hasCovariates { pass(record.time, line, covariates: row.own) }
      }
    case .none, .unobserved, .belowLimit, .clockTime:
      if hasCovariates { pass(record.time, line, covariates: row.own) }
    }
  }

  private mutating func add(
    _ order: DoseOrder, at time: Double, _ line: Int, covariates row: Int
  ) {
    var dose = DoseRecord(
      time: time, amount: order.amount, compartment: order.compartment, line: line,
      entry: order.entry, steadyState: order.steadyState,
      interval: order.steadyState == .none ? 0 : order.interval, covariates: row,
      dosingCovariates: row)
    if order.steadyState == .replace, !regimens.isEmpty { regimens.removeAll() }
    doses.append(dose)
    guard order.additional > 0 else { return }
    dose.steadyState = .none
    dose.interval = 0
    regimens.append(
      Regimen(
        start: time, interval: order.interval, given: 0, count: order.additional, dose: dose))
  }

  private mutating func pass(_ time: Double, _ line: Int, covariates row: Int, compartment: Int = 0)
  {
    others.append(
      OtherEvent(
        time: time, compartment: compartment, line: line, covariates: row,
        precedingDoses: doses.count, precedingObservations: observations.count))
  }

  /// Whether CMT n turns on a compartment that may be off, or CMT −n turns off one that may be on.
  /// All are on at the beginning of an occasion, and a dose turns its compartment on when it
  /// enters, which depends on the model's lag.
  private mutating func turns(_ compartment: Int) -> Bool {
    if compartment == 0 { return false }
    let place = off.firstIndex(of: abs(compartment))
    if compartment < 0 {
      // A dose without CMT may enter any of them.
      if place != nil {
        return doses.contains { $0.compartment == 0 || $0.compartment == -compartment }
      }
      off.append(-compartment)
      return true
    }
    guard let place else { return false }
    off.remove(at: place)
    return true
  }

  /// The subject with all additional doses.
  /// - Parameter index: its place in the data set.
  mutating func finish(index: Int) -> Subject {
    give(until: .infinity, covariates: hasCovariates ? covariates.latestRow : 0)
    closeOccasion()
    latest = nil
    if hasConditionalLimits {
      for place in occasions.indices { limits.apply(to: &occasions[place].observations) }
    }
    guard hasCovariates else {
      return Subject(id: id, index: index, occasions: occasions, line: line)
    }
    let numbers = covariates.finish()
    if covariates.rows.count > 1 { otherEventRows = 0 }
    for index in occasions.indices {
      if let numbers { occasions[index].renumberCovariates(numbers) }
      occasions[index].dropNeedlessEvents()
    }
    return Subject(
      id: id, index: index, occasions: occasions, line: line, covariates: covariates.rows)
  }

  private mutating func closeOccasion() {
    if !regimens.isEmpty { regimens.removeAll() }
    if !off.isEmpty { off.removeAll() }
    defer { start = nil }
    guard !doses.isEmpty || !observations.isEmpty else {
      if !others.isEmpty { others.removeAll() }
      return
    }
    // Copies of just the size that is needed, as there may be millions of them.
    var occasion = Occasion(
      doses: doses.withUnsafeBufferPointer { Array($0) },
      observations: observations.withUnsafeBufferPointer { Array($0) }, start: start)
    if !others.isEmpty {
      occasion.others = others
      others.removeAll()
    }
    // With covariates it is not known before the end which events are needed.
    if !hasCovariates { occasion.dropNeedlessEvents() }
    occasions.append(occasion)
    doses.removeAll(keepingCapacity: true)
    observations.removeAll(keepingCapacity: true)
  }

  /// Gives all additional doses that are due, the earliest first.
  private mutating func give(until time: Double, covariates row: Int) {
    if regimens.isEmpty { return }
    while let index = regimens.indices.min(by: {
      regimens[$0].nextTime < regimens[$1].nextTime
    }) {
      let due = regimens[index].nextTime
      let isNow = Self.isSame(due, time, scale: regimens[index].start)
      guard due <= time || isNow else { return }
      var dose = regimens[index].dose
      dose.time = max(isNow ? time : due, doses.last?.time ?? due)
      dose.covariates = row
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

extension Occasion {
  fileprivate mutating func renumberCovariates(_ numbers: [Int]) {
    for place in doses.indices {
      doses[place].covariates = numbers[doses[place].covariates]
      doses[place].dosingCovariates = numbers[doses[place].dosingCovariates]
    }
    for place in observations.indices {
      observations[place].covariates = numbers[observations[place].covariates]
    }
    for place in others.indices {
      others[place].covariates = numbers[others[place].covariates]
    }
  }

  /// Leaves out what changes nothing: ends of intervals after which the same values hold, whatever
  /// follows the last dose and observation, and a start at the time of the first event.
  fileprivate mutating func dropNeedlessEvents() {
    if !others.isEmpty {
      var kept: [OtherEvent] = []
      for other in others.reversed() {
        guard let row = covariates(after: other, kept.last) else { continue }
        if other.compartment != 0 || other.covariates != row { kept.append(other) }
      }
      others = kept.reversed()
    }
    var first = Double.infinity
    if let dose = doses.first { first = min(first, dose.time) }
    if let observation = observations.first { first = min(first, observation.time) }
    if let other = others.first { first = min(first, other.time) }
    if let begin = start, begin >= first { start = nil }
  }

  /// The row of covariates of the interval that begins with an event; `nil` if nothing follows.
  /// - Parameter next: the next one of the other events.
  private func covariates(after other: OtherEvent, _ next: OtherEvent?) -> Int? {
    let given = other.precedingDoses
    let observed = other.precedingObservations
    if let next, next.precedingDoses == given, next.precedingObservations == observed {
      return next.covariates
    }
    if observed < observations.count, observations[observed].precedingDoses <= given {
      return observations[observed].covariates
    }
    return given < doses.count ? doses[given].covariates : nil
  }
}

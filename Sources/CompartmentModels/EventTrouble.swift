import NumericKernels

/// Why the amounts of a sample are not known from a record on.
public struct EventTrouble: Sendable, Equatable {
  public enum Reason: Sendable, Equatable {
    /// A lag below 0, or none at all.
    case lag(Double)
    /// A bioavailability below 0.
    case bioavailability(Double)
    /// A modelled rate (RATE −1) that is not above 0.
    case rate(Double)
    /// A modelled duration (RATE −2) that is not above 0.
    case duration(Double)
    /// The doses of a steady state bring more than the model eliminates.
    case noSteadyState
    /// The amounts are no finite numbers.
    case noAmounts
  }

  public var reason: Reason
  /// Place among the timeline's doses; nil if it is not a dose's.
  public var dose: Int?
  /// Of the record, in the time of the timeline.
  public var time: Double

  public init(_ reason: Reason, dose: Int? = nil, time: Double) {
    self.reason = reason
    self.dose = dose
    self.time = time
  }
}

extension EventMachine {
  @usableFromInline
  mutating func beginWatch() { trouble = nil }

  /// Looks at the first lane when a record is reached.
  @usableFromInline
  mutating func watch(_ step: EventSchedule.Step) {
    guard trouble == nil, !isFinite else { return }
    trouble = EventTrouble(.noAmounts, time: step.time)
  }

  /// Looks at the first lane after a dose.
  @usableFromInline
  mutating func watch(
    _ step: EventSchedule.Step, _ dose: EventSchedule.Dose, _ parameters: DosingParameters
  ) {
    guard trouble == nil, !isFinite else { return }
    let isEndless = dose.steadyState != .none && dose.interval <= 0
    let (share, lag) = (parameters.bioavailability[0], parameters.lag[0])
    let reason: EventTrouble.Reason =
      if dose.entry == .modelledRate, !(parameters.rate[0] > 0) {
        .rate(parameters.rate[0])
      } else if dose.entry == .modelledDuration, !(parameters.duration[0] > 0) {
        .duration(parameters.duration[0])
      } else if !isEndless, !(lag >= 0 && lag.isFinite) {
        .lag(lag)
      } else if !isEndless, !(share >= 0 && share.isFinite) {
        .bioavailability(share)
      } else if dose.steadyState != .none {
        .noSteadyState
      } else {
        .noAmounts
      }
    trouble = EventTrouble(reason, dose: step.place, time: step.time)
  }

  private var isFinite: Bool {
    (0..<stateCount).allSatisfy { amounts[$0][0].isFinite }
  }
}

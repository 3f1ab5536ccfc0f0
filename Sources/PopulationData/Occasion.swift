/// A stretch of a subject's records that begins with the model's initial amounts: up to the next
/// reset (EVID 3 or 4), or to the end.
public struct Occasion: Sendable, Equatable {
  /// Doses in the order of administration, additional doses (ADDL) written out.
  public var doses: [DoseRecord]
  /// Observations in the order of the rows, which is also that of time.
  public var observations: [Observation]
  /// Everything else that changes something, in the order of the rows.
  public var others: [OtherEvent]
  /// When the occasion begins, if that is before anything else happens in it: the time of its first
  /// row.
  public var start: Double?

  public init(
    doses: [DoseRecord], observations: [Observation], others: [OtherEvent] = [],
    start: Double? = nil
  ) {
    self.doses = doses
    self.observations = observations
    self.others = others
    self.start = start
  }

  /// Whether there is neither a dose nor an observation.
  public var isEmpty: Bool { doses.isEmpty && observations.isEmpty }

  /// Whether there are plain doses and observations only.
  package var isPlain: Bool {
    others.isEmpty && start == nil && doses.allSatisfy(\.isPlain)
      && observations.allSatisfy(\.isPlain)
  }
}

extension Occasion {
  /// Leaves out the other observations.
  package mutating func keepObservations(where isKept: (Observation) -> Bool) {
    for place in others.indices {
      let before = observations.prefix(others[place].precedingObservations)
      others[place].precedingObservations = before.count(where: isKept)
    }
    observations.removeAll { !isKept($0) }
  }

  /// Something that happens, by its place in `doses`, `observations` or `others`.
  public enum Happening: Sendable, Equatable {
    case dose(Int)
    case observation(Int)
    case other(Int)
  }

  /// Calls a function with everything that happens, in the order in which it counts.
  public func forEachHappening(_ body: (Happening) -> Void) {
    var given = 0
    var observed = 0
    func give(upTo count: Int) {
      while given < count {
        body(.dose(given))
        given += 1
      }
    }
    func observe(upTo count: Int) {
      while observed < count {
        give(upTo: observations[observed].precedingDoses)
        body(.observation(observed))
        observed += 1
      }
    }
    for (place, other) in others.enumerated() {
      observe(upTo: other.precedingObservations)
      give(upTo: other.precedingDoses)
      body(.other(place))
    }
    observe(upTo: observations.count)
    give(upTo: doses.count)
  }
}

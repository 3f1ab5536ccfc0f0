/// What a row says.
struct EventRecord {
  enum Event {
    case observation(ObservedValue)
    case dose(DoseOrder)
    /// A reset without a dose (EVID 3).
    case none
    /// Another event (EVID 2), with the number under CMT.
    case other(compartment: Int)
    /// An observation without a value (EVID 0, MDV 1).
    case unobserved
    /// A value below the limit of quantification (CENS 1) that is to be left out.
    case belowLimit(ObservedValue)
    /// A time of the day where none was known of, so that the rest has not been read.
    case clockTime
  }

  var time: Double
  /// Whether a new occasion begins (EVID 3 or 4), before the dose if there is one.
  var resets = false
  var event: Event
}

/// An observation as its row has it; small, as nearly all rows are observations.
struct ObservedValue {
  var value: Double
  var compartment: Int32
  var output: Int32
  var knowledge = Observation.Knowledge.measured
}

/// A dose as its row orders it.
struct DoseOrder {
  var amount: Double
  var compartment = 0
  var entry = DoseRecord.Entry.bolus
  var steadyState = DoseRecord.SteadyState.none
  /// Doses that follow.
  var additional = 0
  /// Between doses: those that follow, and those of the steady state.
  var interval = 0.0
}

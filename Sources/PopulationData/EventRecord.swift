/// What a row says.
struct EventRecord {
  enum Event {
    case observation(value: Double, compartment: Int)
    case dose(amount: Double, compartment: Int, additional: Int, interval: Double)
    /// Neither: a reset, another event (EVID 2), or an observation without a value (MDV 1).
    case none
  }

  var time: Double
  /// Whether a new occasion begins (EVID 3 or 4), before the dose if there is one.
  var resets = false
  var event: Event
}

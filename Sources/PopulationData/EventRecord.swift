/// What a row says.
struct EventRecord {
  enum Event {
    case observation(value: Double, compartment: Int)
    case dose(amount: Double, compartment: Int, additional: Int, interval: Double)
    /// A reset without a dose (EVID 3).
    case none
    /// Another event (EVID 2), which is not used.
    case other
    /// An observation without a value (EVID 0, MDV 1).
    case unobserved
  }

  var time: Double
  /// Whether a new occasion begins (EVID 3 or 4), before the dose if there is one.
  var resets = false
  var event: Event
}

public import NumericKernels

/// The doses of a steady state (SS), for eight samples: equal doses into one compartment at equal
/// intervals, or one infusion without end.
///
/// Bioavailability is contained, lag is not: the event machine deals with it.
public struct SteadyRegimen {
  /// From 0.
  public var compartment: Int
  /// What each dose brings; of an infusion without end 0.
  public var amount: Lanes
  /// Amount per time of each infusion; 0 in boluses.
  public var rate: Lanes
  /// Of each infusion, and it may be longer than the interval: infusions then overlap. 0 in
  /// boluses.
  public var duration: Lanes
  /// From dose to dose; 0: an infusion without end at `rate`.
  public var interval: Double

  public init(
    compartment: Int, amount: Lanes, rate: Lanes, duration: Lanes, interval: Double
  ) {
    self.compartment = compartment
    self.amount = amount
    self.rate = rate
    self.duration = duration
    self.interval = interval
  }
}

public import NumericKernels

/// What a model says of the doses into one compartment, for eight samples.
public struct DosingParameters {
  /// F, the share of a dose that arrives; NONMEM's F_n.
  public var bioavailability: Lanes
  /// Time from the administration of a dose to its arrival; NONMEM's ALAG_n.
  public var lag: Lanes
  /// Rate of infusions whose RATE is −1; NONMEM's R_n.
  public var rate: Lanes
  /// Duration of infusions whose RATE is −2; NONMEM's D_n.
  public var duration: Lanes

  public init(
    bioavailability: Lanes = Lanes.all(1), lag: Lanes = Lanes.all(0),
    rate: Lanes = Lanes.all(0), duration: Lanes = Lanes.all(0)
  ) {
    self.bioavailability = bioavailability
    self.lag = lag
    self.rate = rate
    self.duration = duration
  }
}

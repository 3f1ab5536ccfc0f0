/// What happens besides doses and observations: a compartment is turned on or off, or an interval
/// ends after which other values of covariates hold.
public struct OtherEvent: Sendable, Equatable {
  /// In the data set's unit of time.
  public var time: Double
  /// n for a compartment n that is turned on, −n for one that is turned off (EVID 2 with CMT); 0
  /// for none.
  public var compartment: Int
  /// Line of the row in its file.
  public var line: Int
  /// The row of the subject's covariates that holds in the interval that ends here.
  public var covariates: Int
  /// How many of the occasion's doses, from the first, were given before.
  public var precedingDoses: Int
  /// How many of the occasion's observations, from the first, come before.
  public var precedingObservations: Int

  public init(
    time: Double, compartment: Int = 0, line: Int = 0, covariates: Int = 0, precedingDoses: Int,
    precedingObservations: Int
  ) {
    self.time = time
    self.compartment = compartment
    self.line = line
    self.covariates = covariates
    self.precedingDoses = precedingDoses
    self.precedingObservations = precedingObservations
  }
}

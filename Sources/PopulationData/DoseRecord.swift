/// A dose: an amount that enters a compartment at one moment or over some time.
public struct DoseRecord: Sendable, Equatable {
  /// How a dose enters its compartment.
  public enum Entry: Sendable, Equatable {
    /// At once.
    case bolus
    /// At a rate, in amount per time (RATE above 0).
    case rate(Double)
    /// For a time (DUR).
    case duration(Double)
    /// At a rate that the model has (RATE −1).
    case modelledRate
    /// For a time that the model has (RATE −2).
    case modelledDuration
  }

  /// What a dose does with what is there already (SS).
  public enum SteadyState: Int, Sendable, Equatable {
    case none = 0
    /// The amounts become those of the steady state (SS 1).
    case replace = 1
    /// The amounts of the steady state are added (SS 2).
    case add = 2
  }

  /// Time of administration, or of the beginning of an infusion, in the data set's unit of time.
  public var time: Double
  /// Amount in the data set's unit of amount: above zero; zero for the steady state of a constant
  /// infusion only.
  public var amount: Double
  /// Compartment as numbered in the data set; 0 is the model's default compartment for doses.
  public var compartment: Int
  /// Line of the row that ordered the dose; an additional dose (ADDL) has the line of its row.
  public var line: Int
  public var entry: Entry
  public var steadyState: SteadyState
  /// Time between the doses of the steady state; 0 without one, and for that of a constant
  /// infusion.
  public var interval: Double
  /// The row of the subject's covariates that holds in the interval that ends here.
  public var covariates: Int
  /// The row of the subject's covariates that bioavailability, lag, modelled rate and duration are
  /// those of: that of the row of the file that ordered the dose. It differs from `covariates` for
  /// additional doses.
  public var dosingCovariates: Int

  public init(
    time: Double, amount: Double, compartment: Int = 0, line: Int = 0, entry: Entry = .bolus,
    steadyState: SteadyState = .none, interval: Double = 0, covariates: Int = 0,
    dosingCovariates: Int = 0
  ) {
    self.time = time
    self.amount = amount
    self.compartment = compartment
    self.line = line
    self.entry = entry
    self.steadyState = steadyState
    self.interval = interval
    self.covariates = covariates
    self.dosingCovariates = dosingCovariates
  }

  /// Whether it is a bolus without a steady state.
  public var isPlainBolus: Bool { !isInfusion && steadyState == .none }

  /// Whether time, amount, compartment and line say all.
  package var isPlain: Bool {
    isPlainBolus && interval.bitPattern == 0 && covariates == 0 && dosingCovariates == 0
  }

  /// Whether it has an infusion, at a rate of the data or of the model.
  public var isInfusion: Bool { if case .bolus = entry { false } else { true } }
}

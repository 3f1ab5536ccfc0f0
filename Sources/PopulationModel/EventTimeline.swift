/// Everything that happens to a subject, in the order in which it counts, for models that follow
/// all kinds of events.
///
/// Additional doses (ADDL) are written out. Lag times, bioavailability and modelled rates and
/// durations belong to the model: they may move a dose behind events that follow it here.
public struct EventTimeline: Sendable, Equatable {
  /// How a dose enters its compartment.
  public enum Entry: Sendable, Equatable {
    /// At once.
    case bolus
    /// At a rate, in amount per time; it lasts for F·amount/rate.
    case rate(Double)
    /// For a time, at the rate F·amount/duration.
    case duration(Double)
    /// At a rate that the model has (RATE −1).
    case modelledRate
    /// For a time that the model has (RATE −2).
    case modelledDuration
  }

  /// What a dose does with what is there already (SS).
  public enum SteadyState: Sendable, Equatable {
    case none
    /// The amounts become those of the steady state (SS 1).
    case replace
    /// They are added (SS 2).
    case add
  }

  public struct Dose: Sendable, Equatable {
    /// Above 0; 0 only for the steady state of a constant infusion.
    public var amount: Double
    public var entry: Entry
    /// From 1; 0 is the model's default compartment for doses.
    public var compartment: Int
    public var steadyState: SteadyState
    /// Time between the doses of the steady state; 0: a constant infusion.
    public var interval: Double
    /// The row of `covariates` that bioavailability, lag, modelled rate and duration are those of:
    /// that of the row of the file which ordered the dose. The event has another one if it is an
    /// additional dose.
    public var covariates: Int

    public init(
      amount: Double, entry: Entry = .bolus, compartment: Int = 0,
      steadyState: SteadyState = .none, interval: Double = 0, covariates: Int = 0
    ) {
      self.amount = amount
      self.entry = entry
      self.compartment = compartment
      self.steadyState = steadyState
      self.interval = interval
      self.covariates = covariates
    }
  }

  public enum Action: Sendable, Equatable {
    /// A dose is given, by its place in `doses`.
    case dose(Int)
    /// An observation is predicted, by its place in `observations`.
    case observe(Int)
    /// Amounts become those at the start, infusions and doses that have not arrived end, all
    /// compartments are on; the clock may go back.
    case reset
    /// A compartment, from 1, is turned on or off (EVID 2 with CMT ±n); one that is off has the
    /// amount 0 and takes no doses.
    case turn(compartment: Int, isOn: Bool)
    /// Nothing but the end of an interval with its covariates.
    case pass
  }

  public struct Event: Sendable, Equatable {
    /// In the data set's unit; within the stretch between two resets it does not decrease.
    public var time: Double
    public var action: Action
    /// The row of `covariates` that holds in the interval that ends here, and at the event itself.
    public var covariates: Int

    public init(time: Double, action: Action, covariates: Int = 0) {
      self.time = time
      self.action = action
      self.covariates = covariates
    }
  }

  /// What is observed: the number under DVID, or 0, and the compartment under CMT, or 0.
  public struct ObservedPlace: Sendable, Equatable {
    public var output: Int
    public var compartment: Int

    public init(output: Int = 0, compartment: Int = 0) {
      self.output = output
      self.compartment = compartment
    }
  }

  public var events: [Event]
  public var doses: [Dose]
  public var observations: [ObservedPlace]
  /// Values by row and covariate; there is at least one row, empty if there are no covariates.
  public var covariates: [[Double]]

  public init(
    events: [Event], doses: [Dose], observations: [ObservedPlace], covariates: [[Double]] = [[]]
  ) {
    self.events = events
    self.doses = doses
    self.observations = observations
    self.covariates = covariates
  }
}

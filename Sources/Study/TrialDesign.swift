/// When the subjects of a simulated trial are dosed and measured; the same for all.
public struct TrialDesign: Sendable, Equatable {
  /// A bolus, and how often it is repeated.
  public struct Dose: Sendable, Equatable {
    public let time: Double
    public let amount: Double
    /// Number of further doses, each `interval` after the one before.
    public let additional: Int
    public let interval: Double

    public init(time: Double, amount: Double, additional: Int = 0, interval: Double = 0) {
      self.time = time
      self.amount = amount
      self.additional = additional
      self.interval = interval
    }

    /// The times of all doses of the series.
    public var times: [Double] { (0...additional).map { time + Double($0) * interval } }
  }

  /// n
  public let subjectCount: Int
  public let doses: [Dose]
  /// Times of the observations, ascending.
  public let times: [Double]

  public init(subjectCount: Int, doses: [Dose], times: [Double]) {
    self.subjectCount = subjectCount
    self.doses = doses
    self.times = times
  }

  /// Doses and observations in the order in which they happen; a dose comes before an observation of the same time.
  var events: [Event] {
    let given = doses.flatMap { dose in
      dose.times.map { Event(time: $0, amount: dose.amount) }
    }
    let observed = times.map { Event(time: $0, amount: nil) }
    return (given + observed).enumerated().sorted { a, b in
      (a.element.time, a.offset) < (b.element.time, b.offset)
    }.map(\.element)
  }

  struct Event {
    let time: Double
    /// `nil` for an observation.
    let amount: Double?
  }
}

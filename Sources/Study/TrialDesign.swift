/// When the subjects of a simulated trial are dosed and measured, and what else is drawn for them.
package struct TrialDesign: Sendable, Equatable {
  /// A bolus, and how often it is repeated.
  package struct Dose: Sendable, Equatable {
    package let time: Double
    package let amount: Double
    /// Number of further doses, each `interval` after the one before.
    package let additional: Int
    package let interval: Double
    /// The covariate, by its place, of whose unit each gets the amount; `nil` if all get the same.
    package let covariate: Int?

    package init(
      time: Double, amount: Double, additional: Int = 0, interval: Double = 0,
      covariate: Int? = nil
    ) {
      self.time = time
      self.amount = amount
      self.additional = additional
      self.interval = interval
      self.covariate = covariate
    }

    /// The times of all doses of the series.
    package var times: [Double] { (0...additional).map { time + Double($0) * interval } }
  }

  /// Subjects that are treated alike.
  package struct Arm: Sendable, Equatable {
    package let subjectCount: Int
    package let doses: [Dose]
    /// Times of the observations, ascending.
    package let times: [Double]

    package init(subjectCount: Int, doses: [Dose], times: [Double]) {
      self.subjectCount = subjectCount
      self.doses = doses
      self.times = times
    }
  }

  /// The arms, whose subjects follow each other in the data set.
  package let arms: [Arm]
  package let covariates: [SimulatedCovariate]
  /// Subjects leave at this rate per unit of time, and have no records from then on.
  package let dropOutHazard: Double
  /// Observations below it are not quantified: they count as missing (M1).
  package let quantificationLimit: Double?

  package init(
    arms: [Arm], covariates: [SimulatedCovariate] = [], dropOutHazard: Double = 0,
    quantificationLimit: Double? = nil
  ) {
    self.arms = arms
    self.covariates = covariates
    self.dropOutHazard = dropOutHazard
    self.quantificationLimit = quantificationLimit
  }

  /// One arm.
  package init(subjectCount: Int, doses: [Dose], times: [Double]) {
    self.init(arms: [Arm(subjectCount: subjectCount, doses: doses, times: times)])
  }

  /// n
  package var subjectCount: Int { arms.reduce(0) { $0 + $1.subjectCount } }

  /// The arm of the subject in a place.
  func arm(of subject: Int) -> Int {
    var end = 0
    for (number, arm) in arms.enumerated() {
      end += arm.subjectCount
      if subject < end { return number }
    }
    return arms.count - 1
  }
}

extension TrialDesign.Arm {
  /// A dose or an observation that is planned.
  struct Event {
    let time: Double
    /// `nil` for an observation.
    let dose: TrialDesign.Dose?
  }

  /// Doses and observations in the order in which they happen; a dose comes before an observation
  /// of the same time.
  var events: [Event] {
    let given = doses.flatMap { dose in dose.times.map { Event(time: $0, dose: dose) } }
    let observed = times.map { Event(time: $0, dose: nil) }
    return (given + observed).enumerated().sorted { a, b in
      (a.element.time, a.offset) < (b.element.time, b.offset)
    }.map(\.element)
  }
}

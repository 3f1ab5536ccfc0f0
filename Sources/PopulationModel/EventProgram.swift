public import PopulationData

/// One thing that happens to a subject, as the structural models see it.
public struct EventStep: Sendable, Equatable {
  public enum Action: Sendable, Equatable {
    /// A dose of an amount enters the default compartment.
    case dose
    /// The observation is predicted.
    case observe
    /// All amounts become 0.
    case reset
  }
  /// Time since the step before, ≥ 0.
  public let elapsed: Double
  /// Amount of the dose; 0 for other actions.
  public let amount: Double
  public let action: Action
}

/// A subject as the kernels need it: the events in the order in which they count, and the measured
/// values.
///
/// The order is the data set's: a dose recorded before an observation of the same time counts for
/// it.
public struct EventProgram: Sendable {
  public let steps: [EventStep]
  /// The measured values Yᵢ, in the order of the `observe` steps.
  public let observed: [Double]
  /// What is known of each value, and the number of its output.
  public let knowledge: [ObservedKnowledge]
  /// Whether predictions have the form `StructuralModel.decay`.
  public let decays: Bool
  /// The subject's first values of the covariates.
  public let baseline: [Double]
  /// What the model that it was made for has computed of the events; `nil` where they decay, or it
  /// needs nothing.
  public let prepared: (any PreparedSubject)?

  /// - Parameter structural: the model that will predict.
  public init(_ subject: Subject, for structural: any StructuralModel) {
    decays = structural.decays(subject)
    prepared = decays ? nil : structural.prepare(subject)
    baseline = subject.covariates.first ?? []
    var steps: [EventStep] = []
    var observed: [Double] = []
    var knowledge: [ObservedKnowledge] = []
    let observationCount = subject.observationCount
    steps.reserveCapacity(observationCount + subject.doseCount + subject.occasions.count)
    observed.reserveCapacity(observationCount)
    knowledge.reserveCapacity(observationCount)
    for (number, occasion) in subject.occasions.enumerated() {
      if number > 0 { steps.append(EventStep(elapsed: 0, amount: 0, action: .reset)) }
      var clock: Double?
      var given = 0
      func elapsed(_ time: Double) -> Double {
        defer { clock = time }
        return clock.map { time - $0 } ?? 0
      }
      func give(upTo count: Int) {
        while given < count {
          let dose = occasion.doses[given]
          steps.append(
            EventStep(elapsed: elapsed(dose.time), amount: dose.amount, action: .dose))
          given += 1
        }
      }
      for observation in occasion.observations {
        give(upTo: observation.precedingDoses)
        steps.append(EventStep(elapsed: elapsed(observation.time), amount: 0, action: .observe))
        observed.append(observation.value)
        knowledge.append(ObservedKnowledge(observation))
      }
    }
    self.steps = steps
    self.observed = observed
    self.knowledge = knowledge
  }
}

/// What is known of an observation beside its value.
public struct ObservedKnowledge: Sendable, Equatable {
  /// The number under DVID, or 0.
  public let output: Int
  /// The interval in which the value is, if it was not measured.
  public let interval: (lower: Double, upper: Double)?
  /// The limit above which a measured value had to be.
  public let limit: Double?

  public init(_ observation: Observation) {
    output = observation.output
    limit = observation.limit
    interval =
      switch observation.censoring {
      case .none: nil
      case .below(let lower): (lower, observation.value)
      case .above(let upper): (observation.value, upper)
      }
  }

  public static func == (a: ObservedKnowledge, b: ObservedKnowledge) -> Bool {
    a.output == b.output && a.interval?.lower == b.interval?.lower
      && a.interval?.upper == b.interval?.upper && a.limit == b.limit
  }
}

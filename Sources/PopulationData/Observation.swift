/// One measured value, or where it lies.
public struct Observation: Sendable, Equatable {
  /// What is known instead of the value itself (CENS and LIMIT).
  public enum Censoring: Sendable, Equatable {
    /// The value was measured.
    case none
    /// It lies between a bound and `value`, the limit of quantification; the bound is −∞ if there
    /// is none.
    case below(lower: Double)
    /// It lies between `value` and a bound, which is +∞ if there is none.
    case above(upper: Double)
  }

  /// Either a value is censored, or it is known to be above a limit; one field for both, as there
  /// are millions of observations.
  enum Knowledge: Sendable, Equatable {
    case measured
    case below(lower: Double)
    case above(upper: Double)
    case quantified(limit: Double)
  }

  /// Time of the measurement, in the data set's unit of time.
  public var time: Double
  /// The value (DV), in the data set's unit; of a censored one the limit beyond which it lies.
  public var value: Double
  /// Compartment as numbered in the data set; 0 is the model's default compartment to observe.
  public var compartment: Int
  /// Line of the row in its file.
  public var line: Int
  /// How many of the occasion's doses, from the first, were given before this measurement.
  ///
  /// At equal times the order of the rows decides, and an additional dose (ADDL) comes before any
  /// row of the same time.
  public var precedingDoses: Int
  /// Which of several outputs was measured (DVID); 0 is the default one.
  public var output: Int
  /// The row of the subject's covariates that holds here, and in the interval that ends here.
  public var covariates: Int
  var knowledge: Knowledge

  /// - Parameter limit: below which this value would not have been reported, if the likelihood is
  ///   to be that of values above it; only of values that are not censored.
  public init(
    time: Double, value: Double, compartment: Int = 0, line: Int = 0, precedingDoses: Int,
    output: Int = 0, covariates: Int = 0, censoring: Censoring = .none, limit: Double? = nil
  ) {
    precondition(censoring == .none || limit == nil, "a limit is that of values that were measured")
    self.time = time
    self.value = value
    self.compartment = compartment
    self.line = line
    self.precedingDoses = precedingDoses
    self.output = output
    self.covariates = covariates
    knowledge =
      switch censoring {
      case .none: limit.map { .quantified(limit: $0) } ?? .measured
      case .below(let lower): .below(lower: lower)
      case .above(let upper): .above(upper: upper)
      }
  }

  /// As its row has it.
  init(
    _ observed: ObservedValue, time: Double, line: Int, precedingDoses: Int, covariates: Int
  ) {
    self.time = time
    value = observed.value
    compartment = Int(observed.compartment)
    self.line = line
    self.precedingDoses = precedingDoses
    output = Int(observed.output)
    self.covariates = covariates
    knowledge = observed.knowledge
  }

  /// Whether the value was measured, and if not where it lies.
  public var censoring: Censoring {
    switch knowledge {
    case .measured, .quantified: .none
    case .below(let lower): .below(lower: lower)
    case .above(let upper): .above(upper: upper)
    }
  }

  /// The limit above which this value is known to be because it was reported, where rows below it
  /// were left out and the likelihood is to be conditional on that (`below-limit: conditional`);
  /// else `nil`.
  public internal(set) var limit: Double? {
    get { if case .quantified(let limit) = knowledge { limit } else { nil } }
    set {
      precondition(censoring == .none, "a limit is that of values that were measured")
      knowledge = newValue.map { .quantified(limit: $0) } ?? .measured
    }
  }

  /// Whether time, value, compartment, line and the doses before it say all.
  package var isPlain: Bool {
    guard output == 0, covariates == 0, case .measured = knowledge else { return false }
    return true
  }

  /// Whether a value of exactly 0, which a prediction of 0 without any error has, is within the
  /// interval that is known.
  public var admitsZero: Bool {
    switch censoring {
    case .none: false
    case .below(let lower): lower <= 0 && value > 0
    case .above(let upper): value < 0 && upper > 0
    }
  }

  /// Whether only an interval is known in which the value lies.
  public var isCensored: Bool { censoring != .none }
}

import Estimation
import PopulationModel

/// One parameter of a fit of a simulated data set beside the truth.
public struct PredictionError: Sendable, Equatable {
  /// By the truth's components: `mu.k.1`.
  public let parameter: String
  public let truth: Double
  /// The value in the simulated sample; `nil` where it has none.
  public let realised: Double?
  public let estimate: Double
  /// Each kind that there is.
  public let standardErrors: [StandardErrorKind: Double]
  /// The scale on which the recommended interval is symmetric.
  public let scale: IntervalScale
  /// Whether the parameter is w_k of a component.
  public let isWeight: Bool
  /// Whether it is a function of the free parameters.
  public let isDerived: Bool

  public init(
    parameter: String, truth: Double, realised: Double?, estimate: Double,
    standardErrors: [StandardErrorKind: Double], scale: IntervalScale, isWeight: Bool = false,
    isDerived: Bool = false
  ) {
    self.parameter = parameter
    self.truth = truth
    self.realised = realised
    self.estimate = estimate
    self.standardErrors = standardErrors
    self.scale = scale
    self.isWeight = isWeight
    self.isDerived = isDerived
  }

  /// 100 (estimate − true)/|true|; `nil` where the true value is 0.
  public var percent: Double? { Self.percent(estimate, truth) }

  /// The same against the value in the sample.
  public var realisedPercent: Double? { realised.flatMap { Self.percent(estimate, $0) } }

  private static func percent(_ estimate: Double, _ truth: Double) -> Double? {
    truth == 0 ? nil : 100 * (estimate - truth) / abs(truth)
  }

  /// Whether the 95 % interval has the true value; `nil` without a standard error, or where there is no such interval.
  public func covers(_ interval: StudyInterval, _ kind: StandardErrorKind) -> Bool? {
    guard let error = standardErrors[kind], error.isFinite else { return nil }
    switch interval {
    case .wald:
      let range = IntervalScale.plain.interval(estimate: estimate, standardError: error)
      return range.low <= truth && truth <= range.high
    case .recommended:
      let range = scale.interval(estimate: estimate, standardError: error)
      return range.low <= truth && truth <= range.high
    case .odds:
      // SE(w/(1 − w)) = SE(w)/(1 − w)²
      guard isWeight, estimate < 1, truth < 1 else { return nil }
      let rest = 1 - estimate
      let range = IntervalScale.plain.interval(
        estimate: estimate / rest, standardError: error / (rest * rest))
      let odds = truth / (1 - truth)
      return range.low <= odds && odds <= range.high
    }
  }
}

/// The 95 % intervals whose coverage a study counts.
public enum StudyInterval: String, Sendable, CaseIterable {
  /// estimate ± 1.96 SE
  case wald
  /// Symmetric on the scale of the parameter: that of the tables.
  case recommended
  /// Of the odds w/(1 − w) of a weight, as W07 Table 1 has it.
  case odds
}

/// What a study knows of one fit of one data set.
public struct Replicate: Sendable {
  /// A parameter as a fit reports it.
  public struct Estimate: Sendable {
    /// Without the number of the component.
    public let base: String
    /// From 0; `nil` if it belongs to all.
    public let component: Int?
    public let value: Double
    public let standardErrors: [StandardErrorKind: Double]

    public init(
      base: String, component: Int?, value: Double, standardErrors: [StandardErrorKind: Double]
    ) {
      self.base = base
      self.component = component
      self.value = value
      self.standardErrors = standardErrors
    }
  }

  public let dataSet: String
  /// How the fit ended; `failed` without estimates.
  public let status: String
  /// Free and derived parameters, in their order; empty if it failed.
  public let errors: [PredictionError]
  /// `nil` if it failed, or with one component.
  public let misclassified: Int?
  /// Whether the fit's components had to be renamed.
  public let isRelabelled: Bool

  /// A data set that could not be fitted.
  public init(failed dataSet: String) {
    self.dataSet = dataSet
    status = "failed"
    errors = []
    misclassified = nil
    isRelabelled = false
  }

  /// - Parameters:
  ///   - estimates: of all free and derived parameters.
  ///   - alignment: of the fit's components with those of the truth.
  ///   - misclassified: `nil` with one component.
  public init(
    dataSet: String, status: String, trial: SimulatedTrial, draw: SimulatedTrial.Draw,
    estimates: [Estimate], alignment: LabelAlignment, misclassified: Int?
  ) {
    self.dataSet = dataSet
    self.status = status
    self.misclassified = misclassified
    isRelabelled = !alignment.isIdentity
    let realised = Self.rows(trial.model, trial.realisedValues(draw))
    let freeCount = FreeParameters(trial.model).count
    errors = Self.rows(trial.model, trial.parameters).enumerated().compactMap { place, truth in
      let own = truth.component.map { alignment.order[$0] }
      let found = estimates.first { $0.base == truth.base && $0.component == own }
      guard let found else { return nil }
      let value = realised[place].estimate
      return PredictionError(
        parameter: truth.name, truth: truth.estimate,
        realised: value.isFinite ? value : nil, estimate: found.value,
        standardErrors: found.standardErrors, scale: truth.scale, isWeight: truth.base == "w",
        isDerived: place >= freeCount)
    }
  }

  private static func rows(_ model: MixtureModel, _ values: PopulationParameters)
    -> [ParameterEstimate]
  {
    model.parameterTable(at: values, covariance: nil).filter { !$0.isFixed }
      + model.derivedQuantities(at: values, covariance: nil)
  }
}

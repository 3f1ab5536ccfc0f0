package import Estimation
package import Inference
import PopulationModel

/// One parameter of a fit of a simulated data set beside the truth.
package struct PredictionError: Sendable, Equatable {
  /// By the truth's components: `mu.k.1`.
  package let parameter: String
  package let truth: Double
  /// The value in the simulated sample; `nil` where it has none.
  package let realised: Double?
  package let estimate: Double
  /// Each kind that there is.
  package let standardErrors: [StandardErrorKind: Double]
  /// The scale on which the interval of the tables is symmetric.
  package let scale: IntervalScale
  /// Whether the parameter is w_k of a component.
  package let isWeight: Bool
  /// What it is apart from its value.
  package let kind: Kind

  package enum Kind: Sendable {
    case free
    /// The mean of a logarithm, whose size depends on units: an error in percent means nothing.
    case logarithm
    /// A covariance, which can be near 0 in a sample.
    case covariance
    /// A function of the free parameters: the typical value of a lognormal effect.
    case typical
    /// Another one.
    case derived
    /// A correlation.
    case correlation

    /// Whether it is among the parameters that people look at first.
    package var isPrincipal: Bool { self == .free || self == .covariance || self == .typical }
    /// Whether it follows from the free parameters.
    package var isDerived: Bool { self == .typical || self == .derived || self == .correlation }
  }

  /// Whether this fit kept it at a given value.
  package let isFixed: Bool
  /// The interval by profile likelihood, where the fit has one; an end that was not found is `nil`.
  package let profile: (low: Double?, high: Double?)?

  package static func == (a: PredictionError, b: PredictionError) -> Bool {
    a.parameter == b.parameter && a.truth == b.truth && a.estimate == b.estimate
      && a.realised == b.realised && a.standardErrors == b.standardErrors && a.scale == b.scale
      && a.isWeight == b.isWeight && a.kind == b.kind && a.isFixed == b.isFixed
      && a.profile?.low == b.profile?.low && a.profile?.high == b.profile?.high
  }

  package init(
    parameter: String, truth: Double, realised: Double?, estimate: Double,
    standardErrors: [StandardErrorKind: Double], scale: IntervalScale, isWeight: Bool = false,
    kind: Kind = .free, isFixed: Bool = false, profile: (low: Double?, high: Double?)? = nil
  ) {
    self.profile = profile
    self.parameter = parameter
    self.truth = truth
    self.realised = realised
    self.estimate = estimate
    self.standardErrors = standardErrors
    self.scale = scale
    self.isWeight = isWeight
    self.kind = kind
    self.isFixed = isFixed
  }

  /// 100 (estimate − true)/|true|; `nil` for the mean of a logarithm, and where the true value is
  /// 0.
  package var percent: Double? { kind == .logarithm ? nil : Self.percent(estimate, truth) }

  /// The same against the value in the sample; `nil` for covariances and correlations, too.
  package var realisedPercent: Double? {
    guard kind != .logarithm, kind != .covariance, kind != .correlation else { return nil }
    return realised.flatMap { Self.percent(estimate, $0) }
  }

  private static func percent(_ estimate: Double, _ truth: Double) -> Double? {
    truth == 0 ? nil : 100 * (estimate - truth) / abs(truth)
  }

  /// Whether the 95 % interval has the true value; `nil` without a standard error, or where there
  /// is no such interval.
  package func covers(_ interval: StudyInterval, _ kind: StandardErrorKind) -> Bool? {
    if interval == .profile {
      guard kind == .outerProduct, let low = profile?.low, let high = profile?.high else {
        return nil
      }
      return low <= truth && truth <= high
    }
    guard let error = standardErrors[kind], error.isFinite else { return nil }
    switch interval {
    case .profile: return nil
    case .wald:
      let range = IntervalScale.plain.interval(estimate: estimate, standardError: error)
      return range.low <= truth && truth <= range.high
    case .scaled:
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
package enum StudyInterval: String, Sendable, CaseIterable {
  /// estimate ± 1.96 SE
  case wald
  /// Symmetric on the scale of the parameter: that of the tables.
  case scaled
  /// Of the odds w/(1 − w) of a weight, as W07 Table 1 has it.
  case odds
  /// By profile likelihood, where the fits have such; needs no standard errors, and stands with
  /// those of the outer product.
  case profile
}

/// What a study knows of one fit of one data set.
package struct Replicate: Sendable {
  /// A parameter as a fit reports it.
  package struct Estimate: Sendable {
    /// Without the number of the component.
    package let base: String
    /// From 0; `nil` if it belongs to all.
    package let component: Int?
    package let value: Double
    package let standardErrors: [StandardErrorKind: Double]
    package let isFixed: Bool
    package let profile: (low: Double?, high: Double?)?

    package init(
      base: String, component: Int?, value: Double, standardErrors: [StandardErrorKind: Double],
      isFixed: Bool = false, profile: (low: Double?, high: Double?)? = nil
    ) {
      self.profile = profile
      self.base = base
      self.component = component
      self.value = value
      self.standardErrors = standardErrors
      self.isFixed = isFixed
    }
  }

  package let dataSet: String
  /// How the fit ended; `failed` without estimates.
  package let status: String
  /// Free and derived parameters, in their order; empty if it failed.
  package let errors: [PredictionError]
  /// `nil` if it failed, or with one component.
  package let misclassified: Int?
  /// Whether the fit's components had to be renamed.
  package let isRelabelled: Bool

  /// A data set that could not be fitted.
  package init(failed dataSet: String) {
    self.dataSet = dataSet
    status = "failed"
    errors = []
    misclassified = nil
    isRelabelled = false
  }

  /// With errors that are known, labels as they are.
  package init(dataSet: String, status: String, errors: [PredictionError]) {
    self.dataSet = dataSet
    self.status = status
    self.errors = errors
    misclassified = nil
    isRelabelled = false
  }

  /// - Parameters:
  ///   - estimates: of all free and derived parameters.
  ///   - alignment: of the fit's components with those of the truth.
  ///   - misclassified: `nil` with one component.
  package init(
    dataSet: String, status: String, trial: SimulatedTrial, draw: SimulatedTrial.Draw,
    estimates: [Estimate], alignment: LabelAlignment, misclassified: Int?
  ) {
    self.dataSet = dataSet
    self.status = status
    self.misclassified = misclassified
    isRelabelled = !alignment.isIdentity
    let realised = Self.rows(trial.model, trial.realisedValues(draw))
    let kinds = Self.kinds(trial.model)
    errors = Self.rows(trial.model, trial.parameters).enumerated().compactMap { place, truth in
      let own = truth.component.map { alignment.order[$0] }
      let found = estimates.first { $0.base == truth.base && $0.component == own }
      guard let found else { return nil }
      let value = realised[place].estimate
      return PredictionError(
        parameter: truth.name, truth: truth.estimate,
        realised: value.isFinite ? value : nil, estimate: found.value,
        standardErrors: found.standardErrors, scale: truth.scale, isWeight: truth.base == "w",
        kind: kinds[place], isFixed: found.isFixed, profile: found.profile)
    }
  }

  /// Of each of `rows`.
  private static func kinds(_ model: MixtureModel) -> [PredictionError.Kind] {
    FreeParameters(model).list.map { parameter in
      switch parameter {
      case .mean(let effect, _):
        model.effects[effect].distribution.isLogarithmic ? .logarithm : .free
      case .covariance(let row, let column, _): row == column ? .free : .covariance
      case .weight, .residualVariance, .weightCoefficient, .coefficient: .free
      case .direct(let place, _):
        if case .structural(_, let distribution) = model.direct[place].kind {
          distribution.isLogarithmic ? .logarithm : .free
        } else {
          .free
        }
      }
    }
      + model.derivedNames.map { name in
        name.hasPrefix("corr.") ? .correlation : name.hasPrefix("typical.") ? .typical : .derived
      }
  }

  private static func rows(_ model: MixtureModel, _ values: PopulationParameters)
    -> [ParameterEstimate]
  {
    model.parameterTable(at: values, covariance: nil).filter { !$0.isFixed }
      + model.derivedQuantities(at: values, covariance: nil)
  }
}

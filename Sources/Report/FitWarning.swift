package import Estimation
import PopulationModel

/// What a user should know before trusting a fit, in plain words with a remedy.
package enum FitWarning: Sendable, Equatable {
  case notRegular(StopReason)
  /// Another branch of the model, as of a flip-flop, explains the data better.
  case betterTwin(BetterTwin)
  /// Values count as below a limit that may stand for nothing known: it is not above 0, and all
  /// measured values of the output are.
  case limitNotPositive(output: String?, limit: Double, lowest: Double)
  /// The parameters that the data do not tell apart, where there are such.
  case singularInformation(parameters: [String])
  case nearlySingular(conditionNumber: Double, parameters: [String])
  case fewSubjects(subjects: Int, parameters: Int)
  case smallComponent(component: Int, subjects: Double)
  /// `prior` is a variance that a prior may have.
  case vanishingVariance(effect: String, component: Int?, share: Double, prior: Double)
  /// A part of a residual error, by its name.
  case vanishingResidual(name: String)
  /// `prior` has an effect of the block and a variance that its prior may have.
  case perfectCorrelation(
    first: String, second: String, component: Int?, prior: [EffectVariance])
  case coincidingComponents(Int, Int)
  case awayFromMaximum(distance: Double)
  case poorSamples(count: Int, settings: EstimationSettings)
  case imprecise(SamplingError, settings: EstimationSettings)
  case fewSamples(standardError: Double, bias: Double)
  /// The parameters for which they differ most.
  case differingStandardErrors([StandardErrorsOfParameter])
  /// `bound`, the low or the high end of the weight's 95 % interval is less than one subject away
  /// from 0 or from 1.
  case weightAtBoundary(component: Int, bound: Double, isLow: Bool, subjects: Int)
  /// The share of subjects in the wrong class, as the model expects.
  case overlappingClasses(share: Double)

  /// What log L is higher by at a place that the search for a profile came upon.
  case higherElsewhere(profile: String, gain: Double)
  /// Parameters with an end of a profile that was not found.
  case profilesMissing([String])
  /// Measured values of 0 where the residual variance follows the prediction.
  case zeroValues(UnboundedFinding)
  /// Subjects that move an estimate by more than `InfluenceSummary.threshold`, and how many there
  /// are.
  case influentialSubjects([InfluentialSubject], count: Int)

  /// An effect with a variance that is usual for it.
  package struct EffectVariance: Sendable, Equatable {
    package let effect: String
    package let variance: Double

    package init(effect: String, variance: Double) {
      self.effect = effect
      self.variance = variance
    }
  }

  /// Standard errors of one parameter by three ways.
  package struct StandardErrorsOfParameter: Sendable, Equatable {
    package let name: String
    package let outerProduct: Double
    package let observed: Double
    package let sandwich: Double

    package init(name: String, outerProduct: Double, observed: Double, sandwich: Double) {
      self.name = name
      self.outerProduct = outerProduct
      self.observed = observed
      self.sandwich = sandwich
    }

    /// The larger of the ratios to `observed`, either way.
    var factor: Double {
      [outerProduct / observed, sandwich / observed].map { max($0, 1 / $0) }.max() ?? 1
    }
  }

  package static func warnings(of fit: FitResult) -> [FitWarning] {
    var warnings: [FitWarning] = []
    if !fit.stopReason.isRegular { warnings.append(.notRegular(fit.stopReason)) }
    if let twin = fit.betterTwin { warnings.append(.betterTwin(twin)) }
    warnings += limitsNotPositive(fit)
    let q = fit.free.count
    if fit.subjectCount < q, fit.covariance.covariance == nil {
      warnings.append(.fewSubjects(subjects: fit.subjectCount, parameters: q))
    } else if q > 0, fit.covariance.covariance == nil, !fit.stopReason.isDegenerate,
      fit.stopReason.unbounded.isEmpty
    {
      warnings.append(.singularInformation(parameters: indistinct(fit)))
    } else if let number = fit.covariance.conditionNumber, number > EstimateCovariance.singularity {
      warnings.append(.nearlySingular(conditionNumber: number, parameters: indistinct(fit)))
    }
    for (k, subjects) in expectedSubjects(fit).enumerated() {
      if fit.model.componentCount > 1, subjects < smallest {
        warnings.append(.smallComponent(component: k, subjects: subjects))
      }
    }
    warnings += weightsAtBoundary(fit)
    let coincidences = coincidences(fit)
    warnings +=
      vanishingVariances(fit) + vanishingResiduals(fit) + perfectCorrelations(fit) + coincidences
    // Of components that are the same it goes without saying.
    if coincidences.isEmpty { warnings += overlappingClasses(fit) }
    warnings += differingStandardErrors(fit) + profileWarnings(fit)
    if fit.settings.method.endsAtMaximum, fit.stopReason.isRegular,
      let distance = fit.covariance.remainingDistance, distance > 0.05
    {
      warnings.append(.awayFromMaximum(distance: distance))
    }
    if let zeros = fit.zeroValues { warnings.append(.zeroValues(zeros)) }
    warnings += influentialSubjects(fit)
    if let poor = fit.iterations.last?.poorComponents, poor > 0 {
      warnings.append(.poorSamples(count: poor, settings: fit.settings))
    }
    let (error, bias) = fit.logLikelihoodError
    if let error = fit.samplingError {
      if error.exceeds(fit.settings.precision) {
        warnings.append(.imprecise(error, settings: fit.settings))
      }
    } else if fit.hasIndependentSamples, max(2 * error, 2 * bias) > 1 {
      warnings.append(.fewSamples(standardError: 2 * error, bias: 2 * bias))
    }
    return warnings
  }

  /// How many subjects each component is expected to have.
  private static func expectedSubjects(_ fit: FitResult) -> [Double] {
    // With covariates w is that of subjects whose covariates are all 0.
    fit.model.weightCovariates.isEmpty
      ? fit.estimates.weights.map { $0 * Double(fit.subjectCount) } : fit.classes.memberships
  }

  /// Subjects below which a component counts as small.
  static let smallest = 3.0
}

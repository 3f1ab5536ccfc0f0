package import PopulationData
package import PopulationModel

/// What one iteration of EM found.
package struct IterationRecord: Sendable, Equatable, Codable {
  /// From 0, the start.
  package let iteration: Int
  /// log L at `parameters`, estimated by this iteration's samples.
  package let logLikelihood: Double
  /// Standard error of `logLikelihood` from the sampling, as if samples were independent.
  package let logLikelihoodError: Double
  /// ϕ before the iteration's M-step.
  package let parameters: PopulationParameters
  /// Mean effective sample size of each component, weighted by τ.
  package let effectiveSampleSizes: [Double]
  /// Components of subjects with τ > 0.01 whose effective sample size is below a tenth of the
  /// samples.
  package let poorComponents: Int
  /// Components of subjects that were sampled again from a new mode search.
  package let remedies: Int
  /// The largest scaled change that the M-step made; `nil` at the end, where there is none.
  package let step: Double?
  /// Whether the iterations went back from here, because an accelerated step had led to a lower log
  /// L.
  package internal(set) var isRejected = false
  /// Whether the envelopes were made anew before it, so that its log L is another approximation
  /// than that of the iteration before.
  package internal(set) var hasNewEnvelopes = false
  /// log p(ϕ) at `parameters`; `nil` without a prior.
  package internal(set) var logPrior: Double?

  /// log L + log p(ϕ), which EM raises; log L without a prior.
  package var logPosterior: Double { logLikelihood + (logPrior ?? 0) }

  /// The record with component `order[k]` in place k.
  func permuted(_ order: [Int]) -> IterationRecord {
    if order.elementsEqual(order.indices) { return self }
    return IterationRecord(
      iteration: iteration, logLikelihood: logLikelihood, logLikelihoodError: logLikelihoodError,
      parameters: parameters.permuted(order),
      effectiveSampleSizes: order.map { effectiveSampleSizes[$0] },
      poorComponents: poorComponents, remedies: remedies, step: step, isRejected: isRejected,
      hasNewEnvelopes: hasNewEnvelopes, logPrior: logPrior)
  }
}

/// The result of one fit, which tells its own story: from what, by which iterations, to what, and
/// why it ended.
package struct FitResult: Sendable {
  package let model: MixtureModel
  package let settings: EstimationSettings
  /// n
  package let subjectCount: Int
  /// Σ m_i
  package let observationCount: Int
  /// How many of them were measured, and are not known by an interval only.
  package let measuredCount: Int
  /// The limits that the censored values of all ranks show.
  package let limits: CensoringLimits
  /// With components in the order of the estimates.
  package let start: PopulationParameters
  /// Whether some starting values were found from the data.
  package let startFromData: Bool
  /// How they were found; `nil` where the user gave all.
  package internal(set) var search: StartSearchSummary?
  /// Where another branch of the model explains the data better; looked for after a fit from one
  /// start of the user's.
  package var betterTwin: BetterTwin?
  /// The iterations in order; the last is the evaluation at the estimates.
  package let iterations: [IterationRecord]
  package let stopReason: StopReason
  /// The estimates, with components in their stable order.
  package let estimates: PopulationParameters
  /// log L at the estimates, with all constants.
  package let logLikelihood: Double
  /// Standard error of log L from the sampling, as if samples were independent, and what log L is
  /// too low by.
  package let logLikelihoodError: (standardError: Double, bias: Double)
  /// The errors of the figures that the nodes leave; `nil` for `paper`.
  package let samplingError: SamplingError?
  package let covariance: EstimateCovariance
  /// How the subjects are classified.
  package let classes: ClassCounts
  /// This rank's subjects.
  package let subjects: [Subject]
  /// Posteriors of this rank's subjects at the estimates, components in their stable order.
  package let posteriors: SubjectPosteriors
  /// By how much the ranks' times of an E-step differed in the end: their standard deviation over
  /// their mean; 0 with one rank.
  package let imbalance: Double
  /// How often subjects were moved between ranks.
  package let moves: Int
  /// Intervals by profile likelihood, if any were asked for.
  package var profiles: [ProfileInterval] = []
  /// Modes of this rank's subjects' random effects given their classes, p of each subject on the
  /// scale where they are normal: arg max p(Y_i | g(φ)) N(φ; μ_ik, Σ_k) next to the conditional
  /// mean, NaN where there is none. They are known of the end of a fit.
  package var modes: [Double] = []
  package var residualShrinkage: [ResidualShrinkage] = []
  /// Measured values of 0 where the residual variance follows the prediction; `nil` if there are
  /// none.
  package internal(set) var zeroValues: UnboundedFinding?
  /// `nil` without the observed information.
  package var influence: InfluenceSummary?

  package var free: FreeParameters { FreeParameters(model) }

  /// log p(ϕ̂); `nil` without a prior.
  package var logPrior: Double? {
    settings.prior.isEmpty ? nil : settings.prior.logDensity(at: estimates, of: model)
  }

  /// log L + log p(ϕ̂), up to a constant the logarithm of the posterior's density at its maximum;
  /// `nil` without a prior.
  package var logPosterior: Double? { logPrior.map { logLikelihood + $0 } }

  /// −2 log L
  package var minusTwoLogLikelihood: Double { -2 * logLikelihood }

  /// NONMEM's objective function: −2 log L − N log 2π with N, the number of normally distributed
  /// data points.
  ///
  /// Those are the measured values. The probability of an interval (M3, `F_FLAG=1`) has no factor
  /// 1/√2π; a density given that the value is above a limit (M2, `YLO`) has.
  package var objectiveFunction: Double {
    minusTwoLogLikelihood - Double(measuredCount) * log2Pi
  }

  /// AIC = −2 log L + 2q
  package var aic: Double { minusTwoLogLikelihood + 2 * Double(free.count) }

  /// BIC = −2 log L + q log n, n subjects
  package var bic: Double { minusTwoLogLikelihood + Double(free.count) * logOf(subjectCount) }

  /// ICL = BIC + 2E with the entropy E = −Σ_i Σ_k τ_i(k) log τ_i(k) of the classification:
  /// Biernacki, Celeux & Govaert 2000. It asks for components that tell subjects apart, BIC for a
  /// density that fits.
  package var icl: Double { bic + 2 * classes.entropy }

  /// 1 − E/(n log K): 1 if all classes are certain, 0 if nothing is known of any; `nil` with one
  /// component.
  package var relativeEntropy: Double? {
    guard model.componentCount > 1 else { return nil }
    return max(0, 1 - classes.entropy / (Double(subjectCount) * logOf(model.componentCount)))
  }
}

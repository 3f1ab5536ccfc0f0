import NumericKernels
package import PopulationData
package import PopulationModel

/// Quantiles of the observations over time beside those of replicates drawn from the fit: M. O.
/// Karlsson & N. Holford, "A tutorial on visual predictive checks", PAGE 17 (2008) abstr 1434.
///
/// Several outputs are looked at apart. Replicates are drawn from the fitted mixture, with each
/// subject's own doses and times. If the model is right, an observed quantile lies in its band with
/// 95 %. Bands leave out that the estimates come from the same data, which makes that more likely
/// still.
///
/// With prediction correction (M. Bergstrand, A. C. Hooker, J. E. Wallin & M. O. Karlsson, AAPS J
/// 13 (2011) 143–151) observed and replicated values are multiplied by P_bin/P, where P is the
/// observation's population prediction and P_bin the median of P in the bin, so that doses and
/// times which differ within a bin do not widen the quantiles. P has to be known without the
/// observations, so it cannot be that of the subject's class. It is Σ_k w_k h(g(μ_k)), the mean of
/// the components' typical predictions: with one component the usual PRED, and unlike the
/// prediction at the mean typical value it follows what the population does, not a subject between
/// two groups who does not exist. Where P or P_bin is not above 0 nothing is corrected.
///
/// Replicates are censored as the data are (M. Bergstrand & M. O. Karlsson, AAPS J 11 (2009)
/// 371–380): a drawn value beyond the observation's limit, see `CensoringLimits.ranges`, counts as
/// the limit, as an observed one does, before it is corrected. So a quantile that lies among the
/// censored values is the limit in both, and what those say is in the share of values beyond their
/// limits, observed and drawn.
package struct VisualPredictiveCheck: Sendable {
  /// The probabilities of the quantiles.
  package static let probabilities = [0.05, 0.5, 0.95]

  /// Quantiles of a quantile over the replicates.
  package struct Band: Sendable, Equatable {
    /// 2.5 %
    package var low: Double
    package var median: Double
    /// 97.5 %
    package var high: Double
  }

  /// The share of values that are censored.
  package struct Share: Sendable, Equatable {
    package var observed: Double
    package var simulated: Band

    package init(observed: Double, simulated: Band) {
      self.observed = observed
      self.simulated = simulated
    }

    package var isWithin: Bool { observed >= simulated.low && observed <= simulated.high }
  }

  package struct Bin: Sendable, Equatable {
    /// First and last time of an observation.
    package var timeRange: ClosedRange<Double>
    /// Median of the observations' times.
    package var time: Double
    /// Number of observations.
    package var count: Int
    /// Quantiles of the observations at `probabilities`.
    package var observed: [Double]
    /// The bands of the same quantiles.
    package var simulated: [Band]
    /// Of the values below their limits; `nil` if no value of the stratum has a limit below.
    package var below: Share?
    /// Of the values above their limits, likewise.
    package var above: Share?

    /// For each quantile whether it says something: one that is the limit of quantification,
    /// observed and in nearly all replicates, does not.
    package var isInformative: [Bool] {
      guard below != nil || above != nil else { return simulated.map { _ in true } }
      return zip(observed, simulated).map { !($1.low == $1.high && $0 == $1.low) }
    }

    /// For each quantile whether it lies within its band.
    package var isWithin: [Bool] {
      zip(observed, simulated).map { $0 >= $1.low && $0 <= $1.high }
    }
  }

  /// Subjects that are looked at together.
  package struct Stratum: Sendable {
    package var label: String
    /// By time.
    package var bins: [Bin]
    /// The measured observations that were used, corrected like the quantiles.
    package var points: [(time: Double, value: Double)]
    /// The limits of the others, likewise.
    package var censored: [(time: Double, value: Double)]
    /// The limits of quantification of its observations, ascending.
    package var limits: [Double]
  }

  /// Without those that have no observation.
  package let strata: [Stratum]
  package let replicates: Int
  package let isPredictionCorrected: Bool
  /// Subjects that were looked at: large data sets are thinned evenly, to 2000 subjects and 25
  /// million values.
  package let subjectsUsed: Int
  /// Drawn values that were left out because they are not finite, or below the quantification
  /// limit.
  package let valuesLeftOut: Int

  /// Draws replicates and compares.
  /// - Parameters:
  ///   - strata: subjects by their places in `subjects`, all in one stratum named "all" if left
  ///     out. What makes a stratum has to be known without the observations, as a dose or a
  ///     covariate is: a replicate has components of its own, so that classes are no strata.
  ///   - quantificationLimit: drawn values below it are left out, where the data lack them, too
  ///     (M1). Where the likelihood is conditional on that (M2), an observation has such a limit of
  ///     its own.
  ///   - binCount: in each stratum; see `TimeBins` for what is chosen without.
  package init(
    _ fit: FittedModel, subjects: [Subject],
    strata: [(label: String, subjects: [Int])]? = nil, isPredictionCorrected: Bool = false,
    quantificationLimit: Double? = nil, replicates: Int = 500, seed: UInt64 = 1,
    binCount: Int? = nil
  ) {
    precondition(replicates > 0)
    let limits = CensoringLimits(subjects)
    let outputs = fit.model.outputs
    let groups = (strata ?? [("all", Array(subjects.indices))]).filter { !$0.subjects.isEmpty }
      .flatMap { group in
        outputs.count == 1
          ? [(label: group.label, subjects: group.subjects, output: nil)]
          : outputs.map { output in
            let name = output.name ?? "DVID \(output.number)"
            return (
              label: strata == nil ? name : "\(group.label), \(name)", subjects: group.subjects,
              output: Int?.some(output.number)
            )
          }
      }
    var done: [Stratum] = []
    var used = 0
    var leftOut = 0
    for group in groups {
      let places = SubjectSample.places(
        group.subjects, of: subjects, replicates: replicates, share: 1 / Double(groups.count))
      let check = StratumCheck(
        fit, subjects: places.map { ($0, Self.subject(subjects[$0], only: group.output)) },
        isCorrected: isPredictionCorrected, limits: limits,
        leaveOutBelow: quantificationLimit, seed: seed, binCount: binCount)
      used += places.count
      guard check.bins.count > 0 else { continue }
      let simulated = check.bands(replicates: replicates)
      leftOut += simulated.leftOut
      let points = check.points
      done.append(
        Stratum(
          label: group.label, bins: check.bins(simulated.bands),
          points: points.filter { $0.censoring == .none }.map { ($0.time, $0.value) },
          censored: points.filter { $0.censoring != .none }.map { ($0.time, $0.value) },
          limits: check.limits))
    }
    self.strata = done
    self.replicates = replicates
    self.isPredictionCorrected = isPredictionCorrected
    subjectsUsed = used
    valuesLeftOut = leftOut
  }

  /// A subject with the observations of one output.
  private static func subject(_ subject: Subject, only output: Int?) -> Subject {
    guard let output else { return subject }
    var result = subject
    for place in result.occasions.indices {
      result.occasions[place].keepObservations { $0.output == output }
    }
    return result
  }

  /// Whether the observed quantiles that say something, of all bins and strata, lie within their
  /// bands.
  package var areWithin: [Bool] {
    strata.flatMap { stratum in
      stratum.bins.flatMap { bin in
        zip(bin.isWithin, bin.isInformative).filter(\.1).map(\.0)
      }
    }
  }

  /// Whether the observed shares of values beyond their limits, of all bins and strata, lie within
  /// their bands; empty without limits.
  package var sharesAreWithin: [Bool] {
    strata.flatMap { $0.bins.flatMap { [$0.below, $0.above].compactMap { $0?.isWithin } } }
  }

  /// Share of the observed quantiles, of all bins and strata, that lie within their bands: 95 % is
  /// expected of a model that is right, and more if it was fitted to the same data. Quantiles of
  /// different times share subjects, so that they are not independent.
  package var shareWithin: Double {
    let all = areWithin
    return all.isEmpty ? .nan : Double(all.count { $0 }) / Double(all.count)
  }
}

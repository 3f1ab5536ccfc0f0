import Diagnostics
import NumericKernels
import PopulationData
import PopulationModel
import Study
import Testing

/// Subjects whose observations are drawn from a fit and reported as between limits.
enum CensoredTrial {
  /// - Parameters:
  ///   - set: number of the data set.
  ///   - range: of the values that a subject's assay reports, by its number.
  static func data(
    _ fit: FittedModel, subjects n: Int, times: [Double], set: UInt64,
    range: (Int) -> (low: Double, high: Double)
  ) -> [Subject] {
    (0..<n).map { i in
      var patient = subject([times.map { (time: $0, value: 0) }], index: i)
      let values = fit.replicates(of: patient, place: i, count: 1, seed: 7000 + set)[0]
      let (low, high) = range(i)
      patient.occasions[0].observations = zip(times, values).map { time, value in
        Observation(
          time: time, value: min(max(value, low), high), precedingDoses: 1,
          censoring: value < low
            ? .below(lower: -.infinity) : value > high ? .above(upper: .infinity) : .none)
      }
      return patient
    }
  }

  /// V 20 and k 0.3, lognormal by 20 and 35 %, errors of 20 %: 100 units of dose fall below 0.5 in
  /// 8 hours.
  static func fit(k: Double = 0.3, variance: Double = 0.12) -> FittedModel {
    bolus(
      PopulationParameters(
        weights: [1], means: [[log(20), log(k)]],
        covariances: [SymmetricMatrix(diagonal: [0.04, variance])], residualVariance: 0.04),
      distribution: .lognormal)
  }

  static let times: [Double] = [1, 3, 6, 9, 12]

  static let mixture = bolus(
    PopulationParameters(
      weights: [0.6, 0.4], means: [[log(20), log(0.2)], [log(20), log(0.5)]],
      covariances: [
        SymmetricMatrix(diagonal: [0.04, 0.02]), SymmetricMatrix(diagonal: [0.04, 0.02]),
      ], residualVariance: 0.04), distribution: .lognormal)
}

@Suite("checks of fits with values beyond limits of quantification")
struct CensoredCheckTests {
  typealias Design = (name: String, fit: FittedModel, range: @Sendable (Int) -> (Double, Double))

  private static let infinity = Double.infinity
  private static let designs: [Design] = [
    ("one limit", CensoredTrial.fit(), { _ in (0.5, infinity) }),
    ("two assays", CensoredTrial.fit(), { i in (i % 3 == 0 ? 1.0 : 0.3, infinity) }),
    ("a limit above", CensoredTrial.fit(), { _ in (-infinity, 3) }),
    ("both", CensoredTrial.fit(), { _ in (0.5, 4) }),
    ("most below", CensoredTrial.fit(), { _ in (2.5, infinity) }),
    ("a mixture", CensoredTrial.mixture, { _ in (0.5, infinity) }),
  ]

  @Test("NPDE of the right model have the mean 0 and the variance 1", arguments: designs.indices)
  func rightModel(place: Int) throws {
    let design = Self.designs[place]
    let sets = 24
    var means: [Double] = []
    var variances: [Double] = []
    var censored = 0
    var rejections = 0
    for set in 0..<sets {
      let data = CensoredTrial.data(
        design.fit, subjects: 60, times: CensoredTrial.times, set: UInt64(set),
        range: design.range)
      censored += data.reduce(0) { $0 + $1.observationCount - $1.measuredCount }
      let errors = PredictionDistributionErrors(
        design.fit, subjects: data, replicates: 1000, seed: UInt64(100 + set))
      #expect(errors.count == 300)
      means.append(errors.mean)
      variances.append(errors.variance)
      if (errors.globalPValue ?? 0) < 0.01 { rejections += 1 }
    }
    #expect(censored > sets * 300 / 12, "\(design.name)")
    func check(_ values: [Double], _ expected: Double) {
      let mean = values.reduce(0, +) / Double(sets)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let error = (squares / Double(sets * (sets - 1))).squareRoot()
      #expect(abs(mean - expected) < 3.5 * error, "\(design.name): \(mean) ± \(error)")
      // A test that would let a bias through because its error is large is none.
      #expect(error < 0.03, "\(design.name)")
    }
    check(means, 0)
    check(variances, 1)
    #expect(rejections <= 3, "\(design.name): \(rejections) of \(sets)")
  }

  @Test("NPDE of a model with another rate or spread are not")
  func wrongModel() {
    let data = CensoredTrial.data(
      CensoredTrial.fit(), subjects: 100, times: CensoredTrial.times, set: 1
    ) { _ in (0.5, .infinity) }
    for wrong in [CensoredTrial.fit(k: 0.2), CensoredTrial.fit(variance: 0.6)] {
      let errors = PredictionDistributionErrors(wrong, subjects: data)
      #expect(errors.globalPValue! < 1e-4)
    }
  }

  /// One observation of 10 + 2t with the variance 4 + ¼t² + 1 at t = 2.
  @Test("the error of one censored value is uniform from 0 to the probability of being censored")
  func uniform() {
    let fit = Line.fit(
      PopulationParameters(
        weights: [1], means: [[10, 2]], covariances: [SymmetricMatrix(diagonal: [4, 0.25])],
        residualVariance: 1))
    let deviation = 6.0.squareRoot()
    let n = 1000
    // Φ(−½) and 1 − Φ(1)
    let cases: [(Double, Bool, Double)] = [
      (14 - deviation / 2, true, 0.308_537_538_7), (14 + deviation, false, 0.158_655_253_9),
    ]
    for (limit, isBelow, share) in cases {
      let data = (0..<n).map { i in
        var patient = subject([[(2, limit)]], index: i)
        patient.occasions[0].observations[0] = Observation(
          time: 2, value: limit, precedingDoses: 1,
          censoring: isBelow ? .below(lower: -.infinity) : .above(upper: .infinity))
        return patient
      }
      let errors = PredictionDistributionErrors(fit, subjects: data, replicates: 4000)
      let shares = errors.values.map { values in
        let pd = normalDistribution(Lanes.all(values[0]))[0]
        return (isBelow ? pd : 1 - pd) / share
      }.sorted()
      // F(L) is known to 2 %; Kolmogorov's bound of 0.1 %.
      #expect(shares[n - 1] < 1.1)
      let distances = shares.enumerated().map { place, share -> Double in
        abs(share - (Double(place) + 0.5) / Double(n))
      }
      let distance = distances.max()!
      #expect(distance < 1.95 / Double(n).squareRoot() + 0.02, "\(limit) \(distance)")
    }
  }

  @Test("a censored value where no replicate lies beyond the limit has the least or largest error")
  func impossible() {
    let fit = CensoredTrial.fit()
    var patient = subject([[(1, 0)]])
    let cases: [(Double, Observation.Censoring, Double)] = [
      (1e-9, .below(lower: -.infinity), -1), (1e9, .above(upper: .infinity), 1),
    ]
    for (value, censoring, sign) in cases {
      patient.occasions[0].observations[0] = Observation(
        time: 1, value: value, precedingDoses: 1, censoring: censoring)
      let error = PredictionDistributionErrors(fit, subjects: [patient], replicates: 1000)
        .values[0][0]
      #expect(abs(error * sign - 3.2905) < 1e-3)
    }
  }

  @Test("NPDE and EWRES of measured values are finite beside censored ones, and the same each time")
  func repeated() {
    let data = CensoredTrial.data(
      CensoredTrial.fit(), subjects: 20, times: CensoredTrial.times, set: 3
    ) { _ in (1, .infinity) }
    let simulation = SubjectSimulation(
      CensoredTrial.fit(), replicates: 1000, limits: CensoringLimits(data))
    for patient in data {
      let found = simulation.observations(of: patient, place: patient.index)
      #expect(found == simulation.observations(of: patient, place: patient.index))
      #expect(found.errors.allSatisfy { $0.isFinite })
      #expect(found.weightedResiduals.allSatisfy { $0.isFinite })
    }
    let all = PredictionDistributionErrors(
      CensoredTrial.fit(), subjects: data, replicates: 1000)
    #expect(all.values == data.map { simulation.observations(of: $0, place: $0.index).errors })
  }
}

@Suite("visual predictive checks of censored values")
struct CensoredPredictiveCheckTests {
  @Test("replicates are censored as the data are: quantiles and shares lie in their bands")
  func rightModel() throws {
    let fit = CensoredTrial.fit()
    var within: [Bool] = []
    var shares: [Bool] = []
    for set in 0..<12 {
      let data = CensoredTrial.data(
        fit, subjects: 120, times: CensoredTrial.times, set: UInt64(set)
      ) { ($0 % 2 == 0 ? 0.5 : 0.25, 4.5) }
      let check = VisualPredictiveCheck(
        fit, subjects: data, replicates: 300, seed: UInt64(set + 50))
      within += check.areWithin
      shares += check.sharesAreWithin
      for bin in check.strata[0].bins {
        #expect(bin.simulated.allSatisfy { $0.low >= 0.25 && $0.high <= 4.5 })
        #expect(bin.below != nil && bin.above != nil)
      }
      let all = check.strata[0]
      #expect(all.points.count + all.censored.count == 600 && all.censored.count > 100)
      #expect(all.limits == [0.25, 0.5, 4.5])
    }
    // 95 % are expected, of data sets that are independent.
    #expect(within.count > 80 && shares.count == 120)
    #expect(within.count { !$0 } < within.count / 10)
    #expect(shares.count { !$0 } < shares.count / 10)
  }

  @Test("the share below the limit is that of the rows, and its band that of the distribution")
  func share() throws {
    // 10 + 2t with the variance 5 + ¼t²
    let fit = Line.fit(
      PopulationParameters(
        weights: [1], means: [[10, 2]], covariances: [SymmetricMatrix(diagonal: [4, 0.25])],
        residualVariance: 1))
    let times: [Double] = [0, 2]
    let data = CensoredTrial.data(fit, subjects: 200, times: times, set: 5) { _ in
      (11, .infinity)
    }
    let check = VisualPredictiveCheck(fit, subjects: data, replicates: 2000)
    for (j, bin) in check.strata[0].bins.enumerated() {
      let count = data.count { $0.occasions[0].observations[j].isCensored }
      let share = try #require(bin.below)
      #expect(share.observed == Double(count) / 200 && bin.above == nil)
      let variance: Double = 5 + times[j] * times[j] / 4
      let z: Double = (1 - 2 * times[j]) / variance.squareRoot()
      let p = normalDistribution(Lanes.all(z))[0]
      let error = (p * (1 - p) / 200).squareRoot()
      let width = share.simulated.high - share.simulated.low
      #expect(abs(share.simulated.median - p) < 0.3 * error)
      #expect(abs(width - 3.92 * error) < 0.4 * error)
      #expect(share.isWithin)
    }
  }

  @Test("a quantile that is the limit in data and replicates is not counted")
  func uninformative() {
    let fit = CensoredTrial.fit()
    let data = CensoredTrial.data(fit, subjects: 100, times: [1, 12], set: 2) { _ in
      (1, .infinity)
    }
    let bins = VisualPredictiveCheck(fit, subjects: data, replicates: 200).strata[0].bins
    #expect(bins[0].isInformative == [true, true, true])
    #expect(bins[1].isInformative == [false, false, true])
    #expect(bins[1].observed[0] == 1 && bins[1].simulated[1].high == 1)
  }

  @Test("a wrong model's share leaves its band")
  func wrongModel() {
    let data = CensoredTrial.data(
      CensoredTrial.fit(), subjects: 200, times: CensoredTrial.times, set: 1
    ) { _ in (0.5, .infinity) }
    let check = VisualPredictiveCheck(
      CensoredTrial.fit(k: 0.2), subjects: data, replicates: 200)
    #expect(check.sharesAreWithin.count { !$0 } >= 2)
  }

  @Test("outputs and strata have the shares of their own limits; without limits there are none")
  func strata() {
    let fit = CensoredTrial.fit()
    let data = CensoredTrial.data(fit, subjects: 60, times: CensoredTrial.times, set: 4) {
      ($0 < 30 ? 0.5 : 1, .infinity)
    }
    let check = VisualPredictiveCheck(
      fit, subjects: data, strata: [("low", Array(0..<30)), ("high", Array(30..<60))],
      replicates: 100)
    #expect(check.strata.map(\.limits) == [[0.5], [1]])
    #expect(
      check.strata[1].bins[3].below!.observed > check.strata[0].bins[3].below!.observed)
    let plain = CensoredTrial.data(fit, subjects: 60, times: CensoredTrial.times, set: 4) { _ in
      (-.infinity, .infinity)
    }
    let none = VisualPredictiveCheck(fit, subjects: plain, replicates: 100)
    #expect(none.sharesAreWithin.isEmpty && none.strata[0].censored.isEmpty)
    #expect(none.strata[0].bins.allSatisfy { $0.below == nil && $0.above == nil })
    #expect(none.areWithin.count == 15)
  }

  @Test("values that are conditional on being above a limit stand beside replicates above it")
  func conditional() {
    let fit = CensoredTrial.fit()
    let data = CensoredTrial.data(fit, subjects: 100, times: CensoredTrial.times, set: 6) { _ in
      (0.5, .infinity)
    }.map { patient in
      var patient = patient
      patient.occasions[0].observations = patient.occasions[0].observations
        .filter { !$0.isCensored }.map {
          Observation(time: $0.time, value: $0.value, precedingDoses: 1, limit: 0.5)
        }
      return patient
    }
    let check = VisualPredictiveCheck(fit, subjects: data, replicates: 100)
    #expect(check.valuesLeftOut > 0 && check.sharesAreWithin.isEmpty)
    #expect(check.strata[0].bins.allSatisfy { $0.simulated.allSatisfy { $0.low >= 0.5 } })
    #expect(
      PredictionDistributionErrors(fit, subjects: data, replicates: 200).leavesOutBelowLimits)
  }
}

@Suite("residuals of censored values")
struct CensoredResidualTests {
  /// Without variation between subjects, so that individual predictions are known.
  private func rows(_ residual: ResidualErrorModel, low: Double, high: Double)
    -> [ObservationDiagnostic]
  {
    let fit = bolus(
      PopulationParameters(
        weights: [1], means: [[log(20), log(0.3)]],
        covariances: [SymmetricMatrix(dimension: 2)], residualVariance: 0.09),
      distribution: .lognormal, residual: residual)
    let data = CensoredTrial.data(fit, subjects: 300, times: CensoredTrial.times, set: 8) { _ in
      (low, high)
    }
    return fit.diagnostics(
      data,
      data.map { _ in
        SubjectEstimate(membership: [1], means: [[log(20), log(0.3)]], class: 0)
      })
  }

  @Test(
    "are drawn beyond the limit, so that all together are standard normal over time",
    arguments: [ResidualErrorModel.proportional, .additive],
    [(0.5, Double.infinity), (0.9, 2.5), (-Double.infinity, 2.2)] as [(Double, Double)])
  func drawn(residual: ResidualErrorModel, range: (Double, Double)) throws {
    let rows = rows(residual, low: range.0, high: range.1)
    let censored = rows.filter { $0.censoring != 0 }
    #expect(censored.count > 150)
    for row in rows {
      #expect((row.drawnResidual == nil) == (row.censoring == 0))
      #expect(row.residual.isNaN == (row.censoring != 0))
      #expect(row.weightedResidual.isNaN == (row.censoring != 0))
    }
    for row in censored {
      let deviation = residual == .additive ? 0.3 : 0.3 * row.individualPrediction
      let limit = (row.observed - row.individualPrediction) / deviation
      let drawn = try #require(row.drawnResidual)
      #expect(row.censoring == 1 ? drawn <= limit : drawn >= limit)
    }
    for time in CensoredTrial.times {
      let summary = NormalSummary(
        rows.filter { $0.time == time }.map { $0.drawnResidual ?? $0.weightedResidual })
      #expect(summary.globalPValue! > 1e-3, "\(time): \(summary.mean) \(summary.variance)")
    }
  }

  @Test("far beyond what the error can reach they are at the limit, and within an interval")
  func far() {
    let fit = bolus(
      PopulationParameters(
        weights: [1], means: [[log(20), log(0.3)]],
        covariances: [SymmetricMatrix(dimension: 2)], residualVariance: 1e-4),
      distribution: .lognormal, residual: .additive)
    var patient = subject([[(1, 0), (2, 0), (3, 0)]])
    // h(1) = 3.7 is 370 deviations from 0.
    patient.occasions[0].observations = [
      Observation(
        time: 1, value: 0, precedingDoses: 1, censoring: .below(lower: -.infinity)),
      Observation(time: 2, value: 9, precedingDoses: 1, censoring: .above(upper: .infinity)),
      Observation(time: 3, value: 2.05, precedingDoses: 1, censoring: .below(lower: 2.03)),
    ]
    let rows = fit.diagnostics(
      [patient], [SubjectEstimate(membership: [1], means: [[log(20), log(0.3)]], class: 0)])
    let limits = rows.map { ($0.observed - $0.individualPrediction) / 0.01 }
    #expect(rows[0].drawnResidual == limits[0] && rows[1].drawnResidual == limits[1])
    let between = rows[2].drawnResidual ?? .nan
    #expect(between <= limits[2] && between >= limits[2] - 2)
  }
}

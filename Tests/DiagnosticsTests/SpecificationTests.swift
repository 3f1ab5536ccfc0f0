import Diagnostics
import PopulationData
import PopulationModel
import Testing

/// Data of the published design, 80 % of the subjects with k ~ N(0.3, 0.06²) and 20 % with N(0.6,
/// 0.06²), are fitted by two components and by one.
///
/// One normal distribution of k has to be wide enough for both groups (standard deviation 0.13). It
/// then expects subjects who eliminate more slowly than anybody does, so that late concentrations
/// should be higher in the upper quantile; and its median is too low. What is seen late shows it
/// best.
@Suite("Right and wrong models")
struct SpecificationTests {
  @Test("two components for two: figures are flat", arguments: 1...4)
  func right(set: Int) throws {
    let subjects = PublishedTrial.data(subjects: 400, set: set)
    let fit = FittedModel(try PublishedTrial.fit(subjects, components: 2))
    let check = VisualPredictiveCheck(fit, subjects: subjects, seed: UInt64(100 + set))
    #expect(check.shareWithin >= 14.0 / 15)
    let errors = PredictionDistributionErrors(fit, subjects: subjects, seed: UInt64(200 + set))
    #expect(errors.count == 2000)
    #expect(abs(errors.mean) < 0.03)
    #expect(abs(errors.variance - 1) < 0.06)
    #expect(try #require(errors.meanPValue) > 0.1)
    #expect(try #require(errors.variancePValue) > 0.05)
    #expect(try #require(errors.normalityPValue) > 0.02)
    #expect(try #require(errors.globalPValue) > 0.05)
  }

  @Test("one component for two: visibly wrong", arguments: 1...4)
  func wrong(set: Int) throws {
    let subjects = PublishedTrial.data(subjects: 400, set: set)
    let fit = FittedModel(try PublishedTrial.fit(subjects, components: 1))
    let check = VisualPredictiveCheck(fit, subjects: subjects, seed: UInt64(100 + set))
    #expect(check.shareWithin < 0.4)
    let late = try #require(check.strata[0].bins.last)
    #expect(late.time == 5.5)
    // Nobody eliminates as slowly as the wide distribution has it, and most are slower than its
    // middle.
    #expect(late.observed[2] < late.simulated[2].low)
    #expect(late.observed[1] > late.simulated[1].high)
    let errors = PredictionDistributionErrors(fit, subjects: subjects, seed: UInt64(200 + set))
    #expect(try #require(errors.normalityPValue) < 1e-4)
    #expect(try #require(errors.globalPValue) < 1e-3)
  }

  @Test("the true parameters lie within bands as often as bands promise")
  func share() {
    let shares = (1...60).map { set in
      VisualPredictiveCheck(
        .true2007, subjects: PublishedTrial.data(subjects: 100, set: set), seed: UInt64(set)
      ).shareWithin
    }
    let mean = shares.reduce(0, +) / 60
    let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 59
    let error = (variance / 60).squareRoot()
    #expect(error < 0.02)
    // The ends of a band are quantiles of 500 replicates, which makes it (500 − 1)/(500 + 1) of 95
    // %.
    #expect(abs(mean - 0.946) < 3 * error)
  }

  @Test("five observations a subject: tests of the true parameters reject a little too often")
  func dependence() throws {
    let errors = (1...60).map { set in
      PredictionDistributionErrors(
        .true2007, subjects: PublishedTrial.data(subjects: 100, set: set), seed: UInt64(set))
    }
    func rejected(_ p: KeyPath<PredictionDistributionErrors, Double?>) throws -> Int {
      try errors.count { try #require($0[keyPath: p]) < 0.05 }
    }
    // 3 of 60 are expected; the doc comment has what was measured with 200 data sets.
    #expect(try rejected(\.meanPValue) <= 9)
    #expect(try rejected(\.normalityPValue) <= 9)
    #expect(try rejected(\.variancePValue) <= 18)
    #expect(try rejected(\.globalPValue) <= 12)
    let mean = errors.reduce(0) { $0 + $1.mean } / 60
    let variance = errors.reduce(0) { $0 + $1.variance } / 60
    #expect(abs(mean) < 0.03 && abs(variance - 1) < 0.05)
  }
}

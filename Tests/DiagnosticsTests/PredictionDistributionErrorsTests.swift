import Diagnostics
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Normalised prediction distribution errors")
struct PredictionDistributionErrorsTests {
  private static let line = Line.fit(
    PopulationParameters(
      weights: [1], means: [[10, 2]], covariances: [SymmetricMatrix(diagonal: [4, 0.25])],
      residualVariance: 1))

  @Test("of normal observations are the whitened residuals, within simulation error")
  func closedForm() {
    let times = [0.5, 1, 3, 4]
    let observed = [13.1, 11.2, 17.5, 20]
    let patient = subject([zip(times, observed).map { ($0, $1) }])
    let errors = PredictionDistributionErrors(
      Self.line, subjects: [patient], replicates: 200_000, seed: 3)
    // Cov(Y) = 4 + ¼ t s + [t = s], and y* = L⁻¹(y − 10 − 2t).
    var covariance = SymmetricMatrix(dimension: 4)
    for i in 0..<4 {
      for j in 0...i { covariance[i, j] = 4 + 0.25 * times[i] * times[j] + (i == j ? 1 : 0) }
    }
    var expected = zip(times, observed).map { $1 - 10 - 2 * $0 }
    CholeskyFactor.whiten(CholeskyFactor(covariance)!.elements, dimension: 4, &expected)
    for (value, expected) in zip(errors.values[0], expected) {
      #expect(abs(value) < 3 && abs(value - expected) < 0.02, "\(value) \(expected)")
    }
  }

  @Test("of one observation from a mixture are the quantiles of the mixture's distribution")
  func mixture() {
    let fit = Line.fit(
      PopulationParameters(
        weights: [0.3, 0.7], means: [[10, 0], [10, 4]],
        covariances: [
          SymmetricMatrix(diagonal: [1, 0.01]), SymmetricMatrix(diagonal: [1, 0.09]),
        ], residualVariance: 0.25))
    let values = [8.0, 10.5, 12, 13.5, 15]
    let subjects = values.enumerated().map { subject([[(1, $1)]], index: $0) }
    let errors = PredictionDistributionErrors(fit, subjects: subjects, replicates: 100_000)
    for (error, y) in zip(errors.values, values) {
      let a = normalDistribution(Lanes.all((y - 10) / (1.26).squareRoot()))[0]
      let b = normalDistribution(Lanes.all((y - 14) / (1.34).squareRoot()))[0]
      let pd = 0.3 * a + 0.7 * b
      let found = normalDistribution(Lanes.all(error[0]))[0]
      #expect(abs(found - pd) < 5 * (pd * (1 - pd) / 100_000).squareRoot(), "\(y)")
    }
  }

  @Test("are those of plain code on the same replicates, with 1/(2R) at both ends")
  func plainCode() {
    let times = [1.5, 2, 3, 4, 5.5]
    let patients = [
      [3.2, 2.7, 2.0, 1.4, 0.95], [2.0, 1.5, 0.8, 0.5, 0.2], [90, 0.01, 3, 80, 0.001],
    ].enumerated().map { index, values in
      subject([zip(times, values).map { ($0, $1) }], index: index)
    }
    let errors = PredictionDistributionErrors(
      .true2007, subjects: patients, replicates: 200, seed: 9)
    #expect(errors.replicates == 200 && errors.subjectsUsed == 3)
    for (place, patient) in patients.enumerated() {
      let replicates = FittedModel.true2007.replicates(
        of: patient, place: place, count: 200, seed: 9)
      let expected = plainErrors(
        patient.occasions[0].observations.map(\.value), replicates: replicates)
      for (value, pd) in zip(errors.values[place], expected) {
        #expect(abs(value - normalQuantile(Lanes.all(pd))[0]) < 1e-12)
      }
    }
    let end = normalQuantile(Lanes.all(1 - 1 / 400.0))[0]
    #expect(errors.values[2].map { abs($0) }.max() == end)
  }

  /// Prediction distribution errors by the formulas, without vectors.
  private func plainErrors(_ observed: [Double], replicates: [[Double]]) -> [Double] {
    let m = observed.count
    let r = Double(replicates.count)
    let all = replicates + [observed]
    let mean = (0..<m).map { j in all.reduce(0) { $0 + $1[j] } / (r + 1) }
    var covariance = SymmetricMatrix(dimension: m)
    for i in 0..<m {
      for j in 0...i {
        covariance[i, j] =
          all.reduce(0) { $0 + ($1[i] - mean[i]) * ($1[j] - mean[j]) } / r
      }
    }
    let factor = CholeskyFactor(covariance)!
    func whitened(_ y: [Double]) -> [Double] {
      var y = zip(y, mean).map { $0 - $1 }
      CholeskyFactor.whiten(factor.elements, dimension: m, &y)
      return y
    }
    let clouds = replicates.map(whitened)
    return whitened(observed).enumerated().map { j, y in
      let below = Double(clouds.count { $0[j] < y }) / r
      return below == 0 ? 1 / (2 * r) : below == 1 ? 1 - 1 / (2 * r) : below
    }
  }

  @Test("p-values of a right model are uniform where each subject has one observation")
  func uniform() throws {
    var values: [[Double]] = [[], [], []]
    for set in 1...100 {
      let subjects = PublishedTrial.data(subjects: 100, set: set).map { subject in
        var subject = subject
        subject.occasions[0].observations.removeLast(4)
        return subject
      }
      let errors = PredictionDistributionErrors(
        .true2007, subjects: subjects, replicates: 1000, seed: UInt64(set))
      values[0].append(try #require(errors.meanPValue))
      values[1].append(try #require(errors.variancePValue))
      values[2].append(try #require(errors.normalityPValue))
    }
    for p in values {
      // Kolmogorov's distance is below 1.63/√n with 99 %.
      let sorted = p.sorted()
      let distance = sorted.enumerated().map { i, p in
        max(abs(p - Double(i) / 100), abs(p - Double(i + 1) / 100))
      }.max()!
      #expect(distance < 0.163)
    }
  }

  @Test("of a right model are not correlated with the prediction of the mixture")
  func noTrend() {
    let subjects = (1...3).flatMap { set in
      PublishedTrial.data(subjects: 400, set: set)
    }
    let errors = PredictionDistributionErrors(.true2007, subjects: subjects)
    let estimates = subjects.map { _ in
      SubjectEstimate(membership: [0.8, 0.2], means: PublishedTrial.truth.means, class: 0)
    }
    let rows = FittedModel.true2007.diagnostics(subjects, estimates, npde: errors)
    let typical = PublishedTrial.truth.means.map {
      FittedModel.true2007.predictions(subjects[0], phi: $0)
    }
    for (j, row) in rows.prefix(5).enumerated() {
      #expect(abs(row.mixturePrediction - 0.8 * typical[0][j] - 0.2 * typical[1][j]) < 1e-12)
    }
    let x = rows.map(\.mixturePrediction)
    let y = rows.compactMap(\.npde)
    #expect(x.count == y.count && y.count == 6000)
    let (meanX, meanY) = (x.reduce(0, +) / 6000, y.reduce(0, +) / 6000)
    let xy = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
    let xx = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
    let yy = y.reduce(0) { $0 + ($1 - meanY) * ($1 - meanY) }
    // A standard error of 1/√6000 = 0.013.
    #expect(abs(xy / (xx * yy).squareRoot()) < 0.04)
  }

  @Test("a hundred observations a subject are no reason to doubt a right model")
  func richData() {
    let times = (1...100).map { Double($0) / 10 }
    // Subjects drawn from the model itself, by another seed.
    let patient = subject([times.map { ($0, 0.0) }])
    let subjects = (0..<60).map { i in
      let values = Self.line.replicates(of: patient, place: i, count: 1, seed: 77)[0]
      return subject([zip(times, values).map { ($0, $1) }], index: i)
    }
    let errors = PredictionDistributionErrors(
      Self.line, subjects: subjects, replicates: 1000, seed: 1)
    #expect(errors.count == 6000)
    // Observations of a normal model are independent when decorrelated: √(2/6000) = 0.018.
    #expect(abs(errors.variance - 1) < 0.055)
    #expect(abs(errors.mean) < 0.039)
  }

  @Test("large data sets are thinned evenly, and the others have no values")
  func thinned() {
    let patient = subject([[(1, 3.5)]])
    let subjects = [Subject](repeating: patient, count: 5000)
    let errors = PredictionDistributionErrors(.true2007, subjects: subjects, replicates: 100)
    #expect(errors.subjectsUsed == 2000 && errors.count == 2000)
    let used = errors.values.indices.filter { !errors.values[$0].isEmpty }
    #expect(used.count == 2000)
    // One in every stretch of two or three, now the first, now another.
    #expect(zip(used, used.dropFirst()).allSatisfy { $1 - $0 <= 5 })
    #expect(abs(used.count { $0 % 2 == 0 } - 1000) < 60)
  }

  @Test("replicates grow with the data, from 1000 to 5000, as far as the work is small")
  func replicates() {
    func count(_ subjects: Int, _ observations: Int) -> Int {
      let patient = subject([(1...observations).map { (Double($0) / 10, 4.0) }])
      return PredictionDistributionErrors(
        .true2007, subjects: [Subject](repeating: patient, count: subjects)
      ).replicates
    }
    #expect(count(3, 2) == 1000)
    #expect(count(700, 2) == 1400)
    #expect(count(2000, 2) == 4000)
    #expect(count(1900, 5) == 2632)
  }

  @Test("a subject's values do not depend on the number of others, and two seeds differ")
  func addressed() {
    let data = PublishedTrial.data(subjects: 10, set: 1)
    let all = PredictionDistributionErrors(.true2007, subjects: data, seed: 4)
    let some = PredictionDistributionErrors(.true2007, subjects: Array(data.prefix(3)), seed: 4)
    #expect(Array(all.values.prefix(3)) == some.values)
    let other = PredictionDistributionErrors(.true2007, subjects: data, seed: 5)
    #expect(all.values != other.values)
    #expect(
      PredictionDistributionErrors(.true2007, subjects: data, replicates: 13).replicates == 16)
  }
}

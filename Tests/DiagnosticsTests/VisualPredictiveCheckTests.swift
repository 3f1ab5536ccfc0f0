import Diagnostics
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Visual predictive check")
struct VisualPredictiveCheckTests {
  private static let line = Line.fit(
    PopulationParameters(
      weights: [1], means: [[10, 2]], covariances: [SymmetricMatrix(diagonal: [4, 0.25])],
      residualVariance: 1))

  @Test("bands surround the quantiles of the model, and are as wide as sampling makes them")
  func closedForm() {
    let n = 400
    let subjects = (0..<n).map { subject([[(0.0, 10.0), (2.0, 14.0)]], index: $0) }
    let check = VisualPredictiveCheck(Self.line, subjects: subjects, replicates: 1000, seed: 2)
    let bins = check.strata[0].bins
    #expect(check.strata.map(\.label) == ["all"] && bins.map(\.time) == [0, 2])
    #expect(bins.map(\.count) == [n, n] && check.subjectsUsed == n && check.valuesLeftOut == 0)
    // Y ~ N(10, 5) and N(14, 6).
    for (bin, (mean, variance)) in zip(bins, [(10.0, 5.0), (14.0, 6.0)]) {
      for (band, p) in zip(bin.simulated, VisualPredictiveCheck.probabilities) {
        let z = normalQuantile(Lanes.all(p))[0]
        let sd = variance.squareRoot()
        let density = NumericKernels.exp(-z * z / 2) / (2 * Double.pi).squareRoot()
        let error = sd * (p * (1 - p) / Double(n)).squareRoot() / density
        // The sample quantile of the definition used is itself off by up to a fifth of its error in
        // the tails.
        #expect(abs(band.median - (mean + sd * z)) < 0.35 * error)
        #expect(abs((band.high - band.low) / (2 * 1.96 * error) - 1) < 0.15)
      }
    }
  }

  @Test("the quantiles are those of plain code on the same replicates")
  func plainCode() {
    let data = PublishedTrial.data(subjects: 30, set: 2)
    let check = VisualPredictiveCheck(.true2007, subjects: data, replicates: 100, seed: 6)
    let replicates = data.enumerated().map { place, subject in
      FittedModel.true2007.replicates(of: subject, place: place, count: 100, seed: 6)
    }
    for (j, bin) in check.strata[0].bins.enumerated() {
      #expect(bin.time == PublishedTrial.times[j])
      let medians = (0..<100).map { r in median(replicates.map { $0[r][j] }) }.sorted()
      // 0.025 · 99 = 2.475
      let low = medians[2] + 0.475 * (medians[3] - medians[2])
      #expect(abs(bin.simulated[1].low - low) < 1e-12)
      #expect(abs(bin.simulated[1].median - median(medians)) < 1e-12)
      let observed = data.map { $0.occasions[0].observations[j].value }
      #expect(abs(bin.observed[1] - median(observed)) < 1e-12)
    }
  }

  @Test("leaves out drawn values below a quantification limit, as the data do")
  func quantificationLimit() {
    let subjects = PublishedTrial.data(subjects: 500, set: 3).map { subject in
      var subject = subject
      subject.occasions[0].observations.removeAll { $0.value < 1 }
      return subject
    }
    let without = VisualPredictiveCheck(.true2007, subjects: subjects, replicates: 200)
    let with = VisualPredictiveCheck(
      .true2007, subjects: subjects, quantificationLimit: 1, replicates: 200)
    #expect(without.valuesLeftOut == 0 && with.valuesLeftOut > 0)
    #expect(with.shareWithin > 0.8 && without.shareWithin < with.shareWithin)
    let last = with.strata[0].bins.last!.simulated[0]
    #expect(last.low >= 1 && without.strata[0].bins.last!.simulated[0].high < 1)
  }

  private func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  @Test("different times get a bin each when they are few, else bins with about equal counts")
  func bins() {
    func bins(_ times: [Double], _ count: Int? = nil) -> [VisualPredictiveCheck.Bin] {
      let subjects = times.enumerated().map { subject([[($1, 3.0)]], index: $0) }
      return VisualPredictiveCheck(
        .true2007, subjects: subjects, replicates: 8, binCount: count
      ).strata[0].bins
    }
    let few = bins((0..<60).map { Double($0 % 20) })
    #expect(few.map(\.time) == (0..<20).map(Double.init) && few.allSatisfy { $0.count == 3 })
    let many = bins((0..<300).map { Double($0) / 10 })
    #expect(many.count == 10 && many.allSatisfy { $0.count == 30 })
    #expect(many[1].timeRange == 3...5.9 && abs(many[1].time - 4.45) < 1e-12)
    // There are to be at least twenty in each.
    #expect(bins((0..<45).map { Double($0) / 10 }).map(\.count) == [22, 23])
    #expect(bins((0..<60).map { Double($0 % 20) }, 4).map(\.count) == [15, 15, 15, 15])
    // Equal times stay together, however many they are.
    let heap = bins([Double](repeating: 1, count: 50) + (0..<30).map { 2 + Double($0) / 10 }, 8)
    #expect(heap[0].count == 50 && heap[0].timeRange == 1...1)
    #expect(heap.reduce(0) { $0 + $1.count } == 80)
    #expect(bins([2, 2, 2]).map(\.count) == [3])
  }

  @Test("prediction correction takes out what differs by dose alone")
  func predictionCorrection() {
    let estimates = PublishedTrial.truth
    let fit = bolus(estimates)
    let data = PublishedTrial.data(subjects: 60, set: 3)
    // The same trial with doses from 1 to 100 times as large: corrected, it is the same up to one
    // factor for each time.
    let scaled = data.enumerated().map { i, subject in
      let factor = Double(1 + i % 100)
      var subject = subject
      subject.occasions[0].doses[0].amount *= factor
      for j in 0..<5 { subject.occasions[0].observations[j].value *= factor }
      return subject
    }
    let plain = VisualPredictiveCheck(fit, subjects: data, replicates: 64)
    let corrected = VisualPredictiveCheck(
      fit, subjects: scaled, isPredictionCorrected: true, replicates: 64)
    let uncorrected = VisualPredictiveCheck(fit, subjects: scaled, replicates: 64)
    #expect(corrected.isPredictionCorrected && !plain.isPredictionCorrected)
    for (a, b) in zip(plain.strata[0].bins, corrected.strata[0].bins) {
      let factor = b.observed[1] / a.observed[1]
      for q in 0..<3 {
        #expect(abs(b.observed[q] / a.observed[q] / factor - 1) < 1e-12)
        #expect(abs(b.simulated[q].high / a.simulated[q].high / factor - 1) < 1e-12)
      }
      // The median dose is 30.5 times the first one.
      #expect(abs(factor - 30.5) < 1e-9)
    }
    let spread = { (bin: VisualPredictiveCheck.Bin) in bin.observed[2] / bin.observed[0] }
    #expect(
      spread(uncorrected.strata[0].bins[0]) > 5 * spread(corrected.strata[0].bins[0]))
  }

  @Test("equal doses and times need no correction")
  func nothingToCorrect() {
    let data = PublishedTrial.data(subjects: 40, set: 4)
    let plain = VisualPredictiveCheck(.true2007, subjects: data, replicates: 64)
    let corrected = VisualPredictiveCheck(
      .true2007, subjects: data, isPredictionCorrected: true, replicates: 64)
    #expect(plain.strata[0].bins == corrected.strata[0].bins)
  }

  @Test("strata are compared apart, each with the replicates of its own subjects")
  func strata() {
    let data = PublishedTrial.data(subjects: 40, set: 5)
    let odd = Array(stride(from: 1, to: 40, by: 2))
    let check = VisualPredictiveCheck(
      .true2007, subjects: data, strata: [("odd", odd), ("none", []), ("first", [0])],
      replicates: 64)
    #expect(check.strata.map(\.label) == ["odd", "first"] && check.subjectsUsed == 21)
    #expect(check.strata[0].points.count == 100 && check.strata[1].points.count == 5)
    let values = odd.map { data[$0].occasions[0].observations[0].value }
    #expect(abs(check.strata[0].bins[0].observed[1] - median(values)) < 1e-12)
    let alone = VisualPredictiveCheck(
      .true2007, subjects: data, strata: [("odd", odd)], replicates: 64)
    #expect(alone.strata[0].bins == check.strata[0].bins)
  }

  @Test("large data sets are thinned to 2000 subjects, fewer where they have many observations")
  func thinned() {
    let patient = subject([[(1, 3.5), (2, 2.5)]])
    let many = VisualPredictiveCheck(
      .true2007, subjects: [Subject](repeating: patient, count: 5000), replicates: 20)
    #expect(many.subjectsUsed == 2000 && many.strata[0].bins.map(\.count) == [2000, 2000])
    let rich = subject([(1...1000).map { (Double($0) / 1000, 3.5) }])
    let work = VisualPredictiveCheck(
      .true2007, subjects: [Subject](repeating: rich, count: 400), replicates: 100)
    #expect(work.subjectsUsed == 250)
  }

  @Test("the share within is that of all quantiles of all strata")
  func shareWithin() {
    let data = PublishedTrial.data(subjects: 50, set: 1)
    let half = [("a", Array(0..<25)), ("b", Array(25..<50))].map { (label: $0.0, subjects: $0.1) }
    let check = VisualPredictiveCheck(.true2007, subjects: data, strata: half, replicates: 100)
    let all = check.strata.flatMap { $0.bins.flatMap { zip($0.observed, $0.simulated) } }
    let within = all.count { $0.0 >= $0.1.low && $0.0 <= $0.1.high }
    #expect(all.count == 30 && check.shareWithin == Double(within) / 30)
  }
}

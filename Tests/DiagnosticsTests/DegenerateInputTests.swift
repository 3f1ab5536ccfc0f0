import Diagnostics
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Degenerate inputs of the diagnostics")
struct DegenerateInputTests {
  private let data = PublishedTrial.data(subjects: 20, set: 1)

  @Test("effects without variance leave the residual error alone")
  func noVariance() {
    var estimates = PublishedTrial.truth
    for k in 0..<2 { estimates.covariances[k] = SymmetricMatrix(dimension: 2) }
    let fit = bolus(estimates)
    let replicates = fit.replicates(of: data[0], place: 0, count: 1000, seed: 1)
    let typical = [[20, 0.3], [20, 0.6]].map { fit.predictions(data[0], phi: $0) }
    let near = replicates.count { replicate in
      typical.contains { typical in
        zip(replicate, typical).allSatisfy { abs($0 - $1) < 0.5 * $1 }
      }
    }
    #expect(near == 1000)
    let errors = PredictionDistributionErrors(fit, subjects: data)
    #expect(errors.values.allSatisfy { $0.allSatisfy(\.isFinite) })
    #expect(VisualPredictiveCheck(fit, subjects: data).shareWithin.isFinite)
  }

  @Test("one effect without variance leaves the other one's correlation out")
  func oneVariance() {
    var estimates = PublishedTrial.truth
    for k in 0..<2 { estimates.covariances[k][0, 0] = 0 }
    estimates.residualVariance = 1e-30
    let replicates = bolus(estimates).replicates(of: data[0], place: 0, count: 100, seed: 1)
    // V is 20 in all: log(Y/5) is proportional to time.
    for replicate in replicates {
      let rates = zip(replicate, PublishedTrial.times).map { -NumericKernels.log($0 / 5) / $1 }
      #expect(rates.allSatisfy { abs($0 - rates[0]) < 1e-9 })
    }
  }

  @Test("without any randomness there are no errors to speak of, and no crash")
  func nothingRandom() {
    var estimates = PublishedTrial.truth
    estimates.covariances = [SymmetricMatrix](repeating: SymmetricMatrix(dimension: 2), count: 2)
    estimates.residualVariance = 0
    let fit = bolus(estimates)
    let check = VisualPredictiveCheck(fit, subjects: data, replicates: 40)
    #expect(check.strata[0].bins.allSatisfy { $0.simulated.allSatisfy { $0.low <= $0.high } })
    let errors = PredictionDistributionErrors(fit, subjects: data, replicates: 40)
    // Two components still differ: the first observation tells them apart, the others then add
    // nothing.
    #expect(errors.values.allSatisfy { $0[0].isFinite && $0.dropFirst().allSatisfy(\.isNaN) })
    let estimate = SubjectEstimate(membership: [1, 0], means: estimates.means, class: 0)
    let rows = fit.diagnostics([data[0]], [estimate], npde: errors)
    #expect(rows.map { $0.npde == nil } == [false, true, true, true, true])
    #expect(rows.allSatisfy { $0.weightedResidual.isNaN })
  }

  @Test("the second of two equal observations has no error where nothing is between them")
  func equalObservations() {
    var estimates = PublishedTrial.truth
    estimates.residualVariance = 0
    let patient = subject([[(1, 3.7), (1, 3.7), (2, 2.7)]])
    let values = PredictionDistributionErrors(bolus(estimates), subjects: [patient]).values[0]
    #expect(values[0].isFinite && values[1].isNaN && values[2].isFinite)
  }

  @Test("no subjects, one subject, one observation, no observation")
  func few() {
    let none = VisualPredictiveCheck(.true2007, subjects: [])
    #expect(none.strata.isEmpty && none.subjectsUsed == 0 && none.shareWithin.isNaN)
    #expect(PredictionDistributionErrors(.true2007, subjects: []).count == 0)
    let one = [subject([[(1, 3.7)]])]
    let check = VisualPredictiveCheck(.true2007, subjects: one, isPredictionCorrected: true)
    #expect(check.strata[0].bins.count == 1 && check.shareWithin == 1)
    let errors = PredictionDistributionErrors(.true2007, subjects: one)
    #expect(errors.values[0].count == 1 && errors.values[0][0].isFinite)
    #expect(errors.meanPValue == nil && errors.globalPValue == nil)
    let empty = [subject([[]])]
    #expect(VisualPredictiveCheck(.true2007, subjects: empty).strata.isEmpty)
    #expect(PredictionDistributionErrors(.true2007, subjects: empty).values == [[]])
  }

  @Test("occasions of a subject share its random effects and are binned by their times")
  func occasions() {
    let patient = subject([[(1, 3.7), (2, 2.7)], [(1, 3.6), (2, 2.8)]])
    let check = VisualPredictiveCheck(.true2007, subjects: [patient])
    #expect(check.strata[0].bins.map(\.count) == [2, 2])
    var estimates = PublishedTrial.truth
    estimates.residualVariance = 1e-30
    let replicates = bolus(estimates).replicates(of: patient, place: 0, count: 50, seed: 1)
    for replicate in replicates {
      #expect(abs(replicate[0] - replicate[2]) < 1e-9 && abs(replicate[1] - replicate[3]) < 1e-9)
    }
  }

  @Test("normal effects with draws below zero, whose predictions are negative or overflow")
  func negative() {
    var estimates = PublishedTrial.truth
    estimates.covariances[0] = SymmetricMatrix(diagonal: [400, 1e8])
    let fit = bolus(estimates)
    let replicates = fit.replicates(of: data[0], place: 0, count: 800, seed: 1)
    #expect(replicates.contains { $0.contains { !$0.isFinite } })
    #expect(replicates.contains { $0.contains { $0 < 0 } })
    let check = VisualPredictiveCheck(fit, subjects: data, replicates: 100)
    #expect(check.valuesLeftOut > 0)
    #expect(
      check.strata[0].bins.allSatisfy { $0.simulated.allSatisfy { $0.low <= $0.high } })
    let errors = PredictionDistributionErrors(fit, subjects: data)
    #expect(errors.values.allSatisfy { $0.count == 5 })
    #expect(errors.values.joined().allSatisfy { $0.isNaN || abs($0) < 4 })
  }

  @Test("where no prediction is finite there are no errors and no bands")
  func nothingFinite() {
    var estimates = PublishedTrial.truth
    estimates.means = [[0, 0.3], [0, 0.6]]
    for k in 0..<2 { estimates.covariances[k][0, 0] = 0 }
    let fit = bolus(estimates)
    let check = VisualPredictiveCheck(
      fit, subjects: data, isPredictionCorrected: true, replicates: 16)
    #expect(check.valuesLeftOut == 16 * 100 && check.shareWithin == 0)
    #expect(
      PredictionDistributionErrors(fit, subjects: data).values.joined().allSatisfy { $0.isNaN })
  }

  @Test("additive error before any dose has errors, of the residual error alone")
  func beforeDose() {
    let fit = bolus(PublishedTrial.truth, residual: .additive)
    let patient = Subject(
      id: "1", index: 0,
      occasions: [
        Occasion(
          doses: [DoseRecord(time: 0, amount: 100)],
          observations: [
            Observation(time: -1, value: 0.1, precedingDoses: 0),
            Observation(time: 1, value: 3.8, precedingDoses: 1),
          ])
      ])
    let errors = PredictionDistributionErrors(fit, subjects: [patient], replicates: 100_000)
    // One standard deviation of the residual error.
    #expect(abs(errors.values[0][0] - 1) < 0.03)
    let check = VisualPredictiveCheck(fit, subjects: [patient], isPredictionCorrected: true)
    #expect(check.strata[0].points.map(\.value) == [0.1, 3.8])
  }

  @Test("a component without weight is never drawn")
  func noWeight() {
    var estimates = PublishedTrial.truth
    estimates.weights = [1, 0]
    estimates.means[1] = [1e9, 0.6]
    let replicates = bolus(estimates).replicates(of: data[0], place: 0, count: 5000, seed: 1)
    #expect(replicates.allSatisfy { $0[0] > 0.5 })
  }
}

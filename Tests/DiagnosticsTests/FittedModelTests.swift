import Diagnostics
import Foundation
import NumericKernels
import PopulationData
import PopulationModel
import Testing

@Suite("Predictions and residuals of a fit")
struct FittedModelTests {
  /// Two occasions: doses of 100 at 0 and 50 at 3, then 80 at 0 again.
  private let patient = Subject(
    id: "A", index: 0,
    occasions: [
      Occasion(
        doses: [DoseRecord(time: 0, amount: 100), DoseRecord(time: 3, amount: 50)],
        observations: [
          Observation(time: 1, value: 4, precedingDoses: 1),
          Observation(time: 3, value: 2, precedingDoses: 1),
          Observation(time: 4, value: 3.5, precedingDoses: 2),
        ]),
      Occasion(
        doses: [DoseRecord(time: 0, amount: 80)],
        observations: [Observation(time: 2, value: 2.5, precedingDoses: 1)]),
    ])

  /// The closed form at these observations.
  private func expected(_ v: Double, _ k: Double) -> [Double] {
    let e = { (t: Double) in Foundation.exp(-k * t) }
    return [100 / v * e(1), 100 / v * e(3), 100 / v * e(4) + 50 / v * e(1), 80 / v * e(2)]
  }

  private func isClose(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-13 * max(1, abs($1)) }
  }

  @Test("predictions are those of the closed form, over doses and occasions")
  func closedForm() {
    let normal = FittedModel.true2007
    #expect(isClose(normal.predictions(patient, phi: [20, 0.3]), expected(20, 0.3)))
    let lognormal = bolus(PublishedTrial.truth, distribution: .lognormal)
    #expect(
      isClose(
        lognormal.predictions(patient, phi: [3, -1]),
        expected(Foundation.exp(3), Foundation.exp(-1))))
  }

  @Test("rows are those computed by hand", arguments: [ResidualErrorModel.proportional, .additive])
  func rows(residual: ResidualErrorModel) {
    let fit = bolus(PublishedTrial.truth, residual: residual)
    let estimate = SubjectEstimate(
      membership: [0.25, 0.75], means: [[19, 0.32], [21, 0.55]], class: 1)
    let rows = fit.diagnostics([patient], [estimate])
    let observed = [4, 2, 3.5, 2.5]
    let individual = expected(21, 0.55)
    let other = expected(19, 0.32)
    #expect(rows.map(\.time) == [1, 3, 4, 2])
    #expect(rows.map(\.occasion) == [0, 0, 0, 1])
    #expect(rows.allSatisfy { $0.subject == 0 && $0.npde == nil })
    #expect(rows.map(\.observed) == observed)
    #expect(isClose(rows.map(\.populationPrediction), expected(20, 0.6)))
    #expect(isClose(rows.map(\.individualPrediction), individual))
    #expect(
      isClose(rows.map(\.weightedPrediction), zip(other, individual).map { 0.25 * $0 + 0.75 * $1 }))
    #expect(isClose(rows.map(\.residual), zip(observed, individual).map { $0 - $1 }))
    let deviations = individual.map { residual == .proportional ? 0.1 * $0 : 0.1 }
    #expect(
      isClose(
        rows.map(\.weightedResidual),
        observed.indices.map { (observed[$0] - individual[$0]) / deviations[$0] }))
  }

  @Test("rows carry the prediction distribution errors of their observations")
  func rowsWithErrors() {
    let estimate = SubjectEstimate(membership: [1, 0], means: [[20, 0.3], [20, 0.6]], class: 0)
    let errors = PredictionDistributionErrors(.true2007, subjects: [patient, patient])
    let rows = FittedModel.true2007.diagnostics(
      [patient, patient], [estimate, estimate], npde: errors)
    #expect(rows.map(\.npde) == errors.values.flatMap { $0 })
    #expect(rows.map(\.subject) == [0, 0, 0, 0, 1, 1, 1, 1])
  }

  @Test("a curve runs from the first dose to the last observation and jumps at a dose")
  func curve() throws {
    let curves = FittedModel.true2007.curve(patient, phi: [20, 0.3], points: 9)
    #expect(curves.count == 2)
    let first = curves[0]
    #expect(first.first?.time == 0 && first.last?.time == 4)
    #expect(first.first?.value == 5)
    #expect(first.map(\.time) == first.map(\.time).sorted())
    let atDose = first.filter { $0.time == 3 }.map(\.value)
    let before = 5 * Foundation.exp(-0.9)
    #expect(abs(try #require(atDose.first) - before) < 1e-12)
    #expect(abs(try #require(atDose.last) - before - 2.5) < 1e-12)
    for (time, value) in first where time != 3 {
      let expected =
        5 * Foundation.exp(-0.3 * time) + (time > 3 ? 2.5 * Foundation.exp(-0.3 * (time - 3)) : 0)
      #expect(abs(value - expected) < 1e-12)
    }
    #expect(curves[1].map(\.time) == (0...8).map { Double($0) / 4 } || curves[1].count == 10)
  }

  @Test(
    "an occasion without observations has an empty curve, one observation at the dose is a point")
  func shortCurves() {
    var short = patient
    short.occasions = [
      Occasion(doses: [DoseRecord(time: 0, amount: 100)], observations: []),
      Occasion(
        doses: [DoseRecord(time: 2, amount: 100)],
        observations: [Observation(time: 2, value: 5, precedingDoses: 1)]),
    ]
    let curves = FittedModel.true2007.curve(short, phi: [20, 0.3], points: 50)
    #expect(curves[0].isEmpty)
    #expect(curves[1].allSatisfy { $0.time == 2 && $0.value == 5 } && !curves[1].isEmpty)
  }
}

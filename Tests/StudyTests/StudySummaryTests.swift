import Estimation
import Inference
import NumericKernels
import PopulationModel
import StructuralModels
import Study
import Testing

@Suite("Summary of a study")
struct StudySummaryTests {
  private func replicate(
    _ estimate: Double, truth: Double = 2, realised: Double? = 1.6, error: Double? = 0.5,
    scale: IntervalScale = .log, isWeight: Bool = false
  ) -> PredictionError {
    PredictionError(
      parameter: "omega.V.V", truth: truth, realised: realised, estimate: estimate,
      standardErrors: error.map { [.outerProduct: $0, .sandwich: 2 * $0] } ?? [:], scale: scale,
      isWeight: isWeight)
  }

  @Test("mean and root mean square have the errors of the textbook")
  func statistics() throws {
    let mean = try #require(Statistic.mean([1, 2, 3, 6]))
    #expect(mean.value == 3)
    // s² = (4 + 1 + 0 + 9)/3
    #expect(abs(try #require(mean.error) - (14.0 / 3).squareRoot() / 2) < 1e-15)
    let square = try #require(Statistic.rootMeanSquare([3, -4]))
    #expect(square.value == 12.5.squareRoot())
    // The squares 9 and 16 have s = 7/√2 and their mean the error 3.5.
    #expect(abs(try #require(square.error) - 3.5 / (2 * 12.5.squareRoot())) < 1e-15)
    #expect(Statistic.mean([7]) == Statistic(value: 7, error: nil))
    #expect(Statistic.mean([]) == nil)
  }

  @Test("a share of all or nothing still has an error")
  func shares() throws {
    let all = try #require(Statistic.percent(200, of: 200))
    #expect(all.value == 100)
    #expect(try #require(all.error) > 0.3)
    let half = try #require(Statistic.percent(50, of: 100))
    #expect(abs(try #require(half.error) - 5) < 1e-12)
    #expect(Statistic.percent(0, of: 0) == nil)
  }

  @Test("errors are in percent of the true value's size, against the truth and within the sample")
  func percents() {
    #expect(replicate(3).percent == 50)
    #expect(abs((replicate(3).realisedPercent ?? 0) - 87.5) < 1e-12)
    #expect(replicate(-3, truth: -2, realised: nil).percent == -50)
    #expect(replicate(3, truth: 0).percent == nil)
    #expect(replicate(3, realised: nil).realisedPercent == nil)
    // The mean of a logarithm has no size to be compared with, and a covariance none in a sample.
    func error(_ kind: PredictionError.Kind) -> PredictionError {
      PredictionError(
        parameter: "a", truth: 2, realised: 1.6, estimate: 3, standardErrors: [:], scale: .plain,
        kind: kind)
    }
    #expect(error(.logarithm).percent == nil && error(.logarithm).realisedPercent == nil)
    #expect(error(.covariance).percent == 50 && error(.covariance).realisedPercent == nil)
    #expect(error(.typical).percent == 50 && error(.typical).realisedPercent != nil)
  }

  @Test("coverage is that of the interval and the kind of standard error that is asked for")
  func coverage() {
    // 3.1 ± 0.98 covers 2.2 but not 2; on the scale of the logarithm it reaches down to 2.26.
    let near = replicate(3.1, truth: 2.2)
    #expect(near.covers(.wald, .outerProduct) == true)
    #expect(near.covers(.scaled, .outerProduct) == false)
    #expect(near.covers(.scaled, .sandwich) == true)
    #expect(replicate(3.1).covers(.wald, .outerProduct) == false)
    #expect(replicate(3.1).covers(.wald, .observed) == nil)
    #expect(replicate(3.1, error: nil).covers(.wald, .outerProduct) == nil)
    #expect(near.covers(.odds, .outerProduct) == nil)
    // Odds 9 ± 1.96 · 0.04/0.01: from 1.16 on, and 0.53 has odds of 1.128, 0.54 of 1.174.
    func weight(_ truth: Double) -> PredictionError {
      replicate(0.9, truth: truth, error: 0.04, scale: .logit, isWeight: true)
    }
    #expect(weight(0.53).covers(.odds, .outerProduct) == false)
    #expect(weight(0.54).covers(.odds, .outerProduct) == true)
  }

  @Test("a published share that is right is not far from a study that covers always")
  func publishedShare() throws {
    let figure = StudyFigure(
      parameter: "p", truth: 1, name: "coverage.wald.observed",
      statistic: try #require(Statistic.percent(100, of: 100)), count: 100)
    let published = PublishedFigure(
      source: "s", parameter: "p", statistic: figure.name, value: 95, error: nil)
    // √(95 · 5/100) is 2.18, with an error as large in the publication 3.08.
    #expect(
      abs(try #require(published.difference(of: figure)) - 5 / (2 * 4.75).squareRoot()) < 1e-12)
  }

  // MARK: - Against a simulated trial

  private func trial(_ sharing: CovarianceSharing = .perComponent) throws -> SimulatedTrial {
    let model = try MixtureModel(
      structuralName: "one-compartment bolus",
      effects: [
        RandomEffect(name: "V", distribution: .lognormal, membership: .shared),
        RandomEffect(name: "k", distribution: .normal, membership: .mixture),
      ], residual: .proportional, componentCount: 2, mixtureCovariance: .diagonal,
      sharedCovariance: .diagonal, covarianceSharing: sharing)
    return try #require(
      SimulatedTrial(
        model: model,
        design: TrialDesign(
          subjectCount: 400, doses: [TrialDesign.Dose(time: 0, amount: 100)], times: [1, 3]),
        parameters: PopulationParameters(
          weights: [0.7, 0.3], means: [[3, 0.2], [3, 0.8]],
          covariances: [
            SymmetricMatrix(diagonal: [0.04, 0.0016]), SymmetricMatrix(diagonal: [0.04, 0.0025]),
          ], residualVariance: 0.01), seed: 5))
  }

  @Test("realised values are the moments of the sample's own effects")
  func realised() throws {
    let trial = try trial()
    let draw = trial.draw(1)
    let values = trial.realisedValues(draw)
    let fast = draw.truth.filter { $0.component == 1 }.map { $0.parameters[1] }
    #expect(values.weights[1] == Double(fast.count) / 400)
    let mean = fast.reduce(0, +) / Double(fast.count)
    #expect(abs(values.means[1][1] - mean) < 1e-12)
    let variance = fast.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(fast.count)
    #expect(abs(values.covariances[1][1, 1] - variance) < 1e-12)
    // The shared one over all subjects, on its normal scale.
    let logs = draw.truth.map { NumericKernels.log($0.parameters[0]) }
    #expect(abs(values.means[0][0] - logs.reduce(0, +) / 400) < 1e-12)
    #expect(values.means[0][0] == values.means[1][0])
    #expect(values.covariances[0][1, 0] == 0)
    #expect(values.sigma2.isNaN)
  }

  @Test("variances that components share are pooled about each component's own mean")
  func pooled() throws {
    let trial = try trial(.equal)
    let values = trial.realisedValues(trial.draw(1))
    let own = try self.trial().realisedValues(trial.draw(1))
    let pooled =
      own.weights[0] * own.covariances[0][1, 1] + own.weights[1] * own.covariances[1][1, 1]
    #expect(abs(values.covariances[0][1, 1] - pooled) < 1e-12)
    #expect(values.covariances[0][1, 1] == values.covariances[1][1, 1])
  }

  @Test("a component without subjects has no realised value, and does not stop the others")
  func emptyComponent() throws {
    let trial = try trial()
    let draw = trial.draw(1, subjects: 0..<1)
    let values = trial.realisedValues(draw)
    let empty = 1 - draw.truth[0].component
    #expect(values.weights[empty] == 0)
    #expect(values.means[empty][1].isNaN)
    #expect(!values.means[empty][0].isNaN)
  }

  @Test("the spread of fewer than ten subjects is not compared with")
  func fewSubjects() throws {
    let trial = try trial()
    let values = trial.realisedValues(trial.draw(1, subjects: 0..<12))
    let small = values.weights.firstIndex { $0 * 12 < 10 } ?? 0
    #expect(!values.means[small][1].isNaN)
    #expect(values.covariances[small][1, 1].isNaN)
    #expect(!values.covariances[small][0, 0].isNaN)
  }

  @Test("a parameter that a fit keeps fixed is no estimate")
  func fixed() throws {
    let free = replicate(3)
    let fixed = PredictionError(
      parameter: free.parameter, truth: 2, realised: nil, estimate: 9, standardErrors: [:],
      scale: .log, isFixed: true)
    func summary(_ errors: [PredictionError]) -> StudySummary {
      StudySummary(errors.map { Replicate(dataSet: "a", status: "converged", errors: [$0]) })
    }
    #expect(summary([free, fixed]).parameters.map(\.count) == [1])
    #expect(summary([free, fixed]).parameters[0].mean.value == 3)
    #expect(summary([fixed]).parameters.isEmpty)
  }

  @Test("a fit with swapped components is compared with the truth's own component")
  func relabelled() throws {
    let trial = try trial()
    let draw = trial.draw(1)
    let swapped = trial.parameters.permuted([1, 0])
    let rows =
      trial.model.parameterTable(at: swapped, covariance: nil)
      + trial.model.derivedQuantities(at: swapped, covariance: nil)
    let replicate = Replicate(
      dataSet: "a", status: "converged", trial: trial, draw: draw,
      estimates: rows.map {
        Replicate.Estimate(
          base: $0.base, component: $0.component, value: $0.estimate, standardErrors: [:])
      },
      alignment: LabelAlignment(
        components: [0, 1], memberships: [[0, 1], [1, 0]], componentCount: 2), misclassified: 3)
    #expect(replicate.isRelabelled)
    #expect(replicate.errors.count == rows.count)
    for error in replicate.errors { #expect(abs(error.estimate - error.truth) < 1e-12) }
    #expect(replicate.errors.map(\.parameter).contains("w.2"))
    let summary = StudySummary([replicate, Replicate(failed: "b")])
    #expect(summary.count == 2)
    #expect(summary.relabelled == 1)
    #expect(summary.parameters.count == rows.count)
    #expect(summary.parameters.allSatisfy { $0.count == 1 })
    #expect(summary.misclassification?.dataSets == 1)
  }
}

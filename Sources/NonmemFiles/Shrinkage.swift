import NumericKernels
import PopulationModel
import Report

/// What `.shk` and the report say of the ETAs of the subjects of a subpopulation.
struct EtaSummary {
  /// From 1.
  let subpopulation: Int
  let subjects: Int
  let means: [Double]
  let standardErrors: [Double]
  /// That the true mean is 0, by the normal distribution.
  let pValues: [Double]
  /// 100 (1 − SD(η̂)/ω), in percent, and 100 (1 − Var(η̂)/ω²).
  let etaShrinkage: (deviation: [Double], variance: [Double])
  /// From the mean of the conditional variances, v: 100 (1 − √(1 − v/ω²)), and 100 v/ω².
  let bayesShrinkage: (deviation: [Double], variance: [Double])
  /// 100 (1 − SD(IWRES)), and 100 (1 − Var(IWRES)), of each SIGMA.
  let residualShrinkage: (deviation: [Double], variance: [Double])

  /// - Parameter moments: of the subjects, given the subpopulation.
  init(
    subpopulation: Int, moments: [EtaMoments], variances: [Double], residual: [Double]
  ) {
    self.subpopulation = subpopulation
    subjects = moments.count
    let n = Double(moments.count)
    var (means, errors, pValues) = ([Double](), [Double](), [Double]())
    var (eta, etaVariance, bayes, bayesVariance) = ([Double](), [Double](), [Double](), [Double]())
    for (i, omega) in variances.enumerated() {
      let values = moments.map { $0.eta[i] }
      let mean = n > 0 ? values.reduce(0, +) / n : 0
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let variance = n > 1 ? squares / (n - 1) : 0
      let error = n > 0 ? (variance / n).squareRoot() : 0
      means.append(mean)
      errors.append(error)
      pValues.append(error > 0 ? Self.pValue(mean / error) : 1)
      let ratio = omega > 0 ? variance / omega : 0
      eta.append(100 * (1 - ratio.squareRoot()))
      etaVariance.append(100 * (1 - ratio))
      let within = n > 0 ? moments.reduce(0) { $0 + $1.covariance[i, i] } / n : 0
      let share = omega > 0 ? within / omega : 1
      // Of an ETA of which the data say nothing it is 1, but for rounding.
      let shrinkage = abs(share - 1) < 1e-12 ? 1 : share
      bayes.append(100 * (1 - max(0, 1 - shrinkage).squareRoot()))
      bayesVariance.append(100 * shrinkage)
    }
    self.means = means
    standardErrors = errors
    self.pValues = pValues
    etaShrinkage = (eta, etaVariance)
    bayesShrinkage = (bayes, bayesVariance)
    residualShrinkage = (
      residual, residual.map { 100 * (1 - (1 - $0 / 100) * (1 - $0 / 100)) }
    )
  }

  private static func pValue(_ z: Double) -> Double {
    min(1, 2 * normalDistribution(Lanes.all(-abs(z)))[0])
  }

  /// The rows of `.shk`, by type.
  var rows: [(type: Int, values: [Double])] {
    let information = bayesShrinkage.variance.map { 100 - $0 }
    return [
      (1, means), (2, standardErrors), (3, pValues), (4, etaShrinkage.deviation),
      (5, residualShrinkage.deviation), (6, bayesShrinkage.deviation),
      (7, means.map { _ in Double(subjects) }), (8, etaShrinkage.variance),
      (9, bayesShrinkage.variance), (10, residualShrinkage.variance), (11, information),
    ]
  }
}

extension RawTables {
  /// Of each component, with the subjects of whose class it is.
  var summaries: [EtaSummary] {
    let scales = parameters.scales(at: fitted)
    let variances = (0..<parameters.etaCount).map { estimates.values[parameters.omega($0, $0)] }
    return (0..<run.model.componentCount).map { k in
      EtaSummary(
        subpopulation: k + 1,
        moments: run.subjects.filter { $0.component == k }.map {
          estimates.moments($0, in: k, scales: scales, estimates: fitted)
        }, variances: variances, residual: residualShrinkage(k))
    }
  }

  /// Of each SIGMA, that of the outputs in their order; of the subjects of a class where there are
  /// several.
  private func residualShrinkage(_ component: Int) -> [Double] {
    let all = run.fit.residualShrinkage ?? []
    let own = all.filter { run.model.componentCount == 1 || $0.component == component + 1 }
    let names = run.model.outputs.map(\.name)
    let percents = names.map { name in own.first { $0.output == name }?.percent ?? 0 }
    return (0..<parameters.sigmaCount).map { percents[min($0, percents.count - 1)] }
  }

  var shk: String {
    let count = max(parameters.etaCount, parameters.sigmaCount)
    var lines = [
      NonmemTitle(run).withGoal,
      (["TYPE", "SUBPOP"] + (0..<count).map { "ETA(\($0 + 1))" })
        .map { NonmemNumber.label($0) }.joined(),
    ]
    for summary in summaries {
      for row in summary.rows {
        let values = Array(
          (row.values + [Double](repeating: 0, count: count)).prefix(count))
        lines.append(
          NonmemNumber.integer(row.type) + NonmemNumber.integer(summary.subpopulation)
            + values.map(NonmemNumber.parameter).joined())
      }
    }
    return text(lines)
  }
}

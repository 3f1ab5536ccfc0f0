import MessagePassing
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

  /// - Parameters:
  ///   - subjects: how many there are.
  ///   - sums: over them, of each ETA.
  private init(
    subpopulation: Int, subjects: Int, sums: [Sums], variances: [Double], residual: [Double]
  ) {
    self.subpopulation = subpopulation
    self.subjects = subjects
    let n = Double(subjects)
    var (means, errors, pValues) = ([Double](), [Double](), [Double]())
    var (eta, etaVariance, bayes, bayesVariance) = ([Double](), [Double](), [Double](), [Double]())
    for (sum, omega) in zip(sums, variances) {
      let variance = n > 1 ? sum.squares / (n - 1) : 0
      let error = n > 0 ? (variance / n).squareRoot() : 0
      means.append(sum.mean)
      errors.append(error)
      pValues.append(error > 0 ? Self.pValue(sum.mean / error) : 1)
      let ratio = omega > 0 ? variance / omega : 0
      eta.append(100 * (1 - ratio.squareRoot()))
      etaVariance.append(100 * (1 - ratio))
      let within = n > 0 ? sum.within / n : 0
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

  /// Of an ETA over the subjects of a class.
  private struct Sums {
    var mean = 0.0
    /// Σ (η̂ − mean)²
    var squares = 0.0
    /// Σ of the conditional variances.
    var within = 0.0
  }

  /// Of each component, with the subjects of whose class it is; collective over the ranks that have
  /// them.
  ///
  /// Each rank adds its subjects to the sums of the ranks before, as one rank would: a mean that is
  /// all but 0 has the same digits on any number of ranks.
  static func all(
    of run: NonmemRun, _ estimates: NonmemEstimates, by communicator: any Communicator
  ) throws(CommunicationError) -> [EtaSummary] {
    let parameters = estimates.parameters
    let fitted = run.fit.estimates.parameters
    let scales = parameters.scales(at: fitted)
    let (components, etas) = (run.model.componentCount, parameters.etaCount)
    let moments = (0..<components).map { k in
      run.subjects.filter { $0.component == k }.map {
        estimates.moments($0, in: k, scales: scales, estimates: fitted)
      }
    }
    var counts = moments.map { Int64($0.count) }
    try communicator.allReduceSum(&counts)
    // Of each component and ETA Σ η̂ and the sum of the conditional variances.
    var first = [Double](repeating: 0, count: 2 * components * etas)
    try communicator.inTurn(&first) { sums in
      for (k, own) in moments.enumerated() {
        for i in 0..<etas {
          let place = 2 * (k * etas + i)
          sums[place] = own.reduce(sums[place]) { $0 + $1.eta[i] }
          sums[place + 1] = own.reduce(sums[place + 1]) { $0 + $1.covariance[i, i] }
        }
      }
    }
    func mean(_ k: Int, _ i: Int) -> Double {
      counts[k] > 0 ? first[2 * (k * etas + i)] / Double(counts[k]) : 0
    }
    var squares = [Double](repeating: 0, count: components * etas)
    try communicator.inTurn(&squares) { sums in
      for (k, own) in moments.enumerated() {
        for i in 0..<etas {
          let mean = mean(k, i)
          sums[k * etas + i] = own.reduce(sums[k * etas + i]) {
            $0 + ($1.eta[i] - mean) * ($1.eta[i] - mean)
          }
        }
      }
    }
    let variances = (0..<etas).map { estimates.values[parameters.omega($0, $0)] }
    return (0..<components).map { k in
      EtaSummary(
        subpopulation: k + 1, subjects: Int(counts[k]),
        sums: (0..<etas).map { i in
          Sums(
            mean: mean(k, i), squares: squares[k * etas + i], within: first[2 * (k * etas + i) + 1])
        }, variances: variances, residual: residualShrinkage(of: run, parameters, k))
    }
  }

  /// Of each SIGMA, that of the outputs in their order; of the subjects of a class where there are
  /// several.
  private static func residualShrinkage(
    of run: NonmemRun, _ parameters: NonmemParameters, _ component: Int
  ) -> [Double] {
    let all = run.fit.residualShrinkage ?? []
    let own = all.filter { run.model.componentCount == 1 || $0.component == component + 1 }
    let names = run.model.outputs.map(\.name)
    let percents = names.map { name in own.first { $0.output == name }?.percent ?? 0 }
    return (0..<parameters.sigmaCount).map { percents[min($0, percents.count - 1)] }
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

extension Communicator {
  /// Lets each rank change numbers that the rank before has left; collective.
  /// - Parameter values: the same on all ranks, in the end as the last rank has left them.
  fileprivate func inTurn(
    _ values: inout [Double], _ change: (inout [Double]) -> Void
  ) throws(CommunicationError) {
    for turn in 0..<size {
      if turn == rank { change(&values) }
      if size > 1 { try broadcast(&values, root: turn) }
    }
  }
}

import CVector
import KernelInterface
import NumericKernels
package import PopulationModel

/// Where the sums over subjects, from which the M-step is made, stand in a row of doubles.
/// Sufficient statistics add: a subject, a rank and the data set are the same case.
///
/// Moments are centred at the previous means c_k, because Σφφᵀ − nμμᵀ would cancel when the spread
/// is small beside the mean.
package struct StatisticsLayout: Sendable, Equatable {
  package let effectCount: Int
  package let componentCount: Int
  /// Numbers of direct parameters, of covariates of the means, and of covariates of the weights.
  package let directCount: Int
  package let covariateCount: Int
  package let weightCovariateCount: Int

  package init(_ model: MixtureModel) {
    effectCount = model.effectCount
    componentCount = model.componentCount
    directCount = model.direct.count
    covariateCount = model.covariateEffects.count
    weightCovariateCount = model.weightCovariates.count
  }

  private var packed: Int { SymmetricMatrix.elementCount(effectCount) }
  private var columnCount: Int { DirectColumns.count(directCount) }
  /// Products of 1 and the covariates with each other, and of the covariates with φ − c; none
  /// without covariates.
  private var regressionCount: Int {
    covariateCount == 0
      ? 0 : SymmetricMatrix.elementCount(1 + covariateCount) + covariateCount * effectCount
  }
  private var componentStride: Int { 2 + effectCount + packed + columnCount + regressionCount }
  /// Elements of the logistic regression of the weights: coefficients of all components but the
  /// last.
  var logisticCount: Int {
    weightCovariateCount == 0 ? 0 : (componentCount - 1) * (1 + weightCovariateCount)
  }

  /// Doubles in a row.
  package var count: Int {
    logistic + logisticCount + SymmetricMatrix.elementCount(logisticCount)
  }

  /// Σ_i log S_i
  package var logLikelihood: Int { 0 }
  /// Σ_i of the squared relative errors of S_i
  package var relativeVariance: Int { 1 }
  /// Σ_i Σ_k E_ik[(Y − h)ᵀH⁻¹(Y − h)]
  package var residualSquares: Int { 2 }
  /// Subjects whose likelihood is 0 in all samples
  package var impossibleSubjects: Int { 3 }
  /// Components of subjects that were sampled again from a new mode search
  package var remedies: Int { 4 }
  /// Components of subjects with τ > 0.01 whose effective sample size is below a tenth of the
  /// samples
  package var poorComponents: Int { 5 }
  private func component(_ k: Int) -> Int { 6 + k * componentStride }
  /// Σ_i τ_i(k)
  package func membership(_ k: Int) -> Int { component(k) }
  /// Σ_i τ_i(k)·ESS_ik
  package func effectiveSampleSize(_ k: Int) -> Int { component(k) + 1 }
  /// Σ_i E_ik[φ − c_k]
  package func first(_ k: Int) -> Int { component(k) + 2 }
  /// Σ_i E_ik[(φ − c_k)(φ − c_k)ᵀ], packed
  package func second(_ k: Int) -> Int { component(k) + 2 + effectCount }
  /// Σ_i τ_i(k) E_ik of `DirectColumns`
  func direct(_ k: Int) -> Int { second(k) + packed }
  /// Σ_i τ_i(k) x xᵀ with x = (1, covariates), packed
  func designs(_ k: Int) -> Int { direct(k) + columnCount }
  /// Σ_i x_ic E_ik[φ − c_k], p for each covariate
  func slopes(_ k: Int) -> Int {
    designs(k) + (covariateCount == 0 ? 0 : SymmetricMatrix.elementCount(1 + covariateCount))
  }
  /// Σ_i (τ_i(k) − w_ik)x by component, then the packed Σ_i of the negative second derivatives.
  var logistic: Int { 6 + componentCount * componentStride }
}

extension StatisticsLayout {
  /// Turns the posteriors of eight subjects into their rows of statistics, side by side.
  /// - Parameters:
  ///   - densities: of the parameters before the M-step, whose means are the centres c_k.
  ///   - remedies: of each subject.
  ///   - nodes: knows the effective sample size below which an integral is counted as poor.
  func fill(
    _ row: UnsafeMutablePointer<Lanes>, from blocks: SubjectBlocks, block: Int,
    densities: ComponentDensities, remedies counts: UnsafePointer<Int>,
    nodes: NodeSource
  ) {
    let zero = Lanes.all(0)
    row.update(repeating: zero, count: count)
    let at = blocks.layout
    let p = effectCount
    let value = blocks.logLikelihood[block]
    let impossible = Lanes.all(-1e308)
    row[logLikelihood] = cvector_select_less(impossible, value, value, zero)
    row[impossibleSubjects] = cvector_select_less(impossible, value, zero, Lanes.all(1))
    for lane in 0..<blocks.width(block) {
      row[remedies][lane] = Double(counts[8 * block + lane])
    }
    for k in 0..<componentCount {
      let record = blocks.record(block, k)
      let tau = record[at.membership]
      let size = record[at.effectiveSize]
      row[membership(k)] = tau
      row[effectiveSampleSize(k)] = tau * size
      let isPoor = cvector_select_less(
        size, each(record[at.samples]) { nodes.poorSize($0) }, Lanes.all(1), zero)
      row[poorComponents] += cvector_select_less(Lanes.all(0.01), tau, isPoor, zero)
      row[relativeVariance] += tau * tau * record[at.relativeVariance]
      row[residualSquares] += tau * record[at.residualSquares]
      for i in 0..<p {
        let di = record[at.posteriorMean + i] - record[at.priorMean + i]
        row[first(k) + i] = tau * di
        for j in 0...i {
          let dj = record[at.posteriorMean + j] - record[at.priorMean + j]
          let place = SymmetricMatrix.index(i, j)
          row[second(k) + place] = tau * (record[at.posteriorCovariance + place] + di * dj)
        }
      }
      for c in 0..<columnCount { row[direct(k) + c] = tau * record[at.direct + c] }
      if covariateCount > 0 { fillRegression(row, k, tau, blocks.meanCovariates(block)) }
    }
    if weightCovariateCount > 0 { fillLogistic(row, blocks, block, densities) }
  }

  private func fillRegression(
    _ row: UnsafeMutablePointer<Lanes>, _ k: Int, _ tau: Lanes, _ x: UnsafePointer<Lanes>
  ) {
    func covariate(_ c: Int) -> Lanes { c == 0 ? Lanes.all(1) : x[c - 1] }
    for a in 0...covariateCount {
      for b in 0...a {
        row[designs(k) + SymmetricMatrix.index(a, b)] = tau * covariate(a) * covariate(b)
      }
    }
    for c in 0..<covariateCount {
      for j in 0..<effectCount {
        row[slopes(k) + c * effectCount + j] = x[c] * row[first(k) + j]
      }
    }
  }

  private func fillLogistic(
    _ row: UnsafeMutablePointer<Lanes>, _ blocks: SubjectBlocks, _ block: Int,
    _ densities: ComponentDensities
  ) {
    let at = blocks.layout
    let x = blocks.weightCovariates(block)
    func covariate(_ c: Int) -> Lanes { c == 0 ? Lanes.all(1) : x[c - 1] }
    /// w_ik
    func weight(_ k: Int) -> Lanes {
      exp(blocks.record(block, k)[at.logPrior] - densities.logScale[k]) * densities.weights[k]
    }
    let width = 1 + weightCovariateCount
    for k in 0..<componentCount - 1 {
      let own = weight(k)
      let difference = blocks.record(block, k)[at.membership] - own
      for a in 0..<width {
        row[logistic + k * width + a] = difference * covariate(a)
        for l in 0...k {
          let curvature = k == l ? own * (1 - own) : -own * weight(l)
          for b in 0..<width where l * width + b <= k * width + a {
            row[
              logistic + logisticCount
                + SymmetricMatrix.index(k * width + a, l * width + b)] =
              curvature * covariate(a) * covariate(b)
          }
        }
      }
    }
  }
}

/// The sums over all subjects of a data set.
package struct SufficientStatistics: Sendable, Equatable {
  package let layout: StatisticsLayout
  /// n
  package let subjectCount: Int
  /// Σ_i m_i
  package let observationCount: Int
  /// c_k, at which the moments are centred.
  package let centres: [[Double]]
  package let values: [Double]

  /// - Parameters:
  ///   - centres: the means at which the E-step was made.
  ///   - values: sums over all subjects, in the order of `layout`.
  package init(
    layout: StatisticsLayout, subjectCount: Int, observationCount: Int, centres: [[Double]],
    values: [Double]
  ) {
    precondition(values.count == layout.count)
    self.layout = layout
    self.subjectCount = subjectCount
    self.observationCount = observationCount
    self.centres = centres
    self.values = values
  }

  package var logLikelihood: Double { values[layout.logLikelihood] }
  /// Number of subjects whose likelihood is 0 in all samples.
  package var impossibleSubjects: Int { Int(values[layout.impossibleSubjects]) }
  package var remedies: Int { Int(values[layout.remedies]) }
  package var poorComponents: Int { Int(values[layout.poorComponents]) }
  /// Σ_i τ_i(k)
  package func membership(_ k: Int) -> Double { values[layout.membership(k)] }
  /// Mean effective sample size of component k, weighted by τ.
  package func effectiveSampleSize(_ k: Int) -> Double {
    values[layout.effectiveSampleSize(k)] / max(membership(k), .leastNormalMagnitude)
  }
  /// Standard error of log L, and what log L is too low by, from the sampling of the integrals; as
  /// if samples were independent.
  package var logLikelihoodError: (standardError: Double, bias: Double) {
    (values[layout.relativeVariance].squareRoot(), 0.5 * values[layout.relativeVariance])
  }
}

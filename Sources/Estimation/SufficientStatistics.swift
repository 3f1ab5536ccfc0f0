import CVector
import NumericKernels
import PopulationModel

/// Where the sums over subjects, from which the M-step is made, stand in a row of doubles. Sufficient statistics add: a
/// subject, a rank and the data set are the same case.
///
/// Moments are centred at the previous means c_k, because Σφφᵀ − nμμᵀ would cancel when the spread is small beside the mean.
public struct StatisticsLayout: Sendable, Equatable {
  public let effectCount: Int
  public let componentCount: Int

  public init(effectCount: Int, componentCount: Int) {
    self.effectCount = effectCount
    self.componentCount = componentCount
  }

  private var packed: Int { SymmetricMatrix.elementCount(effectCount) }
  private var componentStride: Int { 2 + effectCount + packed }

  /// Doubles in a row.
  public var count: Int { 6 + componentCount * componentStride }

  /// Σ_i log S_i
  public var logLikelihood: Int { 0 }
  /// Σ_i of the squared relative errors of S_i
  public var relativeVariance: Int { 1 }
  /// Σ_i Σ_k E_ik[(Y − h)ᵀH⁻¹(Y − h)]
  public var residualSquares: Int { 2 }
  /// Subjects whose likelihood is 0 in all samples
  public var impossibleSubjects: Int { 3 }
  /// Components of subjects that were sampled again from a new mode search
  public var remedies: Int { 4 }
  /// Components of subjects with τ > 0.01 whose effective sample size is below a tenth of the samples
  public var poorComponents: Int { 5 }
  private func component(_ k: Int) -> Int { 6 + k * componentStride }
  /// Σ_i τ_i(k)
  public func membership(_ k: Int) -> Int { component(k) }
  /// Σ_i τ_i(k)·ESS_ik
  public func effectiveSampleSize(_ k: Int) -> Int { component(k) + 1 }
  /// Σ_i E_ik[φ − c_k]
  public func first(_ k: Int) -> Int { component(k) + 2 }
  /// Σ_i E_ik[(φ − c_k)(φ − c_k)ᵀ], packed
  public func second(_ k: Int) -> Int { component(k) + 2 + effectCount }
}

extension StatisticsLayout {
  /// Turns the posteriors of eight subjects into their rows of statistics, side by side.
  /// - Parameters:
  ///   - densities: of the parameters before the M-step, whose means are the centres c_k.
  ///   - remedies: of each subject.
  ///   - poorSize: the effective sample size, for a number of samples, below which an integral is counted as poor.
  func fill(
    _ row: UnsafeMutablePointer<Lanes>, from blocks: SubjectBlocks, block: Int,
    densities: ComponentDensities, remedies counts: [Int], poorSize: (Double) -> Double
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
        size, each(record[at.samples], poorSize), Lanes.all(1), zero)
      row[poorComponents] += cvector_select_less(Lanes.all(0.01), tau, isPoor, zero)
      row[relativeVariance] += tau * tau * record[at.relativeVariance]
      row[residualSquares] += tau * record[at.residualSquares]
      for i in 0..<p {
        let di = record[at.posteriorMean + i] - densities.mean[k * p + i]
        row[first(k) + i] = tau * di
        for j in 0...i {
          let dj = record[at.posteriorMean + j] - densities.mean[k * p + j]
          let place = SymmetricMatrix.index(i, j)
          row[second(k) + place] = tau * (record[at.posteriorCovariance + place] + di * dj)
        }
      }
    }
  }
}

/// The sums over all subjects of a data set.
public struct SufficientStatistics: Sendable, Equatable {
  public let layout: StatisticsLayout
  /// n
  public let subjectCount: Int
  /// Σ_i m_i
  public let observationCount: Int
  /// c_k, at which the moments are centred.
  public let centres: [[Double]]
  public let values: [Double]

  /// - Parameters:
  ///   - centres: the means at which the E-step was made.
  ///   - values: sums over all subjects, in the order of `layout`.
  public init(
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

  public var logLikelihood: Double { values[layout.logLikelihood] }
  /// Number of subjects whose likelihood is 0 in all samples.
  public var impossibleSubjects: Int { Int(values[layout.impossibleSubjects]) }
  public var remedies: Int { Int(values[layout.remedies]) }
  public var poorComponents: Int { Int(values[layout.poorComponents]) }
  /// Σ_i τ_i(k)
  public func membership(_ k: Int) -> Double { values[layout.membership(k)] }
  /// Mean effective sample size of component k, weighted by τ.
  public func effectiveSampleSize(_ k: Int) -> Double {
    values[layout.effectiveSampleSize(k)] / max(membership(k), .leastNormalMagnitude)
  }
  /// Standard error of log L, and what log L is too low by, from the sampling of the integrals; as if samples were
  /// independent.
  public var logLikelihoodError: (standardError: Double, bias: Double) {
    (values[layout.relativeVariance].squareRoot(), 0.5 * values[layout.relativeVariance])
  }
}

import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel

/// The E-step of the subjects of one rank: W07 (11), section 3.
///
/// A subject's results depend on its data, the parameters, its envelopes and its address alone, never on which rank it is on
/// or which subjects came before it.
public final class ExpectationStep {
  /// Where the envelopes of an E-step come from.
  public enum EnvelopeSource: Sendable {
    /// A mode search at the present parameters: the first iteration.
    case modes
    /// The conditional moments of the E-step before.
    case previousMoments
    /// They stay as they are, unless one has become useless.
    case kept
    /// They stay as they are, and poor ones are not mended: the log-likelihood is then a smooth function of the parameters.
    case unchanged
  }

  public let model: MixtureModel
  public let settings: EstimationSettings
  public let layout: PosteriorLayout
  public let statisticsLayout: StatisticsLayout
  /// Numbers of the rank's subjects in the data set, which address their random numbers.
  public let subjects: [Int]
  /// The address of component k; a permutation of the components permutes their addresses with them.
  public let componentAddresses: [Int]

  private let key: UInt64
  private let programs: [EventProgram]
  private let kernel: LikelihoodKernel
  private let sampler: ImportanceSampler
  private let modeSearch: ModeSearch
  /// A sample is drawn again from a new mode search below this effective size.
  private let uselessSize: Double
  /// It is counted as poor below this one.
  private let poorSize: Double
  /// One `PosteriorLayout` row for each subject.
  private var rows: [Double]
  /// m and L of each subject and component.
  private var envelopes: [Double]
  private var trialRow: [Double]

  /// - Parameters:
  ///   - subjects: numbers of this rank's subjects, into `dataset.subjects`.
  ///   - componentAddresses: K different numbers; 0 … K − 1 if left out.
  public init(
    model: MixtureModel, dataset: Dataset, subjects: [Int], settings: EstimationSettings,
    componentAddresses: [Int]? = nil
  ) {
    self.model = model
    self.settings = settings
    self.subjects = subjects
    self.componentAddresses = componentAddresses ?? Array(0..<model.componentCount)
    key = RandomAddress.key(mixing: settings.seed, dataset.fingerprint)
    programs = subjects.map { EventProgram(dataset.subjects[$0]) }
    layout = PosteriorLayout(
      effectCount: model.effectCount, componentCount: model.componentCount)
    statisticsLayout = StatisticsLayout(
      effectCount: model.effectCount, componentCount: model.componentCount)
    kernel = LikelihoodKernel(
      model: model,
      capacity: max(
        ImportanceSampler.batchCapacity,
        ModeSearch.requiredCapacity(effectCount: model.effectCount)),
      observationCount: programs.map(\.observed.count).max() ?? 0)
    sampler = ImportanceSampler(kernel: kernel, settings: settings)
    modeSearch = ModeSearch(kernel: kernel)
    let idealSize = settings.idealSampleSize(effectCount: model.effectCount)
    if settings.nodes == .gaussHermite {
      (uselessSize, poorSize) = (0.2 * idealSize, 0.3 * idealSize)
    } else {
      (uselessSize, poorSize) = (max(4, 0.02 * idealSize), max(5, 0.1 * idealSize))
    }
    rows = [Double](repeating: 0, count: subjects.count * layout.count)
    let packed = SymmetricMatrix.elementCount(model.effectCount)
    envelopes = [Double](
      repeating: 0, count: subjects.count * model.componentCount * (model.effectCount + packed))
    trialRow = [Double](repeating: 0, count: layout.count)
  }

  private var envelopeStride: Int {
    model.effectCount + SymmetricMatrix.elementCount(model.effectCount)
  }

  /// Integrates all subjects of the rank and adds their statistics.
  /// - Parameters:
  ///   - parameters: all Σ_k positive definite.
  ///   - iteration: addresses the samples of `paper`; the others are the same in all iterations.
  /// - Returns: the rank's sums, in the order of `statisticsLayout`.
  public func run(
    at parameters: PopulationParameters, iteration: Int, envelopes source: EnvelopeSource
  ) -> ExactAccumulator {
    guard let densities = ComponentDensity.all(parameters) else {
      preconditionFailure("covariances are positive definite")
    }
    var sums = ExactAccumulator(count: statisticsLayout.count)
    var statistics = [Double](repeating: 0, count: statisticsLayout.count)
    for local in subjects.indices {
      integrate(
        local, densities: densities, parameters: parameters, iteration: iteration, source: source)
      rows.withUnsafeBufferPointer { rows in
        statistics.withUnsafeMutableBufferPointer { statistics in
          statisticsLayout.fill(
            statistics.baseAddress!, from: rows.baseAddress! + local * layout.count,
            layout: layout, centres: parameters.means, poorSize: poorSize)
          sums.add(UnsafeBufferPointer(statistics))
        }
      }
    }
    return sums
  }

  /// The results of the rank's subject in place `local`.
  public func posterior(_ local: Int) -> SubjectPosterior {
    SubjectPosterior(
      layout: layout,
      values: Array(rows[local * layout.count..<(local + 1) * layout.count]))
  }

  /// The rows of all subjects of the rank, one after another.
  public var posteriorRows: [Double] { rows }

  private func integrate(
    _ local: Int, densities: [ComponentDensity], parameters: PopulationParameters, iteration: Int,
    source: EnvelopeSource
  ) {
    let start = local * layout.count
    rows[start + layout.remedies] = 0
    for k in densities.indices {
      let address = RandomAddress(
        key: key, purpose: .expectationStep,
        iteration: settings.method == .paper ? iteration : 0, subject: subjects[local],
        component: componentAddresses[k])
      func sample(into rows: inout [Double], at start: Int) {
        let stride = envelopeStride
        envelopes.withUnsafeBufferPointer { envelopes in
          let envelope =
            envelopes.baseAddress! + (local * model.componentCount + k) * stride
          rows.withUnsafeMutableBufferPointer { rows in
            sampler.integrate(
              programs[local], density: densities[k],
              residualVariance: parameters.residualVariance, mean: envelope,
              factor: envelope + model.effectCount, address: address, component: k,
              layout: layout, row: rows.baseAddress! + start)
          }
        }
      }
      let mended = place(source, local: local, k, densities, parameters)
      sample(into: &rows, at: start)
      let size = rows[start + layout.effectiveSampleSize(k)]
      if mended { rows[start + layout.remedies] += 1 }
      if source == .previousMoments || source == .kept, !mended, size < uselessSize {
        placeMode(local: local, k, densities, parameters)
        rows[start + layout.remedies] += 1
        sample(into: &trialRow, at: 0)
        if trialRow[layout.effectiveSampleSize(k)] > size {
          let first = layout.logIntegral(k)
          let width = 4 + envelopeStride
          rows.replaceSubrange(
            start + first..<start + first + width, with: trialRow[first..<first + width])
        }
      }
    }
    var top = -Double.infinity
    for k in densities.indices { top = max(top, rows[start + layout.logIntegral(k)]) }
    guard top.isFinite else {
      rows[start + layout.logLikelihood] = -.infinity
      return
    }
    var sum = 0.0
    for k in densities.indices { sum += exp(rows[start + layout.logIntegral(k)] - top) }
    rows[start + layout.logLikelihood] = top + log(sum)
  }

  /// Prepares the envelope of one subject and component.
  /// - Returns: whether the previous moments were of no use and a mode search took their place.
  private func place(
    _ source: EnvelopeSource, local: Int, _ k: Int, _ densities: [ComponentDensity],
    _ parameters: PopulationParameters
  ) -> Bool {
    switch source {
    case .unchanged, .kept: return false
    case .modes:
      placeMode(local: local, k, densities, parameters)
      return false
    case .previousMoments:
      let start = local * layout.count
      let target = (local * model.componentCount + k) * envelopeStride
      let p = model.effectCount
      let isUsable =
        rows[start + layout.effectiveSampleSize(k)] >= uselessSize
        && envelopes.withUnsafeMutableBufferPointer { envelopes in
          rows.withUnsafeBufferPointer { rows in
            for j in 0..<p { envelopes[target + j] = rows[start + layout.mean(k) + j] }
            for j in 0..<SymmetricMatrix.elementCount(p) {
              envelopes[target + p + j] =
                rows[start + layout.covariance(k) + j] * settings.envelopeInflation
            }
            return CholeskyFactor.factor(
              envelopes.baseAddress! + target + p, dimension: p)
          }
        }
      if !isUsable { placeMode(local: local, k, densities, parameters) }
      return !isUsable
    }
  }

  /// A mode's curvature says less about the tails than moments do: such an envelope is at least twice as wide.
  private func placeMode(
    local: Int, _ k: Int, _ densities: [ComponentDensity], _ parameters: PopulationParameters
  ) {
    let envelope = modeSearch.envelope(
      programs[local], component: k, densities: densities,
      covariance: parameters.covariances[k], residualVariance: parameters.residualVariance,
      inflation: max(2, settings.envelopeInflation))
    let target = (local * model.componentCount + k) * envelopeStride
    envelopes.replaceSubrange(
      target..<target + envelopeStride, with: envelope.mean + envelope.factor)
  }
}

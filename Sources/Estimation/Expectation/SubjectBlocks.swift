import KernelInterface
import NumericKernels
import PopulationModel

/// What the E-step keeps for one component of eight subjects, as vectors with a lane for each
/// subject: places in a record.
struct BlockLayout {
  let p: Int
  let packed: Int
  /// Envelope: m, L and log |L|.
  let mean: Int
  let factor: Int
  let logFactor: Int
  /// log₂ of what is taken off the weights.
  let reference: Int
  /// T
  let samples: Int
  /// ρΛ⁻¹(m − μ) and ρΛ⁻¹L; see `WeightView`.
  let offset: Int
  let whitening: Int
  /// In the order of `WeightSums`.
  let sums: Int
  /// Results, in the order of `PosteriorLayout`: log integral, effective sample size, relative
  /// variance, squares, mean, covariance, the largest weight as a share of all, the shape of the
  /// weights' tail.
  let results: Int
  let largestShare: Int
  let tailShape: Int
  /// E of `DirectColumns`.
  let direct: Int
  let directCount: Int
  /// μ_ik, and log w_ik − log |Λ_k|.
  let priorMean: Int
  let logPrior: Int
  /// τ
  let membership: Int
  let count: Int

  /// - Parameter columns: see `DirectColumns.count`.
  init(effectCount p: Int, columns: Int) {
    self.p = p
    directCount = columns
    packed = SymmetricMatrix.elementCount(p)
    mean = 0
    factor = mean + p
    logFactor = factor + packed
    reference = logFactor + 1
    samples = reference + 1
    offset = samples + 1
    whitening = offset + p
    sums = whitening + packed
    results = sums + WeightSums.count(p) + columns
    largestShare = results + 4 + p + packed
    tailShape = largestShare + 1
    direct = tailShape + 1
    membership = direct + columns
    priorMean = membership + 1
    logPrior = priorMean + p
    count = logPrior + 1
  }

  var logIntegral: Int { results }
  var effectiveSize: Int { results + 1 }
  var relativeVariance: Int { results + 2 }
  var residualSquares: Int { results + 3 }
  var posteriorMean: Int { results + 4 }
  var posteriorCovariance: Int { results + 4 + p }
}

/// The records of all blocks of a rank's subjects, eight subjects side by side: what is done for
/// each subject and component beside the sums over its samples is done for eight at once.
///
/// A lane never sees another one, so that a subject's results do not depend on its company. Lanes
/// beyond the last subject hold harmless numbers.
final class SubjectBlocks {
  let layout: BlockLayout
  let componentCount: Int
  let subjectCount: Int
  /// log S of each block.
  let logLikelihood: UnsafeMutablePointer<Lanes>
  /// Covariates of the means, and behind them those of the weights, by block.
  let covariates: UnsafeMutablePointer<Lanes>
  let covariateCount: Int
  private let meanCovariates: Int
  /// m_i and what their densities have beside all that is computed, of each block; see
  /// `SubjectProgram`.
  let observationCounts: UnsafeMutablePointer<Lanes>
  let logScales: UnsafeMutablePointer<Lanes>
  private let records: UnsafeMutablePointer<Lanes>

  init(programs: SubjectPrograms, subjectCount: Int) {
    let model = programs.model
    layout = BlockLayout(
      effectCount: model.effectCount, columns: DirectColumns.count(model.direct.count))
    meanCovariates = model.covariateEffects.count
    covariateCount = meanCovariates + model.weightCovariates.count
    componentCount = programs.model.componentCount
    self.subjectCount = subjectCount
    let blocks = max(1, (subjectCount + 7) / 8)
    let count = blocks * programs.model.componentCount * layout.count
    records = .allocate(capacity: count)
    records.initialize(repeating: Lanes.all(0), count: count)
    func perBlock() -> UnsafeMutablePointer<Lanes> {
      let pointer = UnsafeMutablePointer<Lanes>.allocate(capacity: blocks)
      pointer.initialize(repeating: Lanes.all(0), count: blocks)
      return pointer
    }
    logLikelihood = perBlock()
    observationCounts = perBlock()
    logScales = perBlock()
    covariates = .allocate(capacity: max(1, blocks * covariateCount))
    covariates.initialize(repeating: Lanes.all(0), count: blocks * covariateCount)
    for i in 0..<(covariateCount > 0 ? subjectCount : 0) {
      let own = covariates + i / 8 * covariateCount
      let baseline = programs.events[i].baseline
      for (c, effect) in model.covariateEffects.enumerated() {
        own[c][i % 8] = effect.transform.value(baseline[effect.column])
      }
      for (c, covariate) in model.weightCovariates.enumerated() {
        own[meanCovariates + c][i % 8] = covariate.transform.value(baseline[covariate.column])
      }
    }
    for i in 0..<subjectCount {
      observationCounts[i / 8][i % 8] = Double(programs.programs[i].observationCount)
      logScales[i / 8][i % 8] = programs.programs[i].logScale
    }
    for r in 0..<blocks * programs.model.componentCount {
      // Envelopes of lanes without a subject.
      let record = records + r * layout.count
      for i in 0..<layout.p {
        record[layout.factor + SymmetricMatrix.index(i, i)] = Lanes.all(1)
      }
      record[layout.samples] = Lanes.all(1)
    }
  }

  deinit {
    records.deallocate()
    logLikelihood.deallocate()
    observationCounts.deallocate()
    logScales.deallocate()
    covariates.deallocate()
  }

  var blockCount: Int { (subjectCount + 7) / 8 }

  /// Subjects of a block.
  func width(_ block: Int) -> Int { min(8, subjectCount - 8 * block) }

  /// m_i
  func observationCount(of subject: Int) -> Int { Int(observationCounts[subject / 8][subject % 8]) }

  func record(_ block: Int, _ k: Int) -> UnsafeMutablePointer<Lanes> {
    records + (block * componentCount + k) * layout.count
  }

  /// Takes over all envelopes and results of other blocks of the same subjects.
  func copy(from other: SubjectBlocks) {
    let count = max(1, blockCount) * componentCount * layout.count
    records.update(from: other.records, count: count)
    logLikelihood.update(from: other.logLikelihood, count: max(1, blockCount))
  }

  /// Takes over one block of others as the first of these: its data, and the records of all
  /// components.
  func adopt(_ block: Int, of other: SubjectBlocks) {
    records.update(from: other.record(block, 0), count: componentCount * layout.count)
    logLikelihood.pointee = other.logLikelihood[block]
    observationCounts.pointee = other.observationCounts[block]
    logScales.pointee = other.logScales[block]
    if covariateCount > 0 {
      covariates.update(from: other.meanCovariates(block), count: covariateCount)
    }
  }

  /// Element e of a subject's record at `8 * e`.
  func lane(_ subject: Int, _ k: Int) -> UnsafeMutablePointer<Double> {
    UnsafeMutableRawPointer(record(subject / 8, k)).assumingMemoryBound(to: Double.self)
      + subject % 8
  }

  func blockView(_ block: Int, _ k: Int) -> BlockView {
    let record = record(block, k)
    return BlockView(
      mean: record + layout.mean, factor: record + layout.factor,
      offset: record + layout.offset, whitening: record + layout.whitening,
      reference: record + layout.reference, sums: record + layout.sums)
  }

  func envelope(_ subject: Int, _ k: Int) -> EnvelopeView {
    let lane = lane(subject, k)
    return EnvelopeView(mean: lane + 8 * layout.mean, factor: lane + 8 * layout.factor)
  }

  func weightView(_ subject: Int, _ k: Int) -> WeightView {
    let lane = lane(subject, k)
    return WeightView(
      offset: lane + 8 * layout.offset, whitening: lane + 8 * layout.whitening,
      reference: lane[8 * layout.reference], sums: lane + 8 * layout.sums)
  }

  /// The covariates of a block's means, or of its weights.
  func meanCovariates(_ block: Int) -> UnsafeMutablePointer<Lanes> {
    covariates + block * covariateCount
  }

  func weightCovariates(_ block: Int) -> UnsafeMutablePointer<Lanes> {
    covariates + block * covariateCount + meanCovariates
  }

  /// Takes the components' densities over into the records: what covariates make of them is
  /// different for each subject.
  func placePriors(_ densities: ComponentDensities) {
    let p = layout.p
    for block in 0..<blockCount {
      for k in 0..<componentCount {
        let record = record(block, k)
        for j in 0..<p { record[layout.priorMean + j] = Lanes.all(densities.mean[k * p + j]) }
        record[layout.logPrior] = Lanes.all(densities.logScale[k])
        let x = meanCovariates(block)
        for (c, effect) in densities.covariateEffects.enumerated() {
          record[layout.priorMean + effect] += densities.coefficients[k][c] * x[c]
        }
      }
      if densities.hasWeightCovariates { placeWeights(block, densities) }
    }
  }

  /// log w_ik = log w_k + ζ_kᵀx_i − log Σ_l w_l exp(ζ_lᵀx_i)
  private func placeWeights(_ block: Int, _ densities: ComponentDensities) {
    let x = weightCovariates(block)
    func shift(_ k: Int) -> Lanes {
      var sum = Lanes.all(0)
      for (c, value) in densities.weightCoefficients[k].enumerated() { sum += value * x[c] }
      return sum
    }
    var total = Lanes.all(0)
    for k in 0..<componentCount { total += densities.weights[k] * exp(shift(k)) }
    let logTotal = log(total)
    for k in 0..<componentCount {
      record(block, k)[layout.logPrior] += shift(k) - logTotal
    }
  }
}

import KernelInterface
import NumericKernels
import PopulationModel

/// What the E-step keeps for one component of eight subjects, as vectors with a lane for each subject: places in a record.
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
  /// Results, in the order of `PosteriorLayout`: log integral, effective sample size, relative variance, squares, mean, covariance,
  /// the largest weight as a share of all, the shape of the weights' tail.
  let results: Int
  let largestShare: Int
  let tailShape: Int
  /// τ
  let membership: Int
  let count: Int

  init(effectCount p: Int) {
    self.p = p
    packed = SymmetricMatrix.elementCount(p)
    mean = 0
    factor = mean + p
    logFactor = factor + packed
    reference = logFactor + 1
    samples = reference + 1
    offset = samples + 1
    whitening = offset + p
    sums = whitening + packed
    results = sums + WeightSums.count(p)
    largestShare = results + 4 + p + packed
    tailShape = largestShare + 1
    membership = tailShape + 1
    count = membership + 1
  }

  var logIntegral: Int { results }
  var effectiveSize: Int { results + 1 }
  var relativeVariance: Int { results + 2 }
  var residualSquares: Int { results + 3 }
  var posteriorMean: Int { results + 4 }
  var posteriorCovariance: Int { results + 4 + p }
}

/// The records of all blocks of a rank's subjects, eight subjects side by side: what is done for each subject and component beside the
/// sums over its samples is done for eight at once.
///
/// A lane never sees another one, so that a subject's results do not depend on its company. Lanes beyond the last subject hold
/// harmless numbers.
final class SubjectBlocks {
  let layout: BlockLayout
  let componentCount: Int
  let subjectCount: Int
  /// log S of each block.
  let logLikelihood: UnsafeMutablePointer<Lanes>
  /// m_i and −Σ log of the scales of each block; see `SubjectProgram`.
  let observationCounts: UnsafeMutablePointer<Lanes>
  let logScales: UnsafeMutablePointer<Lanes>
  private let records: UnsafeMutablePointer<Lanes>

  init(programs: SubjectPrograms, subjectCount: Int) {
    layout = BlockLayout(effectCount: programs.model.effectCount)
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
}

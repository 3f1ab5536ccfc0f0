import CVector
import DataPartition
import KernelInterface
import NumericKernels
import PopulationData
import PopulationModel

/// The integrals of a rank's subjects at given parameters, by means that had no part in finding
/// these: modes from new searches (`PosteriorModes`), a mixture of importance densities with the
/// component's own among them (`ImportanceMixture`), and several randomisations, whose differences
/// are the error.
///
/// What comes out of a subject is a function of the parameters, of the subject's records and of the
/// seed alone: neither the course of the fit, nor the subject's place in the data set, nor the
/// other subjects have a part in it.
final class IndependentIntegration {
  /// Randomisations.
  let replicateCount: Int
  /// Sets the random numbers apart from all others of the same seed.
  private static let keyPurpose: UInt64 = 0x696E_6465_7065_6E64

  let expectation: ExpectationStep
  /// Results of all subjects of the rank, from all randomisations together.
  let total: SubjectBlocks
  let design: IntegrationDesign
  /// Results of the block at hand, by randomisation.
  let replicates: [SubjectBlocks]
  /// Variance of log S̄ of the block at hand, from the randomisations.
  private(set) var variance = Lanes.all(0)
  private let modes: PosteriorModes
  private let mixture: ImportanceMixture
  /// Of the random numbers of each subject: its records and the seed.
  private let keys: [UInt64]
  private let p: Int
  private let packed: Int
  private let componentCount: Int
  /// Sums of the block at hand, by randomisation and component, with what is taken off their
  /// weights.
  private let sums: UnsafeMutablePointer<Lanes>
  private let references: UnsafeMutablePointer<Lanes>
  private let sumCount: Int
  /// L of the densities about all modes of a component, and the logarithms of their masses.
  private let factors: UnsafeMutablePointer<Lanes>
  private let masses: UnsafeMutablePointer<Lanes>
  private let scratch: UnsafeMutablePointer<Lanes>
  /// T of the envelope, and the modes that have parts of their own, of each component and lane.
  private var samples: [Int]
  private var others: [[Int]]
  /// log of the largest mass about a mode of each component, without w_k/|Λ_k|.
  private var largestMass: [Lanes]

  /// - Parameters:
  ///   - expectation: of the same subjects; its `otherBlocks` take the results.
  ///   - subjects: the rank's, in the order of `expectation.subjects`.
  init(_ expectation: ExpectationStep, subjects: [Subject]) {
    self.expectation = expectation
    p = expectation.model.effectCount
    packed = SymmetricMatrix.elementCount(p)
    componentCount = expectation.model.componentCount
    design = IntegrationDesign(
      effectCount: p, asked: expectation.settings.samples,
      asksForPrecision: expectation.settings.precision)
    replicateCount = design.replicateCount
    total = expectation.otherBlocks
    replicates = (0..<replicateCount).map { _ in
      SubjectBlocks(programs: expectation.programs, subjectCount: min(8, subjects.count))
    }
    modes = PosteriorModes(expectation)
    mixture = ImportanceMixture(dimension: p)
    var fingerprint = Fingerprint()
    keys = subjects.indices.map { place in
      // Of this subject alone.
      let before = fingerprint.sum
      fingerprint.add(subjects[place], at: 0)
      return RandomAddress.key(
        mixing: expectation.settings.seed, fingerprint.sum &- before, Self.keyPurpose)
    }
    sumCount = total.layout.results - total.layout.sums
    let rows = replicateCount * componentCount
    sums = .allocate(capacity: rows * sumCount)
    sums.initialize(repeating: Lanes.all(0), count: rows * sumCount)
    references = .allocate(capacity: componentCount)
    references.initialize(repeating: Lanes.all(0), count: componentCount)
    let places = modes.capacity
    factors = .allocate(capacity: places * packed)
    factors.initialize(repeating: Lanes.all(0), count: places * packed)
    masses = .allocate(capacity: places)
    masses.initialize(repeating: Lanes.all(0), count: places)
    scratch = .allocate(capacity: 2 * packed)
    scratch.initialize(repeating: Lanes.all(0), count: 2 * packed)
    samples = [Int](repeating: 0, count: 8 * componentCount)
    largestMass = [Lanes](repeating: Lanes.all(0), count: componentCount)
    others = [[Int]](repeating: [], count: 8 * componentCount)
  }

  deinit {
    sums.deallocate()
    references.deallocate()
    factors.deallocate()
    masses.deallocate()
    scratch.deallocate()
  }

  /// Integrates the subjects of one block at the parameters that `expectation` is at.
  func integrate(_ block: Int) {
    let lanes = expectation.lanes(of: block)
    let width = total.width(block)
    for k in 0..<componentCount {
      total.record(block, k).update(
        from: expectation.blocks.record(block, k), count: total.layout.count)
    }
    modes.find(block, chosen: lanes, in: total)
    for k in 0..<componentCount { placeEnvelopes(block, k, lanes) }
    placeSamples(block)
    var rest = lanes
    var before = Lanes.all(0)
    for round in 0...design.roundLimit {
      for k in 0..<componentCount {
        total.measureEnvelopes(block, k)
        total.prepareWeights(block, k, expectation.densities)
      }
      for lane in 0..<width where rest[lane] > 0 {
        for k in 0..<componentCount {
          expectation.use(k, keepsPredictions: false)
          sum(block, k, lane, round)
        }
      }
      finish(block)
      // An error that is small by chance is not believed beside the one of a quarter of the nodes.
      variance = select(rest, larger(spread(), before), variance)
      let limit = Lanes.all(design.precision * design.precision)
      rest = cvector_select_less(limit, variance, rest, Lanes.all(0))
      if round == 0, design.hasPilot { rest = lanes }
      guard rest.largest > 0, round < design.roundLimit else { break }
      before = round == 0 && design.hasPilot ? Lanes.all(0) : variance / 16
      for k in 0..<componentCount {
        for lane in 0..<width where rest[lane] > 0 { adapt(block, k, lane, round) }
      }
    }
  }

  /// The variance of the mean of log S over the randomisations.
  private func spread() -> Lanes {
    let count = Double(replicateCount)
    var mean = Lanes.all(0)
    for replicate in replicates { mean += replicate.logLikelihood.pointee }
    mean /= count
    var square = Lanes.all(0)
    for replicate in replicates {
      let difference = replicate.logLikelihood.pointee - mean
      square += difference * difference
    }
    square /= count * (count - 1)
    // Subjects that are impossible under some of them have no such thing.
    for lane in 0..<8 where square[lane].isNaN { square[lane] = .infinity }
    return square
  }

  /// The densities about the modes: the one with the largest mass becomes the envelope, others of
  /// some mass parts of their own.
  private func placeEnvelopes(_ block: Int, _ k: Int, _ lanes: Lanes) {
    let record = total.record(block, k)
    let at = total.layout
    let zero = Lanes.all(0)
    let densities = expectation.densities
    var best = Lanes.all(-.infinity)
    var place = Lanes.all(-1)
    var value = Lanes.all(-.infinity)
    for m in 0..<modes.capacity {
      masses[m] = Lanes.all(-.infinity)
      let isThere = modes.isThere(k, m)
      guard isThere.largest > 0 else { continue }
      let mode = modes.mode(k, m)
      let factor = factors + m * packed
      LaneAlgebra.invert(mode.curvature, dimension: p, inverse: scratch, product: factor)
      for e in 0..<packed { factor[e] *= design.modeInflation }
      let isRegular = LaneAlgebra.factor(factor, dimension: p)
      var mass = mode.value.pointee
      for i in 0..<p { mass += log(factor[SymmetricMatrix.index(i, i)]) }
      let isUsable = cvector_select_less(zero, isThere, isRegular, zero)
      masses[m] = cvector_select_less(
        zero, isUsable, mass, Lanes.all(-.infinity))
      place = cvector_select_less(best, masses[m], Lanes.all(Double(m)), place)
      value = cvector_select_less(best, masses[m], mode.value.pointee, value)
      best = cvector_select_less(best, masses[m], masses[m], best)
    }
    for lane in 0..<8 {
      let chosen = Int(place[lane])
      if chosen < 0 {
        for i in 0..<p { record[at.mean + i][lane] = record[at.priorMean + i][lane] }
        for e in 0..<packed { record[at.factor + e][lane] = densities.factor[k * packed + e] }
      } else {
        let mode = modes.mode(k, chosen)
        for i in 0..<p { record[at.mean + i][lane] = mode.position[i][lane] }
        for e in 0..<packed { record[at.factor + e][lane] = factors[chosen * packed + e][lane] }
      }
      if !others[8 * k + lane].isEmpty { others[8 * k + lane].removeAll(keepingCapacity: true) }
      for m in 0..<modes.capacity
      where m != chosen && masses[m][lane] > best[lane] - Self.negligible {
        others[8 * k + lane].append(m)
      }
    }
    largestMass[k] = best
    keepFactors(k, best)
    references[k] = cvector_select_less(
      Lanes.all(-1e308), value, value * (2 * halfLog2e), zero)
  }

  /// T of all components: those that a subject cannot belong to by the masses about the modes need
  /// few nodes.
  private func placeSamples(_ block: Int) {
    var top = Lanes.all(-.infinity)
    for k in 0..<componentCount {
      top = larger(top, largestMass[k] + total.record(block, k)[total.layout.logPrior])
    }
    for k in 0..<componentCount {
      let share = largestMass[k] + total.record(block, k)[total.layout.logPrior] - top
      for lane in 0..<8 {
        samples[8 * k + lane] =
          share[lane] < -Self.impossible && share[lane] > -.infinity
          ? min(Grids.smallCount, design.firstSamples) : design.firstSamples
      }
    }
  }

  /// Components with less than e^−9 of a subject's likelihood, as far as masses about modes tell.
  private static let impossible = 9.0

  /// Modes whose mass is less than e^−9 of the largest have no part of their own.
  private static let negligible = 9.0

  /// c of the component's own density.
  private static let priorShare = 0.01
  /// c of a mode's density, by the ratio of its mass to the largest.
  private static let leastShare = 0.02

  /// L about the modes of component k that have parts, and their c, for as long as the block is at
  /// hand.
  private var keptFactors: [[Double]] = []
  private var partShares: [[Double]] = []

  private func keepFactors(_ k: Int, _ best: Lanes) {
    if keptFactors.isEmpty {
      keptFactors = [[Double]](repeating: [], count: 8 * componentCount)
      partShares = keptFactors
    }
    for lane in 0..<8 {
      if !partShares[8 * k + lane].isEmpty {
        keptFactors[8 * k + lane].removeAll(keepingCapacity: true)
        partShares[8 * k + lane].removeAll(keepingCapacity: true)
      }
      for m in others[8 * k + lane] {
        for e in 0..<packed { keptFactors[8 * k + lane].append(factors[m * packed + e][lane]) }
        let ratio = NumericKernels.exp(masses[m][lane] - best[lane])
        partShares[8 * k + lane].append(max(Self.leastShare, ratio))
      }
    }
  }

  /// Prepares the mixture of one subject and component.
  private func prepare(_ block: Int, _ k: Int, _ lane: Int) {
    let own = samples[8 * k + lane]
    let envelope = total.envelope(8 * block + lane, k)
    let densities = expectation.densities
    mixture.begin(samples: own)
    let cell = total.lane(8 * block + lane, k)
    mixture.add(
      samples: design.priorSamples(own), isNormal: true, share: Self.priorShare,
      centre: cell + 8 * total.layout.priorMean, stride: 8,
      factor: densities.factor + k * packed, factorStride: 1, envelope: envelope)
    if others[8 * k + lane].isEmpty { return }
    for (place, m) in others[8 * k + lane].enumerated() {
      let position = UnsafeMutableRawPointer(modes.mode(k, m).position)
        .assumingMemoryBound(to: Double.self)
      keptFactors[8 * k + lane].withUnsafeBufferPointer { factor in
        mixture.add(
          samples: own, isNormal: false, share: partShares[8 * k + lane][place],
          centre: position + lane, stride: 8,
          factor: factor.baseAddress! + place * packed, factorStride: 1, envelope: envelope)
      }
    }
  }

  private func address(_ local: Int, _ k: Int, replicate: Int, round: Int) -> RandomAddress {
    var address = RandomAddress(
      key: keys[local], purpose: .expectationStep, iteration: 64 * (1 + round) + replicate)
    // Components share shifts, but not scramblings.
    address.subject = design.usesGrid ? 0 : UInt32(k)
    return address
  }

  /// Puts nodes of other randomisations into the store, for a subject of the block that was
  /// integrated last.
  func adoptedNodes(_ local: Int, _ k: Int, in store: NodeStore, number: Int) {
    prepare(local / 8, k, local % 8)
    let vectors = mixture.sampleCount / 8
    store.adopt(local, k, vectors: replicateCount * vectors, number: number)
    for r in 0..<replicateCount {
      let nodes = mixture.draw(
        expectation.kernel, address: address(local, k, replicate: replicateCount + r, round: 0),
        slot: r)
      store.place(nodes, local, k, first: r * vectors)
    }
  }

  /// Sums the weights of one subject and component by all randomisations.
  private func sum(_ block: Int, _ k: Int, _ lane: Int, _ round: Int) {
    let local = 8 * block + lane
    prepare(block, k, lane)
    let record = total.record(block, k)
    record[total.layout.samples][lane] = Double(mixture.sampleCount)
    if !sumAll(local, k, lane, round) {
      // Weights of about 1 at the largest of them.
      references[k][lane] = largestLogWeight(local, k, round)
      _ = sumAll(local, k, lane, round)
    }
  }

  /// - Returns: whether all sums are in the range of doubles, with room for squares.
  private func sumAll(_ local: Int, _ k: Int, _ lane: Int, _ round: Int) -> Bool {
    let halfPrecision = 0.5 / expectation.densities.residualVariance
    var isInRange = true
    for r in 0..<replicateCount {
      let nodes = mixture.draw(
        expectation.kernel, address: address(local, k, replicate: r, round: round), slot: r)
      let target = sums + (r * componentCount + k) * sumCount
      let view = view(local, k, sums: target)
      expectation.kernel.integrate(
        local, nodes: nodes, envelope: total.envelope(local, k), view: view,
        halfPrecision: halfPrecision)
      let total = target[WeightSums.total][lane]
      if !(total > 1e-140 && total < 1e140) { isInRange = false }
    }
    return isInRange
  }

  private func view(_ local: Int, _ k: Int, sums target: UnsafeMutablePointer<Lanes>) -> WeightView
  {
    let own = total.weightView(local, k)
    let lane = local % 8
    return WeightView(
      offset: own.offset, whitening: own.whitening, reference: references[k][lane],
      sums: UnsafeMutableRawPointer(target).assumingMemoryBound(to: Double.self) + lane)
  }

  private func largestLogWeight(_ local: Int, _ k: Int, _ round: Int) -> Double {
    let nodes = mixture.draw(
      expectation.kernel, address: address(local, k, replicate: 0, round: round), slot: 0)
    references[k][local % 8] = 0
    var largest = -Double.infinity
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 4 * nodes.vectors) { memory in
      guard let base = memory.baseAddress else { return }
      let table = LikelihoodTable(
        factor: base, squares: base + nodes.vectors, exponent: base + 2 * nodes.vectors)
      (base + 2 * nodes.vectors).initialize(repeating: Lanes.all(0), count: 2 * nodes.vectors)
      expectation.kernel.tabulate(
        local, envelope: total.envelope(local, k), nodes: nodes, into: table)
      let weights = base + 3 * nodes.vectors
      expectation.kernel.logWeights(
        nodes: nodes, table: table, view: view(local, k, sums: sums),
        halfPrecision: 0.5 / expectation.densities.residualVariance, into: weights)
      for v in 0..<nodes.vectors {
        for lane in 0..<8 where weights[v][lane] > largest { largest = weights[v][lane] }
      }
    }
    return largest.isFinite ? largest : 0
  }

  /// Makes integrals and moments of the sums, by randomisation and of all together.
  private func finish(_ block: Int) {
    let at = total.layout
    let logDensity = expectation.densities.logResidualDensity
    for (r, replicate) in replicates.enumerated() {
      replicate.adopt(block, of: total)
      for k in 0..<componentCount {
        let record = replicate.record(0, k)
        (record + at.sums).update(from: sums + (r * componentCount + k) * sumCount, count: sumCount)
        record[at.reference] = references[k]
        replicate.finish(0, k, logResidualDensity: logDensity)
      }
      replicate.combine(0)
    }
    for k in 0..<componentCount {
      let record = total.record(block, k)
      let own = record + at.sums
      own.update(from: sums + k * sumCount, count: sumCount)
      for r in 1..<replicateCount {
        let other = sums + (r * componentCount + k) * sumCount
        for e in 0..<sumCount {
          own[e] = e == WeightSums.largest ? larger(own[e], other[e]) : own[e] + other[e]
        }
      }
      let samples = record[at.samples]
      record[at.samples] = samples * Double(replicateCount)
      record[at.reference] = references[k]
      total.finish(block, k, logResidualDensity: logDensity)
      record[at.samples] = samples
    }
    total.combine(block)
  }

  /// Gives one subject and component more nodes, under the moments that the nodes so far have
  /// found.
  private func adapt(_ block: Int, _ k: Int, _ lane: Int, _ round: Int) {
    let record = total.record(block, k)
    let at = total.layout
    let isPilot = round == 0 && design.hasPilot
    samples[8 * k + lane] =
      isPilot ? design.samples : min(4 * samples[8 * k + lane], design.sampleLimit)
    let reference = record[at.reference][lane]
    if reference.isFinite { references[k][lane] = reference }
    let size = record[at.effectiveSize][lane]
    guard size > design.leastSize else { return }
    let isPoor = size < 0.05 * record[at.samples][lane] * Double(replicateCount)
    let inflation = isPoor ? 2 * design.inflation : design.inflation
    var factor = (0..<packed).map { record[at.posteriorCovariance + $0][lane] * inflation }
    let isRegular = factor.withUnsafeMutableBufferPointer { buffer in
      buffer.allSatisfy(\.isFinite) && CholeskyFactor.factor(buffer.baseAddress!, dimension: p)
    }
    guard isRegular else { return }
    for i in 0..<p { record[at.mean + i][lane] = record[at.posteriorMean + i][lane] }
    for e in 0..<packed { record[at.factor + e][lane] = factor[e] }
  }
}

import KernelInterface
import NumericKernels
import PopulationModel

/// The nodes of each subject and component of a rank, with what is known of the likelihood at them.
///
/// Between renewals of the envelopes nodes stay where they are, and so do predictions there: an
/// E-step then touches the prior, σ² and the weights only.
final class NodeStore {
  /// The nodes of one subject and component.
  struct Cell {
    /// T
    var samples: Int
    /// Whether the envelope has the tails of Student's t.
    var hasHeavyTails = false
    /// How often T was doubled.
    var refinements = 0
    /// The prior's share among the samples, for the envelope as it is.
    fileprivate(set) var prior: PriorShare?
    fileprivate var priorMemory: UnsafeMutablePointer<Double>?
    var nodes: NodeSet?
    var table: LikelihoodTable?
    /// Whether the table holds for the envelope as it is.
    var isTabulated = false
    /// Which of the adopted integrations its nodes are from, counted from 1; 0: they are those that
    /// the settings ask for. Adopted nodes stay with their envelope.
    var adoption = 0
    fileprivate var memory: UnsafeMutablePointer<Lanes>?
  }

  /// Room for the first nodes of all cells, in one piece.
  private var arena: UnsafeMutablePointer<Lanes>?
  private var arenaStride = 0

  private let cells: UnsafeMutablePointer<Cell>
  private let count: Int
  private let p: Int
  private let componentCount: Int
  private let programs: UnsafePointer<SubjectProgram>
  private let isProportional: Bool
  private let hasPrior: Bool

  /// - Parameter hasPrior: whether the component's own density has a share among the samples.
  init(programs owner: SubjectPrograms, subjectCount: Int, samples: Int, hasPrior: Bool) {
    self.hasPrior = hasPrior
    p = owner.model.effectCount
    componentCount = owner.model.componentCount
    programs = owner.programs
    isProportional = owner.kernelModel.isProportional
    count = subjectCount * owner.model.componentCount
    cells = .allocate(capacity: max(1, count))
    cells.initialize(repeating: Cell(samples: samples), count: count)
  }

  deinit {
    for c in 0..<count {
      cells[c].memory?.deallocate()
      cells[c].priorMemory?.deallocate()
    }
    cells.deallocate()
    arena?.deallocate()
  }

  subscript(subject: Int, k: Int) -> UnsafeMutablePointer<Cell> {
    cells + subject * componentCount + k
  }

  /// Bytes that a sample takes while it is kept.
  static func bytesPerSample(effectCount: Int) -> Int { (effectCount + 3) * 8 }

  /// Makes room for a cell's nodes and table; they are still to be drawn and tabulated.
  /// - Parameters:
  ///   - isForAll: whether all cells will have nodes, so that one piece of memory serves them.
  func reserve(_ subject: Int, _ k: Int, samples: Int, hasDensity: Bool, isForAll: Bool) {
    let cell = self[subject, k]
    cell.pointee.memory?.deallocate()
    cell.pointee.memory = nil
    let vectors = (samples + 7) / 8
    let needsExponent = isProportional && programs[subject].observationCount > 64
    // An odd number of vectors from one quantity to the next, so that they do not all fall on the
    // same lines of the cache.
    let stride = vectors | 1
    let own = p + (hasDensity ? 1 : 0)
    let total = (own + 2 + (needsExponent ? 1 : 0)) * stride
    let memory = place(cell, count: total, isForAll: isForAll)
    let table = memory + own * stride
    cell.pointee.samples = samples
    cell.pointee.isTabulated = false
    cell.pointee.nodes = NodeSet(
      vectors: vectors, z: memory, stride: stride,
      inverseDensity: hasDensity ? memory + p * stride : nil)
    cell.pointee.table = LikelihoodTable(
      factor: table, squares: table + stride,
      exponent: needsExponent ? table + 2 * stride : nil)
  }

  /// Memory for a cell: its part of the arena where that is large enough, else its own.
  private func place(_ cell: UnsafeMutablePointer<Cell>, count: Int, isForAll: Bool)
    -> UnsafeMutablePointer<Lanes>
  {
    if arena == nil, isForAll {
      arenaStride = count
      let all = UnsafeMutablePointer<Lanes>.allocate(capacity: max(1, self.count * count))
      all.initialize(repeating: Lanes.all(0), count: self.count * count)
      arena = all
    }
    if let arena, count <= arenaStride, isForAll { return arena + (cell - cells) * arenaStride }
    let own = UnsafeMutablePointer<Lanes>.allocate(capacity: count)
    own.initialize(repeating: Lanes.all(0), count: count)
    cell.pointee.memory = own
    return own
  }

  /// Makes room for adopted nodes of a cell, which `place` puts there.
  /// - Parameter number: see `Cell.adoption`.
  func adopt(_ subject: Int, _ k: Int, vectors: Int, number: Int) {
    release(subject, k)
    reserve(subject, k, samples: 8 * vectors, hasDensity: true, isForAll: false)
    self[subject, k].pointee.adoption = number
  }

  /// Copies some of a cell's adopted nodes.
  /// - Parameter first: their place among the cell's vectors.
  func place(_ set: NodeSet, _ subject: Int, _ k: Int, first: Int) {
    guard let nodes = self[subject, k].pointee.nodes, let density = nodes.inverseDensity,
      let own = set.inverseDensity
    else { preconditionFailure("there is room for nodes with a density") }
    for d in 0..<p {
      (nodes.z + d * nodes.stride + first)
        .update(from: set.z + d * set.stride, count: set.vectors)
    }
    (density + first).update(from: own, count: set.vectors)
  }

  /// Gives the room of all cells back, but for adopted nodes.
  func releaseAll() {
    for c in 0..<count where cells[c].adoption == 0 { release(cells + c) }
    arena?.deallocate()
    arena = nil
  }

  /// Forgets a cell's nodes.
  func release(_ subject: Int, _ k: Int) { release(self[subject, k]) }

  private func release(_ cell: UnsafeMutablePointer<Cell>) {
    cell.pointee.memory?.deallocate()
    cell.pointee.memory = nil
    cell.pointee.nodes = nil
    cell.pointee.table = nil
    cell.pointee.isTabulated = false
  }

  /// Doubles of a cell's state.
  var stateWidth: Int { 4 + (hasPrior ? 2 + priorCount : 0) }

  private var priorCount: Int { 2 * (p + SymmetricMatrix.elementCount(p)) }

  /// Adds what cannot be made again from a cell's envelope.
  func appendState(_ subject: Int, _ k: Int, to state: inout [Double]) {
    let cell = self[subject, k].pointee
    state += [
      Double(cell.samples), cell.hasHeavyTails ? 1 : 0, Double(cell.refinements),
      Double(cell.adoption),
    ]
    guard hasPrior else { return }
    state += [cell.prior?.share ?? 0, cell.prior?.scale ?? 0]
    for place in 0..<priorCount { state.append(cell.priorMemory?[place] ?? 0) }
  }

  func restore(_ subject: Int, _ k: Int, _ state: ArraySlice<Double>) {
    let cell = self[subject, k]
    let first = state.startIndex
    cell.pointee.samples = Int(state[first])
    cell.pointee.hasHeavyTails = state[first + 1] != 0
    cell.pointee.refinements = Int(state[first + 2])
    cell.pointee.adoption = Int(state[first + 3])
    guard hasPrior, state[first + 4] > 0 else { return }
    let memory = UnsafeMutablePointer<Double>.allocate(capacity: priorCount)
    for place in 0..<priorCount { memory[place] = state[first + 6 + place] }
    cell.pointee.priorMemory = memory
    cell.pointee.prior = prior(memory, share: state[first + 4], scale: state[first + 5])
  }

  /// The prior's share as it stands in memory.
  private func prior(_ memory: UnsafeMutablePointer<Double>, share: Double, scale: Double)
    -> PriorShare
  {
    let packed = SymmetricMatrix.elementCount(p)
    return PriorShare(
      share: share, offset: memory, factor: memory + p, backOffset: memory + p + packed,
      backFactor: memory + 2 * p + packed, scale: scale)
  }

  /// T of all cells added up.
  var totalSamples: Int { (0..<count).reduce(0) { $0 + cells[$1].samples } }

  /// T of all tables for eight subjects side by side added up, eight times: one table for each T in
  /// a block.
  var totalSamplesOfBlocks: Int {
    var total = 0
    for first in stride(from: 0, to: count / max(1, componentCount), by: 8) {
      for k in 0..<componentCount {
        for subject in first..<min(first + 8, count / componentCount) {
          let samples = self[subject, k].pointee.samples
          let isNew = !(first..<subject).contains { self[$0, k].pointee.samples == samples }
          if isNew { total += 8 * samples }
        }
      }
    }
    return total
  }

  /// The least and the largest T; `nil` without subjects.
  var sampleRange: ClosedRange<Int>? {
    guard count > 0 else { return nil }
    var (least, most) = (Int.max, 0)
    for c in 0..<count {
      least = min(least, cells[c].samples)
      most = max(most, cells[c].samples)
    }
    return least...most
  }

  /// Prepares the share of the component's own density for an envelope.
  /// - Parameter mu: the subject's mean in the component, element j at `8 * j`.
  func placePrior(
    _ subject: Int, _ k: Int, share: Double, envelope: EnvelopeView,
    mean mu: UnsafePointer<Double>, densities: ComponentDensities
  ) {
    let cell = self[subject, k]
    let packed = SymmetricMatrix.elementCount(p)
    if cell.pointee.priorMemory == nil {
      cell.pointee.priorMemory = .allocate(capacity: 2 * (p + packed))
    }
    guard let offset = cell.pointee.priorMemory else { return }
    let factor = offset + p
    let backOffset = factor + packed
    let backFactor = backOffset + p
    let lambda = densities.factor + k * packed
    let inverse = densities.inverseFactor + k * packed
    func l(_ i: Int, _ j: Int) -> Double { envelope.factor[8 * SymmetricMatrix.index(i, j)] }
    var scale = 1.0
    for i in 0..<p {
      let e = SymmetricMatrix.index(i, i)
      scale *= l(i, i) / lambda[e]
      // L x = μ − m and L X = Λ by forward substitution.
      var sum = mu[8 * i] - envelope.mean[8 * i]
      for j in 0..<i { sum -= l(i, j) * offset[j] }
      offset[i] = sum / l(i, i)
      for column in 0...i {
        var sum = lambda[SymmetricMatrix.index(i, column)]
        for j in column..<max(i, column) {
          sum -= l(i, j) * factor[SymmetricMatrix.index(j, column)]
        }
        factor[SymmetricMatrix.index(i, column)] = sum / l(i, i)
      }
      var back = 0.0
      for j in 0...i {
        back += inverse[SymmetricMatrix.index(i, j)] * (envelope.mean[8 * j] - mu[8 * j])
        var product = 0.0
        for a in j...i { product += inverse[SymmetricMatrix.index(i, a)] * l(a, j) }
        backFactor[SymmetricMatrix.index(i, j)] = product
      }
      backOffset[i] = back
    }
    cell.pointee.prior = prior(offset, share: share, scale: scale)
  }
}

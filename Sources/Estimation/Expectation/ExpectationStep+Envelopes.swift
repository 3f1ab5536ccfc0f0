import CVector
import KernelInterface
import NumericKernels
import PopulationModel

// Where the envelopes of subjects and components are: from modes, from moments, or as they were.
extension ExpectationStep {
  /// Prepares the envelopes of one block and component.
  /// - Returns: 1 for lanes whose previous moments were of no use, so that a mode search took their
  ///   place.
  func place(_ source: EnvelopeSource, _ block: Int, _ k: Int) -> SIMD8<Int64> {
    let first = 8 * block
    let width = blocks.width(block)
    var mended = SIMD8<Int64>(repeating: 0)
    switch source {
    case .unchanged, .kept:
      if !pins.isEmpty { placePins(block, k) }
      return mended
    case .modes: placeModes(block, k, chosen: ownLanes(block, k))
    case .previousMoments:
      let moments = hasOwnRandomization ? momentsByOtherNodes(block, k) : blocks.record(block, k)
      let isUsable = blocks.renewEnvelopes(
        block, k, from: moments, chosen: ownLanes(block, k),
        inflation: settings.envelopeInflation,
        least: { nodeSource.uselessSize($0) })
      var useless = Lanes.all(0)
      if hasRule { ruleTables.invalidate(block, k) }
      for lane in 0..<width where store[first + lane, k].pointee.adoption == 0 {
        forgetNodes(first + lane, k)
        placePrior(first + lane, k)
        if isUsable[lane] == 0 {
          useless[lane] = 1
          mended[lane] = 1
        }
      }
      if useless.largest > 0 { placeModes(block, k, chosen: useless) }
    }
    blocks.measureEnvelopes(block, k)
    if !pins.isEmpty { placePins(block, k) }
    return mended
  }

  /// Whether the nodes of the integrals are random and stay: envelopes that were made from their
  /// own moments would fit themselves to them, and bias the integrals.
  var hasOwnRandomization: Bool {
    settings.method.keepsNodes && settings.nodes != .gaussHermite
  }

  /// The moments of a block at the parameters at hand by nodes of another randomisation, the same
  /// at every renewal.
  private func momentsByOtherNodes(_ block: Int, _ k: Int) -> UnsafeMutablePointer<Lanes> {
    let record = otherBlocks.record(block, k)
    record.update(from: blocks.record(block, k), count: blocks.layout.count)
    otherBlocks.prepareWeights(block, k, densities)
    use(k, keepsPredictions: false)
    for lane in 0..<blocks.width(block) {
      let local = 8 * block + lane
      // The first envelopes have nothing yet to compare weights with.
      guard otherBlocks.lane(local, k)[8 * blocks.layout.reference].isFinite,
        store[local, k].pointee.adoption == 0
      else { continue }
      var address = address(local, k, iteration: 0)
      address.iteration = 1
      kernel.integrate(
        local,
        nodeSource.request(
          store[local, k].pointee, address: address, prior: store[local, k].pointee.prior),
        envelope: otherBlocks.envelope(local, k), view: otherBlocks.weightView(local, k),
        halfPrecision: 0.5 / densities.residualVariance)
    }
    finish(block, k, in: otherBlocks)
    return record
  }

  /// A mode's curvature says less about the tails than moments do: such an envelope is at least
  /// twice as wide.
  /// - Parameter chosen: above 0 in the lanes of the subjects to search for.
  private func placeModes(_ block: Int, _ k: Int, chosen: Lanes) {
    let record = blocks.record(block, k)
    let at = blocks.layout
    use(k, keepsPredictions: false)
    let value = modeSearch.place(
      block, component: k, chosen: chosen, densities: densities, blocks: blocks,
      inflation: max(2, settings.envelopeInflation), mean: record + at.mean,
      factor: record + at.factor)
    // What the weights are compared with: the value at the mode, or nothing yet.
    let reference = cvector_select_less(
      Lanes.all(-.infinity), value, value * (2 * halfLog2e), Lanes.all(.infinity))
    record[at.reference] = select(chosen, reference, record[at.reference])
    for lane in 0..<blocks.width(block) where chosen[lane] > 0 {
      record[at.samples][lane] = Double(store[8 * block + lane, k].pointee.samples)
      forgetTable(8 * block + lane, k)
      placePrior(8 * block + lane, k)
    }
    // Lanes without a subject have the T of the last one.
    let last = blocks.width(block) - 1
    for lane in (last + 1)..<8 { record[at.samples][lane] = record[at.samples][last] }
    if !pins.isEmpty { placePins(block, k) }
  }

  /// The envelope has changed.
  func forgetTable(_ local: Int, _ k: Int) {
    forgetNodes(local, k)
    if hasRule { ruleTables.invalidate(local / 8, k) }
  }

  /// What is known of the subject's own nodes, but for the tables of a rule, which a block has.
  private func forgetNodes(_ local: Int, _ k: Int) {
    store[local, k].pointee.isTabulated = false
    predictionStore?.forget(local, k)
  }

  /// Samples a subject whose samples have become useless again from a new mode search, if that is
  /// better.
  func mend(_ local: Int, _ k: Int, iteration: Int) {
    remedies[local] += 1
    let size = blocks.layout.effectiveSize
    searchAnew(local, k, iteration: iteration) { new, old in new[8 * size] > old[size] }
  }

  /// Integrates a subject and component again with an envelope from a new mode search, and keeps
  /// that if it is better.
  /// - Parameter isBetter: compares the new record, with its elements at `8 * e`, and the old one.
  /// - Returns: whether it is better.
  @discardableResult
  func searchAnew(
    _ local: Int, _ k: Int, iteration: Int,
    isBetter: (_ new: UnsafePointer<Double>, _ old: [Double]) -> Bool
  ) -> Bool {
    let at = blocks.layout
    let lane = blocks.lane(local, k)
    let before = (0..<at.count).map { lane[8 * $0] }
    let block = local / 8
    var chosen = Lanes.all(0)
    chosen[local % 8] = 1
    placeModes(block, k, chosen: chosen)
    blocks.measureEnvelopes(block, k)
    blocks.prepareWeights(block, k, densities)
    use(k, keepsPredictions: false)
    // The other lanes' sums are gone: their results are kept as they are.
    let record = blocks.record(block, k)
    let others = (0..<at.count).map { record[$0] }
    if hasRule {
      sampleByRule(block, k, chosen: chosen)
    } else {
      sample(local, k, iteration: iteration, in: blocks)
    }
    finish(block, k, in: blocks)
    let isTaken = isBetter(lane, before)
    let own = (0..<at.count).map { lane[8 * $0] }
    for e in 0..<at.count {
      record[e] = others[e]
      lane[8 * e] = isTaken ? own[e] : before[e]
    }
    if !isTaken {
      forgetTable(local, k)
      placePrior(local, k)
    }
    return isTaken
  }

  /// The prior's share among the samples of an envelope that has just been made.
  func placePrior(_ local: Int, _ k: Int) {
    guard settings.priorShare > 0 else { return }
    store.placePrior(
      local, k, share: settings.priorShare, envelope: blocks.envelope(local, k),
      mean: blocks.lane(local, k) + 8 * blocks.layout.priorMean, densities: densities)
  }
}

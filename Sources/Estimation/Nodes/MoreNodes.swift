import DataPartition
import KernelInterface
import MessagePassing
import NumericKernels
import PopulationModel

// Which subjects' integrals are poor, and what they get against it.
extension ExpectationStep {
  /// Takes more nodes for a subject, for the components that it may belong to; from the third time
  /// on with heavier tails.
  /// - Returns: whether there is anything to take.
  func refine(_ local: Int) -> Bool {
    var hasMore = false
    for k in 0..<model.componentCount {
      let cell = store[local, k]
      let tau = blocks.lane(local, k)[8 * blocks.layout.membership]
      guard tau > 1e-4, cell.pointee.adoption == 0, cell.pointee.refinements < Self.refinementLimit,
        let samples = nodeSource.largerSamples(cell.pointee.samples, orders: 4)
      else { continue }
      store.release(local, k)
      predictionStore?.release(local, k)
      if hasRule { ruleTables.release(local / 8, k) }
      cell.pointee.samples = samples
      blocks.lane(local, k)[8 * blocks.layout.samples] = Double(samples)
      cell.pointee.refinements += 1
      hasMore = true
    }
    return hasMore
  }

  /// How often T may be doubled.
  private static let refinementLimit = 6

  /// Heavier tails for a component of a subject whose weights stay poor.
  func thicken(_ local: Int, _ k: Int) {
    guard settings.nodes != .gaussHermite, store[local, k].pointee.adoption == 0 else { return }
    store.release(local, k)
    predictionStore?.release(local, k)
    store[local, k].pointee.hasHeavyTails = true
  }

  /// Whether the weights of a component that the subject may belong to are poor: few samples carry
  /// all the weight, or one a half of it, or their tail is too heavy.
  func isPoor(_ local: Int, _ k: Int) -> Bool {
    let lane = blocks.lane(local, k)
    let at = blocks.layout
    guard lane[8 * at.membership] > 0.01, store[local, k].pointee.adoption == 0 else {
      return false
    }
    let samples = lane[8 * at.samples]
    return lane[8 * at.effectiveSize] < nodeSource.poorSize(samples)
      || settings.nodes != .gaussHermite && lane[8 * at.largestShare] > 0.5
      || lane[8 * at.tailShape] > ParetoTail.shapeLimit(samples: Int(samples))
  }

  /// Nodes are kept no longer once there is no room for all of them.
  func limitMemory() {
    guard keepsNodes,
      (hasRule ? store.totalSamplesOfBlocks : store.totalSamples)
        * NodeStore.bytesPerSample(effectCount: model.effectCount)
        > settings.memoryLimit
    else { return }
    keepsNodes = false
    store.releaseAll()
    if hasRule { ruleTables.releaseAll() }
  }

  /// Calls an action with log₂ of the weights of a cell's nodes.
  func withLogWeights(
    _ local: Int, _ k: Int, iteration: Int, in blocks: SubjectBlocks,
    _ action: (UnsafeBufferPointer<Double>) -> Void
  ) {
    use(k, keepsPredictions: false)
    let (nodes, table) = tabulated(local, k, iteration: iteration)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: nodes.vectors) { weights in
      guard let target = weights.baseAddress else { return }
      kernel.logWeights(
        nodes: nodes, table: table, view: blocks.weightView(local, k),
        halfPrecision: 0.5 / densities.residualVariance, into: target)
      action(
        UnsafeBufferPointer(
          start: UnsafeRawPointer(target).assumingMemoryBound(to: Double.self),
          count: 8 * nodes.vectors))
    }
    if !keepsNodes, store[local, k].pointee.adoption == 0 { store.release(local, k) }
  }

  /// Looks at the tails of the weights of components that subjects may belong to, where few samples
  /// carry most of the weight.
  ///
  /// The nodes of a rule are no sample, and their weights have no tail.
  func measureTails(iteration: Int) {
    guard settings.nodes != .gaussHermite else { return }
    let at = blocks.layout
    for local in subjects.indices {
      for k in 0..<model.componentCount {
        let lane = blocks.lane(local, k)
        let samples = lane[8 * at.samples]
        guard lane[8 * at.membership] > 0.01,
          lane[8 * at.effectiveSize] < 0.3 * samples || lane[8 * at.largestShare] > 0.2
        else { continue }
        withLogWeights(local, k, iteration: iteration, in: blocks) { logWeights in
          let count = ParetoTail.count(samples: Int(samples)) + 1
          let largest = largestValues(count, of: logWeights)
          guard let top = largest.first, top.isFinite else { return }
          lane[8 * at.tailShape] = ParetoTail.shape(
            largestWeights: largest.map { exp(($0 - top) / (2 * halfLog2e)) })
        }
      }
    }
  }
}

extension ExpectationMaximization {
  /// Takes more nodes where they are needed.
  /// - Returns: whether any subject of any rank has taken some.
  func refine(_ run: IterationState, _ evaluation: Evaluation) throws -> Bool {
    guard let errors = evaluation.errors, let error = evaluation.samplingError else {
      return false
    }
    var chosen: [Int: Int] = [:]
    // At a boundary there are no standard errors to be precise in.
    let isOnlyOfLikelihood = settings.leastGain != nil || run.stop?.isFlat == true
    let ofEstimates = isOnlyOfLikelihood ? 0 : error.largestShare ?? 0
    if let precision = settings.precision,
      !(error.minusTwoLogLikelihood <= precision && ofEstimates <= precision)
    {
      for (local, steps) in errors.worst(
        response: evaluation.response, standardErrors: evaluation.covariance.standardErrors,
        precision: precision, subjectCount: share.subjectCount)
      { chosen[local] = steps }
    }
    // Where most subjects need more nodes all take them: blocks of eight whose subjects have the
    // same T are quicker.
    var count = ExactAccumulator(count: 1)
    count.add([Double(chosen.count)])
    try count.combine(with: communicator)
    if count.values[0] > 0.5 * Double(share.subjectCount) {
      for local in expectation.subjects.indices { chosen[local, default: 1] += 0 }
    }
    let expectation = expectation
    let componentCount = model.componentCount
    for local in expectation.subjects.indices {
      for k in 0..<componentCount where expectation.isPoor(local, k) {
        chosen[local, default: 1] += 0
        if run.refinements >= 2 { expectation.thicken(local, k) }
      }
    }
    var refined = 0.0
    for (local, steps) in chosen.sorted(by: { $0.key < $1.key }) {
      for _ in 0..<steps where expectation.refine(local) { refined += 1 }
    }
    var total = ExactAccumulator(count: 1)
    total.add([refined])
    try total.combine(with: communicator)
    expectation.limitMemory()
    return total.values[0] > 0
  }
}

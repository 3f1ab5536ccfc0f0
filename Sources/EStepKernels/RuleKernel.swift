import CVector
import KernelInterface
import NumericKernels

// The nodes of a rule, with eight subjects side by side: see `SubjectKernel`.
extension EStepKernel {
  func tabulate(block: Int, view: BlockView, rule: QuadratureRule, into table: LikelihoodTable) {
    let isPositive = gather(block, view)
    var first = 0
    while first < rule.count {
      let count = min(Self.batchCapacity, rule.count - first)
      likelihood(
        block: block, view, rule, isPositive: isPositive, node: first, count: count, table: table,
        first: first, columns: nil, chosen: nil)
      first += count
    }
  }

  func weigh(
    rule: QuadratureRule, table: LikelihoodTable, view: BlockView, halfPrecision: Double,
    chosen: UnsafePointer<Lanes>
  ) {
    laneSums.update(repeating: Lanes.all(0), count: sumCount)
    accumulate(
      z: rule.spread.z, stride: rule.spread.stride, hasDensity: true, table: table,
      count: rule.count, map: view.map, halfPrecision: halfPrecision, columns: nil)
    storeSums(view.sums, chosen)
  }

  func integrate(
    block: Int, rule: QuadratureRule, view: BlockView, halfPrecision: Double,
    chosen: UnsafePointer<Lanes>
  ) {
    let isPositive = gather(block, view)
    let table = batchTable(hasExponent: needsExponent(block: block))
    laneSums.update(repeating: Lanes.all(0), count: sumCount)
    var first = 0
    while first < rule.count {
      let count = min(Self.batchCapacity, rule.count - first)
      likelihood(
        block: block, view, rule, isPositive: isPositive, node: first, count: count, table: table,
        first: 0, columns: columns, chosen: chosen)
      accumulate(
        z: rule.spread.z + first, stride: rule.spread.stride, hasDensity: true, table: table,
        count: count, map: view.map, halfPrecision: halfPrecision, columns: columns)
      first += count
    }
    storeSums(view.sums, chosen)
  }

  func largestLogWeights(
    rule: QuadratureRule, table: LikelihoodTable, view: BlockView, halfPrecision: Double,
    into target: UnsafeMutablePointer<Lanes>
  ) {
    target.pointee = Lanes.all(-.infinity)
    for v in 0..<rule.count {
      let power = logWeight(
        v, rule.spread, table, map: view.map, halfPrecision: halfPrecision)
      target.pointee = larger(power, target.pointee)
    }
  }

  private func needsExponent(block: Int) -> Bool {
    for subject in 8 * block..<min(8 * block + 8, subjectCount) where needsExponent(subject) {
      return true
    }
    return false
  }

  /// Puts the envelopes and data of eight subjects side by side, if their programs are alike; lanes
  /// beyond the last subject repeat it.
  /// - Returns: whether all their observations are above 0.
  private func gather(_ block: Int, _ view: BlockView) -> Bool {
    guard isAlike[block] else { return false }
    mean.update(from: view.mean, count: p)
    factor.update(from: view.factor, count: packed)
    return gatherData(block)
  }

  /// Puts the data of eight subjects with programs that are alike side by side.
  /// - Returns: whether all their observations are above 0.
  func gatherData(_ block: Int) -> Bool {
    if block == gatheredBlock { return gatheredIsPositive }
    let value = UnsafeMutableRawPointer(values).assumingMemoryBound(to: Double.self)
    let scale = UnsafeMutableRawPointer(scales).assumingMemoryBound(to: Double.self)
    var isPositive = true
    for lane in 0..<8 {
      let program = programs + min(8 * block + lane, subjectCount - 1)
      isPositive = isPositive && program.pointee.isPositive
      let steps = program.pointee.steps
      for s in 0..<program.pointee.stepCount {
        value[8 * s + lane] = steps[s].value
        scale[8 * s + lane] = steps[s].scale
      }
    }
    (gatheredBlock, gatheredIsPositive) = (block, isPositive)
    return isPositive
  }

  /// The likelihood of a block at a batch of nodes, by `likelihood`: all subjects at once where
  /// their programs are alike, else one after another, with the same bits.
  /// - Parameter chosen: above 0 in the lanes that are needed; `nil`: all are.
  private func likelihood(
    block: Int, _ view: BlockView, _ rule: QuadratureRule, isPositive: Bool, node: Int,
    count: Int, table: LikelihoodTable, first: Int, columns: UnsafeMutablePointer<Lanes>?,
    chosen: UnsafePointer<Lanes>?
  ) {
    if isAlike[block] {
      likelihood(
        8 * block, z: rule.spread.z + node, stride: rule.spread.stride,
        inverseDensity: rule.spread.inverseDensity.map { $0 + node }, count: count, table: table,
        first: first, isPositive: isPositive, node: node / 8, columns: columns)
      return
    }
    for lane in 0..<8 {
      if let chosen, !(chosen.pointee[lane] > 0) { continue }
      let subject = min(8 * block + lane, subjectCount - 1)
      func numbers(_ vectors: UnsafePointer<Lanes>) -> UnsafePointer<Double> {
        UnsafeRawPointer(vectors).assumingMemoryBound(to: Double.self) + lane
      }
      spread(
        subject, EnvelopeView(mean: numbers(view.mean), factor: numbers(view.factor)))
      let own = LikelihoodTable(
        factor: laneTable, squares: laneTable + Self.batchCapacity,
        exponent: needsExponent(subject) ? laneTable + 2 * Self.batchCapacity : nil)
      likelihood(
        subject, z: rule.nodes.z + node / 8, stride: rule.nodes.stride,
        inverseDensity: rule.nodes.inverseDensity.map { $0 + node / 8 }, count: (count + 7) / 8,
        table: own, first: 0, isPositive: programs[subject].isPositive, node: node / 8,
        columns: columns == nil ? nil : laneColumns)
      if let columns {
        for c in 0..<DirectColumns.count(directCount) {
          let place = c * DecayStep.batchStride
          self.place(laneColumns + place, lane, count, columns + place)
        }
      }
      place(own.factor, lane, count, table.factor + first)
      place(own.squares, lane, count, table.squares + first)
      guard let target = table.exponent else { continue }
      if let exponent = own.exponent {
        place(exponent, lane, count, target + first)
      } else {
        for v in 0..<count { target[first + v][lane] = 0 }
      }
    }
  }

  /// Moves the numbers of one subject, eight nodes to a vector, into its lane.
  func place(
    _ source: UnsafePointer<Lanes>, _ lane: Int, _ count: Int,
    _ target: UnsafeMutablePointer<Lanes>
  ) {
    let from = UnsafeRawPointer(source).assumingMemoryBound(to: Double.self)
    let to = UnsafeMutableRawPointer(target).assumingMemoryBound(to: Double.self) + lane
    for v in 0..<count { to[8 * v] = from[v] }
  }

  /// Stores the sums of some lanes.
  private func storeSums(_ sums: UnsafeMutablePointer<Lanes>, _ chosen: UnsafePointer<Lanes>) {
    let zero = Lanes.all(0)
    for s in 0..<sumCount {
      sums[s] = cvector_select_less(zero, chosen.pointee, laneSums[s], sums[s])
    }
  }
}

extension BlockView {
  var map: WeightMap { WeightMap(offset: offset, whitening: whitening, reference: reference) }
}

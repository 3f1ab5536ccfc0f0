import CVector
import KernelInterface
import NumericKernels

// The E-step with the nodes of a quadrature rule, eight subjects at once; see `SubjectKernel`.
extension ExpectationStep {
  /// Whether the nodes are those of a rule, the same for all subjects with the same T.
  var hasRule: Bool { settings.nodes == .gaussHermite }

  /// Sums the weights of some subjects of a block.
  /// - Parameter chosen: above 0 in the lanes of these subjects.
  func sampleByRule(_ block: Int, _ k: Int, chosen: Lanes) {
    let at = blocks.layout
    let record = blocks.record(block, k)
    forEachSize(in: record[at.samples], chosen) { samples, lanes in
      sumByRule(block, k, samples: samples, chosen: lanes)
      // Beyond, squares of weights would leave the range of doubles; NaN is no number to compare
      // weights with either.
      let total = record[at.sums + WeightSums.total]
      let small = cvector_select_less(Lanes.all(1e-140), total, Lanes.all(0), lanes)
      let isWrong = cvector_select_less(total, Lanes.all(1e140), small, lanes)
      guard isWrong.largest > 0 else { return }
      refer(block, k, samples: samples, chosen: isWrong)
      sumByRule(block, k, samples: samples, chosen: isWrong)
    }
  }

  /// Integrates a block again with the rule whose order is higher by 2, into `otherBlocks`.
  func reintegrateByRule(_ block: Int, _ k: Int) {
    let at = blocks.layout
    let record = otherBlocks.record(block, k)
    forEachSize(in: record[at.samples], ownLanes(block, k)) { samples, lanes in
      let larger = nodeSource.largerSamples(samples) ?? samples
      record[at.samples] = cvector_select_less(
        Lanes.all(0), lanes, Lanes.all(Double(larger)), record[at.samples])
      var chosen = lanes
      kernel.integrate(
        block: block, rule: nodeSource.rule(samples: larger),
        view: otherBlocks.blockView(block, k), halfPrecision: 0.5 / densities.residualVariance,
        chosen: &chosen)
    }
  }

  /// 1 in the lanes that have a subject.
  func lanes(of block: Int) -> Lanes {
    cvector_select_less(
      Lanes(0, 1, 2, 3, 4, 5, 6, 7), Lanes.all(Double(blocks.width(block))), Lanes.all(1),
      Lanes.all(0))
  }

  /// Calls an action for each T among the chosen lanes, with the lanes that have it.
  func forEachSize(
    in samples: Lanes, _ chosen: Lanes, _ action: (Int, Lanes) -> Void
  ) {
    var rest = chosen
    let zero = Lanes.all(0)
    while rest.largest > 0 {
      let size = cvector_select_less(zero, rest, samples, zero).largest
      // Those of the rest that have no less than the largest.
      let lanes = cvector_select_less(samples, Lanes.all(size), zero, rest)
      action(Int(size), lanes)
      rest -= lanes
    }
  }

  private func sumByRule(_ block: Int, _ k: Int, samples: Int, chosen: Lanes) {
    var chosen = chosen
    let rule = nodeSource.rule(samples: samples)
    let view = blocks.blockView(block, k)
    let halfPrecision = 0.5 / densities.residualVariance
    if keepsNodes {
      kernel.weigh(
        rule: rule, table: ruleTable(block, k, rule), view: view, halfPrecision: halfPrecision,
        chosen: &chosen)
    } else {
      if let predictionStore {
        for lane in 0..<blocks.width(block) where chosen[lane] > 0 {
          predictionStore.reserve(8 * block + lane, k, vectors: (samples + 7) / 8)
        }
      }
      kernel.integrate(
        block: block, rule: rule, view: view, halfPrecision: halfPrecision, chosen: &chosen)
    }
  }

  func ruleTable(_ block: Int, _ k: Int, _ rule: QuadratureRule) -> LikelihoodTable {
    let entry = ruleTables.entry(block, k, samples: rule.count)
    if !entry.pointee.isTabulated {
      kernel.tabulate(
        block: block, view: blocks.blockView(block, k), rule: rule, into: entry.pointee.table)
      entry.pointee.isTabulated = true
    }
    return entry.pointee.table
  }

  /// Finds the largest weights of some subjects, where nothing or a wrong number is known to
  /// compare weights with.
  private func refer(_ block: Int, _ k: Int, samples: Int, chosen: Lanes) {
    let record = blocks.record(block, k)
    let reference = record + blocks.layout.reference
    let zero = Lanes.all(0)
    reference.pointee = cvector_select_less(zero, chosen, zero, reference.pointee)
    let rule = nodeSource.rule(samples: samples)
    var largest = zero
    kernel.largestLogWeights(
      rule: rule, table: ruleTable(block, k, rule), view: blocks.blockView(block, k),
      halfPrecision: 0.5 / densities.residualVariance, into: &largest)
    let finite = cvector_select_less(Lanes.all(-1e308), largest, largest, zero)
    reference.pointee = cvector_select_less(zero, chosen, finite, reference.pointee)
    if !keepsNodes { ruleTables.release(block, k) }
  }
}

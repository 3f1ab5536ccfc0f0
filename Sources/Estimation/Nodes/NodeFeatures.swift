import KernelInterface
import NumericKernels
import PopulationModel

/// The features of a node in which the scores of the complete data are linear; see
/// `ObservedInformation` and `FeatureList`.
struct NodeFeatures {
  /// The elements (a, b), a ≥ b, within the blocks of Σ.
  let pairs: [SIMD2<Int32>]
  /// 1, the p elements of u, products, e.
  let count: Int
  /// Elements of the packed f fᵀ.
  var productCount: Int { SymmetricMatrix.elementCount(count) }

  init(_ model: MixtureModel) {
    let p = model.effectCount
    pairs = (0..<p).flatMap { a in
      (0...a).filter { a == $0 || model.isInBlock(a, $0) }.map { SIMD2(Int32(a), Int32($0)) }
    }
    count = 2 + p + pairs.count
  }
}

extension ExpectationStep {
  /// Sums of the products of all features over the nodes of a block of subjects, with their weights
  /// as they are: packed Σ_l v_l f_l f_lᵀ.
  /// - Parameter iteration: that of the last `run`, whose samples are meant where each iteration
  ///   has new ones.
  func sumProducts(
    _ block: Int, _ k: Int, _ features: NodeFeatures, iteration: Int,
    into sums: UnsafeMutablePointer<Lanes>
  ) {
    let halfPrecision = 0.5 / densities.residualVariance
    let count = features.productCount
    let expected = blocks.observationCounts[block] * densities.residualVariance
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: count + 1) { memory in
      features.pairs.withUnsafeBufferPointer { pairs in
        guard let own = memory.baseAddress, let pairs = pairs.baseAddress else { return }
        let list = FeatureList(
          pairs: pairs, pairCount: features.pairs.count, expectedSquares: own + count)
        if hasRule {
          own[count] = expected
          forEachSize(in: blocks.record(block, k)[blocks.layout.samples], ownLanes(block, k)) {
            samples, chosen in
            let rule = nodeSource.rule(samples: samples)
            kernel.sumProducts(
              rule: rule, table: ruleTable(block, k, rule), view: blocks.blockView(block, k),
              halfPrecision: halfPrecision, features: list, into: own)
            for e in 0..<count { sums[e].replace(with: own[e], where: chosen .> 0) }
          }
          if !keepsNodes { ruleTables.release(block, k) }
        }
        for lane in 0..<blocks.width(block)
        where !hasRule || store[8 * block + lane, k].pointee.adoption > 0 {
          let local = 8 * block + lane
          own[count] = Lanes.all(expected[lane])
          let (nodes, table) = tabulated(local, k, iteration: iteration)
          kernel.sumProducts(
            nodes: nodes, table: table, view: blocks.weightView(local, k),
            halfPrecision: halfPrecision, features: list, into: own)
          for e in 0..<count { sums[e][lane] = own[e].treeSum }
          if !keepsNodes, store[local, k].pointee.adoption == 0 { store.release(local, k) }
        }
      }
    }
  }
}

import KernelInterface
import NumericKernels

extension EStepKernel {
  /// Nodes in a batch whose features are kept at a time.
  static let productBatch = 8

  func sumProducts(
    nodes: NodeSet, table: LikelihoodTable, view: WeightView, halfPrecision: Double,
    features: FeatureList, into sums: UnsafeMutablePointer<Lanes>
  ) {
    sumProducts(nodes, table, spread(view), halfPrecision, features, sums)
  }

  func sumProducts(
    rule: QuadratureRule, table: LikelihoodTable, view: BlockView, halfPrecision: Double,
    features: FeatureList, into sums: UnsafeMutablePointer<Lanes>
  ) {
    sumProducts(rule.spread, table, view.map, halfPrecision, features, sums)
  }

  private func sumProducts(
    _ nodes: NodeSet, _ table: LikelihoodTable, _ map: WeightMap, _ halfPrecision: Double,
    _ list: FeatureList, _ sums: UnsafeMutablePointer<Lanes>
  ) {
    let count = 2 + p + list.pairCount
    sums.update(repeating: Lanes.all(0), count: SymmetricMatrix.elementCount(count))
    var first = 0
    while first < nodes.vectors {
      let width = min(Self.productBatch, nodes.vectors - first)
      let part = LikelihoodTable(
        factor: table.factor + first, squares: table.squares + first,
        exponent: table.exponent.map { $0 + first })
      weights(
        z: nodes.z + first, stride: nodes.stride, hasDensity: nodes.inverseDensity != nil,
        table: part, count: width, map: map, halfPrecision: halfPrecision)
      fillFeatures(nodes.z + first, nodes.stride, part.squares, width, map, list)
      addProducts(count, width, sums)
      first += width
    }
  }

  /// The features of a batch: feature f of vector v at `f * productBatch + v`.
  private func fillFeatures(
    _ z: UnsafePointer<Lanes>, _ stride: Int, _ squares: UnsafePointer<Lanes>, _ width: Int,
    _ map: WeightMap, _ list: FeatureList
  ) {
    let batch = Self.productBatch
    let u = features + batch
    let products = u + p * batch
    let excess = products + list.pairCount * batch
    for v in 0..<width {
      features[v] = Lanes.all(1)
      for i in 0..<p {
        var sum = map.offset[i]
        for j in 0...i {
          sum = fma(map.whitening[SymmetricMatrix.index(i, j)], z[j * stride + v], sum)
        }
        u[i * batch + v] = sum
      }
      for e in 0..<list.pairCount {
        let pair = list.pairs[e]
        products[e * batch + v] = u[Int(pair.x) * batch + v] * u[Int(pair.y) * batch + v]
      }
      excess[v] = squares[v] - list.expectedSquares.pointee
    }
  }

  private func addProducts(
    _ count: Int, _ width: Int, _ sums: UnsafeMutablePointer<Lanes>
  ) {
    let batch = Self.productBatch
    let weighted = features + (2 + p + packed) * batch
    for a in 0..<count {
      for v in 0..<width { weighted[v] = batchWeights[v] * features[a * batch + v] }
      for b in 0...a {
        let place = SymmetricMatrix.index(a, b)
        var sum = sums[place]
        for v in 0..<width { sum = fma(weighted[v], features[b * batch + v], sum) }
        sums[place] = sum
      }
    }
  }
}

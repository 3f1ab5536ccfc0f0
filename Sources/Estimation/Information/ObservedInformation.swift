import CVector
import KernelInterface
package import MessagePassing
package import NumericKernels
package import PopulationModel

/// The observed information −∂²log L/∂ϕ∂ϕᵀ by T. A. Louis, "Finding the observed information matrix
/// when using the EM algorithm", J Roy Stat Soc B 44 (1982) 226–233:
///
///     I = −E[∂² log L_c] − Σ_i (E[S_c S_cᵀ] − s_i s_iᵀ)
///
/// with the scores S_c of the complete data (Y_i, φ_i, component). On nodes that stay log L is that
/// of a finite mixture, and this is its second derivative exactly.
///
/// In component k all of S_c is linear in the features f = (1, u, the products u_a u_b within
/// blocks of Σ, e) with u = Λ_k⁻¹(φ − μ_k) and e = (Y − h)ᵀH⁻¹(Y − h) − m_i σ²: S_c = A_k f with
/// the same A_k for all subjects. So one pass over the nodes gives all that is needed, G_k = Σ_i
/// τ_i(k) E_ik[f fᵀ], from which Σ_i E[S_c S_cᵀ] = Σ_k A_k G_k A_kᵀ.
package struct ObservedInformation {
  private let free: FreeParameters
  private let parameters: PopulationParameters
  private let features: NodeFeatures
  private let p: Int
  /// Λ_k⁻¹ and Σ_k⁻¹.
  private let inverseFactors: [SymmetricMatrix]
  private let precisions: [SymmetricMatrix]

  /// - Parameter parameters: where the nodes were weighed; all Σ_k positive definite.
  package init(model: MixtureModel, parameters: PopulationParameters) {
    free = FreeParameters(model)
    self.parameters = parameters
    let p = model.effectCount
    self.p = p
    features = NodeFeatures(model)
    var inverseFactors: [SymmetricMatrix] = []
    var precisions: [SymmetricMatrix] = []
    for covariance in parameters.covariances {
      var factor = covariance
      var inverse = SymmetricMatrix(dimension: p)
      var product = SymmetricMatrix(dimension: p)
      factor.elements.withUnsafeMutableBufferPointer { factor in
        inverse.elements.withUnsafeMutableBufferPointer { inverse in
          product.elements.withUnsafeMutableBufferPointer { product in
            guard CholeskyFactor.factor(factor.baseAddress!, dimension: p) else {
              preconditionFailure("covariances are positive definite")
            }
            CholeskyFactor.invert(
              factor.baseAddress!, dimension: p, inverse: inverse.baseAddress!,
              product: product.baseAddress!)
          }
        }
      }
      inverseFactors.append(inverse)
      precisions.append(product)
    }
    self.inverseFactors = inverseFactors
    self.precisions = precisions
  }

  /// Sums that `add` makes.
  package var sumCount: Int { parameters.componentCount * features.productCount }

  /// Adds the rank's part of all G_k, packed, one after another.
  /// - Parameters:
  ///   - order: the component in place k of the parameters.
  ///   - iteration: that of the expectation step's last run.
  package func add(
    _ expectation: ExpectationStep, order: [Int], iteration: Int, to total: inout ExactAccumulator,
    at place: Int
  ) {
    let count = features.productCount
    let blocks = expectation.blocks
    let blockSums = BlockSums(count: count)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: count) { memory in
      guard let row = memory.baseAddress else { return }
      for k in order.indices {
        for block in 0..<blocks.blockCount {
          if expectation.isLeft() { break }
          expectation.sumProducts(
            block, order[k], features, iteration: iteration, into: row)
          // The first is Σv: what is normalised by it has the weight τ.
          let tau = blocks.record(block, order[k])[blocks.layout.membership]
          let zero = Lanes.all(0)
          let scale = cvector_select_less(zero, row[0], tau / row[0], zero)
          for e in 0..<count { row[e] *= scale }
          blockSums.add(
            row, chosen: expectation.lanes(of: block), to: &total, at: place + k * count)
        }
        blockSums.finish(&total, at: place + k * count)
      }
    }
  }

  /// The inverse of the observed information.
  /// - Parameters:
  ///   - sums: of all ranks, as `add` made them.
  ///   - scoreProducts: Σ_i s_i s_iᵀ.
  ///   - observationCount: Σ_i m_i
  ///   - prior: is added, if there is any.
  /// - Returns: `nil` if the information is not positive definite.
  func inverse(
    sums: ArraySlice<Double>, scoreProducts: SymmetricMatrix, observationCount: Int,
    prior: SymmetricMatrix?
  ) -> SymmetricMatrix? {
    guard free.count > 0 else { return nil }
    var information = matrix(
      sums: sums, scoreProducts: scoreProducts, observationCount: observationCount)
    if let prior { information.add(prior) }
    guard information.elements.allSatisfy(\.isFinite) else { return nil }
    return DenseAlgebra.inverse(ofPositiveDefinite: information)
  }

  /// The observed information; parameters as for `inverse`.
  package func matrix(
    sums: ArraySlice<Double>, scoreProducts: SymmetricMatrix, observationCount: Int
  )
    -> SymmetricMatrix
  {
    var information = scoreProducts
    for k in 0..<parameters.componentCount {
      let first = sums.startIndex + k * features.productCount
      let products = Array(sums[first..<first + features.productCount])
      addCurvature(k, products, to: &information)
      let scores = free.list.map { coefficients($0, k) }
      // A G, then its product with Aᵀ.
      let half = scores.map { row in
        (0..<features.count).map { f in
          row.reduce(0) { $0 + $1.value * products[SymmetricMatrix.place(f, $1.feature)] }
        }
      }
      for a in scores.indices {
        for b in 0...a {
          information[a, b] -= scores[b].reduce(0) { $0 + $1.value * half[a][$1.feature] }
        }
      }
    }
    if let place = free.list.firstIndex(of: .residualVariance) {
      let variance = parameters.sigma2
      information[place, place] += Double(observationCount) / (2 * variance * variance)
    }
    return information
  }

  /// The elements of A_k that make up the score of one parameter, those that are not 0.
  private func coefficients(_ parameter: FreeParameter, _ k: Int) -> [(
    feature: Int, value: Double
  )] {
    let inverse = inverseFactors[k]
    let last = parameters.componentCount - 1
    switch parameter {
    case .mean(let effect, let component):
      // Σ⁻¹(φ − μ) = Λ⁻ᵀu
      guard component ?? k == k else { return [] }
      return (effect..<p).map { j in (1 + j, inverse[j, effect] / squareRootOfHalfLog2e) }
    case .covariance(let a, let b, let component):
      // ½Λ⁻ᵀ(uuᵀ − 1)Λ⁻¹, twice that off the diagonal
      guard component ?? k == k else { return [] }
      let factor = a == b ? 0.5 : 1
      func element(_ j: Int, _ effect: Int) -> Double { j >= effect ? inverse[j, effect] : 0 }
      var result: [(feature: Int, value: Double)] = []
      var constant = 0.0
      for (place, pair) in features.pairs.enumerated() {
        let (j, l) = (Int(pair.x), Int(pair.y))
        var value = element(j, a) * element(l, b)
        if j == l { constant -= factor * value } else { value += element(l, a) * element(j, b) }
        if value != 0 { result.append((1 + p + place, factor * value / halfLog2e)) }
      }
      return result + [(0, constant)]
    case .weight(let component):
      if component == k { return [(0, 1 / parameters.weights[k])] }
      return k == last ? [(0, -1 / parameters.weights[last])] : []
    case .weightCoefficient, .coefficient, .direct:
      preconditionFailure("models with these are differentiated numerically")
    case .residualVariance:
      let variance = parameters.sigma2
      return [(features.count - 1, 1 / (2 * variance * variance))]
    }
  }

  /// Adds −E[∂² log L_c] of one component, without the part of σ² that does not depend on the
  /// nodes.
  private func addCurvature(
    _ k: Int, _ products: [Double], to information: inout SymmetricMatrix
  ) {
    let total = products[0]
    let precision = precisions[k]
    let (slope, square) = whitened(k, products)
    let last = parameters.componentCount - 1
    func belongs(_ component: Int?) -> Bool { component ?? k == k }
    /// The places of a covariance's element in the matrix.
    func places(_ a: Int, _ b: Int) -> [(Int, Int)] { a == b ? [(a, a)] : [(a, b), (b, a)] }
    for (place, first) in free.list.enumerated() {
      for other in 0...place {
        switch (first, free.list[other]) {
        case (.mean(let a, let own), .mean(let b, let component))
        where belongs(own) && belongs(component):
          information[place, other] += total * precision[a, b]
        case (.covariance(let c, let d, let own), .mean(let a, let component))
        where belongs(own) && belongs(component):
          for (s, t) in places(c, d) { information[place, other] += precision[a, s] * slope[t] }
        case (.covariance(let a, let b, let own), .covariance(let c, let d, let component))
        where belongs(own) && belongs(component):
          for (x, y) in places(a, b) {
            for (s, t) in places(c, d) {
              information[place, other] +=
                0.5
                * (precision[y, s] * square[t, x] + square[y, s] * precision[t, x]
                  - total * precision[y, s] * precision[t, x])
            }
          }
        case (.weight(let a), .weight(let b)):
          let weight = parameters.weights[k]
          if k == last || (a == k && b == k) {
            information[place, other] += total / (weight * weight)
          }
        case (.residualVariance, .residualVariance):
          let variance = parameters.sigma2
          information[place, other] +=
            products[SymmetricMatrix.place(features.count - 1, 0)]
            / (variance * variance * variance)
        default: break
        }
      }
    }
  }

  /// Σ_i τ_i(k) of E[Σ⁻¹(φ − μ)] and of E[Σ⁻¹(φ − μ)(φ − μ)ᵀΣ⁻¹], within the blocks of Σ.
  private func whitened(_ k: Int, _ products: [Double]) -> ([Double], SymmetricMatrix) {
    let inverse = inverseFactors[k]
    var slope = [Double](repeating: 0, count: p)
    for a in 0..<p {
      for j in a..<p {
        slope[a] +=
          inverse[j, a] * products[SymmetricMatrix.place(1 + j, 0)] / squareRootOfHalfLog2e
      }
    }
    var square = SymmetricMatrix(dimension: p)
    for (place, pair) in features.pairs.enumerated() {
      let (j, l) = (Int(pair.x), Int(pair.y))
      let value = products[SymmetricMatrix.place(1 + p + place, 0)] / halfLog2e
      for a in 0...j {
        for b in 0...min(a, l) { square[a, b] += inverse[j, a] * inverse[l, b] * value }
        if j != l, a <= l {
          for b in 0...a { square[a, b] += inverse[l, a] * inverse[j, b] * value }
        }
      }
    }
    return (slope, square)
  }
}

extension SymmetricMatrix {
  /// The place of an element in the packed lower triangle, whichever index is larger.
  fileprivate static func place(_ i: Int, _ j: Int) -> Int {
    i >= j ? index(i, j) : index(j, i)
  }
}

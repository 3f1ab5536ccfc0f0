import NumericKernels

/// Sums over all subjects of the conditional variances of their random effects.
package struct PosteriorVariances: Sendable, Equatable, Codable {
  /// Σ_i τ_i(k), by component.
  package let memberships: [Double]
  /// Σ_i τ_i(k) Var[φ_ij | Y_i, k], by component and effect.
  package let within: [[Double]]
  /// Σ_i Var[φ_ij | Y_i], by effect.
  package let total: [Double]

  /// Whether it has the shape of rows of posteriors, as what was read from a file may not.
  func isConsistent(_ layout: PosteriorLayout) -> Bool {
    memberships.count == layout.componentCount && within.count == layout.componentCount
      && within.allSatisfy { $0.count == layout.effectCount } && total.count == layout.effectCount
  }

  static func sumCount(_ layout: PosteriorLayout) -> Int {
    layout.componentCount * (1 + layout.effectCount) + layout.effectCount
  }

  /// Lays out what one subject adds.
  /// - Parameters:
  ///   - first: the place of the first sum.
  ///   - row: of the subject, in the order of `layout`.
  static func fill(
    _ addends: inout [Double], from first: Int, _ row: UnsafePointer<Double>,
    _ layout: PosteriorLayout, membership: [Double]
  ) {
    let (p, components) = (layout.effectCount, membership.indices)
    func variance(_ j: Int, _ k: Int) -> Double {
      row[layout.covariance(k) + SymmetricMatrix.index(j, j)]
    }
    func mean(_ j: Int, _ k: Int) -> Double { row[layout.mean(k) + j] }
    for k in components {
      let place = first + k * (1 + p)
      addends[place] = membership[k]
      for j in 0..<p { addends[place + 1 + j] = membership[k] * variance(j, k) }
    }
    for j in 0..<p {
      let centre = components.reduce(0) { $0 + membership[$1] * mean(j, $1) }
      let sum = components.reduce(0.0) { sum, k in
        let distance = mean(j, k) - centre
        return sum + membership[k] * (variance(j, k) + distance * distance)
      }
      addends[first + components.count * (1 + p) + j] = sum
    }
  }

  init(sums: ArraySlice<Double>, _ layout: PosteriorLayout) {
    let p = layout.effectCount
    let places = (0..<layout.componentCount).map { sums.startIndex + $0 * (1 + p) }
    memberships = places.map { sums[$0] }
    within = places.map { Array(sums[$0 + 1..<$0 + 1 + p]) }
    total = Array(sums.suffix(p))
  }
}

import MessagePassing
import NumericKernels
import PopulationModel

/// Sums over all subjects of the conditional variances of their random effects.
struct PosteriorVariances: Sendable, Equatable, Codable {
  /// Σ_i τ_i(k), by component.
  let memberships: [Double]
  /// Σ_i τ_i(k) Var[φ_ij | Y_i, k], by component and effect.
  let within: [[Double]]
  /// Σ_i Var[φ_ij | Y_i], by effect.
  let total: [Double]

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

/// How little the subjects' own data say of a random effect.
package struct Shrinkage: Sendable, Equatable {
  package let effect: String
  /// From 0; `nil` if the effect has one distribution for all components.
  package let component: Int?
  /// 0 if the data tell each subject's value exactly, 1 if they say nothing.
  package let share: Double

  /// `k.2`; components count from 1.
  package var name: String { effect + (component.map { ".\($0 + 1)" } ?? "") }
}

extension FitResult {
  /// The shrinkage of each random effect j, in component k if it follows the mixture:
  ///
  ///     Σ_i τ_i(k) Var[φ_ij | Y_i, k] / (Σ_i τ_i(k) · Σ_k,jj)
  ///
  /// As at the maximum Σ_k,jj is the mean of Var[φ_ij | Y_i, k] + (E[φ_ij | Y_i, k] − μ_ikj)² with
  /// weights τ_i(k), this is 1 − Var(conditional means)/Σ_k,jj, the η-shrinkage of Savic & Karlsson
  /// 2009 with variances, whatever covariates μ_ik has. Effects that are shared are taken over all
  /// components; those with one variance in common have one value, their mean.
  package var shrinkage: [Shrinkage] {
    let variances = classes.variances
    return model.effects.indices.flatMap { j -> [Shrinkage] in
      let tie = model.tie(of: j) ?? [j]
      guard tie[0] == j else { return [] }
      let isMixture = model.effects[j].membership == .mixture && model.componentCount > 1
      let components: [Int?] = isMixture ? Array(0..<model.componentCount) : [nil]
      return components.compactMap { k in
        let omega = estimates.covariances[k ?? 0][j, j]
        let sums = k.map { variances.within[$0] } ?? variances.total
        let sum = tie.reduce(0) { $0 + sums[$1] }
        let count = k.map { variances.memberships[$0] } ?? Double(subjectCount)
        let share = sum / (Double(tie.count) * count * omega)
        guard share.isFinite else { return nil }
        // Where iterations have ended on the way of a variance to 0, Σ is smaller than the M-step
        // would have it.
        return Shrinkage(effect: model.effects[j].name, component: k, share: min(1, share))
      }
    }
  }
}

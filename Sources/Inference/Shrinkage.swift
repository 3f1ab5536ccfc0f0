package import Estimation
import NumericKernels
import PopulationModel

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

import Estimation
import NumericKernels
import PopulationModel

// Maxima on the boundary of the parameters, and components that are the same.

extension FitWarning {
  /// A variance far below what the start had creeps to 0.
  static func vanishingVariances(_ fit: FitResult) -> [FitWarning] {
    var warnings: [FitWarning] = []
    for (j, effect) in fit.model.effects.enumerated() {
      let isMixture = effect.membership == .mixture && fit.model.componentCount > 1
      let hasOne = !isMixture || fit.model.covarianceSharing == .equal
      let startVariance = fit.start.covariances.map { $0[j, j] }.max() ?? 0
      for k in 0..<(hasOne ? 1 : fit.model.componentCount) {
        let variance = fit.estimates.covariances[k][j, j]
        let mean = effect.distribution == .normal ? fit.estimates.means[k][j] : 1
        let share = variance / startVariance
        // A variance that has a prior is where the prior wants it.
        let place = fit.model.tie(of: j)?[0] ?? j
        let parameter = FreeParameter.covariance(
          row: place, column: place, component: hasOne ? nil : k)
        if fit.settings.prior.term(of: parameter) != nil { continue }
        // Or it has been shown to be 0, which the end of the fit says; a component may have
        // collapsed to a few subjects all the same.
        if hasOne, fit.stopReason.boundaries.contains(where: { $0.parameter == parameter }) {
          continue
        }
        if share < 1e-4 || variance < 1e-8 * mean * mean, !fit.model.fixed.variances[k][j] {
          warnings.append(
            .vanishingVariance(
              effect: effect.name, component: hasOne ? nil : k, share: share,
              prior: usualVariance(j, fit)))
        }
      }
    }
    return warnings
  }

  /// The largest variance that an effect has in a component, or where all are far below that of the
  /// start the latter.
  private static func usualVariance(_ j: Int, _ fit: FitResult) -> Double {
    let start = fit.start.covariances.map { $0[j, j] }.max() ?? 1
    let largest = fit.estimates.covariances.map { $0[j, j] }.max() ?? start
    return largest > 0.01 * start ? largest : start
  }

  /// A part of a residual error that the data do not have goes to 0.
  static func vanishingResiduals(_ fit: FitResult) -> [FitWarning] {
    // It is said then of which rows the likelihood has no maximum.
    guard fit.stopReason.unbounded.isEmpty else { return [] }
    let free = fit.free
    return free.list.compactMap { parameter in
      guard case .direct(let place, _) = parameter, fit.model.direct[place].isPositive,
        fit.settings.prior.term(of: parameter) == nil,
        !fit.stopReason.boundaries.contains(where: { $0.parameter == parameter })
      else { return nil }
      let share = free.value(parameter, in: fit.estimates) / free.value(parameter, in: fit.start)
      return share < 1e-4 ? .vanishingResidual(name: free.name(parameter)) : nil
    }
  }

  /// Components with nearly the same distribution: one would do, or the fit is at a saddle between
  /// them.
  static func coincidences(_ fit: FitResult) -> [FitWarning] {
    var warnings: [FitWarning] = []
    let mixture = fit.model.mixtureEffects
    for b in 0..<fit.model.componentCount {
      for a in 0..<b {
        let isAlike =
          mixture.allSatisfy { j in
            let va = fit.estimates.covariances[a][j, j]
            let vb = fit.estimates.covariances[b][j, j]
            let distance = fit.estimates.means[a][j] - fit.estimates.means[b][j]
            return distance * distance < 0.0025 * min(va, vb) && max(va, vb) < 1.1 * min(va, vb)
          } && isAlike(fit.estimates.direct[a], fit.estimates.direct[b])
        if isAlike { warnings.append(.coincidingComponents(a, b)) }
      }
    }
    return warnings
  }

  /// Whether fixed effects and residual errors of two components hardly differ.
  private static func isAlike(_ a: [Double], _ b: [Double]) -> Bool {
    zip(a, b).allSatisfy { abs($0 - $1) < 0.05 * max(abs($0), abs($1)) }
  }

  /// Two effects that vary as one: a maximum on the boundary.
  static func perfectCorrelations(_ fit: FitResult) -> [FitWarning] {
    var warnings: [FitWarning] = []
    let names = fit.model.effects.map(\.name)
    for i in names.indices {
      for j in 0..<i where fit.model.isInBlock(i, j) && !fit.model.fixed.variances[0][i] {
        let isMixture = fit.model.effects[i].membership == .mixture
        let hasOne =
          !isMixture || fit.model.componentCount == 1 || fit.model.covarianceSharing == .equal
        for k in 0..<(hasOne ? 1 : fit.model.componentCount) {
          let omega = fit.estimates.covariances[k]
          // The end of the fit says so.
          let isSaid = fit.stopReason.boundaries.contains { finding in
            finding.singular.map { $0.contains(names[i]) && $0.contains(names[j]) } ?? false
              && (finding.parameter.component ?? k) == k
          }
          if isSaid { continue }
          if abs(omega[i, j]) > 0.995 * (omega[i, i] * omega[j, j]).squareRoot() {
            warnings.append(
              .perfectCorrelation(
                first: names[j], second: names[i], component: hasOne ? nil : k,
                prior: names.indices.filter { fit.model.isInBlock(i, $0) }.map {
                  EffectVariance(effect: names[$0], variance: usualVariance($0, fit))
                }))
          }
        }
      }
    }
    return warnings
  }
}

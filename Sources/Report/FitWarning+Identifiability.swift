import Estimation
import Inference
import NumericKernels
import PopulationModel

// What the data do not say, or say in ways that contradict each other.

extension FitWarning {
  /// The parameters with the largest parts in the direction of which the data say least, in their
  /// order.
  static func indistinct(_ fit: FitResult) -> [String] {
    guard let direction = fit.covariance.weakestDirection else { return [] }
    let largest = direction.map(abs).max() ?? 0
    // At most four: more names help nobody.
    let chosen = direction.indices.filter { abs(direction[$0]) > 0.3 * largest }
      .sorted { abs(direction[$0]) > abs(direction[$1]) }.prefix(4).sorted()
    let names = fit.free.names
    return chosen.map { names[$0] }
  }

  /// Parameters whose standard errors depend by more than a factor of 2 on how they are found.
  static func differingStandardErrors(_ fit: FitResult) -> [FitWarning] {
    guard fit.stopReason.isRegular,
      fit.covariance.conditionNumber ?? .infinity <= EstimateCovariance.singularity,
      let outerProduct = fit.covariance.covariance?.diagonal,
      let observed = fit.covariance.observed?.diagonal,
      let sandwich = fit.covariance.sandwich?.diagonal
    else { return [] }
    let names = fit.free.names
    let differing = names.indices.map { i in
      StandardErrorsOfParameter(
        name: names[i], outerProduct: outerProduct[i].squareRoot(),
        observed: observed[i].squareRoot(), sandwich: sandwich[i].squareRoot())
    }.filter { $0.factor > 2 }.sorted { $0.factor > $1.factor }
    return differing.isEmpty ? [] : [.differingStandardErrors(Array(differing.prefix(3)))]
  }

  /// What searches for profiles came upon, and what they did not find.
  static func profileWarnings(_ fit: FitResult) -> [FitWarning] {
    var warnings: [FitWarning] = []
    if let best = fit.profiles.max(by: { $0.gain < $1.gain }), best.gain > 0 {
      warnings.append(.higherElsewhere(profile: best.name, gain: best.gain))
    }
    let missing = fit.profiles.filter { $0.low == nil || $0.high == nil }.map(\.name)
    if !missing.isEmpty { warnings.append(.profilesMissing(missing)) }
    return warnings
  }

  /// Weights of which the data allow that no subject, or every subject, is in the component.
  static func weightsAtBoundary(_ fit: FitResult) -> [FitWarning] {
    // With covariates w is that of subjects whose covariates are all 0.
    guard fit.model.componentCount > 1, fit.model.weightCovariates.isEmpty else { return [] }
    let one = 1 / Double(fit.subjectCount)
    let weights: [(component: Int, low: Double, high: Double)] =
      (fit.parameterTable + fit.derivedTable).compactMap { row in
        guard row.base == "w", !row.isFixed, let component = row.component,
          let interval = row.interval
        else { return nil }
        return (component, interval.low, interval.high)
      }
    func warning(_ component: Int, _ bound: Double, isLow: Bool) -> FitWarning {
      .weightAtBoundary(
        component: component, bound: bound, isLow: isLow, subjects: fit.subjectCount)
    }
    let low = weights.filter { $0.low < one }
    // Of two components one is at 0 where the other is at 1, which is said once.
    return low.isEmpty
      ? weights.filter { $0.high > 1 - one }.map { warning($0.component, $0.high, isLow: false) }
      : low.filter { fit.estimates.weights[$0.component] * Double(fit.subjectCount) >= smallest }
        .map { warning($0.component, $0.low, isLow: true) }
  }

  /// Subjects without which an estimate would be elsewhere.
  static func influentialSubjects(_ fit: FitResult) -> [FitWarning] {
    guard fit.stopReason.isRegular,
      fit.covariance.conditionNumber ?? .infinity <= EstimateCovariance.singularity,
      let influence = fit.influence, influence.moverCount > 0
    else { return [] }
    let movers = influence.most.sorted {
      (abs($1.change), $0.index) < (abs($0.change), $1.index)
    }
    let named = movers.prefix(min(3, influence.moverCount))
    return [.influentialSubjects(Array(named), count: influence.moverCount)]
  }

  static func overlappingClasses(_ fit: FitResult) -> [FitWarning] {
    guard fit.model.componentCount > 1, !fit.stopReason.isDegenerate,
      fit.stopReason.unbounded.isEmpty
    else { return [] }
    let share = fit.classes.expectedMisclassifications / Double(fit.subjectCount)
    return share > 0.25 ? [.overlappingClasses(share: share)] : []
  }
}

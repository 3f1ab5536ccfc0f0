/// Why the iterations ended.
package enum StopReason: Sendable, Equatable, Codable {
  /// The number of iterations asked for is done; `paper` does not test for convergence.
  case iterationsCompleted(Int)
  /// The estimated distance to the fixed point is below the tolerance.
  case converged(iterations: Int, distance: Double)
  /// log L does not rise any more, though the estimates still move: to a boundary, or along a
  /// direction that the data do not determine.
  case flat(iterations: Int, distance: Double)
  /// log L does not rise any more, and the estimates do not move, but the scores do not say that
  /// this place is better than others: in some direction log L has no curvature to the precision of
  /// its integrals.
  case undetermined(iterations: Int)
  /// The iterations have converged, but independent integrals or the scores by them say otherwise.
  case notVerified(UnverifiedEnd)
  /// log L has its maximum at the end of the range of some parameters, such as a variance at 0.
  case boundary(iterations: Int, distance: Double, [BoundaryFinding])
  /// The limit was reached before the tolerance.
  case iterationLimit(Int, distance: Double)
  /// An M-step had no regular maximum; the estimates are those before it.
  case degenerate(DegenerateComponent, iteration: Int)
  /// The likelihood has no maximum; the estimates are where that was seen.
  case unbounded([UnboundedFinding], iterations: Int)

  /// Whether the result is what was asked for.
  package var isRegular: Bool {
    switch self {
    case .iterationsCompleted, .converged, .flat, .undetermined, .boundary: true
    case .iterationLimit, .degenerate, .notVerified, .unbounded: false
    }
  }

  /// Whether the iterations ended because there was no regular M-step.
  package var isDegenerate: Bool { if case .degenerate = self { true } else { false } }

  /// Whether the iterations that were allowed were not enough.
  var isIterationLimit: Bool { if case .iterationLimit = self { true } else { false } }

  /// Iterations that were done.
  var iterations: Int {
    switch self {
    case .iterationsCompleted(let count), .converged(let count, _), .flat(let count, _),
      .undetermined(let count), .boundary(let count, _, _), .iterationLimit(let count, _),
      .degenerate(_, let count), .unbounded(_, let count):
      count
    case .notVerified(let end): end.iterations
    }
  }

  /// The parameters whose best value is the end of their range.
  package var boundaries: [BoundaryFinding] {
    if case .boundary(_, _, let findings) = self { findings } else { [] }
  }

  /// In which ways the likelihood has no maximum.
  package var unbounded: [UnboundedFinding] {
    if case .unbounded(let findings, _) = self { findings } else { [] }
  }

  /// Whether log L has stopped to rise where the data do not say where its maximum is.
  package var isFlat: Bool {
    switch self {
    case .flat, .undetermined: true
    default: false
    }
  }

  /// The same where the data do not determine the estimates. In a singular block the curvature is
  /// not known, and says nothing.
  var withoutMaximum: StopReason {
    switch self {
    case .converged: .undetermined(iterations: iterations)
    case .boundary where boundaries.allSatisfy { $0.singular == nil }:
      .undetermined(iterations: iterations)
    default: self
    }
  }

  /// The same reason with component `order[k]` in place k.
  func permuted(_ order: [Int]) -> StopReason {
    if case .boundary(let iterations, let distance, let findings) = self {
      return .boundary(
        iterations: iterations, distance: distance, findings.map { $0.permuted(order) })
    }
    guard case .degenerate(let trouble, let iteration) = self else { return self }
    let place = order.firstIndex(of: trouble.component) ?? trouble.component
    return .degenerate(
      DegenerateComponent(component: place, kind: trouble.kind), iteration: iteration)
  }

  /// A word for tables.
  package var label: String {
    switch self {
    case .iterationsCompleted: "completed"
    case .converged: "converged"
    case .flat, .undetermined: "flat"
    case .notVerified: "not verified"
    case .boundary: "at boundary"
    case .iterationLimit: "not converged"
    case .degenerate: "degenerate"
    case .unbounded: "unbounded"
    }
  }
}

extension StopReason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .iterationsCompleted(let n):
      "all \(n) iterations done, as asked; convergence is not tested by this method"
    case .converged(let n, let distance):
      "converged after \(n) iteration\(n == 1 ? "" : "s"); estimated distance to the maximum "
        + "\(distance.inWords) standard deviations"
    case .flat(let n, let distance):
      "flat: after \(n) iterations log L does not rise any more, while estimates still move, by "
        + "\(distance.isFinite ? distance.inWords : "an unknown number of") standard deviations to the maximum or more: to a boundary, or where the "
        + "data do not determine them"
    case .undetermined(let n):
      "flat: after \(n) iteration\(n == 1 ? "" : "s") log L does not rise any more, but the data do "
        + "not determine all estimates: in some direction log L is level to the precision of its "
        + "integrals, and other values are as good"
    case .notVerified(let end): end.description
    case .boundary(let n, let distance, let findings):
      "at boundary after \(n) iteration\(n == 1 ? "" : "s"): the likelihood is highest with "
        + findings.map(\.text).joined(separator: " and ")
        + ", where its slope is not positive"
        + (findings.contains { $0.singular != nil }
          ? ""
          : "; the other estimates are those of the model without "
            + (findings.count == 1 ? "it" : "them"))
        + "; estimated distance to the maximum \(distance.inWords) standard deviations"
    case .iterationLimit(let n, let distance):
      "not converged: after \(n) iterations the estimated distance to the maximum is "
        + (distance.isFinite
          ? "still \(distance.inWords) standard deviations"
          : "not known, as the steps do not shrink yet")
        + "; raise `iterations`, or look for a parameter that the data do not determine"
    case .unbounded(let findings, _): findings.map(\.description).joined(separator: "; ")
    case .degenerate(let trouble, let iteration):
      switch trouble.kind {
      case .empty:
        "iteration \(iteration): component \(trouble.component + 1) lost all subjects; "
          + "try fewer components, other starting values, or a prior of all that is its own"
      case .collapsed:
        "iteration \(iteration): the covariance of component \(trouble.component + 1) collapsed "
          + "to a singular matrix; try `covariance-across-components: equal`, a diagonal "
          + "covariance, fewer components, or a prior of its variances, as in "
          + "`prior: {variance: {NAME: {value: 0.04, degrees-of-freedom: 10}}}`"
      case .perfectFit:
        "iteration \(iteration): the residual variance became 0, the model fits every observation "
          + "exactly; there are too few observations per subject to estimate it without a prior, as in "
          + "`prior: {sigma: {value: 0.1, degrees-of-freedom: 10}}`"
      }
    }
  }
}

extension Double {
  /// A distance with two significant digits.
  var inWords: String {
    guard self < 1000 else { return "more than 1000" }
    guard self > 0 else { return "0" }
    var scale = 1.0
    var size = self
    while size >= 10 { (size, scale) = (size / 10, scale / 10) }
    while size < 1 { (size, scale) = (size * 10, scale * 10) }
    let text = "\((self * scale * 10).rounded() / (scale * 10))"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

/// A fit that cannot go on and has no result.
package enum EstimationError: Error, Equatable, Sendable {
  /// The likelihood of some subjects is 0 in all samples; the first are named. Where the model
  /// predicts nothing of one of them, `trouble` is the reason, a sentence without an end.
  case impossibleSubjects(ids: [String], count: Int, iteration: Int, trouble: String? = nil)
  /// The starting covariance of a component is not positive definite.
  case startNotPositiveDefinite(component: Int)
  /// Two components start with the same values, between which EM can never tell.
  case componentsStartAlike(Int, Int)
  /// No prediction of the model is near the data for any parameters tried.
  case noStart
  /// The likelihood is infinite whatever the parameters are.
  case unbounded(UnboundedFinding)

  /// Whether iterations have led to where nothing is possible; at the start it is the user's values
  /// or rows that are wrong.
  package var hasLostItsWay: Bool {
    if case .impossibleSubjects(_, _, let iteration, _) = self { iteration > 1 } else { false }
  }

  /// How many subjects a message names.
  static let namedSubjects = 5
}

extension EstimationError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .impossibleSubjects(let ids, let count, let iteration, let trouble?):
      """
      the data of \(count == 1 ? "subject" : "\(count) subjects") \
      \(ids.joined(separator: ", "))\(count > ids.count ? ", …" : "") have probability 0 under \
      the parameters of iteration \(iteration), as the model has no prediction: \(trouble); \
      correct the row, or give starting values at which the model predicts.
      """
    case .impossibleSubjects(let ids, let count, let iteration, nil):
      """
      the data of \(count == 1 ? "subject" : "\(count) subjects") \
      \(ids.joined(separator: ", "))\(count > ids.count ? ", …" : "") have probability 0 under \
      the parameters of iteration \(iteration); check \(count == 1 ? "its" : "their") rows for \
      errors of units or give starting values nearer to the data.
      """
    case .startNotPositiveDefinite(let component):
      """
      the starting covariance of component \(component + 1) is not positive definite; lower the \
      correlations in `start`.
      """
    case .componentsStartAlike(let a, let b):
      """
      components \(a + 1) and \(b + 1) start with the same means and covariances, and EM can never tell \
      such components apart; give different `typical` values.
      """
    case .unbounded(let finding): "\(finding)."
    case .noStart:
      """
      no starting values could be found from the data, because no parameters that were tried predict \
      anything near the observations; give them in `model: start:`.
      """
    }
  }
}

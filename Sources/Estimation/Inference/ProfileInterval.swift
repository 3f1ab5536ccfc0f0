import NumericKernels
import PopulationModel

/// A 95 % interval by the profile likelihood of one parameter: all its values v for which 2(log
/// L(ϕ̂) − max over the others of log L) is at most q² (Venzon & Moolgavkar, Appl Stat 37 (1988)
/// 87–94), where q is a quantile as `ProfileQuantile` has it. It is the same on any scale of the
/// parameter.
package struct ProfileInterval: Sendable, Equatable, Codable {
  /// As in the tables of parameters.
  package let name: String
  /// The ends; `nil` where the search for one failed. An end is that of the parameter's range (0 of
  /// a variance, infinity of a mean) where log L never falls enough on that side.
  package let low: Double?
  package let high: Double?
  /// What log L is higher by than at the estimates, where the search came upon a better maximum;
  /// else 0.
  package let gain: Double
}

/// How far log L falls at the ends of a profile interval: by q²/2.
package enum ProfileQuantile: String, Sendable, CaseIterable, Codable {
  /// q is the 97.5 % quantile of Student's t with as many degrees of freedom as subjects are behind
  /// the parameter, less one: n w_k for those of component k, n for all others. Of few subjects the
  /// likelihood ratio is wider than its limit.
  case student
  /// q is that of the normal distribution, 1.96: q² is the 95 % quantile of χ² with one degree of
  /// freedom.
  case normal
}

extension FitResult {
  /// q of the profile interval of a parameter.
  package func profileQuantile(component: Int?, isWeight: Bool) -> Double {
    guard settings.profileQuantile == .student else {
      return studentQuantile(0.975, degrees: .infinity)
    }
    var subjects = Double(subjectCount)
    if let component, !isWeight, model.componentCount > 1 {
      // With covariates the weights are those of no subject in particular.
      subjects =
        model.weightCovariates.isEmpty
        ? subjects * estimates.weights[component] : Double(classes.subjects[component])
    }
    return studentQuantile(0.975, degrees: max(1, subjects - 1))
  }
}

/// Which parameters of a fit get profile intervals.
package enum ProfileRequest: Sendable, Equatable, Codable {
  /// All that are free.
  case all
  /// Names of free or derived parameters.
  case names([String])

  /// None at all.
  package static let none = ProfileRequest.names([])
}

extension IntervalScale {
  /// Where a value is on this scale.
  func coordinate(of x: Double) -> Double {
    switch self {
    case .plain: x
    case .log: NumericKernels.log(x)
    case .logit: NumericKernels.log(x / (1 - x))
    case .fisher: 0.5 * NumericKernels.log((1 + x) / (1 - x))
    }
  }

  /// The value there; at ±∞ the end of the range.
  func value(at y: Double) -> Double {
    switch self {
    case .plain: y
    case .log: exp(y)
    case .logit: 1 / (1 + exp(-y))
    case .fisher: 1 - 2 / (exp(2 * y) + 1)
    }
  }
}

package import Estimation
import NumericKernels
import PopulationModel

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

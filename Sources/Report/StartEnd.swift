package import Estimation
import NumericKernels
import PopulationModel

/// Where a fit from one start ended, as far as it takes to tell maxima of the likelihood apart.
package struct StartEnd: Sendable, Equatable, Codable {
  package var minusTwoLogLikelihood: Double
  /// −2(log L + log p(ϕ̂)); `nil` without a prior.
  package var minusTwoLogPosterior: Double?
  /// What the nodes leave open in it, as a standard error; `nil` where that is not known.
  package var samplingError: Double?
  /// Of the free parameters, with components in their stable order.
  package var estimates: [Double]
  /// Differences of each estimate that mean nothing.
  package var resolutions: [Double]

  package init(
    minusTwoLogLikelihood: Double, minusTwoLogPosterior: Double? = nil,
    samplingError: Double? = nil, estimates: [Double], resolutions: [Double]
  ) {
    self.minusTwoLogLikelihood = minusTwoLogLikelihood
    self.minusTwoLogPosterior = minusTwoLogPosterior
    self.samplingError = samplingError
    self.estimates = estimates
    self.resolutions = resolutions
  }

  /// A tenth of a standard error or three sampling errors mean nothing, whichever is more; half a
  /// standard error of `paper`, whose ends move with its samples; without standard errors a
  /// hundredth of the estimate, or of the spread of what it belongs to.
  /// - Returns: `nil` unless the fit ended as it should.
  package init?(_ fit: FitResult) {
    guard fit.stopReason.isRegular else { return nil }
    let free = fit.free
    // What is held at 0 has a value that is 0 for all purposes.
    let zeros = Set(fit.stopReason.boundaries.filter { $0.singular == nil }.map(\.parameter))
    let estimates = zip(free.list, free.values(in: fit.estimates)).map {
      zeros.contains($0) ? 0 : $1
    }
    let errors = fit.covariance.standardErrors
    let sampling = fit.samplingError?.estimates
    let share = fit.settings.method.resolution
    let resolutions = free.list.indices.map { i in
      if let errors { return max(share * errors[i], 3 * (sampling?[i] ?? 0)) }
      return 0.01 * max(abs(estimates[i]), Self.spread(free.list[i], in: fit))
    }
    let error = fit.minusTwoLogLikelihoodError
    let all = [fit.minusTwoLogLikelihood, error ?? 0] + estimates + resolutions
    guard all.allSatisfy(\.isFinite) else { return nil }
    self.init(
      minusTwoLogLikelihood: fit.minusTwoLogLikelihood,
      minusTwoLogPosterior: fit.logPosterior.map { -2 * $0 }, samplingError: error,
      estimates: estimates, resolutions: resolutions)
  }

  /// What fits climb, times −2: of the posterior where there is a prior, else of the likelihood.
  var objective: Double { minusTwoLogPosterior ?? minusTwoLogLikelihood }

  /// Of the effects that a parameter describes.
  private static func spread(_ parameter: FreeParameter, in fit: FitResult) -> Double {
    func deviation(_ effect: Int, _ component: Int?) -> Double {
      fit.estimates.covariances[component ?? 0][effect, effect].squareRoot()
    }
    switch parameter {
    case .mean(let effect, let component): return deviation(effect, component)
    case .covariance(let row, let column, let component):
      return deviation(row, component) * deviation(column, component)
    case .coefficient(let place, let component):
      return deviation(fit.model.covariateEffects[place].effect, component)
    case .weight, .weightCoefficient: return 1
    case .direct, .residualVariance: return 0
    }
  }

  /// Whether both are the same maximum: −2 log L, or with a prior that of the posterior, within
  /// 0.01 or three sampling errors, and all estimates within their resolutions.
  package func isSame(as other: StartEnd) -> Bool {
    abs(objective - other.objective) < height(to: other)
      && estimates.count == other.estimates.count
      && estimates.indices.allSatisfy {
        abs(estimates[$0] - other.estimates[$0]) <= max(resolutions[$0], other.resolutions[$0])
      }
  }

  /// The difference of −2 log L from which on it means something.
  func height(to other: StartEnd) -> Double {
    let (a, b) = (samplingError ?? 0, other.samplingError ?? 0)
    return max(0.01, 3 * (a * a + b * b).squareRoot())
  }
}

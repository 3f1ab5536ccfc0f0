package import Estimation

extension SamplingError {
  /// How many nodes there were, and what they leave open in the estimates, in one line.
  package var text: String {
    let (least, most) = (samples.lowerBound, samples.upperBound)
    let count = least == most ? "\(least)" : "\(least) to \(most)"
    let share =
      largestShare.map {
        "; their error is at most \(significant($0, 2)) standard errors of an estimate"
      } ?? ""
    return "nodes: \(count) a subject and component\(share)"
  }

  /// Whether it is above what the job asks for. That is asked of the nodes of the fit; independent
  /// integrals have an error of their own.
  func misses(_ precision: Double?) -> Bool {
    guard !isIndependent, let precision else { return false }
    return largestShare ?? 0 > precision || minusTwoLogLikelihood > precision
  }

  /// Whether it is above what the job asks for, or above what can be overlooked beside a standard
  /// error.
  package func exceeds(_ precision: Double?) -> Bool {
    misses(precision) || largestShare ?? 0 > 0.05 || minusTwoLogLikelihood > 1
  }
}

extension FitResult {
  /// Standard error of −2 log L by the sampling of the integrals: as measured by `exact`, or from
  /// the weights of independent samples.
  package var minusTwoLogLikelihoodError: Double? {
    samplingError?.minusTwoLogLikelihood
      ?? (hasIndependentSamples ? 2 * logLikelihoodError.standardError : nil)
  }

  /// Whether the weights of the samples tell their own error.
  var hasIndependentSamples: Bool { settings.nodes == .independent && settings.samples > 1 }
}

extension EstimationSettings {
  /// What the nodes are called.
  package var nodeText: String {
    switch nodes {
    case .lattice: "lattice points"
    case .sobol: "Sobol' points"
    case .gaussHermite: "Gauss-Hermite nodes"
    case .independent: !method.keepsNodes ? "fresh samples" : "independent samples"
    }
  }
}

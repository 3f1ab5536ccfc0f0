import Estimation
import PopulationData

extension EstimationOptions {
  /// What they ask for, in plain words.
  package var lines: [String] {
    let method = settings.method
    let (samples, iterations, seed) = (settings.samples, settings.iterations, settings.seed)
    let nodes =
      switch settings.nodes {
      case .lattice: "\(samples) lattice points per subject and component"
      case .sobol: "\(samples) Sobol' points per subject and component"
      case .gaussHermite:
        "Gauss-Hermite nodes of order \(order ?? 0), \(samples) per subject and component"
      case .independent where !method.keepsNodes:
        "\(samples) fresh samples per subject and component in each iteration"
      case .independent: "\(samples) independent samples per subject and component"
      }
    guard method.endsAtMaximum else {
      return [
        "\(method.name), \(nodes)", settings.envelopeLine, "\(iterations) iterations, seed \(seed)",
      ]
    }
    let precision =
      settings.precision.map {
        "precision: nodes are added where needed, until their error is below \(csvNumber($0)) standard "
          + "errors of each estimate and \(csvNumber($0)) units of -2 log L"
      } ?? "precision: none asked for, the error of the nodes is only measured"
    return [
      "\(method.name), \(nodes)", precision, settings.envelopeLine,
      "\(settings.isAccelerated ? "accelerated EM (Anderson)" : "plain EM"), until the distance to "
        + "the maximum is below \(csvNumber(settings.tolerance)), at most \(iterations) iterations, seed \(seed)",
    ]
  }
}

extension EstimationSettings {
  fileprivate var envelopeLine: String {
    let tails =
      envelopeDegreesOfFreedom.map {
        "Student's t with \(csvNumber($0)) degrees of freedom, scale matrix"
      } ?? "normal, covariance matrix"
    let share =
      priorShare == 0
      ? "" : "; \(csvNumber(100 * priorShare)) % of the samples from the component itself"
    return "envelope: \(tails) × \(csvNumber(envelopeInflation))\(share)"
  }
}

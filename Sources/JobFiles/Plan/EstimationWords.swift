import Estimation
import PopulationData

extension EstimationOptions {
  /// What they ask for, in plain words.
  /// - Parameter nodeCount: T, of a Gauss–Hermite rule for all its dimensions.
  package func lines(nodeCount: Int) -> [String] {
    guard let exact else {
      return [
        "paper, \(samples) fresh samples per subject and component in each iteration",
        envelope.line, "\(iterations) iterations, seed \(seed)",
      ]
    }
    let nodes =
      switch exact.nodes {
      case .lattice: "\(nodeCount) lattice points per subject and component"
      case .sobol: "\(nodeCount) Sobol' points per subject and component"
      case .gaussHermite:
        "Gauss-Hermite nodes of order \(samples), \(nodeCount) per subject and component"
      case .independent: "\(nodeCount) independent samples per subject and component"
      }
    let precision =
      exact.precision.map {
        "precision: nodes are added where needed, until their error is below \(csvNumber($0)) standard "
          + "errors of each estimate and \(csvNumber($0)) units of -2 log L"
      } ?? "precision: none asked for, the error of the nodes is only measured"
    return [
      "exact, \(nodes)", precision, envelope.line,
      "\(exact.acceleration == .anderson ? "accelerated EM (Anderson)" : "plain EM"), until the distance to "
        + "the maximum is below \(csvNumber(exact.tolerance)), at most \(iterations) iterations, seed \(seed)",
    ]
  }
}

extension EnvelopeOptions {
  fileprivate var line: String {
    let tails =
      degreesOfFreedom.map {
        "Student's t with \(csvNumber($0)) degrees of freedom, scale matrix"
      } ?? "normal, covariance matrix"
    let share =
      priorShare == 0
      ? "" : "; \(csvNumber(100 * priorShare)) % of the samples from the component itself"
    return "envelope: \(tails) × \(csvNumber(inflation))\(share)"
  }
}

import Foundation

/// A random effect of the job, made of an ETA and, where it can be, the THETA that is its mean.
struct RandomEffectForm {
  enum Distribution: String {
    case normal, lognormal
    case logitNormal = "logit-normal"

    /// The value in natural units of one on the scale where the effect is normal.
    func natural(_ value: Double) -> Double {
      switch self {
      case .lognormal: exp(value)
      case .logitNormal: 1 / (1 + exp(-value))
      case .normal: value
      }
    }
  }

  enum Mean {
    /// The typical value in natural units: CL = θ·exp(η)
    case typical(Value)
    /// The mean on the scale where the effect is normal: CL = exp(θ + η)
    case mean(Value)
    /// No THETA: an ETA by itself.
    case zero
  }

  var name: String
  var distribution: Distribution
  var mean: Mean
  /// An ETA, or one for each component.
  var eta: Value
  var occasions: OccasionSwitch?
  /// Whether the ETA is relative to the mean: V = θ·(1 + η)
  var isRelative = false

  /// The THETA of its mean, or one for each component.
  var theta: Value? {
    switch mean {
    case .typical(let value), .mean(let value): value
    case .zero: nil
    }
  }

  var thetas: [Int] { theta?.leafThetas ?? [] }
  /// The ETAs between subjects, one or one for each component.
  var subjectEtas: [Int] { eta.leafEtas }
  /// The ETAs between subjects and those of occasions.
  var etas: [Int] { subjectEtas + (occasions?.etas ?? []) }
  var hasOwnEtas: Bool { eta.isPerComponent }
  var hasOwnMeans: Bool { theta?.isPerComponent ?? false }
}

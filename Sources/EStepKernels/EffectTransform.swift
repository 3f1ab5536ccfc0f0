import KernelInterface
import NumericKernels
import PopulationModel

// What the inner loops know of the distributions of effects; all else is in
// `PopulationModel/EffectDistribution.swift`.

extension EStepKernel {
  /// θ = g(φ) of an effect; see `EffectDistribution`.
  func transform(
    _ effect: Int, _ source: UnsafePointer<Lanes>, _ target: UnsafeMutablePointer<Lanes>,
    _ count: Int
  ) {
    switch transforms[effect] {
    case .normal: for v in 0..<count { target[v] = source[v] }
    case .lognormal:
      for v in 0..<count { target[v] = exp2Clamped(source[v] * (2 * halfLog2e)) }
    case .logitNormal(let lower, let upper):
      let width = upper - lower
      for v in 0..<count {
        target[v] = lower + width / (1 + exp2Clamped(source[v] * (-2 * halfLog2e)))
      }
    case .boxCox(let power):
      let perPower = 1 / power
      // The logarithm of what is not positive is not a number, which has the weight 0.
      for v in 0..<count {
        target[v] = exp(log(fma(source[v], Lanes.all(power), Lanes.all(1))) * perPower)
      }
    }
  }
}

extension EffectDistribution {
  /// Whether θ is the exponential of φ, whose factor log₂ e is then taken with the mean.
  @inline(__always)
  var isExponential: Bool { if case .lognormal = self { true } else { false } }

  @inline(__always)
  var isIdentity: Bool { if case .normal = self { true } else { false } }
}

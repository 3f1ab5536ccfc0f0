import KernelInterface
import NumericKernels
import PopulationModel

/// The densities w_k N(φ; μ_k, Σ_k) of all components, prepared for the inner loops: K blocks of numbers, p or p(p + 1)/2 each.
///
/// The class owns its memory, which each E-step fills anew.
final class ComponentDensities {
  let effectCount: Int
  let componentCount: Int
  /// μ_k
  let mean: UnsafeMutablePointer<Double>
  /// Λ_k with Σ_k = ΛΛᵀ, packed.
  let factor: UnsafeMutablePointer<Double>
  /// Λ_k⁻¹ and Σ_k⁻¹, packed.
  let inverseFactor: UnsafeMutablePointer<Double>
  let precision: UnsafeMutablePointer<Double>
  /// Standard deviations of the effects.
  let deviation: UnsafeMutablePointer<Double>
  /// log w_k − log |Λ_k|
  let logScale: UnsafeMutablePointer<Double>
  private(set) var residualVariance = 1.0
  /// −½ log 2πσ²
  private(set) var logResidualDensity = 0.0
  private let memory: UnsafeMutablePointer<Double>

  init(effectCount p: Int, componentCount k: Int) {
    effectCount = p
    componentCount = k
    let packed = SymmetricMatrix.elementCount(p)
    let count = k * (2 * p + 3 * packed + 1)
    memory = .allocate(capacity: count)
    memory.initialize(repeating: 0, count: count)
    mean = memory
    factor = mean + k * p
    inverseFactor = factor + k * packed
    precision = inverseFactor + k * packed
    deviation = precision + k * packed
    logScale = deviation + k * p
  }

  deinit { memory.deallocate() }

  var packed: Int { SymmetricMatrix.elementCount(effectCount) }

  /// Takes new parameters.
  /// - Parameter parameters: all Σ_k positive definite.
  func update(_ parameters: PopulationParameters) {
    let p = effectCount
    residualVariance = parameters.residualVariance
    logResidualDensity = -0.5 * log(2 * Double.pi * residualVariance)
    for k in 0..<componentCount {
      let own = factor + k * packed
      for i in 0..<packed { own[i] = parameters.covariances[k].elements[i] }
      for i in 0..<p {
        mean[k * p + i] = parameters.means[k][i]
        deviation[k * p + i] = own[SymmetricMatrix.index(i, i)].squareRoot()
      }
      guard CholeskyFactor.factor(own, dimension: p) else {
        preconditionFailure("covariances are positive definite")
      }
      CholeskyFactor.invert(
        own, dimension: p, inverse: inverseFactor + k * packed, product: precision + k * packed)
      var scale = log(parameters.weights[k])
      for i in 0..<p { scale -= log(own[SymmetricMatrix.index(i, i)]) }
      logScale[k] = scale
    }
  }

  /// −½(φ − μ_k)ᵀΣ_k⁻¹(φ − μ_k)
  func exponent(_ k: Int, at phi: UnsafePointer<Double>) -> Double {
    let p = effectCount
    let inverse = inverseFactor + k * packed
    var square = 0.0
    for i in 0..<p {
      var u = 0.0
      for j in 0...i {
        u += inverse[SymmetricMatrix.index(i, j)] * (phi[j] - mean[k * p + j])
      }
      square += u * u
    }
    return -0.5 * square
  }
}

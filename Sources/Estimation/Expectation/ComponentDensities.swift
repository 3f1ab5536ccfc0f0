import KernelInterface
import NumericKernels
import PopulationModel

/// The densities w_k N(φ; μ_k, Σ_k) of all components, prepared for the inner loops: K blocks of
/// numbers, p or p(p + 1)/2 each.
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
  /// σ²; 1 in a model with direct parameters, whose likelihood has no such factor.
  private(set) var residualVariance = 1.0
  /// −½ log 2πσ²
  private(set) var logResidualDensity = 0.0
  /// The effect of each coefficient of a covariate, and the coefficients of all components;
  /// likewise of the weights.
  let covariateEffects: [Int]
  private(set) var coefficients: [[Double]] = []
  private(set) var weights: [Double] = []
  private(set) var weightCoefficients: [[Double]] = []
  let hasWeightCovariates: Bool
  private let direct: [DirectParameter]
  private let structuralCount: Int
  private let directValues: UnsafeMutablePointer<Double>
  private let memory: UnsafeMutablePointer<Double>

  init(_ model: MixtureModel) {
    let p = model.effectCount
    let k = model.componentCount
    effectCount = p
    componentCount = k
    covariateEffects = model.covariateEffects.map(\.effect)
    hasWeightCovariates = !model.weightCovariates.isEmpty
    direct = model.direct
    structuralCount = model.fixedEffects.count
    let size = DirectValues.size(count: direct.count, structural: structuralCount)
    directValues = .allocate(capacity: max(1, k * size))
    directValues.initialize(repeating: 0, count: max(1, k * size))
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

  deinit {
    memory.deallocate()
    directValues.deallocate()
  }

  /// ψ_k for the kernels; `nil` in a model without direct parameters.
  func directValues(_ k: Int) -> DirectValues? {
    guard !direct.isEmpty else { return nil }
    let size = DirectValues.size(count: direct.count, structural: structuralCount)
    return DirectValues(base: directValues + k * size, count: direct.count)
  }

  /// Half the distance between the two values of a structural parameter whose difference gives a
  /// derivative: errors of a third of its square, and of the rounding of predictions (or the
  /// tolerance of a solver) divided by it.
  private static let differenceStep = 1e-3

  private func placeDirect(_ parameters: PopulationParameters) {
    let size = DirectValues.size(count: direct.count, structural: structuralCount)
    for k in 0..<(direct.isEmpty ? 0 : componentCount) {
      let own = directValues + k * size
      var next = direct.count
      for (a, parameter) in direct.enumerated() {
        let value = parameters.direct[k][a]
        guard case .structural(_, let distribution) = parameter.kind else {
          own[a] = value
          continue
        }
        let step =
          distribution == .normal
          ? Self.differenceStep * max(abs(value), 1e-3) : Self.differenceStep
        own[a] = distribution.natural(value)
        own[next] = distribution.natural(value + step)
        own[next + 1] = distribution.natural(value - step)
        own[next + 2] = 0.5 / step
        next += 3
      }
    }
  }

  var packed: Int { SymmetricMatrix.elementCount(effectCount) }

  /// Takes new parameters.
  /// - Parameter parameters: all Σ_k positive definite.
  func update(_ parameters: PopulationParameters) {
    let p = effectCount
    residualVariance = direct.isEmpty ? parameters.sigma2 : 1
    logResidualDensity = -0.5 * log(2 * Double.pi * residualVariance)
    coefficients = parameters.coefficients
    weights = parameters.weights
    weightCoefficients = parameters.weightCoefficients
    placeDirect(parameters)
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

}

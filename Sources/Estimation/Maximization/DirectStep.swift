import KernelInterface
import NumericKernels
import PopulationModel

/// The step of the direct parameters ψ: one of Fisher's scoring on Q = Σ_i Σ_k E_ik[log p(Y_i | φ,
/// ψ)],
///
///     ψ ← ψ + J⁻¹ ∂Q/∂ψ
///
/// with the information J that the observations are expected to have at each node. For a single
/// variance this is the maximum of Q itself, W07 (9); else it is a step towards it, which is small
/// enough near the end (a generalised EM algorithm; Lange, J Roy Stat Soc B 57 (1995) 425–437).
/// Steps are limited, so that variances stay positive.
///
/// A prior adds the slope of its log density to ∂Q/∂ψ, and to J the curvature at its mode.
struct DirectStep {
  let model: MixtureModel
  let prior: ParameterPrior

  /// A variance changes by no more than this factor at a time.
  private static let largestFactor = 5.0
  /// Below it a variance is 0 for all purposes.
  private static let leastVariance = 1e-14

  func apply(_ statistics: SufficientStatistics, to parameters: inout PopulationParameters) {
    let q = model.direct.count
    let all = 0...(model.componentCount - 1)
    let parametersInOrder = FreeParameters(model)
    let free = parametersInOrder.list.compactMap {
      parameter -> (parameter: FreeParameter, place: Int, components: ClosedRange<Int>)? in
      guard case .direct(let place, let component) = parameter else { return nil }
      return (parameter, place, component.map { $0...$0 } ?? all)
    }
    guard !free.isEmpty else { return }
    let layout = statistics.layout
    func gradient(_ a: Int, _ k: Int) -> Double {
      statistics.values[layout.direct(k) + DirectColumns.gradient + a]
    }
    func information(_ a: Int, _ b: Int, _ k: Int) -> Double {
      let element = a >= b ? SymmetricMatrix.index(a, b) : SymmetricMatrix.index(b, a)
      return statistics.values[layout.direct(k) + DirectColumns.information(q) + element]
    }
    var slope = free.map { own in
      own.components.reduce(0) { $0 + gradient(own.place, $1) }
    }
    var curvature = SymmetricMatrix(dimension: free.count)
    for (i, a) in free.enumerated() {
      for (j, b) in free[...i].enumerated() {
        for k in a.components where b.components.contains(k) {
          curvature[i, j] += information(a.place, b.place, k)
        }
      }
    }
    for (i, own) in free.enumerated() {
      let x = parametersInOrder.value(own.parameter, in: parameters)
      switch prior.term(of: own.parameter) {
      case .normal(_, let mean, let sd):
        slope[i] += (mean - x) / (sd * sd)
        curvature[i, i] += 1 / (sd * sd)
      case .inverseGamma(_, let mode, let nu):
        let known = InverseGamma(
          mode: mode, degreesOfFreedom: nu, isOfSquare: parametersInOrder.isDeviation(own.parameter)
        )
        slope[i] += known.slope(x)
        curvature[i, i] += known.expectedInformation(x)
      case .inverseWishart, .dirichlet, nil: break
      }
    }
    let step = Self.solve(curvature, slope)
    for (i, own) in free.enumerated() where step[i].isFinite {
      let value = parameters.direct[own.components.lowerBound][own.place]
      let next = moved(model.direct[own.place], value, by: step[i])
      for k in own.components { parameters.direct[k][own.place] = next }
    }
  }

  private func moved(_ parameter: DirectParameter, _ value: Double, by step: Double) -> Double {
    switch parameter.kind {
    case .variance, .deviation:
      let factor = Self.largestFactor
      return max(Self.leastVariance, min(max(value + step, value / factor), value * factor))
    case .exponent: return value + min(max(step, -0.5), 0.5)
    case .structural(_, let distribution):
      let limit = distribution == .normal ? max(1, abs(value)) : 1
      return value + min(max(step, -limit), limit)
    }
  }

  /// J⁻¹g; where J is singular, each by its own diagonal element.
  static func solve(_ matrix: SymmetricMatrix, _ vector: [Double]) -> [Double] {
    guard let inverse = DenseAlgebra.inverse(ofPositiveDefinite: matrix) else {
      return vector.indices.map { matrix[$0, $0] > 0 ? vector[$0] / matrix[$0, $0] : 0 }
    }
    return vector.indices.map { i in
      vector.indices.reduce(0) { $0 + inverse[i, $1] * vector[$1] }
    }
  }
}

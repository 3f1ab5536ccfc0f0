import Estimation
import NumericKernels
import PopulationModel

extension ParameterPrior {
  /// A prior of every free parameter of a model, away from some values and different for each
  /// component.
  static func ofEverything(_ model: MixtureModel, near parameters: PopulationParameters)
    -> ParameterPrior
  {
    let free = FreeParameters(model)
    var terms: [Term] = []
    for (place, parameter) in free.list.enumerated() {
      let value = free.value(parameter, in: parameters)
      let size = scale(of: parameter, in: parameters)
      let shift = place.isMultiple(of: 2) ? 0.4 : -0.3
      func normal(_ size: Double) -> Term {
        .normal(parameter, mean: value + shift * size, standardDeviation: 0.5 * size)
      }
      switch parameter {
      case .mean: terms.append(normal(size))
      case .coefficient: terms.append(normal(0.2))
      case .direct(let place, _):
        switch model.direct[place].kind {
        case .variance:
          terms.append(.inverseGamma(parameter, mode: 1.4 * value, degreesOfFreedom: 9))
        case .deviation:
          terms.append(.inverseGamma(parameter, mode: 1.4 * value * value, degreesOfFreedom: 9))
        case .exponent, .structural: terms.append(normal(0.2 * size))
        }
      case .covariance(let row, let column, let component):
        guard row == column else { continue }
        let block = model.effects.indices.filter { j in
          model.tie(of: j) == nil && model.isInBlock(row, j)
        }
        let effects = model.tie(of: row) == nil ? block : [row]
        guard effects.first == row else { continue }
        let omega = parameters.covariances[component ?? 0]
        terms.append(
          .inverseWishart(
            effects: effects, component: component,
            mode: effects.map { (place.isMultiple(of: 2) ? 1.6 : 0.7) * omega[$0, $0] },
            degreesOfFreedom: Double(effects.count + 4)))
      case .residualVariance:
        terms.append(.inverseGamma(parameter, mode: 1.4 * value, degreesOfFreedom: 9))
      case .weight(let k):
        if k == 0, model.weightCovariates.isEmpty {
          terms.append(
            .dirichlet(pseudoCounts: (0..<model.componentCount).map { 1.5 + Double($0) }))
        }
      case .weightCoefficient: break
      }
    }
    return ParameterPrior(terms)
  }
}

extension Example {
  /// Two effects with one variance in common, as those of occasions have.
  static let tied = Example(
    "two effects with one variance",
    MixtureModel(
      structural: BolusWithBaseline(),
      effects: [
        RandomEffect(name: "V", distribution: .lognormal, membership: .shared),
        RandomEffect(name: "k", distribution: .lognormal, membership: .mixture),
        RandomEffect(name: "base", distribution: .lognormal, membership: .shared),
      ], outputs: [OutputModel(error: .additive)], tiedVariances: [[0, 2]], componentCount: 2,
      mixtureCovariance: .diagonal, sharedCovariance: .diagonal,
      covarianceSharing: .perComponent,
      fixed: FixedParameters(componentCount: 2, effectCount: 3), structuralPlace: [1, 2, 0]),
    PopulationParameters(
      weights: [0.6, 0.4], means: [[3, -1.5, 0.5], [3, -0.5, 0.5]],
      covariances: diagonals([[0.04, 0.05, 0.04], [0.04, 0.03, 0.04]]), residualVariance: 0.03))

  static let withPriors = all + [tied]
}

/// The maximum of a smooth function by Newton's method with differences for derivatives.
struct NewtonMaximum {
  private(set) var x: [Double]
  private(set) var value = 0.0
  /// Square roots of the diagonal of the inverse of −∂²f/∂x∂xᵀ.
  private(set) var standardErrors: [Double] = []
  private(set) var lastStep = Double.infinity

  /// - Parameters:
  ///   - sizes: about the standard errors.
  ///   - frozen: coordinates that stay.
  init(
    from start: [Double], sizes: [Double], frozen: Set<Int> = [], iterations: Int = 12,
    _ f: ([Double]) -> Double
  ) {
    x = start
    let moving = start.indices.filter { !frozen.contains($0) }
    let h = 1e-3
    for _ in 0..<iterations {
      func at(_ moves: [(Int, Double)]) -> Double {
        var y = x
        for (place, move) in moves { y[place] += move * sizes[place] }
        return f(y)
      }
      value = f(x)
      var gradient: [Double] = []
      var information = SymmetricMatrix(dimension: moving.count)
      for (i, a) in moving.enumerated() {
        let (ahead, behind) = (at([(a, h)]), at([(a, -h)]))
        gradient.append((ahead - behind) / (2 * h))
        information[i, i] = -(ahead + behind - 2 * value) / (h * h)
        for (j, b) in moving[..<i].enumerated() {
          information[i, j] =
            -(at([(a, h), (b, h)]) - at([(a, h), (b, -h)]) - at([(a, -h), (b, h)])
            + at([(a, -h), (b, -h)])) / (4 * h * h)
        }
      }
      guard let inverse = DenseAlgebra.inverse(ofPositiveDefinite: information) else { return }
      lastStep = 0
      for (i, a) in moving.enumerated() {
        let step = moving.indices.reduce(0) { $0 + inverse[i, $1] * gradient[$1] }
        x[a] += step * sizes[a]
        lastStep = max(lastStep, abs(step))
      }
      standardErrors = inverse.diagonal.enumerated().map {
        $1.squareRoot() * sizes[moving[$0]]
      }
      if lastStep < 1e-7 { break }
    }
    value = f(x)
  }
}

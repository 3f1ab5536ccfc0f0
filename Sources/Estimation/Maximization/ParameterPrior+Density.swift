package import NumericKernels
package import PopulationModel

/// Slope and curvature of a prior's log density by the free parameters.
package struct PriorDerivatives {
  /// ∂ log p/∂ϕ
  package var gradient: [Double]
  /// −∂² log p/∂ϕ∂ϕᵀ
  package var information: SymmetricMatrix
}

extension ParameterPrior {
  /// log p(ϕ), with all constants; 0 without terms.
  /// - Parameter parameters: all Σ_k positive definite and all weights positive.
  package func logDensity(at parameters: PopulationParameters, of model: MixtureModel) -> Double {
    let free = FreeParameters(model)
    return terms.reduce(0) { $0 + Self.logDensity($1, at: parameters, free) }
  }

  /// How well the parameters of component j, as they are in `parameters`, suit the prior of
  /// component k: `[k][j]`, up to a constant for each k.
  package func suitability(of parameters: PopulationParameters, model: MixtureModel) -> [[Double]] {
    let free = FreeParameters(model)
    let components = 0..<model.componentCount
    return components.map { k in
      components.map { j in
        var order = Array(components)
        order.swapAt(k, j)
        let moved = parameters.permuted(order)
        let own = terms.filter { $0.component == k }
        return own.reduce((pseudoCounts?[k] ?? 0) * log(parameters.weights[j])) {
          $0 + Self.logDensity($1, at: moved, free)
        }
      }
    }
  }

  /// Slope and curvature at some parameters; all Σ_k positive definite.
  package func derivatives(at parameters: PopulationParameters, _ free: FreeParameters)
    -> PriorDerivatives
  {
    var result = PriorDerivatives(
      gradient: [Double](repeating: 0, count: free.count),
      information: SymmetricMatrix(dimension: free.count))
    for term in terms {
      switch term {
      case .normal(let parameter, let mean, let sd):
        guard let place = free.list.firstIndex(of: parameter) else { continue }
        let precision = 1 / (sd * sd)
        result.gradient[place] += precision * (mean - free.value(parameter, in: parameters))
        result.information[place, place] += precision
      case .inverseGamma(let parameter, let mode, let nu):
        guard let place = free.list.firstIndex(of: parameter) else { continue }
        let own = InverseGamma(
          mode: mode, degreesOfFreedom: nu, isOfSquare: free.isDeviation(parameter))
        let x = free.value(parameter, in: parameters)
        result.gradient[place] += own.slope(x)
        result.information[place, place] += own.information(x)
      case .inverseWishart(let effects, let component, let mode, let nu):
        Self.addWishart(
          effects, component, mode, nu, at: parameters, free, to: &result)
      case .dirichlet(let counts):
        let places = counts.indices.dropLast().map {
          free.list.firstIndex(of: .weight(component: $0))
        }
        let last = counts.count - 1
        let (count, weight) = (counts[last], parameters.weights[last])
        for (k, own) in places.enumerated() {
          guard let own else { continue }
          let w = parameters.weights[k]
          result.gradient[own] += counts[k] / w - count / weight
          result.information[own, own] += counts[k] / (w * w)
          for other in places[...k] {
            if let other { result.information[own, other] += count / (weight * weight) }
          }
        }
      }
    }
    return result
  }

  private static func logDensity(
    _ term: Term, at parameters: PopulationParameters, _ free: FreeParameters
  ) -> Double {
    switch term {
    case .normal(let parameter, let mean, let sd):
      let z = (free.value(parameter, in: parameters) - mean) / sd
      return -0.5 * (z * z + log2Pi) - log(sd)
    case .inverseGamma(let parameter, let mode, let nu):
      return InverseGamma(
        mode: mode, degreesOfFreedom: nu, isOfSquare: free.isDeviation(parameter)
      ).logDensity(free.value(parameter, in: parameters))
    case .inverseWishart(let effects, let component, let mode, let nu):
      guard
        let factor = CholeskyFactor(
          parameters.covariances[component ?? 0].block(effects))
      else { return -.infinity }
      let p = Double(effects.count)
      let count = nu + p + 1
      let inverse = factor.inverse
      var value = -count * factor.logDeterminantOfFactor - 0.5 * nu * p * log(2)
      for (i, mode) in mode.enumerated() {
        // log Γ_p(ν/2) without its power of π
        value +=
          0.5 * nu * log(count * mode) - 0.5 * count * mode * inverse[i, i]
          - logGammaFunction(0.5 * (nu - Double(i)))
      }
      return value - 0.25 * p * (p - 1) * log(Double.pi)
    case .dirichlet(let counts):
      var value = logGammaFunction(counts.reduce(0) { $0 + $1 + 1 })
      for (count, weight) in zip(counts, parameters.weights) {
        value -= logGammaFunction(count + 1)
        if count > 0 { value += count * log(weight) }
      }
      return value
    }
  }

  /// Of −(c/2) log |Σ| − ½ tr ΨΣ⁻¹ by the elements of Σ, with P = Σ⁻¹ and Q = PΨP: ½(Q − cP), and
  /// −∂²/∂Σ_xy∂Σ_st = ½(P_ys Q_tx + Q_ys P_tx − c P_ys P_tx); an element off the diagonal stands in
  /// two places.
  private static func addWishart(
    _ effects: [Int], _ component: Int?, _ mode: [Double], _ nu: Double,
    at parameters: PopulationParameters, _ free: FreeParameters, to result: inout PriorDerivatives
  ) {
    guard let factor = CholeskyFactor(parameters.covariances[component ?? 0].block(effects)) else {
      preconditionFailure("covariances are positive definite")
    }
    let size = effects.count
    let count = nu + Double(size + 1)
    let p = factor.inverse
    var q = SymmetricMatrix(dimension: size)
    for i in 0..<size {
      for j in 0...i {
        q[i, j] = (0..<size).reduce(0) { $0 + p[i, $1] * count * mode[$1] * p[$1, j] }
      }
    }
    var elements: [(place: Int, positions: [(Int, Int)])] = []
    for i in 0..<size {
      for j in 0...i {
        let parameter = FreeParameter.covariance(
          row: effects[i], column: effects[j], component: component)
        guard let place = free.list.firstIndex(of: parameter) else { continue }
        result.gradient[place] += (i == j ? 0.5 : 1) * (q[i, j] - count * p[i, j])
        elements.append((place, i == j ? [(i, i)] : [(i, j), (j, i)]))
      }
    }
    for (a, first) in elements.enumerated() {
      for second in elements[...a] {
        for (x, y) in first.positions {
          for (s, t) in second.positions {
            result.information[first.place, second.place] +=
              0.5 * (p[y, s] * q[t, x] + q[y, s] * p[t, x] - count * p[y, s] * p[t, x])
          }
        }
      }
    }
  }
}

/// The density v^{−c/2} exp(−ψ/(2v)) of a variance, c = ν + 2 and ψ = c·mode, as a function of the
/// variance or of its square root.
struct InverseGamma {
  private let count: Double
  private let sum: Double
  private let nu: Double
  private let isOfSquare: Bool

  /// - Parameter isOfSquare: whether the parameter is a standard deviation; the density is that of
  ///   its square all the same.
  init(mode: Double, degreesOfFreedom: Double, isOfSquare: Bool) {
    nu = degreesOfFreedom
    count = nu + 2
    sum = count * mode
    self.isOfSquare = isOfSquare
  }

  func logDensity(_ x: Double) -> Double {
    let v = isOfSquare ? x * x : x
    return 0.5 * nu * log(0.5 * sum) - logGammaFunction(0.5 * nu) - 0.5 * count * log(v)
      - 0.5 * sum / v
  }

  /// ∂ log p/∂x
  func slope(_ x: Double) -> Double {
    isOfSquare ? (sum / (x * x) - count) / x : 0.5 * (sum / x - count) / x
  }

  /// −∂² log p/∂x²
  func information(_ x: Double) -> Double {
    isOfSquare
      ? (3 * sum / (x * x) - count) / (x * x) : (sum / x - 0.5 * count) / (x * x)
  }

  /// The same at ψ = cv: positive, and a step of the slope divided by it goes to the mode.
  func expectedInformation(_ x: Double) -> Double {
    (isOfSquare ? 2 : 0.5) * count / (x * x)
  }
}

extension FreeParameters {
  /// Whether a parameter is the standard deviation of a residual error.
  func isDeviation(_ parameter: FreeParameter) -> Bool {
    guard case .direct(let place, _) = parameter else { return false }
    return model.direct[place].kind == .deviation
  }
}

extension SymmetricMatrix {
  /// The rows and columns of some effects.
  func block(_ places: [Int]) -> SymmetricMatrix {
    var result = SymmetricMatrix(dimension: places.count)
    for (i, row) in places.enumerated() {
      for (j, column) in places[...i].enumerated() { result[i, j] = self[row, column] }
    }
    return result
  }
}

/// log Γ(x), x > 0
private func logGammaFunction(_ x: Double) -> Double { logGamma(Lanes.all(x))[0] }

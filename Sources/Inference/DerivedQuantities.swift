package import Estimation
package import NumericKernels
package import PopulationModel

/// The scale on which a 95 % interval is symmetric.
package enum IntervalScale: String, Sendable {
  /// The parameter itself (Wald).
  case plain
  /// Logarithm: variances, standard deviations, typical values of lognormal effects.
  case log
  /// log(w/(1 − w)): weights.
  case logit
  /// Fisher's z, artanh r: correlations.
  case fisher

  /// The 95 % interval of an estimate with its standard error, by the delta method on this scale.
  package func interval(estimate x: Double, standardError se: Double) -> (low: Double, high: Double)
  {
    let z = 1.959963984540054
    switch self {
    case .plain: return (x - z * se, x + z * se)
    case .log:
      let factor = exp(z * se / x)
      return (x / factor, x * factor)
    case .logit:
      let centre = NumericKernels.log(x / (1 - x))
      let half = z * se / (x * (1 - x))
      func weight(_ y: Double) -> Double { 1 / (1 + exp(-y)) }
      return (weight(centre - half), weight(centre + half))
    case .fisher:
      let centre = 0.5 * NumericKernels.log((1 + x) / (1 - x))
      let half = z * se / (1 - x * x)
      func correlation(_ y: Double) -> Double { 1 - 2 / (exp(2 * y) + 1) }
      return (correlation(centre - half), correlation(centre + half))
    }
  }
}

/// One line of a table of estimates: a free or a derived parameter with its uncertainty.
package struct ParameterEstimate: Sendable, Equatable {
  /// What it is, without the number of its component: `omega.k.k`.
  package let base: String
  /// The component that it belongs to, from 0; `nil` if it belongs to all.
  package let component: Int?
  package let estimate: Double
  /// `nil` for a fixed parameter, and where the information is singular.
  package let standardError: Double?
  package let isFixed: Bool
  package let scale: IntervalScale

  /// `omega.k.k.2`; components count from 1.
  package var name: String { base + (component.map { ".\($0 + 1)" } ?? "") }

  /// 100·SE/|estimate|
  package var relativeStandardError: Double? {
    standardError.flatMap { estimate == 0 ? nil : 100 * $0 / abs(estimate) }
  }

  /// The 95 % interval on the parameter's own scale.
  package var interval: (low: Double, high: Double)? {
    standardError.map { scale.interval(estimate: estimate, standardError: $0) }
  }

  /// The plain 95 % interval, estimate ± 1.96 SE.
  package var waldInterval: (low: Double, high: Double)? {
    standardError.map { IntervalScale.plain.interval(estimate: estimate, standardError: $0) }
  }
}

extension FitResult {
  /// The free parameters, in their order, and after them the fixed ones.
  package var parameterTable: [ParameterEstimate] { parameterTable(.outerProduct) }

  /// The same with standard errors of that kind.
  package func parameterTable(_ kind: StandardErrorKind) -> [ParameterEstimate] {
    model.parameterTable(at: estimates, covariance: covariance.covariance(kind))
  }

  /// Functions of the free parameters that people read, with standard errors by the delta method.
  package var derivedTable: [ParameterEstimate] { derivedTable(.outerProduct) }

  /// The same with standard errors of that kind.
  package func derivedTable(_ kind: StandardErrorKind) -> [ParameterEstimate] {
    model.derivedQuantities(at: estimates, covariance: covariance.covariance(kind))
  }
}

extension MixtureModel {
  /// The free parameters, in their order, and after them the fixed ones.
  /// - Parameter covariance: of the estimates of the free parameters.
  package func parameterTable(at estimates: PopulationParameters, covariance: SymmetricMatrix?)
    -> [ParameterEstimate]
  {
    let free = FreeParameters(self)
    let fixed = FreeParameters(with()).list.filter { !free.list.contains($0) }
    // What is at the end of its range has a variance of 0, and no standard error.
    let errors = covariance?.diagonal.map { $0 > 0 ? $0.squareRoot() : nil }
    func row(_ parameter: FreeParameter, _ error: Double?, isFixed: Bool) -> ParameterEstimate {
      ParameterEstimate(
        base: free.base(parameter), component: parameter.component,
        estimate: free.value(parameter, in: estimates), standardError: error, isFixed: isFixed,
        scale: scale(of: parameter))
    }
    return free.list.indices.map { row(free.list[$0], errors?[$0] ?? nil, isFixed: false) }
      + fixed.map { row($0, nil, isFixed: true) }
  }

  private func scale(of parameter: FreeParameter) -> IntervalScale {
    switch parameter {
    case .mean: .plain
    case .covariance(let row, let column, _): row == column ? .log : .plain
    case .weight: .logit
    case .residualVariance: .log
    case .weightCoefficient, .coefficient: .plain
    case .direct(let place, _): direct[place].isPositive ? .log : .plain
    }
  }
}

extension MixtureModel {
  /// The names of the derived quantities, in their order.
  package var derivedNames: [String] {
    let components = Double(componentCount)
    let anywhere = PopulationParameters(
      weights: (0..<componentCount).map { _ in 1 / components },
      means: (0..<componentCount).map { _ in effects.map { _ in 0 } },
      covariances: (0..<componentCount).map { _ in
        SymmetricMatrix(diagonal: effects.map { _ in 1 })
      }, residualVariance: isFactored ? 1 : nil,
      direct: (0..<componentCount).map { _ in direct.map { _ in 1 } },
      coefficients: (0..<componentCount).map { _ in covariateEffects.map { _ in 0 } },
      weightCoefficients: (0..<componentCount).map { _ in weightCovariates.map { _ in 0 } })
    return derivedQuantities(at: anywhere, covariance: nil).map(\.name)
  }

  /// Functions of the free parameters: σ, the last weight, typical values exp μ of lognormal
  /// effects, standard deviations of the random effects, correlations, and what the user has asked
  /// for.
  /// - Parameter covariance: of the estimates of the free parameters, from which standard errors
  ///   follow by the delta method.
  package func derivedQuantities(at estimates: PopulationParameters, covariance: SymmetricMatrix?)
    -> [ParameterEstimate]
  {
    let standard = standardQuantities(at: estimates, covariance: covariance)
    guard !expressions.isEmpty else { return standard }
    return standard
      + ExpressionTable(self, standard: standard).rows(at: estimates, covariance: covariance)
  }

  func standardQuantities(
    at estimates: PopulationParameters, covariance: SymmetricMatrix?
  ) -> [ParameterEstimate] {
    let free = FreeParameters(self)
    var rows: [ParameterEstimate] = []
    let names = effects.map(\.name)
    let place = Dictionary(
      uniqueKeysWithValues: zip(free.names, free.list.indices))
    /// Delta method: SE² = gᵀ Cov g over the free parameters that g mentions.
    func add(
      _ base: String, _ component: Int?, _ value: Double, _ scale: IntervalScale,
      _ gradient: [(FreeParameter, Double)]
    ) {
      let entries = gradient.compactMap { parameter, slope in
        place[free.name(parameter)].map { (index: $0, slope: slope) }
      }
      var variance = 0.0
      if let covariance {
        for a in entries {
          for b in entries { variance += a.slope * b.slope * covariance[a.index, b.index] }
        }
      }
      let isKnown = covariance != nil && !entries.isEmpty && variance > 0
      rows.append(
        ParameterEstimate(
          base: base, component: component, estimate: value,
          standardError: isKnown ? variance.squareRoot() : nil,
          isFixed: entries.isEmpty, scale: scale))
    }
    let hasComponents = componentCount > 1
    func labels(_ effect: Int) -> [Int?] {
      effects[effect].membership == .mixture && hasComponents
        ? (0..<componentCount).map({ $0 }) : [nil]
    }
    func spreadLabels(_ effect: Int) -> [Int?] {
      covarianceSharing == .equal ? [nil] : labels(effect)
    }

    /// Standard deviations of residual errors, and structural parameters in natural units.
    func addDirect(isStructural: Bool) {
      for (place, parameter) in direct.enumerated()
      where parameter.isStructural == isStructural {
        for component in parameter.isPerComponent && hasComponents
          ? (0..<componentCount).map({ $0 }) : [nil]
        {
          let value = estimates.direct[component ?? 0][place]
          let own = FreeParameter.direct(place: place, component: component)
          switch parameter.kind {
          case .variance:
            let sd = value.squareRoot()
            add(
              "sigma" + parameter.base.dropFirst("sigma2".count), component, sd, .log,
              [(own, 0.5 / sd)])
          case .structural(_, let distribution) where distribution != .normal:
            add(
              "typical" + parameter.base.dropFirst("mu".count), component,
              distribution.natural(value), distribution.isLogarithmic ? .log : .plain,
              [(own, distribution.derivative(value))])
          default: break
          }
        }
      }
    }

    if hasComponents {
      let last = componentCount - 1
      add(
        "w", last, estimates.weights[last], .logit,
        (0..<last).map { (.weight(component: $0), -1) })
    }
    for effect in names.indices where effects[effect].distribution != .normal {
      let distribution = effects[effect].distribution
      for component in labels(effect) {
        let mean = estimates.means[component ?? 0][effect]
        add(
          "typical.\(names[effect])", component, distribution.natural(mean),
          distribution.isLogarithmic ? .log : .plain,
          [(.mean(effect: effect, component: component), distribution.derivative(mean))])
      }
    }
    addDirect(isStructural: true)
    for effect in names.indices where tie(of: effect).map({ $0[0] == effect }) ?? true {
      for component in spreadLabels(effect) {
        let sd = estimates.covariances[component ?? 0][effect, effect].squareRoot()
        add(
          "sd.\(names[effect])", component, sd, .log,
          [(.covariance(row: effect, column: effect, component: component), 0.5 / sd)])
      }
    }
    for i in names.indices {
      for j in 0..<i where isInBlock(i, j) {
        for component in spreadLabels(i) {
          let omega = estimates.covariances[component ?? 0]
          let spread = (omega[i, i] * omega[j, j]).squareRoot()
          let correlation = omega[i, j] / spread
          add(
            "corr.\(names[i]).\(names[j])", component, correlation, .fisher,
            [
              (.covariance(row: i, column: j, component: component), 1 / spread),
              (
                .covariance(row: i, column: i, component: component),
                -correlation / (2 * omega[i, i])
              ),
              (
                .covariance(row: j, column: j, component: component),
                -correlation / (2 * omega[j, j])
              ),
            ])
        }
      }
    }
    if isFactored {
      let sigma = estimates.sigma2.squareRoot()
      add("sigma", nil, sigma, .log, [(.residualVariance, 0.5 / sigma)])
    }
    addDirect(isStructural: false)
    return rows
  }
}

import NumericKernels

/// One free parameter of the model.
public enum FreeParameter: Sendable, Hashable, Codable {
  /// μ of an effect, in a component, or (`nil`) in all.
  case mean(effect: Int, component: Int?)
  /// Σ_ij, i ≥ j, of a component, or (`nil`) of all.
  case covariance(row: Int, column: Int, component: Int?)
  /// w_k, k < K.
  case weight(component: Int)
  /// ζ of a covariate of the weights, in component k < K.
  case weightCoefficient(covariate: Int, component: Int)
  /// γ, by its place among the model's covariate effects, in a component, or (`nil`) in all.
  case coefficient(place: Int, component: Int?)
  /// ψ, by its place among the model's direct parameters, in a component, or (`nil`) in all.
  case direct(place: Int, component: Int?)
  /// σ²
  case residualVariance

  /// The component that it belongs to; `nil` if it belongs to all.
  public var component: Int? {
    switch self {
    case .mean(_, let component), .covariance(_, _, let component): component
    case .weight(let component), .weightCoefficient(_, let component): component
    case .coefficient(_, let component), .direct(_, let component): component
    case .residualVariance: nil
    }
  }

  /// The same parameter of another component; one that belongs to all stays what it is.
  public func of(component: Int) -> FreeParameter {
    guard self.component != nil else { return self }
    return switch self {
    case .mean(let effect, _): .mean(effect: effect, component: component)
    case .covariance(let row, let column, _):
      .covariance(row: row, column: column, component: component)
    case .weight: .weight(component: component)
    case .weightCoefficient(let covariate, _):
      .weightCoefficient(covariate: covariate, component: component)
    case .coefficient(let place, _): .coefficient(place: place, component: component)
    case .direct(let place, _): .direct(place: place, component: component)
    case .residualVariance: .residualVariance
    }
  }
}

/// The free parameters of a model in their order everywhere: means of the mixture by component,
/// means that are shared, structural parameters without a random effect, coefficients of
/// covariates, covariances of the mixture by component, covariances that are shared, weights but
/// the last, coefficients of the weights' covariates, σ² or the parameters of all residual errors.
public struct FreeParameters: Sendable {
  public let list: [FreeParameter]
  public let model: MixtureModel

  public init(_ model: MixtureModel) {
    self.model = model
    let hasComponents = model.componentCount > 1
    let mixture = model.mixtureEffects
    let shared = model.sharedEffects
    let components = 0..<model.componentCount
    var list: [FreeParameter] = []
    for k in components {
      for j in mixture where !model.fixed.means[k][j] {
        list.append(.mean(effect: j, component: hasComponents ? k : nil))
      }
    }
    for j in shared where !model.fixed.means[0][j] {
      list.append(.mean(effect: j, component: nil))
    }
    func addDirect(isStructural: Bool) {
      for (place, parameter) in model.direct.enumerated()
      where parameter.isStructural == isStructural
        && !model.fixed.direct.contains(parameter.base)
      {
        for k in parameter.isPerComponent && hasComponents ? components.map({ $0 }) : [nil] {
          list.append(.direct(place: place, component: k))
        }
      }
    }
    addDirect(isStructural: true)
    for (place, effect) in model.covariateEffects.enumerated() {
      for k in effect.isPerComponent && hasComponents ? components.map({ $0 }) : [nil] {
        list.append(.coefficient(place: place, component: k))
      }
    }
    func addBlock(_ block: [Int], in k: Int, label: Int?) {
      for i in block {
        for j in block where j <= i && model.isInBlock(i, j) {
          if model.fixed.variances[k][i] || model.fixed.variances[k][j] { continue }
          if i == j, let tie = model.tie(of: i), tie[0] != i { continue }
          list.append(.covariance(row: i, column: j, component: label))
        }
      }
    }
    if model.covarianceSharing == .equal || !hasComponents {
      addBlock(mixture, in: 0, label: nil)
    } else {
      for k in components { addBlock(mixture, in: k, label: k) }
    }
    addBlock(shared, in: 0, label: nil)
    if !model.fixed.weights {
      for k in components.dropLast() { list.append(.weight(component: k)) }
    }
    for place in model.weightCovariates.indices {
      for k in components.dropLast() {
        list.append(.weightCoefficient(covariate: place, component: k))
      }
    }
    if model.isFactored, !model.fixed.residualVariance { list.append(.residualVariance) }
    addDirect(isStructural: false)
    self.list = list
  }

  public var count: Int { list.count }

  /// Name of a parameter: `mu.k.1`, `omega.V.CL.2`, `w.1`, `sigma2`; components count from 1.
  public func name(_ parameter: FreeParameter) -> String {
    base(parameter) + (parameter.component.map { ".\($0 + 1)" } ?? "")
  }

  /// The name without the number of the component.
  public func base(_ parameter: FreeParameter) -> String {
    switch parameter {
    case .mean(let effect, _): "mu.\(model.effects[effect].name)"
    case .covariance(let row, let column, _):
      "omega.\(model.effects[row].name).\(model.effects[column].name)"
    case .weight: "w"
    case .weightCoefficient(let place, _): "w.\(model.weightCovariates[place].label)"
    case .coefficient(let place, _):
      "beta.\(model.effects[model.covariateEffects[place].effect].name)."
        + model.covariateEffects[place].label
    case .direct(let place, _): model.direct[place].base
    case .residualVariance: "sigma2"
    }
  }

  public var names: [String] { list.map(name) }

  /// The parameter's value.
  public func value(_ parameter: FreeParameter, in parameters: PopulationParameters) -> Double {
    switch parameter {
    case .mean(let effect, let component): parameters.means[component ?? 0][effect]
    case .covariance(let row, let column, let component):
      parameters.covariances[component ?? 0][row, column]
    case .weight(let component): parameters.weights[component]
    case .weightCoefficient(let place, let component):
      parameters.weightCoefficients[component][place]
    case .coefficient(let place, let component): parameters.coefficients[component ?? 0][place]
    case .direct(let place, let component): parameters.direct[component ?? 0][place]
    case .residualVariance: parameters.sigma2
    }
  }

  /// All values, in order.
  public func values(in parameters: PopulationParameters) -> [Double] {
    list.map { value($0, in: parameters) }
  }

  /// Sets a value, in all components if the parameter belongs to all. A weight moves the last
  /// weight against it.
  public func set(
    _ parameter: FreeParameter, to value: Double, in parameters: inout PopulationParameters
  ) {
    switch parameter {
    case .mean(let effect, let component):
      for k in component.map({ $0...$0 }) ?? 0...(parameters.componentCount - 1) {
        parameters.means[k][effect] = value
      }
    case .covariance(let row, let column, let component):
      for k in component.map({ $0...$0 }) ?? 0...(parameters.componentCount - 1) {
        parameters.covariances[k][row, column] = value
        // What is tied follows.
        guard row == column else { continue }
        for other in model.tie(of: row) ?? [] { parameters.covariances[k][other, other] = value }
      }
    case .weight(let component):
      let last = parameters.componentCount - 1
      parameters.weights[last] += parameters.weights[component] - value
      parameters.weights[component] = value
    case .weightCoefficient(let place, let component):
      parameters.weightCoefficients[component][place] = value
    case .coefficient(let place, let component):
      for k in component.map({ $0...$0 }) ?? 0...(parameters.componentCount - 1) {
        parameters.coefficients[k][place] = value
      }
    case .direct(let place, let component):
      for k in component.map({ $0...$0 }) ?? 0...(parameters.componentCount - 1) {
        parameters.direct[k][place] = value
      }
    case .residualVariance: parameters.residualVariance = value
    }
  }
}

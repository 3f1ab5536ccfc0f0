import Estimation
import PopulationModel
import StructuralModels

extension ParameterPrior {
  /// The prior that a job file asks for, of what is free: components of which a parameter is fixed
  /// have none of it.
  init(_ prior: PriorSpecification, model: MixtureModel) {
    let plan = PriorPlan(prior: prior, model: model)
    self.init(FreeParameters(model).list.compactMap(plan.term) + plan.weights)
  }
}

/// The terms of a prior in their order, each at the free parameter where it begins.
private struct PriorPlan {
  let prior: PriorSpecification
  let model: MixtureModel

  var weights: [ParameterPrior.Term] {
    prior.pseudoCounts.map { [.dirichlet(pseudoCounts: $0)] } ?? []
  }

  /// - Returns: `nil` without a prior, and where the parameter belongs to a term that begins at
  ///   another.
  func term(_ parameter: FreeParameter) -> ParameterPrior.Term? {
    switch parameter {
    case .mean(let effect, let component):
      return normal(
        parameter, prior.typical[model.effects[effect].name], component,
        model.effects[effect].distribution)
    case .coefficient(let place, let component):
      let effect = model.covariateEffects[place]
      return normal(
        parameter, prior.coefficients[model.effects[effect.effect].name]?[effect.label], component,
        .normal)
    case .covariance(let row, let column, let component):
      return row == column ? wishart(row, component) : nil
    case .direct(let place, let component): return direct(place, component)
    case .residualVariance: return residual("", "sigma", parameter)
    case .weight, .weightCoefficient: return nil
    }
  }

  /// Effects that components share have one value for all.
  private func value(_ list: [Double], _ component: Int?) -> Double {
    list.count == 1 ? list[0] : list[component ?? 0]
  }

  private func normal(
    _ parameter: FreeParameter, _ known: PriorSpecification.Normal?, _ component: Int?,
    _ distribution: EffectDistribution
  ) -> ParameterPrior.Term? {
    known.map {
      .normal(
        parameter, mean: distribution.normalScale(value($0.values, component)),
        standardDeviation: value($0.standardDeviations, component))
    }
  }

  private func wishart(_ effect: Int, _ component: Int?) -> ParameterPrior.Term? {
    if let tie = model.tie(of: effect) {
      let first = model.effects[tie[0]].name
      guard
        let known = prior.occasions.first(where: {
          OccasionEffects.name(of: $0.key, occasion: 0) == first
        })?.value
      else { return nil }
      return .inverseWishart(
        effects: [effect], component: component, mode: [value(known.values, component)],
        degreesOfFreedom: value(known.degreesOfFreedom, component))
    }
    let block = model.effects.indices.filter {
      model.tie(of: $0) == nil && model.isInBlock(effect, $0)
    }
    guard block.first == effect else { return nil }
    let known = block.compactMap { prior.variance[model.effects[$0].name] }
    guard known.count == block.count else { return nil }
    return .inverseWishart(
      effects: block, component: component, mode: known.map { value($0.values, component) },
      degreesOfFreedom: value(known[0].degreesOfFreedom, component))
  }

  private func direct(_ place: Int, _ component: Int?) -> ParameterPrior.Term? {
    let parameter = FreeParameter.direct(place: place, component: component)
    if case .structural(let own, let distribution) = model.direct[place].kind {
      return normal(
        parameter, prior.typical[model.structural.parameterNames[own]], component, distribution)
    }
    for (output, first) in zip(model.outputs, model.firstDirect) {
      let parts = output.error.parameters
      guard (first..<first + parts.count).contains(place) else { continue }
      return residual(
        model.outputs.count > 1 ? output.name ?? "" : "", parts[place - first].key, parameter)
    }
    return nil
  }

  private func residual(_ output: String, _ part: String, _ parameter: FreeParameter)
    -> ParameterPrior.Term?
  {
    switch prior.residuals[output]?[part] {
    case .deviation(let sigma, let nu):
      .inverseGamma(parameter, mode: sigma * sigma, degreesOfFreedom: nu)
    case .exponent(let power, let sd): .normal(parameter, mean: power, standardDeviation: sd)
    case nil: nil
    }
  }
}

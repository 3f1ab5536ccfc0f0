import PopulationModel
import Spelling

/// The section `prior`.
extension JobFileReader {
  /// - Parameter fixed: the parameters that have no use for a prior.
  func priorSpecification(
    _ value: YAMLValue, layout: ParameterLayout, fixed: FixedValues
  ) -> PriorSpecification? {
    let names = ["typical", "variance", "weights", "sigma", "coefficients"]
    guard let whole = value.anyMapping(expected: "a mapping") else { return nil }
    guard !whole.entries.isEmpty else {
      value.report(
        "is empty, expected \(alternatives(names.map { "'\($0)'" })); give one of them, or remove it."
      )
      return nil
    }
    let keys = whole.only(names)
    var prior = PriorSpecification()
    if let typical = keys["typical"] { readTypical(typical, layout, fixed, to: &prior) }
    if let variance = keys["variance"] { readVariances(variance, layout, fixed, to: &prior) }
    if let weights = keys["weights"] {
      prior.pseudoCounts = pseudoCounts(weights, layout.mixture, fixed)
    }
    if let sigma = keys["sigma"] { readResiduals(sigma, layout, fixed, to: &prior) }
    if let coefficients = keys["coefficients"] {
      readCoefficients(coefficients, layout, to: &prior)
    }
    return prior
  }

  // MARK: Typical values and coefficients

  private func readTypical(
    _ value: YAMLValue, _ layout: ParameterLayout, _ fixed: FixedValues,
    to prior: inout PriorSpecification
  ) {
    guard
      let keys = value.mapping(
        keys: layout.names + layout.fixedEffects.map(\.name),
        noun: layout.fixedEffects.isEmpty ? "random effect" : "effect")
    else { return }
    for effect in layout.effects {
      guard let item = keys[effect.name],
        requireFree(item, fixed.typical[effect.name], of: layout.count(effect.membership))
      else { continue }
      prior.typical[effect.name] = normal(
        item, of: effect.membership, layout, domain: .typicalValue(of: effect.distribution))
    }
    for effect in layout.fixedEffects {
      let membership: EffectMembership =
        effect.isPerComponent ? .mixture : .shared
      guard let item = keys[effect.name],
        requireFree(item, fixed.typical[effect.name], of: layout.count(membership))
      else { continue }
      prior.typical[effect.name] = normal(
        item, of: membership, layout, domain: .typicalValue(of: effect.distribution))
    }
  }

  private func readCoefficients(
    _ value: YAMLValue, _ layout: ParameterLayout, to prior: inout PriorSpecification
  ) {
    let effects = layout.effects.filter { !$0.covariates.isEmpty }
    guard !effects.isEmpty else {
      value.report(
        "stands beside a model without covariates of effects, expected some under 'random-effects'; remove it.",
        atKey: true)
      return
    }
    guard let keys = value.mapping(keys: effects.map(\.name), noun: "effect with covariates") else {
      return
    }
    for effect in effects {
      let labels = effect.covariates.map { $0.transform.label($0.name.value) }
      guard let own = keys[effect.name]?.mapping(keys: labels, noun: "covariate") else { continue }
      for (covariate, label) in zip(effect.covariates, labels) {
        guard let item = own[label] else { continue }
        prior.coefficients[effect.name, default: [:]][label] = normal(
          item, of: covariate.isPerComponent ? .mixture : .shared, layout, domain: .any)
      }
    }
  }

  private func normal(
    _ value: YAMLValue, of membership: EffectMembership,
    _ layout: ParameterLayout, domain: NumberDomain
  ) -> PriorSpecification.Normal? {
    guard let keys = value.mapping(keys: ["value", "sd"]) else { return nil }
    func numbers(_ key: String, _ domain: NumberDomain) -> [Double]? {
      keys.required(key).flatMap {
        componentValues($0, of: membership, layout: layout, domain: domain, areEqual: false)
      }
    }
    guard let values = numbers("value", domain), let deviations = numbers("sd", .positive) else {
      return nil
    }
    return PriorSpecification.Normal(values: values, standardDeviations: deviations)
  }

  // MARK: Variances

  private func readVariances(
    _ value: YAMLValue, _ layout: ParameterLayout, _ fixed: FixedValues,
    to prior: inout PriorSpecification
  ) {
    guard let keys = value.mapping(keys: layout.names, noun: "random effect") else { return }
    for effect in layout.effects {
      guard let item = keys[effect.name],
        let own = item.mapping(
          keys: ["value", "degrees-of-freedom"] + (effect.occasions == nil ? [] : ["occasions"]))
      else { continue }
      if let occasions = own["occasions"] {
        prior.occasions[effect.name] = occasions.mapping(keys: ["value", "degrees-of-freedom"])
          .flatMap { variance($0, of: .shared, layout, size: 1, areEqual: false) }
        // The prior may be that of the occasions alone.
        if own["value"] == nil, own["degrees-of-freedom"] == nil { continue }
      }
      guard requireFree(item, fixed.variance[effect.name], of: layout.count(effect.membership))
      else { continue }
      prior.variance[effect.name] = variance(
        own, of: effect.membership, layout, size: blockSize(effect.membership, layout),
        areEqual: layout.isEqualAcrossComponents(effect.membership))
    }
    for membership in EffectMembership.allCases
    where blockSize(membership, layout) > 1 {
      checkBlock(layout.block(membership).map(\.name), keys, prior)
    }
  }

  private func blockSize(
    _ membership: EffectMembership, _ layout: ParameterLayout
  ) -> Int {
    layout.mixture.covariance(of: membership) == .full ? layout.block(membership).count : 1
  }

  /// A full block has one distribution: all of it or nothing, with one number of degrees of
  /// freedom.
  private func checkBlock(_ names: [String], _ keys: YAMLMapping, _ prior: PriorSpecification) {
    guard let first = names.first(where: { prior.variance[$0] != nil }) else { return }
    let missing = names.filter { keys[$0] == nil }
    guard missing.isEmpty else {
      keys[first]?.report(
        "stands without \(conjunction(missing.map { "'\($0)'" })), expected all effects of its block or none, "
          + "as with 'covariance: full' they have one inverse Wishart distribution; give them too.",
        atKey: true)
      return
    }
    let degrees = prior.variance[first]?.degreesOfFreedom
    for name in names {
      guard let other = prior.variance[name], other.degreesOfFreedom != degrees else { continue }
      keys[name]?.report(
        "has other 'degrees-of-freedom' than '\(first)', expected the same, as with 'covariance: full' they have one "
          + "inverse Wishart distribution; give one number for the block.", atKey: true)
      return
    }
  }

  private func variance(
    _ keys: YAMLMapping, of membership: EffectMembership,
    _ layout: ParameterLayout, size: Int, areEqual: Bool
  ) -> PriorSpecification.Variance? {
    func numbers(_ key: String, _ domain: NumberDomain) -> [Double]? {
      keys.required(key).flatMap {
        componentValues($0, of: membership, layout: layout, domain: domain, areEqual: areEqual)
      }
    }
    let domain = size == 1 ? NumberDomain.positive : .above(size - 1)
    guard let values = numbers("value", .positive),
      let degrees = numbers("degrees-of-freedom", domain)
    else { return nil }
    return PriorSpecification.Variance(values: values, degreesOfFreedom: degrees)
  }

  // MARK: Weights

  private func pseudoCounts(
    _ value: YAMLValue, _ mixture: MixtureSpecification, _ fixed: FixedValues
  ) -> [Double]? {
    let count = mixture.components
    let reason: String? =
      count == 1
      ? "stands beside one component, expected two or more; remove it."
      : !mixture.weightCovariates.isEmpty
        ? "stands beside 'mixture.weight-covariates', expected weights that are the same for all subjects, as only those "
          + "have a prior; remove one of them."
        : fixed.weights
          ? "is the prior of what 'model.fixed' keeps at its start value, expected free weights; remove one of them."
          : nil
    if let reason {
      value.report(reason, atKey: true)
      return nil
    }
    guard let item = value.mapping(keys: ["pseudo-counts"])?.required("pseudo-counts") else {
      return nil
    }
    guard item.isList else {
      return item.number(.notNegative).map { Array(repeating: $0, count: count) }
    }
    guard let items = item.list(of: "numbers") else { return nil }
    guard items.count == count else {
      item.report(
        "has \(counted(items.count, "value")), expected \(count), one for each component; give one number for all."
      )
      return nil
    }
    return items.every { $0.number(.notNegative) }
  }

  // MARK: Residual errors

  private func readResiduals(
    _ value: YAMLValue, _ layout: ParameterLayout, _ fixed: FixedValues,
    to prior: inout PriorSpecification
  ) {
    // Without a residual error its faults would follow from that.
    guard !layout.outputs.isEmpty else { return }
    if fixed.sigma {
      value.report(
        "is the prior of what 'model.fixed' keeps at its start value, expected a free 'sigma'; remove one of them.",
        atKey: true)
      return
    }
    guard layout.outputs.count != 1 else {
      prior.residuals[""] = parts(value, of: layout.outputs[0].error)
      return
    }
    let names = layout.outputs.compactMap { $0.name }
    guard let keys = value.mapping(keys: names, noun: "output") else { return }
    for output in layout.outputs {
      guard let name = output.name, let item = keys[name] else { continue }
      prior.residuals[name] = parts(item, of: output.error)
    }
  }

  private func parts(_ value: YAMLValue, of error: ResidualErrorModel)
    -> [String: PriorSpecification.Residual]?
  {
    let parameters = error.parameters
    guard error.hasParts else {
      return deviation(value).map { [parameters[0].key: $0] }
    }
    guard let keys = value.mapping(keys: parameters.map(\.key), noun: "part of the residual error")
    else { return nil }
    var parts: [String: PriorSpecification.Residual] = [:]
    for parameter in parameters {
      guard let item = keys[parameter.key] else { continue }
      parts[parameter.key] = parameter.kind == .exponent ? exponent(item) : deviation(item)
    }
    return parts
  }

  private func deviation(_ value: YAMLValue) -> PriorSpecification.Residual? {
    guard let keys = value.mapping(keys: ["value", "degrees-of-freedom"]) else { return nil }
    let sigma = keys.required("value")?.number(.positive)
    let degrees = keys.required("degrees-of-freedom")?.number(.positive)
    guard let sigma, let degrees else { return nil }
    return .deviation(value: sigma, degreesOfFreedom: degrees)
  }

  private func exponent(_ value: YAMLValue) -> PriorSpecification.Residual? {
    guard let keys = value.mapping(keys: ["value", "sd"]) else { return nil }
    let power = keys.required("value")?.number(.any)
    let deviation = keys.required("sd")?.number(.positive)
    guard let power, let deviation else { return nil }
    return .exponent(value: power, standardDeviation: deviation)
  }

  /// Whether some of a parameter's components are free; reports the fault when not.
  private func requireFree(_ value: YAMLValue, _ fixed: Set<Int>?, of count: Int) -> Bool {
    guard let fixed, fixed.count == count else { return true }
    value.report(
      "is the prior of what 'model.fixed' keeps at its start value, expected a free parameter; remove one of them.",
      atKey: true)
    return false
  }
}

extension NumberDomain {
  fileprivate static func above(_ limit: Int) -> NumberDomain {
    NumberDomain(name: "a number greater than \(limit)") { $0 > Double(limit) }
  }
}

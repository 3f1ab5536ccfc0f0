import PopulationModel
import Spelling

extension JobFileReader {
  /// Reads `model.start` or `simulation.values`.
  /// - Parameter complete: whether all but the correlations must be given.
  func populationValues(
    _ value: YAMLValue, layout: ParameterLayout, complete: Bool
  ) -> PopulationValues? {
    guard
      let keys = value.mapping(keys: [
        "weights", "typical", "variance", "correlation", "sigma", "coefficients",
      ])
    else { return nil }
    func section(_ key: String) -> YAMLValue? { complete ? keys.required(key) : keys[key] }
    var values = PopulationValues()
    // One component has the weight 1, said or not.
    let needsWeights = complete && layout.mixture.components > 1
    if let weights = needsWeights ? keys.required("weights") : keys["weights"] {
      values.weights = self.weights(weights, count: layout.mixture.components)
    } else if complete, layout.mixture.components == 1 {
      values.weights = [1]
    }
    if let typical = section("typical") {
      values.typical = typicalValues(typical, layout: layout, complete: complete)
    }
    if let variance = section("variance") {
      values.variance = effectValues(
        variance, layout: layout, complete: complete, ofCovariance: true
      ) { _ in .positive }
    }
    if let correlation = keys["correlation"] {
      values.correlation = correlations(correlation, layout: layout)
    }
    if let sigma = section("sigma") { residuals(sigma, layout: layout, to: &values) }
    if let coefficients = keys["coefficients"] {
      values.coefficients = self.coefficients(coefficients, layout: layout)
    }
    return values
  }

  /// Typical values of random and of fixed effects.
  private func typicalValues(
    _ value: YAMLValue, layout: ParameterLayout, complete: Bool
  ) -> [String: [Double]] {
    guard
      let keys = value.mapping(
        keys: layout.names + layout.fixedEffects.map(\.name),
        noun: layout.fixedEffects.isEmpty ? "random effect" : "effect")
    else { return [:] }
    var values: [String: [Double]] = [:]
    for effect in layout.effects {
      guard let item = complete ? keys.required(effect.name) : keys[effect.name] else { continue }
      values[effect.name] = componentValues(
        item, of: effect.membership, layout: layout, domain: .typicalValue(of: effect.distribution),
        areEqual: false)
    }
    for effect in layout.fixedEffects {
      guard let item = complete ? keys.required(effect.name) : keys[effect.name] else { continue }
      values[effect.name] = componentValues(
        item, of: effect.isPerComponent ? .mixture : .shared, layout: layout,
        domain: .typicalValue(of: effect.distribution), areEqual: false)
    }
    return values
  }

  /// Starting values of residual errors: a number for the only one, its parts, or a mapping from
  /// outputs to either.
  private func residuals(
    _ value: YAMLValue, layout: ParameterLayout, to values: inout PopulationValues
  ) {
    // Without a residual error its faults would follow from that.
    guard !layout.outputs.isEmpty else { return }
    guard layout.outputs.count != 1 else {
      var sigma: [Double]?
      var parts = parts(value, of: layout.outputs[0], layout: layout, to: &sigma)
      // One value for all components has its place in the structure.
      if let sigma {
        if sigma.count == 1 { values.sigma = sigma[0] } else { parts["sigma"] = sigma }
      }
      if !parts.isEmpty { values.residuals[""] = parts }
      return
    }
    guard
      let keys = value.mapping(
        keys: layout.outputs.compactMap { $0.name }, noun: "output")
    else { return }
    for output in layout.outputs {
      guard let name = output.name, let item = keys[name] else { continue }
      var sigma: [Double]?
      var own = parts(item, of: output, layout: layout, to: &sigma)
      if let sigma { own["sigma"] = sigma }
      values.residuals[name] = own
    }
  }

  /// - Parameter sigma: the only standard deviation of the error, if it has no parts.
  private func parts(
    _ value: YAMLValue, of output: OutputModel, layout: ParameterLayout,
    to sigma: inout [Double]?
  ) -> [String: [Double]] {
    func numbers(_ value: YAMLValue, _ domain: NumberDomain) -> [Double]? {
      guard output.isPerComponent, value.isList else { return value.number(domain).map { [$0] } }
      return componentValues(
        value, of: .mixture, layout: layout, domain: domain, areEqual: false)
    }
    guard output.error.hasParts else {
      sigma = numbers(value, .positive)
      return [:]
    }
    let parameters = output.error.parameters
    guard let keys = value.mapping(keys: parameters.map(\.key), noun: "part of the residual error")
    else { return [:] }
    var parts: [String: [Double]] = [:]
    for parameter in parameters {
      parts[parameter.key] = keys.required(parameter.key).flatMap {
        numbers($0, parameter.kind == .exponent ? .any : .positive)
      }
    }
    return parts
  }

  /// Coefficients of covariates, by effect and covariate.
  private func coefficients(_ value: YAMLValue, layout: ParameterLayout) -> [String: [String:
    [Double]]]
  {
    let effects = layout.effects.filter { !$0.covariates.isEmpty }
    guard let keys = value.mapping(keys: effects.map(\.name), noun: "effect with covariates") else {
      return [:]
    }
    var values: [String: [String: [Double]]] = [:]
    for effect in effects {
      guard let item = keys[effect.name],
        let own = item.mapping(
          keys: effect.covariates.map { $0.transform.label($0.name.value) }, noun: "covariate")
      else { continue }
      for covariate in effect.covariates {
        let label = covariate.transform.label(covariate.name.value)
        guard let number = own[label] else { continue }
        values[effect.name, default: [:]][label] = componentValues(
          number, of: covariate.isPerComponent ? .mixture : .shared, layout: layout,
          domain: .any, areEqual: false)
      }
    }
    return values
  }

  private func weights(_ value: YAMLValue, count: Int) -> [Double]? {
    guard let items = value.oneOrMany(of: "weights") else { return nil }
    guard items.count == count else {
      value.report(
        "has \(counted(items.count, "value")), expected \(count), one for each component; "
          + "give as many weights as 'mixture.components' says.")
      return nil
    }
    guard let weights = items.every({ $0.number(.positive) }) else { return nil }
    let sum = weights.reduce(0, +)
    guard abs(sum - 1) <= 1e-6 else {
      value.report("sums to \(sum), expected a sum of 1; correct the weights.")
      return nil
    }
    return weights.map { $0 / sum }
  }

  /// A mapping from effects to their values.
  /// - Parameter ofCovariance: whether equal covariance matrices have this value in common.
  private func effectValues(
    _ value: YAMLValue, layout: ParameterLayout, complete: Bool, ofCovariance: Bool = false,
    domain: (RandomEffectSpecification) -> NumberDomain
  ) -> [String: [Double]] {
    guard let keys = value.mapping(keys: layout.names, noun: "random effect") else { return [:] }
    var values: [String: [Double]] = [:]
    for effect in layout.effects {
      guard let item = complete ? keys.required(effect.name) : keys[effect.name] else { continue }
      values[effect.name] = componentValues(
        item, of: effect.membership, layout: layout, domain: domain(effect),
        areEqual: ofCovariance && layout.isEqualAcrossComponents(effect.membership))
    }
    return values
  }

  /// One value for all components, or a list with one for each.
  func componentValues(
    _ value: YAMLValue, of membership: EffectMembership,
    layout: ParameterLayout, domain: NumberDomain, areEqual: Bool
  ) -> [Double]? {
    let count = layout.count(membership)
    guard value.isList else {
      return value.number(domain).map { Array(repeating: $0, count: count) }
    }
    guard let items = value.list(of: "numbers") else { return nil }
    guard items.count == count else {
      let expected =
        switch membership {
        case .mixture where count > 1: "\(count), one for each component"
        case .mixture: "one, as there is one component"
        case .shared: "one, as all components share it"
        }
      value.report(
        "has \(counted(items.count, "value")), expected \(expected); give one number for all.")
      return nil
    }
    guard let numbers = items.every({ $0.number(domain) }) else { return nil }
    guard !areEqual || numbers.allSatisfy({ $0 == numbers[0] }) else {
      value.report(
        "has different values, expected the same for all components because of "
          + "'covariance-across-components: equal'; give one number for all.")
      return nil
    }
    return numbers
  }

  private func correlations(
    _ value: YAMLValue, layout: ParameterLayout
  ) -> [PopulationValues.Correlation] {
    guard let mapping = value.anyMapping(expected: "a mapping from pairs of effects to values")
    else { return [] }
    var found: [PopulationValues.Correlation] = []
    for (key, item) in mapping.entries {
      guard let pair = effectPair(key.value, item, layout: layout) else { continue }
      guard !found.contains(where: { $0.first == pair.first.name && $0.second == pair.second.name })
      else {
        item.report("is given twice, expected each pair once; keep one of them.", atKey: true)
        continue
      }
      let membership = pair.first.membership
      let values = componentValues(
        item, of: membership, layout: layout, domain: .correlation,
        areEqual: layout.isEqualAcrossComponents(membership))
      guard let values else { continue }
      found.append(.init(first: pair.first.name, second: pair.second.name, values: values))
    }
    return found
  }

  /// Two different effects of one block with a full covariance matrix, in the order of the effects.
  private func effectPair(
    _ key: String, _ item: YAMLValue, layout: ParameterLayout
  ) -> (first: RandomEffectSpecification, second: RandomEffectSpecification)? {
    let names = key.split { $0.isWhitespace || $0 == "," }.map(String.init)
    guard names.count == 2, names[0] != names[1] else {
      item.report(
        "is no pair, expected two different random effects as in '\(examplePair(layout))'; "
          + "correct or remove it.", atKey: true)
      return nil
    }
    for name in names where !layout.names.contains(name) {
      let near = nearestName(to: name, among: layout.names)
      item.report(
        "names the unknown random effect \(quoted(name)), expected "
          + "\(alternatives(layout.names.map { "'\($0)'" })); "
          + (near.map { "did you mean '\($0)'?" } ?? "correct or remove it."), atKey: true)
      return nil
    }
    let pair = layout.effects.filter { names.contains($0.name) }
    guard pair[0].membership == pair[1].membership else {
      item.report(
        "joins an effect of the mixture and a shared one, expected two of the mixture or two "
          + "shared ones, as the others are independent; remove it.", atKey: true)
      return nil
    }
    guard layout.mixture.covariance(of: pair[0].membership) == .full else {
      item.report(
        "is a correlation of \(pair[0].membership) effects, whose covariance matrix is diagonal, "
          + "expected none; write 'covariance: full' in 'mixture', or remove it.", atKey: true)
      return nil
    }
    return (pair[0], pair[1])
  }

  private func examplePair(_ layout: ParameterLayout) -> String {
    layout.names.count > 1 ? "\(layout.names[0]) \(layout.names[1])" : "CL V"
  }
}

extension NumberDomain {
  /// Natural values of an effect.
  static func typicalValue(of distribution: EffectDistribution) -> NumberDomain {
    let (lower, upper) = distribution.range
    if distribution.isUnbounded { return .any }
    return lower == 0 && upper == .infinity ? .positive : .between(lower, upper)
  }
}

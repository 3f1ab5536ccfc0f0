import PopulationModel
import Spelling

extension JobFileReader {
  /// Reads `model.fixed`.
  /// - Parameter start: the start values given; nil when they have faults of their own, and then
  ///   it is not said which of them are missing.
  func fixedParameters(
    _ value: YAMLValue, layout: ParameterLayout, start: PopulationValues?
  ) -> FixedValues? {
    guard let values = value.oneOrMany(of: "parameters") else { return nil }
    guard let items = values.every({ fixedItem($0, layout: layout) }) else { return nil }
    var fixed = FixedValues()
    for item in items {
      switch item.kind {
      case .weights: fixed.weights = true
      case .sigma: fixed.sigma = true
      case .typical: fixed.typical[item.effect, default: []].formUnion(item.components)
      case .variance: fixed.variance[item.effect, default: []].formUnion(item.components)
      }
    }
    for item in items {
      if let start { requireStart(of: item, in: start, layout: layout) }
    }
    for membership in EffectMembership.allCases {
      checkBlock(membership, fixed, items, start, layout)
    }
    return fixed
  }

  private func requireStart(
    of item: FixedItem, in start: PopulationValues, layout: ParameterLayout
  ) {
    let (isGiven, key): (Bool, String) =
      switch item.kind {
      case .weights: (start.weights != nil, "weights")
      case .sigma: (start.sigma != nil || !start.residuals.values.joined().isEmpty, "sigma")
      case .typical: (start.typical[item.effect] != nil, "typical.\(item.effect)")
      case .variance: (start.variance[item.effect] != nil, "variance.\(item.effect)")
      }
    guard !isGiven else { return }
    item.report(
      "is fixed without a start value, expected one in 'model.start.\(key)'; "
        + "give the value to keep there.")
  }

  /// Rules that hold among the effects of a block.
  private func checkBlock(
    _ membership: EffectMembership, _ fixed: FixedValues,
    _ items: [FixedItem], _ start: PopulationValues?, _ layout: ParameterLayout
  ) {
    let block = layout.block(membership)
    let components = Set(1...layout.count(membership))
    if layout.isEqualAcrossComponents(membership) {
      for effect in block {
        guard let some = fixed.variance[effect.name], some != components else { continue }
        items.first { $0.kind == .variance && $0.effect == effect.name }?.report(
          "is fixed for some components only, expected all or none, as they have one covariance "
            + "matrix because of 'covariance-across-components: equal'; "
            + "write 'variance \(effect.name)', or remove it.")
        return
      }
    }
    guard layout.mixture.covariance(of: membership) == .full, block.count > 1 else { return }
    let reasons: [(FixedItem.Kind, [String: Set<Int>], String)] = [
      (.variance, fixed.variance, "they belong to one covariance matrix"),
      (.typical, fixed.typical, "they are estimated together through their covariances"),
    ]
    for (kind, parameters, reason) in reasons {
      guard
        let component = components.sorted().first(where: { component in
          let count = block.count { parameters[$0.name]?.contains(component) ?? false }
          return count != 0 && count != block.count
        })
      else { continue }
      let names = conjunction(block.map { "'\(kind) \($0.name)'" })
      let place = components.count > 1 ? " in component \(component)" : ""
      items.first { item in
        item.kind == kind && item.components.contains(component)
          && block.contains { $0.name == item.effect }
      }?.report(
        "is fixed\(place) without the others of its block, expected all or none of \(names), as "
          + "with 'covariance: full' \(reason); fix all of them or none.")
      return
    }
    // A fixed matrix has fixed correlations, and those are not silently 0.
    guard let start,
      let item = items.first(where: { item in
        item.kind == .variance && block.contains { $0.name == item.effect }
      })
    else { return }
    for (index, first) in block.enumerated() {
      for second in block[(index + 1)...]
      where !start.correlation.contains(where: {
        $0.first == first.name && $0.second == second.name
      }) {
        item.report(
          "is fixed, and with 'covariance: full' the correlation of '\(first.name)' and "
            + "'\(second.name)' as well, expected its value in 'model.start.correlation'; "
            + "give the value to keep there.")
        return
      }
    }
  }

  private func fixedItem(_ value: YAMLValue, layout: ParameterLayout) -> FixedItem? {
    let expected = "'weights', 'sigma', 'typical' or 'variance' with a random effect"
    guard let text = value.text(expected: expected) else { return nil }
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let kind = words.first.flatMap(FixedItem.Kind.init) else {
      let near = words.first.flatMap { nearestName(to: $0, among: FixedItem.Kind.words) }
      value.reportUnexpected(expected, remedy: near.map { "did you mean '\($0)'?" })
      return nil
    }
    var item = FixedItem(kind: kind, text: text, value: value)
    switch kind {
    case .weights, .sigma:
      guard words.count == 1 else {
        value.reportUnexpected("'\(kind)' alone", remedy: "remove what follows it")
        return nil
      }
      guard kind == .sigma || layout.mixture.components > 1 else {
        item.report("is fixed with one component, expected two or more; remove it.")
        return nil
      }
      return item
    case .typical, .variance:
      break
    }
    let example = layout.names.first.map { "'\(kind) \($0)'" } ?? ""
    guard words.count == 2 || words.count == 3 else {
      value.reportUnexpected(
        "'\(kind)' with a random effect and possibly the number of a component",
        remedy: "write for example \(example)")
      return nil
    }
    if kind == .typical, let effect = layout.fixedEffects.first(where: { $0.name == words[1] }) {
      item.effect = effect.name
      item.components = Set(1...layout.count(effect.isPerComponent ? .mixture : .shared))
      if words.count == 3 {
        item.report(
          "names a component, expected none: it is fixed in all; write '\(kind) \(words[1])'.")
        return nil
      }
      return item
    }
    guard layout.names.contains(words[1]) else {
      let near = nearestName(to: words[1], among: layout.names)
      item.report(
        "names the unknown random effect \(quoted(words[1])), expected "
          + "\(alternatives(layout.names.map { "'\($0)'" })); "
          + (near.map { "did you mean '\($0)'?" } ?? "correct or remove it."))
      return nil
    }
    item.effect = words[1]
    let membership = layout.effect(words[1]).membership
    item.components = Set(1...layout.count(membership))
    guard words.count == 3 else { return item }
    guard membership == .mixture else {
      item.report(
        "names a component, expected none, as all components share the effect; "
          + "write '\(kind) \(words[1])'.")
      return nil
    }
    guard let component = StrictNumber.integer(words[2], as: Int.self),
      item.components.contains(component)
    else {
      item.report(
        "names the component \(quoted(words[2])), expected a whole number from 1 to "
          + "\(layout.mixture.components); correct or remove it.")
      return nil
    }
    item.components = [component]
    return item
  }
}

/// One entry of the list of fixed parameters.
private struct FixedItem {
  enum Kind: String, CaseIterable {
    case weights, typical, variance, sigma

    static let words = allCases.map(\.rawValue)
  }

  let kind: Kind
  let text: String
  let value: YAMLValue
  /// Name of the effect; empty for weights and sigma.
  var effect = ""
  /// Numbers of the components; empty for weights and sigma.
  var components: Set<Int> = []

  func report(_ message: String) {
    value.document.report("'\(text)' \(message)", at: value.position)
  }
}

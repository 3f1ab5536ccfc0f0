import Foundation

// What $MIX says of weights.

extension Translator {
  func addWeights(_ model: inout TranslatedModel) throws(Fault) {
    guard components > 1, let mixture = stream.mixture else { return }
    let place = stream.places[.mixture] ?? Position(line: 1, column: 1)
    var execution = execution(1)
    // Weights do not depend on the component.
    try execution.run(mixture)
    var values: [Value] = []
    for k in 1...components {
      guard let value = execution.values["P(\(k))"] else {
        throw Fault(
          execution.places["NSPOP"] ?? place,
          "NSPOP is \(components), and $MIX does not assign P(\(k)).")
      }
      values.append(value)
    }
    if try addWeightCovariates(&model, values, execution) { return }
    for value in values {
      if let part = value.all.first(where: {
        if case .eta = $0 { true } else if case .name = $0 { true } else { false }
      }) {
        throw Fault(
          execution.uses[part] ?? place,
          "P(k) depends on \(ValuePrinter().text(part)): weights of a job are numbers, or depend on covariates by `weight-covariates`; write it as P(1) = THETA(1)."
        )
      }
    }
    var starts: [Double] = []
    for value in values {
      guard let start = stream.number(value), start > 0, start < 1 else {
        throw Fault(place, "P(k) has no start value between 0 and 1.")
      }
      starts.append(start)
    }
    guard abs(starts.reduce(0, +) - 1) < 1e-6 else {
      throw Fault(
        place,
        "the start values of P(k) have the sum \(number(starts.reduce(0, +))), 1 was expected.")
    }
    model.weights = starts
    let used = Set(
      values.flatMap(\.all).compactMap { if case .theta(let j) = $0 { j } else { nil } })
    let free = used.filter { !stream.thetas[$0 - 1].isFixed }
    if free.isEmpty {
      model.hasFixedWeights = true
      return
    }
    guard free.count == components - 1 else {
      throw Fault(
        place,
        "\(components) weights follow from \(free.count) THETAs; popmix estimates \(components - 1) of them, or fixes all."
      )
    }
    for (k, value) in values.enumerated() {
      let name = "w.\(k + 1)"
      switch value {
      case .theta(let j): model.weightThetas[j] = name
      default: continue
      }
    }
    for j in free where model.weightThetas[j] == nil {
      // Logits: log P(k)/P(K)
      guard
        let k = values.dropLast().firstIndex(where: { value in
          let ratio = Value.product(of: [value, .reciprocal(values[components - 1])])
          return ratio == .call("exp", [.theta(j)])
        }) ?? (components == 2 && isLogistic(values[0], j) ? 0 : nil)
      else {
        throw Fault(
          execution.uses[.theta(j)] ?? place,
          "how THETA(\(j)) makes weights is not understood; write P(1) = THETA(\(j)), or with EXP(THETA(\(j))) over a common sum."
        )
      }
      model.weightThetas[j] = "log(w.\(k + 1)/w.\(components))"
    }
    for j in free where model.roots.contains(where: { $0.contains { $0 == .theta(j) } }) {
      throw Fault(
        execution.uses[.theta(j)] ?? place, "THETA(\(j)) is a weight and stands elsewhere, too.")
    }
  }

  /// Two weights whose log odds are a THETA and others times covariates.
  func addWeightCovariates(
    _ model: inout TranslatedModel, _ values: [Value], _ execution: Execution
  ) throws(Fault) -> Bool {
    guard components == 2,
      values.contains(where: { $0.contains { if case .name = $0 { true } else { false } } }),
      let odds = FormFinder.odds(values[0]), case .call("exp", let arguments) = odds
    else { return false }
    let ratio = Value.product(of: [values[0], .reciprocal(values[1])])
    guard
      ratio == odds || values[1] == Value.sum(of: [.one, .negated(values[0])])
        || FormFinder.odds(values[1]) == .reciprocal(odds)
    else { return false }
    var intercept: Int?
    for term in arguments[0].terms {
      if case .theta(let j) = term {
        guard intercept == nil else { return false }
        intercept = j
        continue
      }
      guard case .product(let factors) = term, factors.count == 2,
        let place = factors.firstIndex(where: { if case .theta = $0 { true } else { false } }),
        case .theta(let j) = factors[place]
      else { return false }
      switch factors[1 - place] {
      case .name(let name):
        model.weightCovariates.append((name, "{scale: linear, centre: 0}"))
        model.weightThetas[j] = "w.\(name).1"
      case .sum(let terms):
        guard terms.count == 2, case .name(let name) = terms[0], let x = terms[1].number else {
          return false
        }
        model.weightCovariates.append((name, "{scale: linear, centre: \(number(-x))}"))
        model.weightThetas[j] = "w.\(name).1"
      case .choice(.comparison(.equal, .name(let name), .number(let x)), .one, .zero):
        model.weightCovariates.append((name, "{categories: \(number(x))}"))
        model.weightThetas[j] = "w.\(name).\(number(x)).1"
      default: return false
      }
    }
    guard let intercept else { return false }
    let start = 1 / (1 + exp(-stream.thetas[intercept - 1].initial))
    model.weights = [start, 1 - start]
    model.weightThetas[intercept] = "log(w.1/w.2)"
    for j in model.weightThetas.keys.sorted() where stream.thetas[j - 1].isFixed {
      throw Fault(
        execution.uses[.theta(j)] ?? stream.thetas[j - 1].position,
        "THETA(\(j)) is fixed, and weights that depend on covariates are estimated.")
    }
    return true
  }

  func isLogistic(_ value: Value, _ j: Int) -> Bool {
    let odds = Value.call("exp", [.negated(.theta(j))])
    return value == .raised(.sum(of: [.one, odds]), to: .number(-1))
      || value
        == .product(of: [
          .call("exp", [.theta(j)]),
          .raised(.sum(of: [.one, .call("exp", [.theta(j)])]), to: .number(-1)),
        ])
  }
}

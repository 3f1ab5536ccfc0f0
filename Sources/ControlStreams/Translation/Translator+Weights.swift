import Foundation

// What $MIX says of weights.

extension Translator {
  func addWeights(_ model: inout TranslatedModel) throws(Fault) {
    guard components > 1, let mixture = stream.mixture else { return }
    let place = stream.places[.mixture] ?? .beginning
    // Weights do not depend on the component.
    var execution = execution(1)
    try execution.run(mixture)
    let values = try weights(execution, place)
    if try addWeightCovariates(&model, values, execution) { return }
    try checkWeights(values, execution, place)
    model.weights = try starts(values, place)
    let used = Set(
      values.flatMap(\.all).compactMap { if case .theta(let j) = $0 { j } else { nil } })
    let free = used.sorted().filter { !stream.thetas[$0 - 1].isFixed }
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
      if case .theta(let j) = value { model.weightThetas[j] = "w.\(k + 1)" }
    }
    for j in free where model.weightThetas[j] == nil {
      model.weightThetas[j] = try logit(j, in: values, execution.uses[.theta(j)] ?? place)
    }
    for j in free where model.roots.contains(where: { $0.contains { $0 == .theta(j) } }) {
      throw Fault(
        execution.uses[.theta(j)] ?? place, "THETA(\(j)) is a weight and stands elsewhere, too.")
    }
  }

  /// P(1) to P(K).
  private func weights(_ execution: Execution, _ place: Position) throws(Fault) -> [Value] {
    var values: [Value] = []
    for k in 1...components {
      guard let value = execution.values["P(\(k))"] else {
        throw Fault(
          execution.places["NSPOP"] ?? place,
          "NSPOP is \(components), and $MIX does not assign P(\(k)).")
      }
      values.append(value)
    }
    return values
  }

  private func checkWeights(
    _ values: [Value], _ execution: Execution, _ place: Position
  ) throws(Fault) {
    for part in values.flatMap(\.all) {
      switch part {
      case .eta, .name:
        throw Fault(
          execution.uses[part] ?? place,
          "P(k) depends on \(ValuePrinter().text(part)): weights of a job are numbers, or depend on covariates by `weight-covariates`; write it as P(1) = THETA(1)."
        )
      default: continue
      }
    }
  }

  private func starts(_ values: [Value], _ place: Position) throws(Fault) -> [Double] {
    var starts: [Double] = []
    for value in values {
      guard let start = stream.start(of: value), start > 0, start < 1 else {
        throw Fault(place, "P(k) has no start value between 0 and 1.")
      }
      starts.append(start)
    }
    let sum = starts.reduce(0, +)
    guard abs(sum - 1) < 1e-6 else {
      throw Fault(
        place, "the start values of P(k) have the sum \(number(sum)), 1 was expected.")
    }
    return starts
  }

  /// A THETA that is log P(k)/P(K) as an expression of weights.
  private func logit(_ j: Int, in values: [Value], _ place: Position) throws(Fault) -> String {
    let last = values[components - 1]
    let exponential = values.dropLast().firstIndex { value in
      Value.product(of: [value, .reciprocal(last)]) == .call("exp", [.theta(j)])
    }
    guard let k = exponential ?? (components == 2 && isLogistic(values[0], j) ? 0 : nil) else {
      throw Fault(
        place,
        "how THETA(\(j)) makes weights is not understood; write P(1) = THETA(\(j)), or with EXP(THETA(\(j))) over a common sum."
      )
    }
    return "log(w.\(k + 1)/w.\(components))"
  }

  /// Whether a weight is 1/(1 + exp(−θ)) or exp θ/(1 + exp θ).
  private func isLogistic(_ value: Value, _ j: Int) -> Bool {
    func reciprocal(_ exponential: Value) -> Value {
      .raised(.sum(of: [.one, exponential]), to: .number(-1))
    }
    let odds = Value.call("exp", [.theta(j)])
    return value == reciprocal(.call("exp", [.negated(.theta(j))]))
      || value == .product(of: [odds, reciprocal(odds)])
  }

  // MARK: covariates

  /// Adds covariates of two weights whose log odds are a THETA and others times covariates.
  /// - Returns: whether the weights are of this form.
  private func addWeightCovariates(
    _ model: inout TranslatedModel, _ values: [Value], _ execution: Execution
  ) throws(Fault) -> Bool {
    guard components == 2, let terms = logOdds(values) else { return false }
    var intercept: Int?
    for term in terms {
      if case .theta(let j) = term {
        guard intercept == nil else { return false }
        intercept = j
      } else if !addWeightCovariate(term, &model) {
        return false
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

  /// The terms of log P(1)/P(2), if a data item is among them.
  private func logOdds(_ values: [Value]) -> [Value]? {
    guard values.contains(where: { $0.contains { if case .name = $0 { true } else { false } } }),
      let odds = FormFinder.odds(values[0]), case .call("exp", let arguments) = odds
    else { return nil }
    let ratio = Value.product(of: [values[0], .reciprocal(values[1])])
    guard
      ratio == odds || values[1] == Value.sum(of: [.one, .negated(values[0])])
        || FormFinder.odds(values[1]) == .reciprocal(odds)
    else { return nil }
    return arguments[0].terms
  }

  /// Adds the covariate of a term: θ·x, θ·(x − c), or θ where x is a category.
  private func addWeightCovariate(_ term: Value, _ model: inout TranslatedModel) -> Bool {
    guard case .product(let factors) = term, factors.count == 2,
      let place = factors.firstIndex(where: { if case .theta = $0 { true } else { false } }),
      case .theta(let j) = factors[place]
    else { return false }
    let covariate: WeightCovariate
    var label: String
    switch factors[1 - place] {
    case .name(let name):
      covariate = WeightCovariate(name: name, form: "{scale: linear, centre: 0}")
      label = name
    case .sum(let terms):
      guard terms.count == 2, case .name(let name) = terms[0], let x = terms[1].number else {
        return false
      }
      covariate = WeightCovariate(name: name, form: "{scale: linear, centre: \(number(-x))}")
      label = name
    case .choice(.comparison(.equal, .name(let name), .number(let x)), .one, .zero):
      covariate = WeightCovariate(name: name, form: "{categories: \(number(x))}")
      label = "\(name).\(number(x))"
    default: return false
    }
    model.weightCovariates.append(covariate)
    model.weightThetas[j] = "w.\(label).1"
    return true
  }
}

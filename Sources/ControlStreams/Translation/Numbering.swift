import Foundation

/// THETAs, ETAs and SIGMAs of the control stream as expressions of the job's parameters.
struct Numbering {
  private(set) var thetas: [String] = []
  private(set) var etas: [String] = []
  private(set) var sigmas: [String] = []
  private let stream: ControlStream
  private let model: TranslatedModel

  init(stream: ControlStream, model: TranslatedModel) {
    self.stream = stream
    self.model = model
    thetas = stream.thetas.indices.map { theta($0 + 1) }
    etas = (0..<stream.omega.count).map { eta($0 + 1) }
    sigmas = (0..<stream.sigma.count).map { sigma($0 + 1) }
  }

  // MARK: THETA

  private func theta(_ j: Int) -> String {
    let theta = stream.thetas[j - 1]
    let start = number(theta.initial)
    if theta.isFixed { return start }
    return residualTheta(j) ?? effectTheta(j) ?? model.weightThetas[j] ?? start
  }

  /// The mean of a random effect or the value of a fixed one.
  private func effectTheta(_ j: Int) -> String? {
    if let effect = model.fixedEffects.last(where: { $0.leaf.leafThetas.contains(j) }) {
      return (effect.distribution == "normal" ? "mu." : "typical.") + effect.name
        + Self.suffix(effect.leaf.component(of: j))
    }
    guard let form = model.forms.last(where: { $0.thetas.contains(j) }) else { return nil }
    let isOfMixture = model.components > 1 && model.mixtureEffects.contains(form.name)
    let place = form.hasOwnMeans ? form.thetas.firstIndex(of: j) : isOfMixture ? 0 : nil
    let isMean: Bool = if case .mean = form.mean { true } else { form.distribution == .normal }
    return (isMean ? "mu." : "typical.") + form.name + Self.suffix(place)
  }

  /// A part or the power of a residual error.
  private func residualTheta(_ j: Int) -> String? {
    for output in model.outputs.reversed() {
      if output.residual.power?.leafThetas.contains(j) == true { return "power" + name(output) }
      if let part = output.residual.parts.last(where: { $0.thetas.contains(j) }) {
        return theta(j, of: part, output)
      }
    }
    return nil
  }

  private func theta(_ j: Int, of part: ResidualForm.Part, _ output: OutputForm) -> String {
    let additive = output.residual.additive
    let isAdditive = additive?.theta == part.theta && additive?.epsilon == part.epsilon
    var text = deviation(
      isAdditive ? "additive" : "proportional", output, part.theta?.component(of: j))
    let factor = part.factor * stream.sigma.variance(part.epsilon).squareRoot()
    if factor != 1 { text = "\(text)/\(number(factor))" }
    return part.exponent == 1 ? text : "(\(text))^\(number(1 / part.exponent))"
  }

  /// The standard deviation of a part of a residual error.
  private func deviation(_ part: String, _ output: OutputForm, _ component: Int?) -> String {
    let end = name(output) + Self.suffix(component)
    return switch output.residual.kind {
    case .additive, .proportional, .power: "sqrt(sigma2\(end))"
    case .combined: "sqrt(sigma2.\(part)\(end))"
    case .combinedDeviations: "sigma.\(part)\(end)"
    }
  }

  // MARK: ETA

  private func eta(_ i: Int) -> String {
    var text: String?
    for form in model.forms {
      if let occasions = form.occasions, let place = occasions.etas.firstIndex(of: i) {
        text = "{effect: \(form.name), occasion: \(number(occasions.values[place]))}"
      }
      guard let place = form.subjectEtas.firstIndex(of: i) else { continue }
      let name = form.name + (form.hasOwnEtas ? Self.suffix(place) : "")
      let scale = "mu.\(form.name)" + (form.hasOwnMeans ? Self.suffix(place) : "")
      text = form.isRelative ? "{effect: \(name), scale: \(scale)}" : name
    }
    return text ?? number(stream.omega.variance(i))
  }

  // MARK: SIGMA

  private func sigma(_ i: Int) -> String {
    var text: String?
    for output in model.outputs where !stream.sigma.isFixed(i) {
      if let part = output.residual.additive, part.epsilon == i {
        text = variance("additive", part, output)
      }
      if let part = output.residual.proportional, part.epsilon == i {
        text = variance("proportional", part, output)
      }
    }
    return text ?? number(stream.sigma.variance(i))
  }

  private func variance(_ which: String, _ part: ResidualForm.Part, _ output: OutputForm) -> String
  {
    var factor = part.factor * part.factor
    for j in part.thetas { factor *= pow(stream.thetas[j - 1].initial, 2 * part.exponent) }
    let end = name(output)
    let variance =
      switch output.residual.kind {
      case .additive, .proportional, .power: "sigma2\(end)"
      case .combined: "sigma2.\(which)\(end)"
      case .combinedDeviations: "(sigma.\(which)\(end))^2"
      }
    return factor == 1 ? variance : "\(variance)/\(number(factor))"
  }

  /// The end of a parameter's name that says which output it is of, where there are several.
  private func name(_ output: OutputForm) -> String {
    model.outputs.count > 1 ? ".\(output.name)" : ""
  }

  /// The end of a parameter's name that says which component it is of.
  private static func suffix(_ component: Int?) -> String { component.map { ".\($0 + 1)" } ?? "" }
}

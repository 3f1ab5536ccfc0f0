import Foundation

/// THETAs, ETAs and SIGMAs of the control stream as expressions of the job's parameters.
struct Numbering {
  private(set) var thetas: [String] = []
  private(set) var etas: [String] = []
  private(set) var sigmas: [String] = []

  init(stream: ControlStream, model: TranslatedModel) {
    let isMixture = model.components > 1
    func suffix(_ place: Int?) -> String { place.map { ".\($0 + 1)" } ?? "" }

    for (index, theta) in stream.thetas.enumerated() {
      let j = index + 1
      if theta.isFixed {
        thetas.append(number(theta.initial))
        continue
      }
      var text: String?
      for form in model.forms {
        guard let place = Translator.thetas(form.theta).firstIndex(of: j) else { continue }
        let own =
          form.hasOwnMeans ? place : isMixture && model.mixtureEffects.contains(form.name) ? 0 : nil
        let isMean: Bool = if case .mean = form.mean { true } else { form.distribution == .normal }
        text = (isMean ? "mu." : "typical.") + form.name + suffix(own)
      }
      for effect in model.fixedEffects where Translator.thetas(effect.leaf).contains(j) {
        let place: Int? =
          if case .perComponent(let values) = effect.leaf { values.firstIndex(of: .theta(j)) } else
          { nil }
        text = (effect.distribution == "normal" ? "mu." : "typical.") + effect.name + suffix(place)
      }
      text = text ?? model.weightThetas[j]
      for output in model.outputs {
        for part in output.residual.parts where Translator.thetas(part.theta).contains(j) {
          text = Self.theta(part, output, j, model, stream)
        }
        if Translator.thetas(output.residual.power).contains(j) {
          text = "power" + Self.output(output, model)
        }
      }
      thetas.append(text ?? number(theta.initial))
    }

    for i in 1...max(1, stream.omega.count) where i <= stream.omega.count {
      var text: String?
      for form in model.forms {
        if let place = form.occasions?.etas.firstIndex(of: i), let occasions = form.occasions {
          text = "{effect: \(form.name), occasion: \(number(occasions.values[place]))}"
        }
        guard let place = form.subjectEtas.firstIndex(of: i) else { continue }
        let name = form.name + (form.hasOwnEtas ? ".\(place + 1)" : "")
        if form.isRelative {
          let own = form.hasOwnMeans ? ".\(place + 1)" : ""
          text = "{effect: \(name), scale: mu.\(form.name)\(own)}"
        } else {
          text = name
        }
      }
      etas.append(text ?? number(stream.omega.variance(i)))
    }

    for i in 1...max(1, stream.sigma.count) where i <= stream.sigma.count {
      var text: String?
      if !stream.sigma.isFixed(i) {
        for output in model.outputs {
          for (part, which) in [
            (output.residual.additive, "additive"), (output.residual.proportional, "proportional"),
          ] {
            guard let part, part.epsilon == i else { continue }
            text = Self.sigma(part, which, output, model, stream)
          }
        }
      }
      sigmas.append(text ?? number(stream.sigma.variance(i)))
    }
  }

  private static func output(_ output: OutputForm, _ model: TranslatedModel) -> String {
    model.outputs.count > 1 ? ".\(output.name)" : ""
  }

  /// The standard deviation of a part.
  private static func deviation(
    _ part: String, _ output: OutputForm, _ model: TranslatedModel, component: Int?
  ) -> String {
    let end = Self.output(output, model) + (component.map { ".\($0 + 1)" } ?? "")
    return switch output.residual.kind {
    case .additive, .proportional, .power: "sqrt(sigma2\(end))"
    case .combined: "sqrt(sigma2.\(part)\(end))"
    case .combinedDeviations: "sigma.\(part)\(end)"
    }
  }

  private static func component(_ theta: Value?, _ j: Int) -> Int? {
    if case .perComponent(let values)? = theta { values.firstIndex(of: .theta(j)) } else { nil }
  }

  private static func theta(
    _ part: ResidualForm.Part, _ output: OutputForm, _ j: Int, _ model: TranslatedModel,
    _ stream: ControlStream
  ) -> String {
    let which =
      output.residual.additive?.theta == part.theta
        && output.residual.additive?.epsilon == part.epsilon ? "additive" : "proportional"
    var text = deviation(which, output, model, component: component(part.theta, j))
    let factor = part.factor * stream.sigma.variance(part.epsilon).squareRoot()
    if factor != 1 { text = "\(text)/\(number(factor))" }
    return part.exponent == 1 ? text : "(\(text))^\(number(1 / part.exponent))"
  }

  private static func sigma(
    _ part: ResidualForm.Part, _ which: String, _ output: OutputForm, _ model: TranslatedModel,
    _ stream: ControlStream
  ) -> String {
    var factor = part.factor * part.factor
    for j in Translator.thetas(part.theta) {
      factor *= pow(stream.thetas[j - 1].initial, 2 * part.exponent)
    }
    let end = Self.output(output, model)
    let variance =
      switch output.residual.kind {
      case .additive, .proportional, .power: "sigma2\(end)"
      case .combined: "sigma2.\(which)\(end)"
      case .combinedDeviations: "(sigma.\(which)\(end))^2"
      }
    return factor == 1 ? variance : "\(variance)/\(number(factor))"
  }
}

import Estimation
import Inference
import ModelLanguage
import PopulationData
import PopulationModel
import Spelling
import StructuralModels

/// Which parameters of a model are which of NONMEM's, as a job file says it or by default.
struct NonmemPlan {
  let jobFile: JobFile
  let model: MixtureModel
  private let names: [String]

  init(_ jobFile: JobFile, model: MixtureModel) {
    self.jobFile = jobFile
    var plain = model
    plain.expressions = []
    self.model = plain
    names = FreeParameters(plain.with()).names + plain.derivedNames
  }

  /// - Throws: `JobError.invalid` with the places of what the model has not.
  func numbering() throws(JobError) -> NonmemNumbering {
    var numbering = NonmemNumbering(model)
    guard let own = jobFile.nonmem else { return numbering }
    if let theta = own.theta { numbering.thetas = try expressions(theta) }
    if let sigma = own.sigma { numbering.sigmas = try expressions(sigma) }
    if let eta = own.eta { numbering.etas = try etas(eta) }
    return numbering
  }

  private func expressions(_ texts: [Located<String>]) throws(JobError) -> [NonmemExpression] {
    var expressions: [NonmemExpression] = []
    var faults: [JobDiagnostic] = []
    for text in texts {
      do throws(JobError) { expressions.append(try expression(text, perComponent: false)) } catch {
        faults += error.diagnostics
      }
    }
    guard faults.isEmpty else { throw .invalid(faults) }
    return expressions
  }

  /// - Parameter perComponent: whether there may be a number for each component.
  private func expression(
    _ text: Located<String>, perComponent: Bool
  ) throws(JobError) -> NonmemExpression {
    if let number = StrictNumber.double(text.value) { return .number(number, text: text.value) }
    if names.contains(text.value) { return .parameter(text.value) }
    let equation: DerivedExpression
    do throws(ModelTextError) {
      equation = try ParameterEquation(
        text.value, name: "value", names: names, componentCount: model.componentCount
      ).expression
    } catch {
      throw .invalid(
        error.diagnostics.map {
          JobDiagnostic(
            path: jobFile.path, line: text.line, column: text.column + $0.column - 1,
            message: $0.message)
        })
    }
    guard perComponent || !equation.isPerComponent else {
      throw fault(
        text.line, text.column,
        "\(quoted(text.value)) has a number for each component, expected one number; name the component's parameters, such as "
          + "\(equation.inputs.first { !names.contains($0) } ?? "w").1.")
    }
    return NonmemExpression(text: text.value, inputs: equation.inputs, value: equation.value)
  }

  private func etas(_ etas: [Located<NonmemSpecification.Eta>]) throws(JobError)
    -> [NonmemNumbering.Eta]
  {
    var found: [NonmemNumbering.Eta] = []
    var faults: [JobDiagnostic] = []
    for eta in etas {
      do throws(JobError) { found.append(try self.eta(eta)) } catch { faults += error.diagnostics }
    }
    guard faults.isEmpty else { throw .invalid(faults) }
    return found
  }

  private func eta(_ eta: Located<NonmemSpecification.Eta>) throws(JobError)
    -> NonmemNumbering.Eta
  {
    switch eta.value {
    case .variance(let variance):
      return NonmemNumbering.Eta(label: csvNumber(variance), source: .constant(variance))
    case .effect(let name, let occasion, let scale):
      var (effect, component) = try effect(name, at: eta)
      var label = name
      if let occasion {
        effect = try self.occasion(occasion, of: effect)
        label = model.effects[effect].name
        component = nil
      }
      let expression: NonmemExpression? =
        if let scale { try self.expression(scale, perComponent: component != nil) } else { nil }
      return NonmemNumbering.Eta(
        label: label, source: .effect(effect, component: component, scale: expression))
    }
  }

  /// Effects, and those of the mixture once for each component where each has a covariance of its
  /// own.
  private var effectNames: [(name: String, effect: Int, component: Int?)] {
    let occasions = Set(model.tiedVariances.joined())
    let isOwn = model.componentCount > 1 && model.covarianceSharing == .perComponent
    return model.effects.enumerated().flatMap {
      j, effect -> [(name: String, effect: Int, component: Int?)] in
      if occasions.contains(j) { return [] }
      guard isOwn, effect.membership == .mixture else { return [(effect.name, j, nil)] }
      return (0..<model.componentCount).map { ("\(effect.name).\($0 + 1)", j, $0) }
    }
  }

  private func effect(
    _ name: String, at place: Located<NonmemSpecification.Eta>
  ) throws(JobError) -> (Int, Int?) {
    if let found = effectNames.first(where: { $0.name == name }) {
      return (found.effect, found.component)
    }
    let known = effectNames.map(\.name)
    let near = nearestName(to: name, among: known)
    throw fault(
      place.line, place.column,
      "the ETA \(quoted(name)) is no random effect, expected \(alternatives(known)), or a number, the variance of an ETA that the "
        + "model does not use; " + (near.map { "did you mean '\($0)'?" } ?? "correct it."))
  }

  /// The deviation of an effect in an occasion.
  private func occasion(_ value: Located<Double>, of effect: Int) throws(JobError) -> Int {
    let name = model.effects[effect].name
    let own = jobFile.model.randomEffects.first { $0.value.name == name }?.value.occasions
    guard let own else {
      throw fault(
        value.line, value.column,
        "'occasion' stands beside \(quoted(name)), which does not vary between occasions; remove it, or give the effect occasions."
      )
    }
    guard let number = own.values.firstIndex(of: value.value),
      let place = model.effects.firstIndex(where: {
        $0.name == OccasionEffects.name(of: name, occasion: number)
      })
    else {
      throw fault(
        value.line, value.column,
        "'occasion' is \(csvNumber(value.value)), expected a value of \(own.covariate.value) that is among the occasions of "
          + "\(quoted(name)), \(alternatives(own.values.map { csvNumber($0) })).")
    }
    return place
  }

  private func fault(_ line: Int, _ column: Int, _ message: String) -> JobError {
    .invalid([JobDiagnostic(path: jobFile.path, line: line, column: column, message: message)])
  }
}

extension JobError {
  fileprivate var diagnostics: [JobDiagnostic] {
    if case .invalid(let diagnostics) = self { diagnostics } else { [] }
  }
}

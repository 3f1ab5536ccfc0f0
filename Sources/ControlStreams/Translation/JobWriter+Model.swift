// What a job says of the model: equations, effects, residual errors.
extension JobWriter {
  mutating func writeModel() {
    job.add(0, "model:")
    job.add(1, "equations: |", EquationWriter(model).lines)
    if let tolerance = stream.subroutine?.tolerance, tolerance > 8,
      model.kinetics?.derivatives.isEmpty == false
    {
      job.add(1, "solver: {relative: 1e-\(min(tolerance, 12))}")
    }
    job.add(1, "random-effects:")
    for form in model.forms { job.add(2, line(form)) }
    job.add(1, "fixed-effects:", model.fixedEffects.map(line))
    writeResidual()
    writeStart()
    writeFixed()
  }

  private func line(_ form: RandomEffectForm) -> String {
    var keys = ["distribution: \(form.distribution.rawValue)"]
    keys.append("membership: \(model.mixtureEffects.contains(form.name) ? "mixture" : "shared")")
    if let occasions = form.occasions {
      keys.append(
        "occasions: {covariate: \(occasions.covariate), values: \(JobText.list(occasions.values))}")
    }
    let sources = form.thetas.map { "THETA(\($0))" } + form.etas.map { "ETA(\($0))" }
    return "\(form.name): {\(keys.joined(separator: ", "))}  # \(sources.joined(separator: ", "))"
  }

  private func line(_ effect: FixedEffect) -> String {
    var keys = ["distribution: \(effect.distribution)"]
    if let bounds = effect.bounds {
      keys.append("bounds: [\(number(bounds.lower)), \(number(bounds.upper))]")
    }
    if effect.isPerComponent { keys.append("per-component: yes") }
    let thetas = effect.leaf.leafThetas.map { "THETA(\($0))" }.joined(separator: ", ")
    return "\(effect.name): {\(keys.joined(separator: ", "))}"
      + (thetas.isEmpty ? "" : "  # \(thetas)")
  }

  private mutating func writeResidual() {
    func isPerComponent(_ output: OutputForm) -> Bool {
      output.residual.thetas.contains(where: \.isPerComponent)
    }
    if model.outputs.count == 1, !isPerComponent(model.outputs[0]) {
      job.add(1, "residual-error: \(model.outputs[0].residual.kind.rawValue)")
      return
    }
    job.add(1, "residual-error:")
    for output in model.outputs {
      var keys = ["error: \(output.residual.kind.rawValue)"]
      if let number = output.number { keys.append("dvid: \(number)") }
      if isPerComponent(output) { keys.append("per-component: yes") }
      job.add(2, "\(output.name): {\(keys.joined(separator: ", "))}")
    }
  }
}

import Foundation

// What a job says of parameters: start values, fixed ones, priors.
extension JobWriter {
  /// The typical values of an effect in natural units; one, or one for each component.
  func typical(_ form: RandomEffectForm) -> [Double] {
    guard let theta = form.theta else {
      return model.mixtureEffects.contains(form.name) && model.components > 1
        ? Array(repeating: 0, count: model.components) : [0]
    }
    let values = stream.starts(of: theta)
    guard case .mean = form.mean else { return values }
    return values.map(form.distribution.natural)
  }

  /// A start value of a residual standard deviation; one, or one for each component.
  func deviations(_ part: ResidualForm.Part) -> [Double] {
    let sd = stream.sigma.variance(part.epsilon).squareRoot()
    guard let theta = part.theta else { return [part.factor * sd] }
    return stream.starts(of: theta).map { part.factor * pow($0, part.exponent) * sd }
  }

  mutating func writeStart() {
    job.add(1, "start:")
    if !model.weights.isEmpty { job.add(2, "weights: \(JobText.list(model.weights))") }
    job.add(2, "typical:")
    for form in model.forms { job.add(3, "\(form.name): \(JobText.compact(typical(form)))") }
    for effect in model.fixedEffects {
      job.add(3, "\(effect.name): \(JobText.compact(effect.starts))")
    }
    job.add(2, "variance:")
    for form in model.forms { job.add(3, "\(form.name): \(JobText.compact(variances(form)))") }
    job.add(2, "correlation:", correlations)
    if model.outputs.count == 1 {
      job.add(2, "sigma: \(residualStart(model.outputs[0].residual))")
    } else {
      job.add(2, "sigma:")
      for output in model.outputs {
        job.add(3, "\(output.name): \(residualStart(output.residual))")
      }
    }
  }

  private func variances(_ form: RandomEffectForm) -> [Double] {
    let values = form.subjectEtas.map { stream.omega.variance($0) }
    guard form.isRelative else { return values }
    let typical = typical(form)
    let means =
      typical.count == values.count
      ? typical : Array(repeating: typical.first ?? 1, count: values.count)
    return zip(values, means).map { $0 * $1 * $1 }
  }

  /// The correlations that are not 0, each as `CL V: 0.1`.
  private var correlations: [String] {
    var lines: [String] = []
    for (index, a) in model.forms.enumerated() {
      for b in model.forms[..<index] {
        let values = zip(a.subjectEtas, b.subjectEtas).map { i, j in
          stream.omega.covariance(i, j)
            / (stream.omega.variance(i) * stream.omega.variance(j)).squareRoot()
        }
        if values.contains(where: { $0 != 0 }) {
          lines.append("\(b.name) \(a.name): \(JobText.compact(values))")
        }
      }
    }
    return lines
  }

  private func residualStart(_ residual: ResidualForm) -> String {
    let additive = JobText.compact(residual.additive.map(deviations) ?? [])
    let proportional = JobText.compact(residual.proportional.map(deviations) ?? [])
    switch residual.kind {
    case .additive: return additive
    case .proportional: return proportional
    case .combined, .combinedDeviations:
      return "{additive: \(additive), proportional: \(proportional)}"
    case .power:
      let power = JobText.compact(residual.power.map(stream.starts(of:)) ?? [])
      return "{sigma: \(proportional), power: \(power)}"
    }
  }

  // MARK: fixed

  mutating func writeFixed() {
    var fixed: [String] = []
    for form in model.forms {
      if form.theta == nil {
        fixed.append("typical \(form.name)")
      } else {
        fixed += names(
          "typical \(form.name)", form.thetas.map { stream.thetas[$0 - 1].isFixed })
      }
      fixed += names("variance \(form.name)", form.subjectEtas.map { stream.omega.isFixed($0) })
    }
    for effect in model.fixedEffects { fixed += names("typical \(effect.name)", effect.isFixed) }
    if model.hasFixedWeights { fixed.append("weights") }
    let parts = model.outputs.flatMap(\.residual.parts)
    if !parts.isEmpty, parts.allSatisfy(isFixed) { fixed.append("sigma") }
    if !fixed.isEmpty { job.add(1, "fixed: [\(fixed.joined(separator: ", "))]") }
  }

  func isFixed(_ part: ResidualForm.Part) -> Bool {
    stream.sigma.isFixed(part.epsilon)
      && part.thetas.allSatisfy { stream.thetas[$0 - 1].isFixed }
  }

  /// A parameter's name if it is fixed in all components, or its names in those where it is.
  private func names(_ name: String, _ flags: [Bool]) -> [String] {
    if flags.allSatisfy({ $0 }) { return flags.isEmpty ? [] : [name] }
    return flags.enumerated().filter(\.element).map { "\(name) \($0.offset + 1)" }
  }

  // MARK: prior

  mutating func writePrior() {
    guard let prior = stream.prior else { return }
    let typical = typicalPriors(prior)
    let variances = variancePriors(prior)
    guard !typical.isEmpty || !variances.isEmpty else { return }
    job.add(0, "prior:")
    job.add(1, "typical:", typical)
    job.add(1, "variance:", variances)
  }

  private func typicalPriors(_ prior: NormalWishartPrior) -> [String] {
    var lines: [String] = []
    for (index, mode) in prior.theta.enumerated() where !stream.thetas[index].isFixed {
      let sd = number(prior.thetaVariances[index].squareRoot())
      if let form = model.forms.first(where: { $0.thetas == [index + 1] }) {
        lines.append(
          "\(form.name): {value: \(number(form.distribution.natural(mode))), sd: \(sd)}")
      } else if let effect = model.fixedEffects.first(where: { $0.leaf.leafThetas == [index + 1] })
      {
        lines.append("\(effect.name): {value: \(number(mode)), sd: \(sd)}")
      }
    }
    return lines
  }

  private func variancePriors(_ prior: NormalWishartPrior) -> [String] {
    var lines: [String] = []
    for (index, mode) in prior.omega.enumerated() {
      guard let form = model.forms.first(where: { $0.subjectEtas == [index + 1] }),
        !stream.omega.isFixed(index + 1)
      else { continue }
      // NONMEM's density is |Ω|^(−ρ/2) exp(−ρ/2 tr(OMEGAP·Ω⁻¹)), whose mode is OMEGAP; ρ counts as
      // ν + p + 1.
      let size = Double(stream.omega.block(of: index + 1)?.size ?? 1)
      let degrees = number(prior.degreesOfFreedom[index] - size - 1)
      lines.append("\(form.name): {value: \(number(mode)), degrees-of-freedom: \(degrees)}")
    }
    return lines
  }
}

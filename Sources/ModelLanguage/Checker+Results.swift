import Spelling

extension Checker {
  /// What the text means as a whole.
  /// - Throws: all faults.
  consuming func result() throws(ModelTextError) -> CheckedModel {
    check()
    if !diagnostics.isFull { collectCompartments() }
    if !diagnostics.isFull { collectOutputs() }
    warn()
    let errors = diagnostics.sorted(.error)
    guard errors.isEmpty else { throw ModelTextError(diagnostics: errors) }
    model.warnings = diagnostics.sorted(.warning)
    return model
  }

  private mutating func collectCompartments() {
    if libraryChoice != nil, model.library == nil, diagnostics.errorCount == 0 {
      // The call itself was at fault, which has been told.
      return
    }
    for (number, name) in compartmentNames.enumerated() {
      var compartment = CheckedModel.Compartment(
        name: name, derivative: nil,
        properties: [Int?](repeating: nil, count: CompartmentProperty.allCases.count))
      if libraryChoice == nil {
        compartment.derivative = value(derivativeSlot(number), "d/dt(\(name.clipped))")
        checkDerivative(number)
      }
      for property in CompartmentProperty.allCases {
        let slot = propertySlot(property, number)
        guard slots[slot].assigned != nil else { continue }
        let text = property.text(name.clipped)
        let value = value(slot, text)
        compartment.properties[property.rawValue] = value
        guard let value else { continue }
        let depends = model.graph.dependencies[value]
        if !depends.isSubset(of: [.parameters, .covariates]) {
          diagnostics.error(
            slots[slot].assigned!,
            "\(text) depends on \(whatVaries(depends)), and may depend on parameters and covariates only; "
              + "correct it.")
        }
      }
      model.compartments.append(compartment)
    }
  }

  private mutating func checkDerivative(_ number: Int) {
    let slot = derivativeSlot(number)
    guard case .value(let value) = slots[slot].state else { return }
    let depends = model.graph.dependencies[value]
    for (kind, span, name) in [
      (Dependencies.timeAfterDose, timeAfterDoseSpan, "tad"), (.dose, doseSpan, "dose"),
    ] where depends.contains(kind) {
      diagnostics.error(
        slots[slot].assigned!,
        "d/dt(\(compartmentNames[number].clipped)) depends on \(name) (line \(source.line(span?.start ?? 0))), which "
          + "is known at observations only; use the time t, covariates or another compartment.")
    }
  }

  /// The value that a slot has at the end.
  private mutating func value(_ slot: Int, _ text: String) -> Int? {
    switch slots[slot].state {
    case .value(let value): return value
    case .fault, .unassigned: return nil
    case .partial where syntax.isUnclosed: return nil
    case .partial(let span):
      diagnostics.error(
        slots[slot].assigned ?? span,
        "\(text) is given in only one branch of the `if` in line \(source.line(span.start)); give it in the "
          + "other branch too.")
      return nil
    }
  }

  private mutating func collectOutputs() {
    let end = Span(start: source.bytes.count, end: source.bytes.count)
    var names = vocabulary.outputs
    if names.isEmpty {
      guard let last = lastAssigned else {
        if diagnostics.errorCount == 0 {
          let example =
            compartmentNames.first.map { "cp = \($0.clipped) / V" } ?? "cp = dose / V * exp(-k * t)"
          diagnostics.error(
            end, "No value is assigned that could be the prediction; add one, like \(example).")
        }
        return
      }
      names = [syntax.names[last]]
    }
    for name in names {
      let number = syntax.number(of: name)
      if let number, let compartment = compartmentNumbers[number] {
        model.outputs.append((name, model.graph.input(.amount, compartment)))
      } else if let number, let slot = variables[number], slots[slot].assigned != nil {
        slots[slot].isRead = true
        if let value = value(slot, name.clipped) { model.outputs.append((name, value)) }
      } else if let known = known[name], case .value(let value) = known {
        model.outputs.append((name, value))
      } else {
        let assigned = firstAssignments.keys.sorted().map { syntax.names[$0] } + compartmentNames
        let nearest = nearestName(to: name, among: assigned)
        diagnostics.error(
          end,
          "The output \(name.quoted) is not assigned in the equations; "
            + (nearest.map { "did you mean \($0)?" } ?? "add \(name.clipped) = …"))
      }
    }
  }

  private mutating func warn() {
    guard diagnostics.errorCount == 0 else { return }
    for (name, slot) in variables.enumerated() {
      guard let slot, let span = slots[slot].assigned, !slots[slot].isRead else { continue }
      diagnostics.warning(
        span,
        "\(syntax.names[name].quoted) is assigned and never used; remove it, or make it an output.")
    }
    warnOfParameters()
  }

  /// A parameter that no prediction depends on cannot be estimated.
  private mutating func warnOfParameters() {
    let used = Set(
      model.inputs(of: model.roots).filter { model.graph.nodes[$0].operation == .parameter }
        .map { Int(model.graph.nodes[$0].a) })
    for (place, name) in vocabulary.parameters.enumerated() where !used.contains(place) {
      diagnostics.warning(
        Span(start: source.bytes.count, end: source.bytes.count),
        "The parameter \(name.quoted) has no effect on the predictions; use it, or remove it from the job."
      )
    }
  }
}

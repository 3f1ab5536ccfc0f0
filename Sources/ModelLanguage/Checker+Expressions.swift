import Spelling

extension Checker {
  /// Values of the nodes of an expression, operands first.
  mutating func evaluate(_ first: Int, _ last: Int) {
    for place in first...max(first, last) {
      let node = syntax.nodes[place]
      switch node.kind {
      case .number(let value): values[place] = .value(model.graph.number(value))
      case .name(let name): values[place] = use(name, node.span)
      case .derivative(let name): values[place] = useDerivative(name, node.span)
      case .fault: values[place] = .fault
      case .libraryCall(let number): values[place] = useLibrary(syntax.calls[number])
      case .operation(let operation):
        let operands = [node.a, node.b, node.c].filter { $0 >= 0 }.map { values[Int($0)] }
        var places: [Int] = []
        for case .value(let value) in operands { places.append(value) }
        guard places.count == operands.count else {
          values[place] = .fault
          continue
        }
        values[place] = .value(
          model.graph.make(
            operation, places[0], places.count > 1 ? places[1] : -1,
            places.count > 2 ? places[2] : -1))
      }
    }
  }

  private mutating func useDerivative(_ name: Int, _ span: Span) -> State {
    guard let compartment = compartmentNumbers[name] else {
      diagnostics.error(
        span,
        "There is no d/dt(\(syntax.names[name].clipped)) = … in the equations; add it or correct the name."
      )
      return .fault
    }
    let slot = derivativeSlot(compartment)
    switch slots[slot].state {
    case .value, .fault: return slots[slot].state
    default:
      diagnostics.error(
        span,
        "d/dt(\(syntax.names[name].clipped)) is used before it is given; move its equation up.")
      return .fault
    }
  }

  /// The compartment whose property is given.
  mutating func compartment(_ name: Int, _ property: CompartmentProperty, _ span: Span) -> Int? {
    if let compartment = compartmentNumbers[name] { return compartment }
    let text = syntax.names[name]
    let written = property.text(text.clipped)
    let names = compartmentNames
    if names.isEmpty {
      if hasLibraryCall { return nil }
      diagnostics.error(
        span,
        "\(written) needs a compartment \(text.quoted), and there is none; add d/dt(\(text.clipped)) = …"
      )
      return nil
    }
    let nearest = nearestName(to: text, among: names)
    diagnostics.error(
      span,
      "There is no compartment \(text.quoted) for \(written), the compartments are \(list(names)); "
        + (nearest.map { "did you mean \($0)?" }
          ?? (hasLibraryCall
            ? "correct the name." : "add d/dt(\(text.clipped)) = … or correct the name."))
    )
    return nil
  }

  var hasLibraryCall: Bool { !syntax.calls.isEmpty }
}

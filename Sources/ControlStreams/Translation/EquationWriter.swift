/// Writes the equations of a model, with variables of the control stream where they are needed.
struct EquationWriter {
  private(set) var lines: [String] = []
  private let model: TranslatedModel
  /// Variables that keep their names, in the order of their assignment.
  private let variables: [NamedValue]
  private let compartments: Set<String>
  private let printer = ValuePrinter()

  init(_ model: TranslatedModel) {
    self.model = model
    compartments = Set(model.kinetics?.compartments ?? [])
    variables = Self.variables(model)
    write()
  }

  /// Variables that occur in what is needed: no leaves, no parameters, each value once.
  private static func variables(_ model: TranslatedModel) -> [NamedValue] {
    let roots = model.roots
    let taken = Set(
      model.forms.map(\.name) + model.fixedEffects.map(\.name)
        + (model.kinetics?.compartments ?? []))
    var variables: [NamedValue] = []
    for variable in model.variables where variable.value.size > 1 && !taken.contains(variable.name)
    {
      let value = variable.value
      guard !variables.contains(where: { $0.value == value }), !value.contains(isForeign),
        roots.contains(where: { $0.contains { $0 == value } })
      else { continue }
      variables.append(variable)
    }
    return variables
  }

  /// Whether a leaf has no place in equations of the job.
  private static func isForeign(_ value: Value) -> Bool {
    switch value {
    case .undefined, .eta, .epsilon, .theta, .perComponent: true
    default: false
    }
  }

  private mutating func write() {
    let all = variables.count
    // What depends on amounts or on the linear model's value stands behind it.
    for (index, variable) in variables.enumerated() where !isLate(variable.value) {
      add(variable.name, variable.value, before: index)
    }
    if let kinetics = model.kinetics {
      for property in kinetics.properties { add(property.target, property.value, before: all) }
      if !kinetics.linear.isEmpty {
        let arguments = kinetics.linear.map { "\($0.name) = \(text($0.value, before: all))" }
        lines.append("\(Kinetics.linearName) = linCmt(\(arguments.joined(separator: ", ")))")
      }
    }
    for (index, variable) in variables.enumerated() where isLate(variable.value) {
      add(variable.name, variable.value, before: index)
    }
    for derivative in model.kinetics?.derivatives ?? [] {
      add(derivative.target, derivative.value, before: all)
    }
    for output in model.outputs { add(output.name, output.prediction, before: all) }
  }

  private mutating func add(_ target: String, _ value: Value, before count: Int) {
    lines.append("\(target) = \(text(value, before: count))")
  }

  private func isLate(_ value: Value) -> Bool {
    value.contains { part in
      guard case .name(let name) = part else { return false }
      return compartments.contains(name) || name == "t"
        || name == Kinetics.linearName && model.kinetics != nil
    }
  }

  /// An expression in which the first `count` variables stand by their names.
  private func text(_ value: Value, before count: Int) -> String {
    let short = value.replacing { part in
      // The last first, so that a variable made of others is found.
      guard part.size > 1, let found = variables[..<count].last(where: { $0.value == part }) else {
        return nil
      }
      return .variable(found.name)
    }
    return printer.text(short.replacing { $0.isUndefined ? .zero : nil })
  }
}

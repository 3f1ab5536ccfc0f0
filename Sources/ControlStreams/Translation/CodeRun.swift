/// The code of some records, run for each component.
struct CodeRun {
  private(set) var executions: [Execution]

  init(_ executions: [Execution]) { self.executions = executions }

  /// Variables in the order of their assignment.
  var order: [String] { executions[0].order }

  /// One expression for a variable in all components; `nil` if it is not assigned.
  func value(_ name: String) -> Value? {
    guard executions[0].values[name] != nil else {
      return executions.contains { $0.values[name] != nil }
        ? Unification.joined(executions.map { $0.values[name] ?? .zero }) : nil
    }
    return Unification.joined(executions.map { $0.values[name] ?? .undefined(name) })
  }

  /// Where a leaf was first used.
  func place(_ leaf: Value) -> Position? { executions.compactMap { $0.uses[leaf] }.min() }

  /// Where a variable was first assigned.
  func place(of name: String) -> Position? { executions.compactMap { $0.places[name] }.min() }

  mutating func run(_ statements: [Statement]) throws(Fault) {
    for index in executions.indices { try executions[index].run(statements) }
  }

  mutating func set(_ name: String, _ value: Value) {
    for index in executions.indices { executions[index].set(name, value) }
  }
}

import Spelling

/// Gives the names of a text their meaning and builds the values.
struct Checker {
  typealias Span = SourceText.Span

  /// What a variable is at a place of the text.
  enum State: Equatable {
    case unassigned
    case value(Int)
    /// It has a value in one branch only of the `if` at this place.
    case partial(Span)
    /// Its value was at fault, which has been told.
    case fault
  }

  /// Everything that can be assigned: variables, derivatives and properties of compartments.
  struct Slot {
    var state = State.unassigned
    var assigned: Span?
    var isRead = false
  }

  /// An open `if`.
  private struct Branch {
    var condition: State
    var span: Span
    /// Where the changes of the branch begin.
    var start: Int
    var thenValues: [(slot: Int, state: State)] = []
    var isElse = false
  }

  let source: SourceText
  let syntax: Syntax
  let vocabulary: ModelVocabulary
  var diagnostics: Diagnostics
  var model = CheckedModel()
  var slots: [Slot] = []
  /// Slots of variables by name, then of derivatives and properties by compartment.
  var variables: [Int?]
  var compartmentNumbers: [Int: Int] = [:]
  var compartmentNames: [String] = []
  private var changes: [(slot: Int, before: State)] = []
  private var branches: [Branch] = []
  /// Whether the place is inside an `if`.
  var isInBranch: Bool { !branches.isEmpty }
  /// Values of the nodes so far.
  var values: [State]
  var known: [String: State] = [:]
  /// Names that were told to be unknown.
  private var unknown: Set<Int> = []
  var timeAfterDoseSpan: Span?
  var doseSpan: Span?
  /// The place in the vocabulary of the model that `linCmt` means, and where each of its parameters
  /// comes from.
  var libraryChoice: (model: Int, sources: [LibrarySource])?
  var lastAssigned: Int?
  var firstAssignments: [Int: Span] = [:]

  init(_ parser: consuming Parser, vocabulary: ModelVocabulary) {
    source = parser.source
    syntax = parser.syntax
    diagnostics = parser.diagnostics
    self.vocabulary = vocabulary
    variables = [Int?](repeating: nil, count: syntax.names.count)
    values = [State](repeating: .fault, count: syntax.nodes.count)
    nameInputs()
    for case .assign(.variable(let name), let span, _, _) in syntax.statements
    where firstAssignments[name] == nil {
      firstAssignments[name] = span
    }
    declareCompartments()
    declareLibrary()
    for _ in 0..<compartmentNames.count * (CompartmentProperty.allCases.count + 1) {
      slots.append(Slot())
    }
  }

  private mutating func nameInputs() {
    for (name, operation) in [
      ("t", Operation.time), ("time", .time), ("TIME", .time), ("tad", .timeAfterDose),
      ("dose", .dose),
    ] {
      known[name] = .value(model.graph.input(operation))
    }
    known["pi"] = .value(model.graph.number(Double.pi))
    for (place, name) in vocabulary.covariates.enumerated() {
      known[name] = .value(model.graph.input(.covariate, place))
    }
    for (place, name) in vocabulary.parameters.enumerated() {
      known[name] = .value(model.graph.input(.parameter, place))
    }
  }

  /// Compartments are numbered in the order of their first d/dt.
  private mutating func declareCompartments() {
    for case .assign(.derivative(let name), let span, _, _) in syntax.statements
    where compartmentNumbers[name] == nil {
      guard compartmentNames.count < ModelLimits.compartments else {
        diagnostics.error(
          span, "There are more than \(ModelLimits.compartments) differential equations; use fewer."
        )
        return
      }
      if known[syntax.names[name]] != nil {
        diagnostics.error(
          span,
          "\(syntax.names[name].quoted) is \(meaning(syntax.names[name])) and cannot be a compartment; "
            + "choose another name.")
      }
      compartmentNumbers[name] = compartmentNames.count
      compartmentNames.append(syntax.names[name])
    }
  }

  func derivativeSlot(_ compartment: Int) -> Int {
    compartment * (CompartmentProperty.allCases.count + 1)
  }

  func propertySlot(_ property: CompartmentProperty, _ compartment: Int) -> Int {
    derivativeSlot(compartment) + 1 + property.rawValue
  }

  /// What a known name is, for messages.
  func meaning(_ name: String) -> String {
    if vocabulary.parameters.contains(name) { return "a parameter of the job" }
    if vocabulary.covariates.contains(name) { return "a covariate" }
    switch name {
    case "tad": return "the time after the last dose"
    case "dose": return "the amount of the last dose"
    case "pi": return "the number π"
    default: return "the time"
    }
  }

  mutating func check() {
    for statement in syntax.statements where !diagnostics.isFull {
      switch statement {
      case .assign(let target, let span, let first, let value):
        evaluate(first, value)
        assign(target, span, values[value])
      case .beginIf(let first, let condition, let span):
        evaluate(first, condition)
        branches.append(
          Branch(condition: values[condition], span: span, start: changes.count))
      case .beginElse: beginElse()
      case .endIf: endIf()
      }
    }
  }

  // MARK: Branches

  private mutating func set(_ slot: Int, _ state: State) {
    if !branches.isEmpty { changes.append((slot, slots[slot].state)) }
    slots[slot].state = state
  }

  /// Takes the changes since a place back.
  /// - Returns: the slots that were changed, with what they were.
  private mutating func takeBack(_ start: Int) -> [(slot: Int, state: State)] {
    var result: [(slot: Int, state: State)] = []
    var seen: Set<Int> = []
    for change in changes[start...] where seen.insert(change.slot).inserted {
      result.append((change.slot, slots[change.slot].state))
    }
    for change in changes[start...].reversed() { slots[change.slot].state = change.before }
    changes.removeSubrange(start...)
    return result
  }

  private mutating func beginElse() {
    guard var branch = branches.popLast() else { return }
    branch.thenValues = takeBack(branch.start)
    branch.isElse = true
    branches.append(branch)
  }

  private mutating func endIf() {
    guard let branch = branches.popLast() else { return }
    let last = takeBack(branch.start)
    let thenValues = branch.isElse ? branch.thenValues : last
    let elseValues = branch.isElse ? last : []
    var both: [Int: (State?, State?)] = [:]
    var order: [Int] = []
    for (slot, state) in thenValues {
      both[slot] = (state, nil)
      order.append(slot)
    }
    for (slot, state) in elseValues {
      if both[slot] == nil { order.append(slot) }
      both[slot] = (both[slot]?.0, state)
    }
    for slot in order {
      let before = usual(slot)
      set(
        slot,
        merged(branch.condition, both[slot]!.0 ?? before, both[slot]!.1 ?? before, branch.span))
    }
  }

  /// What a slot is where a branch does not assign it.
  private mutating func usual(_ slot: Int) -> State {
    let width = CompartmentProperty.allCases.count + 1
    guard slots[slot].state == .unassigned, slot < compartmentNames.count * width else {
      return slots[slot].state
    }
    switch slot % width - 1 {
    case CompartmentProperty.initial.rawValue, CompartmentProperty.lag.rawValue:
      return .value(model.graph.number(0))
    case CompartmentProperty.bioavailability.rawValue: return .value(model.graph.number(1))
    default: return .unassigned
    }
  }

  private mutating func merged(_ condition: State, _ a: State, _ b: State, _ span: Span) -> State {
    switch (condition, a, b) {
    case (.fault, _, _), (_, .fault, _), (_, _, .fault): return .fault
    case (.value(let condition), .value(let a), .value(let b)):
      return .value(model.graph.make(.select, condition, a, b))
    case (_, .partial(let span), _), (_, _, .partial(let span)): return .partial(span)
    default: return .partial(span)
    }
  }

  // MARK: Assignments

  private mutating func assign(_ target: Syntax.Target, _ span: Span, _ state: State) {
    switch target {
    case .variable(let name): assignVariable(name, span, state)
    case .derivative(let name):
      guard let compartment = compartmentNumbers[name] else { return }
      assignOnce(derivativeSlot(compartment), span, state, "d/dt(\(syntax.names[name]))")
    case .property(let property, let name):
      guard let compartment = compartment(name, property, span) else { return }
      assignOnce(
        propertySlot(property, compartment), span, state, property.text(syntax.names[name]))
    }
  }

  private mutating func assignVariable(_ name: Int, _ span: Span, _ state: State) {
    let text = syntax.names[name]
    if compartmentNumbers[name] != nil {
      diagnostics.error(
        span,
        "\(text.quoted) is a compartment, whose amount follows from "
          + (hasLibraryCall ? "linCmt" : "d/dt(\(text.clipped))")
          + "; write \(text.clipped)(0) = … for its initial value, or choose another name.")
      return
    }
    if known[text] != nil {
      diagnostics.error(
        span,
        "\(text.quoted) is \(meaning(text)) and cannot be assigned; choose another name for the result."
      )
      return
    }
    if FunctionTable.functions[text] != nil || text == FunctionTable.libraryCall
      || ["if", "else", "and", "or", "not"].contains(text)
    {
      diagnostics.error(
        span,
        "\(text.quoted) is a word of the language and cannot be assigned; choose another name.")
      return
    }
    let slot = slot(name)
    if slots[slot].assigned == nil { slots[slot].assigned = span }
    set(slot, state)
    lastAssigned = name
  }

  /// The slot of a variable.
  mutating func slot(_ name: Int) -> Int {
    if let slot = variables[name] { return slot }
    slots.append(Slot())
    variables[name] = slots.count - 1
    return slots.count - 1
  }

  private mutating func assignOnce(_ slot: Int, _ span: Span, _ state: State, _ text: String) {
    if let before = slots[slot].assigned, case .value = slots[slot].state {
      diagnostics.error(
        span,
        "\(text.clipped) was given before, in line \(source.line(before.start)); remove one of the two."
      )
      return
    }
    if slots[slot].assigned == nil { slots[slot].assigned = span }
    set(slot, state)
  }

  // MARK: Names in expressions

  /// The value of a name where it is used.
  mutating func use(_ name: Int, _ span: Span) -> State {
    let text = syntax.names[name]
    if let compartment = compartmentNumbers[name] {
      return .value(model.graph.input(.amount, compartment))
    }
    if let state = known[text] {
      if text == "tad" { timeAfterDoseSpan = timeAfterDoseSpan ?? span }
      if text == "dose" { doseSpan = doseSpan ?? span }
      return state
    }
    if let slot = variables[name] {
      slots[slot].isRead = true
      switch slots[slot].state {
      case .value, .fault: return slots[slot].state
      case .partial(let branch):
        diagnostics.error(
          span,
          "\(text.quoted) may have no value here, it is assigned in only one branch of the `if` in line "
            + "\(source.line(branch.start)); assign it in the other branch too, or before the `if`."
        )
        set(slot, .fault)
        return .fault
      case .unassigned: break
      }
    }
    guard unknown.insert(name).inserted else { return .fault }
    if let later = firstAssignments[name] {
      let slot = slot(name)
      slots[slot].isRead = true
      let isInside = later.start >= span.start || slots[slot].assigned == nil
      diagnostics.error(
        span,
        isInside && source.line(later.start) == source.line(span.start) && later.start < span.start
          ? "\(text.quoted) is used for its own first value; assign it a value before."
          : "\(text.quoted) is used before it is assigned, in line \(source.line(later.start)); "
            + (slots[slot].assigned == nil
              ? "move the assignment up."
              : "there it belongs to another branch; assign it before the `if`."))
      return .fault
    }
    diagnostics.error(span, "There is no \(text.quoted) here; " + remedy(text))
    return .fault
  }

  private func remedy(_ text: String) -> String {
    if FunctionTable.functions[text] != nil {
      return "it is a function, whose argument stands in parentheses: \(text)(…)."
    }
    let assigned = firstAssignments.keys.sorted().map { syntax.names[$0] }
    let names =
      vocabulary.parameters + vocabulary.covariates + assigned
      + compartmentNames + ["time", "tad", "dose", "pi"]
    if let nearest = nearestName(to: text, among: names) { return "did you mean \(nearest)?" }
    let parameters = vocabulary.parameters
    let covariates = vocabulary.covariates
    return (parameters.isEmpty ? "" : "the parameters are \(list(parameters)); ")
      + (covariates.isEmpty ? "" : "the covariates are \(list(covariates)); ")
      + "assign it, or add it to the parameters or covariates of the job."
  }

  func list(_ names: [String]) -> String {
    names.prefix(12).map(\.clipped).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
  }
}

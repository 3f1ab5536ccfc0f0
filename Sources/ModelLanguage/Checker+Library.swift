import Spelling

/// Where a parameter of a library model comes from.
enum LibrarySource {
  /// The argument of the call at this place.
  case argument(Int)
  /// A name that is assigned or known.
  case name(String)
}

extension Checker {
  /// Finds what `linCmt` means by the names of its arguments, before anything is evaluated: its
  /// compartments have names that the text may use before the call.
  mutating func declareLibrary() {
    guard let call = syntax.calls.first else { return }
    for other in syntax.calls.dropFirst() {
      diagnostics.error(
        other.span,
        "A second linCmt, one is in line \(source.line(call.span.start)) and a model has only one; "
          + "keep its value in a variable, or write the model with d/dt.")
    }
    guard compartmentNames.isEmpty else {
      diagnostics.error(
        call.span,
        "linCmt cannot stand beside differential equations; write the linear part with d/dt too, or remove d/dt."
      )
      return
    }
    let choice = call.arguments.isEmpty ? chooseByNames(call.span) : chooseByArguments(call)
    guard let choice else { return }
    libraryChoice = choice
    for name in vocabulary.library[choice.model].compartments {
      if let number = syntax.number(of: name), known[name] == nil {
        compartmentNumbers[number] = compartmentNames.count
      }
      compartmentNames.append(name)
    }
  }

  /// What other programs call the parameters.
  private static let synonyms = ["v1": "v", "vc": "v", "kel": "k", "ke": "k", "vp": "v2"]

  /// The place of a parameter in a model, by its name in any case or a synonym.
  private func place(_ name: String, in model: LibraryModel) -> Int? {
    let lowercased = name.lowercased()
    if let place = model.parameters.firstIndex(where: { $0.lowercased() == lowercased }) {
      return place
    }
    guard let synonym = Self.synonyms[lowercased] else { return nil }
    return model.parameters.firstIndex { $0.lowercased() == synonym }
  }

  private mutating func chooseByArguments(_ call: Syntax.Call) -> (
    model: Int, sources: [LibrarySource]
  )? {
    let names = call.arguments.map { syntax.names[$0.name] }
    var seen: Set<String> = []
    for argument in call.arguments {
      let name = syntax.names[argument.name]
      guard seen.insert(name.lowercased()).inserted else {
        diagnostics.error(
          argument.nameSpan, "\(name.clipped) is given twice to linCmt; remove one of the two.")
        return nil
      }
      if !vocabulary.library.contains(where: { place(name, in: $0) != nil }) {
        let all = libraryParameterNames()
        let nearest = nearestName(to: name, among: all)
        diagnostics.error(
          argument.nameSpan,
          "linCmt has no parameter \(name.quoted), its parameters are \(list(all)); "
            + (nearest.map { "did you mean \($0)?" } ?? "correct the name."))
        return nil
      }
    }
    for (number, model) in vocabulary.library.enumerated() {
      let places = names.map { place($0, in: model) }
      guard model.parameters.count == names.count, Set(places).count == names.count,
        !places.contains(nil)
      else { continue }
      let sources = model.parameters.indices.map { parameter in
        LibrarySource.argument(places.firstIndex(of: parameter)!)
      }
      return (number, sources)
    }
    diagnostics.error(call.span, noModel(names))
    return nil
  }

  private func libraryParameterNames() -> [String] {
    var names: [String] = []
    for model in vocabulary.library {
      for name in model.parameters where !names.contains(name) { names.append(name) }
    }
    return names
  }

  private func noModel(_ names: [String]) -> String {
    // The model that differs in the fewest parameters.
    var best: (missing: [String], extra: [String])?
    for model in vocabulary.library {
      let places = names.map { place($0, in: model) }
      let missing = model.parameters.indices.filter { !places.contains($0) }
        .map { model.parameters[$0] }
      let extra = zip(names, places).filter { $0.1 == nil }.map(\.0)
      let distance = missing.count + extra.count
      if distance < best.map({ $0.missing.count + $0.extra.count }) ?? .max {
        best = (missing, extra)
      }
    }
    var remedies: [String] = []
    if let best, !best.missing.isEmpty { remedies.append("add \(list(best.missing))") }
    if let best, !best.extra.isEmpty { remedies.append("remove \(list(best.extra))") }
    return "There is no linear model with the parameters \(list(names)); "
      + (remedies.isEmpty ? "correct them." : remedies.joined(separator: " and ") + ".")
  }

  /// `linCmt()` means the largest model all of whose parameters have names in the text or the job.
  private mutating func chooseByNames(_ span: Span) -> (model: Int, sources: [LibrarySource])? {
    let assigned = firstAssignments.keys.sorted().map { syntax.names[$0] }
    // What is assigned counts more than what it may have been made from.
    let names = assigned + vocabulary.parameters + vocabulary.covariates
    func source(_ parameter: String, _ model: LibraryModel) -> String? {
      let place = model.parameters.firstIndex(of: parameter)
      let candidates = names.filter { self.place($0, in: model) == place }
      return candidates.first { $0 == parameter } ?? candidates.first
    }
    var found: [(model: Int, sources: [LibrarySource])] = []
    var size = 0
    for (number, model) in vocabulary.library.enumerated() where model.parameters.count >= size {
      let sources = model.parameters.compactMap { source($0, model) }
      guard sources.count == model.parameters.count, Set(sources).count == sources.count else {
        continue
      }
      if sources.count > size { found.removeAll() }
      size = sources.count
      found.append((number, sources.map { .name($0) }))
    }
    if found.count == 1 { return found[0] }
    if found.isEmpty {
      diagnostics.error(
        span,
        "linCmt() finds no linear model whose parameters all have names here; "
          + "write them as arguments, like linCmt(CL = cl, V = v).")
    } else {
      let sets = found.map { "(\(list(vocabulary.library[$0.model].parameters)))" }
      diagnostics.error(
        span,
        "linCmt() could be the model of \(sets.joined(separator: " or ")); "
          + "write the parameters as arguments, like linCmt(CL = cl, V = v).")
    }
    return nil
  }

  /// The value of the call: a concentration.
  mutating func useLibrary(_ call: Syntax.Call) -> State {
    guard let choice = libraryChoice, model.library == nil else { return .fault }
    if isInBranch {
      diagnostics.error(
        call.span,
        "linCmt stands inside an `if`; move it out, and choose its arguments by `if` or ifelse.")
      return .fault
    }
    var parameters: [Int] = []
    for (place, origin) in choice.sources.enumerated() {
      let state: State
      var span = call.span
      switch origin {
      case .argument(let number):
        state = values[call.arguments[number].value]
        span = call.arguments[number].nameSpan
      case .name(let name): state = use(syntax.number(of: name) ?? -1, name, call.span)
      }
      guard case .value(let value) = state else { return .fault }
      let depends = model.graph.dependencies[value]
      guard depends.isSubset(of: [.parameters, .covariates]) else {
        let name = vocabulary.library[choice.model].parameters[place]
        diagnostics.error(
          span,
          "The parameter \(name) of linCmt depends on \(whatVaries(depends)), and linear models need parameters that "
            + "are constant between records; write the model with d/dt.")
        return .fault
      }
      parameters.append(value)
    }
    let library = vocabulary.library[choice.model]
    var concentration = model.graph.input(.amount, library.observed)
    if let volume = library.volume {
      concentration = model.graph.make(.divide, concentration, parameters[volume])
    }
    model.library = CheckedModel.LibraryUse(
      model: choice.model, parameters: parameters, concentration: concentration)
    return .value(concentration)
  }

  /// A name that need not stand in the text.
  private mutating func use(_ number: Int, _ name: String, _ span: Span) -> State {
    number >= 0 ? use(number, span) : known[name] ?? .fault
  }

  /// For messages.
  func whatVaries(_ depends: Dependencies) -> String {
    if depends.contains(.amounts) { return "an amount" }
    if depends.contains(.time) { return "the time" }
    return depends.contains(.timeAfterDose) ? "the time after a dose" : "the dose"
  }
}

import Spelling

/// The section `nonmem` of a job file.
extension JobFileReader {
  func nonmemSpecification(_ value: YAMLValue) -> NonmemSpecification? {
    guard let keys = value.mapping(keys: ["root", "theta", "eta", "sigma", "tables"]) else {
      return nil
    }
    let root = keys["root"].map(nonmemRoot)
    let theta = keys["theta"].map { nonmemExpressions($0) }
    let eta = keys["eta"].map { value in
      value.list(of: "random effects")?.every(nonmemEta)
    }
    let sigma = keys["sigma"].map { nonmemExpressions($0) }
    let tables = keys["tables"].map { $0.list(of: "tables")?.every(nonmemTable) } ?? []
    if case .some(nil) = root { return nil }
    if case .some(nil) = theta { return nil }
    if case .some(nil) = eta { return nil }
    if case .some(nil) = sigma { return nil }
    guard let tables, hasDistinctFiles(tables, value) else { return nil }
    var specification = NonmemSpecification()
    specification.root = root ?? nil
    specification.theta = theta ?? nil
    specification.eta = eta ?? nil
    specification.sigma = sigma ?? nil
    specification.tables = tables
    return specification
  }

  private func nonmemRoot(_ value: YAMLValue) -> Located<String>? {
    let expected = "a path without an ending, such as run1"
    guard let root = value.locatedText(expected: expected) else { return nil }
    guard !root.value.hasSuffix("/"), !root.value.contains("\0") else {
      value.reportUnexpected(expected)
      return nil
    }
    return root
  }

  private func nonmemExpressions(_ value: YAMLValue) -> [Located<String>]? {
    value.list(of: "expressions of parameters and numbers")?.every {
      $0.locatedText(expected: "an expression of parameters, such as typical.CL, or a number")
    }
  }

  private func nonmemEta(_ value: YAMLValue) -> Located<NonmemSpecification.Eta>? {
    let expected =
      "the name of a random effect, a mapping with an 'effect', or a number not less than 0, the variance of an ETA without one"
    if value.isMapping {
      guard let keys = value.mapping(keys: ["effect", "scale", "occasion"]),
        let effect = keys.required("effect")?.text(expected: "the name of a random effect")
      else { return nil }
      let scale = keys["scale"].map { $0.locatedText(expected: "an expression of parameters") }
      let occasion = keys["occasion"].map { item in
        item.number(.any).map { Located($0, at: item.position) }
      }
      if case .some(nil) = scale { return nil }
      if case .some(nil) = occasion { return nil }
      return Located(
        .effect(effect, occasion: occasion ?? nil, scale: scale ?? nil), at: value.position)
    }
    guard let text = value.text(expected: expected) else { return nil }
    guard let number = StrictNumber.double(text) else {
      return Located(.effect(text, occasion: nil, scale: nil), at: value.position)
    }
    guard number >= 0 else {
      value.reportUnexpected(expected)
      return nil
    }
    return Located(.variance(number), at: value.position)
  }

  private func nonmemTable(_ value: YAMLValue) -> NonmemSpecification.Table? {
    guard let keys = value.mapping(keys: ["file", "columns", "header", "first-only"]) else {
      return nil
    }
    let file = keys.required("file")?.locatedText(expected: "the name of a file")
    let columns = keys.required("columns")?.list(of: "names of columns")?.every {
      $0.locatedText(expected: "the name of a column")
    }
    let header =
      keys["header"].map { $0.choice(of: NonmemSpecification.Table.Header.self) } ?? .once
    guard let isFirstOnly = flag(keys["first-only"]), let file, let columns, let header else {
      return nil
    }
    return NonmemSpecification.Table(
      file: file, columns: columns, header: header, isFirstOnly: isFirstOnly)
  }

  private func hasDistinctFiles(_ tables: [NonmemSpecification.Table], _ value: YAMLValue) -> Bool {
    var files: Set<String> = []
    for table in tables where !files.insert(table.file.value).inserted {
      value.document.report(
        "the table \(quoted(table.file.value)) is written twice, expected a file for each; rename one.",
        at: TextPosition(line: table.file.line, column: table.file.column))
      return false
    }
    return true
  }
}

import PopulationData
import PopulationModel
import Spelling

/// The sections of a job file that stand for themselves.
extension JobFileReader {
  func dataSource(_ value: YAMLValue) -> DataSource? {
    guard
      let keys = value.mapping(keys: [
        "files", "columns", "ignore", "accept", "missing", "repeated-ids", "covariates",
        "covariate-carry", "below-limit", "header", "quantification-limit", "layout",
      ])
    else { return nil }
    let files = keys.required("files").flatMap { texts($0, expected: "paths") }
    var columns: [String: Located<String>] = [:]
    if let mapping = keys["columns"]?.mapping(
      keys: DataSource.standardColumns, noun: "standard column")
    {
      for (name, value) in mapping.entries {
        columns[name.value] = value.locatedText(expected: "the name of a column of the file")
      }
    }
    let ignore = keys["ignore"].map { texts($0, expected: "characters or conditions") } ?? []
    let accept = keys["accept"].map { texts($0, expected: "conditions") } ?? []
    let missing = keys["missing"].map { texts($0, expected: "texts") } ?? []
    let repeatedIDs = keys["repeated-ids"].map { $0.choice(of: RepeatedIDs.self) }
    let covariates = dataCovariates(keys)
    let belowLimit = keys["below-limit"].map { $0.choice(of: BelowLimit.self) }

    let layout = keys["layout"].map { $0.choice(of: DataLayout.self) } ?? .nonmem
    let header = keys["header"].map { texts($0, expected: "names of columns") }
    let limit = keys["quantification-limit"].map { $0.number(.positive) }
    if keys["quantification-limit"] != nil, keys["below-limit"] == nil {
      keys["quantification-limit"]?.report(
        "stands without 'data.below-limit', which says what becomes of values below it; add it, as 'below-limit: interval'.",
        atKey: true)
      return nil
    }

    // One character marks comment rows, and anything longer is a condition.
    if let accept = keys["accept"], let condition = ignore?.first(where: { $0.value.count > 1 }) {
      accept.report(
        "stands beside the condition \(quoted(condition.value)) of 'data.ignore', expected "
          + "conditions in one of them only; put all conditions into one of them.", atKey: true)
    }
    guard let files, let ignore, let accept, let missing,
      let repeatedIDs = repeatedIDs ?? .separate, let covariates, let layout
    else { return nil }
    if case .some(nil) = belowLimit { return nil }
    if case .some(nil) = header { return nil }
    if case .some(nil) = limit { return nil }
    return DataSource(
      files: files, columns: columns, ignore: ignore, accept: accept,
      missing: missing.map(\.value), repeatedIDs: repeatedIDs, covariates: covariates,
      belowLimit: belowLimit ?? nil, layout: layout, header: (header ?? nil)?.map(\.value),
      quantificationLimit: limit ?? nil)
  }

  /// Names of columns, as a list or as a mapping from names to what is special of them.
  private func dataCovariates(_ keys: YAMLMapping) -> [DataSource.Covariate]? {
    let usual = keys["covariate-carry"].map { $0.choice(of: CovariateCarry.self) }
    guard let section = keys["covariates"] else {
      if let usual = keys["covariate-carry"] {
        usual.report("stands without 'data.covariates', which it is about; add them.", atKey: true)
      }
      return usual == nil ? [] : nil
    }
    guard let usual = usual ?? .backward else { return nil }
    var covariates: [DataSource.Covariate]?
    if section.isMapping {
      let mapping = section.anyMapping(expected: "a mapping from names of columns")
      covariates = mapping?.entries.every { name, value in
        if value.isNothing { return DataSource.Covariate(name: name, carry: usual) }
        guard let own = value.mapping(keys: ["carry"]) else { return nil }
        guard
          let carry = own["carry"].map({ $0.choice(of: CovariateCarry.self) }) ?? usual
        else { return nil }
        return DataSource.Covariate(name: name, carry: carry)
      }
    } else {
      covariates = section.oneOrMany(of: "names of columns")?.every {
        $0.locatedText(expected: "the name of a column of the file")
          .map { DataSource.Covariate(name: $0, carry: usual) }
      }
    }
    var names: Set<String> = []
    for covariate in covariates ?? [] {
      guard names.insert(covariate.name.value.uppercased()).inserted else {
        section.document.report(
          "the covariate \(quoted(covariate.name.value)) is named twice, expected it once; leave one out.",
          at: TextPosition(line: covariate.name.line, column: covariate.name.column))
        return nil
      }
    }
    return covariates
  }

  private func texts(_ value: YAMLValue, expected: String) -> [Located<String>]? {
    value.oneOrMany(of: expected)?.every { $0.locatedText() }
  }

  /// Names of columns and random effects with their units.
  func units(_ value: YAMLValue) -> [String: String]? {
    guard let mapping = value.anyMapping(expected: "a mapping from columns and effects to units")
    else { return nil }
    var units: [String: String] = [:]
    for (name, value) in mapping.entries { units[name.value] = value.text(expected: "a unit") }
    return units
  }

  /// Words for tables, each once.
  func resultTables(_ value: YAMLValue) -> [ResultTable]? {
    let words = conjunction(ResultTable.allCases.map(\.rawValue))
    guard let items = value.oneOrMany(of: "the words \(words)") else { return nil }
    var tables: [ResultTable] = []
    return items.every { item in
      guard let table = item.choice(of: ResultTable.self) else { return nil }
      guard !tables.contains(table) else {
        item.report("names \(table.rawValue) again, expected each table once; leave one out.")
        return nil
      }
      tables.append(table)
      return table
    }
  }

  func mixtureSpecification(_ value: YAMLValue) -> MixtureSpecification? {
    guard
      let keys = value.mapping(keys: [
        "components", "covariance", "covariance-across-components", "weight-covariates", "order",
      ])
    else { return nil }
    let components = keys["components"].map { $0.integer(in: 1...64) } ?? 1
    var forms: (mixture: CovarianceForm?, shared: CovarianceForm?) = (.diagonal, .diagonal)
    if let covariance = keys["covariance"] {
      if covariance.isMapping {
        let parts = covariance.mapping(keys: ["mixture", "shared"])
        forms.mixture = parts?["mixture"].map { $0.choice(of: CovarianceForm.self) } ?? .diagonal
        forms.shared = parts?["shared"].map { $0.choice(of: CovarianceForm.self) } ?? .diagonal
      } else {
        let form = covariance.choice(of: CovarianceForm.self)
        forms = (form, form)
      }
    }
    let across =
      keys["covariance-across-components"]
      .map { $0.choice(of: CovarianceSharing.self) } ?? .perComponent
    let weights = keys["weight-covariates"].map { effectCovariates($0, ofWeights: true) } ?? []
    if let given = keys["weight-covariates"], components == 1 {
      given.report("stands beside one component, expected two or more; remove it.", atKey: true)
      return nil
    }
    let order = keys["order"].map { $0.choice(of: MixtureSpecification.Order.self) } ?? .ascending
    guard let components, let order, let mixture = forms.mixture, let shared = forms.shared,
      let across,
      let weights
    else { return nil }
    var specification = MixtureSpecification()
    specification.order = order
    specification.components = components
    specification.mixtureCovariance = mixture
    specification.sharedCovariance = shared
    specification.acrossComponents = across
    specification.weightCovariates = weights
    return specification
  }
}

extension Sequence {
  /// The results for all elements, or nil when one has none; each element is tried.
  func every<Result>(_ transform: (Element) -> Result?) -> [Result]? {
    let results = map(transform)
    let found = results.compactMap { $0 }
    return found.count == results.count ? found : nil
  }
}

/// The sections of a job file that stand for themselves.
extension JobFileReader {
  func dataSource(_ value: YAMLValue) -> DataSource? {
    guard
      let keys = value.mapping(keys: [
        "files", "columns", "ignore", "accept", "missing", "repeated-ids",
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
    let repeatedIDs = keys["repeated-ids"].map { $0.choice(of: DataSource.RepeatedIDs.self) }

    // One character marks comment rows, and anything longer is a condition.
    if let accept = keys["accept"], let condition = ignore?.first(where: { $0.value.count > 1 }) {
      accept.report(
        "stands beside the condition \(quoted(condition.value)) of 'data.ignore', expected "
          + "conditions in one of them only; put all conditions into one of them.", atKey: true)
    }
    guard let files, let ignore, let accept, let missing,
      let repeatedIDs = repeatedIDs ?? .separate
    else { return nil }
    return DataSource(
      files: files, columns: columns, ignore: ignore, accept: accept,
      missing: missing.map(\.value), repeatedIDs: repeatedIDs)
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

  func mixtureSpecification(_ value: YAMLValue) -> MixtureSpecification? {
    typealias Covariance = MixtureSpecification.Covariance
    guard
      let keys = value.mapping(keys: [
        "components", "covariance", "covariance-across-components", "weight-covariates",
      ])
    else { return nil }
    let components = keys["components"].map { $0.integer(in: 1...64) } ?? 1
    var forms: (mixture: Covariance?, shared: Covariance?) = (.diagonal, .diagonal)
    if let covariance = keys["covariance"] {
      if covariance.isMapping {
        let parts = covariance.mapping(keys: ["mixture", "shared"])
        forms.mixture = parts?["mixture"].map { $0.choice(of: Covariance.self) } ?? .diagonal
        forms.shared = parts?["shared"].map { $0.choice(of: Covariance.self) } ?? .diagonal
      } else {
        let form = covariance.choice(of: Covariance.self)
        forms = (form, form)
      }
    }
    let across =
      keys["covariance-across-components"]
      .map { $0.choice(of: MixtureSpecification.AcrossComponents.self) } ?? .perComponent
    let weights = keys["weight-covariates"].map { covariates($0, ofWeights: true) } ?? []
    if let given = keys["weight-covariates"], components == 1 {
      given.report("stands beside one component, expected two or more; remove it.", atKey: true)
      return nil
    }
    guard let components, let mixture = forms.mixture, let shared = forms.shared, let across,
      let weights
    else { return nil }
    var specification = MixtureSpecification()
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

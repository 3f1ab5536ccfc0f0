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

  func mixtureSpecification(_ value: YAMLValue) -> MixtureSpecification? {
    typealias Covariance = MixtureSpecification.Covariance
    guard
      let keys = value.mapping(keys: ["components", "covariance", "covariance-across-components"])
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
    guard let components, let mixture = forms.mixture, let shared = forms.shared, let across
    else { return nil }
    var specification = MixtureSpecification()
    specification.components = components
    specification.mixtureCovariance = mixture
    specification.sharedCovariance = shared
    specification.acrossComponents = across
    return specification
  }

  func estimationOptions(_ value: YAMLValue) -> EstimationOptions? {
    guard
      let keys = value.mapping(keys: [
        "method", "samples", "order", "iterations", "tolerance", "seed", "nodes",
        "envelope-inflation",
      ])
    else { return nil }
    let method = keys["method"].map { $0.choice(of: MethodName.self) } ?? .exact
    let tolerance = keys["tolerance"].map { $0.number(.positive) } ?? 1e-6
    let nodes = keys["nodes"].map { $0.choice(of: EstimationOptions.Nodes.self) } ?? .lattice
    let defaults = method.map { EstimationOptions.defaults(of: $0, nodes: nodes) }
    let isQuadrature = method == .exact && nodes == .gaussHermite
    let samples =
      isQuadrature
      ? keys["order"].map { $0.integer(in: 2...32) } ?? defaults?.samples
      : keys["samples"].map { $0.integer(in: 1...1 << 24) } ?? defaults?.samples
    if let other = keys[isQuadrature ? "samples" : "order"] {
      other.report(
        isQuadrature
          ? "stands beside 'nodes: gauss-hermite', whose number is 'order' to the power of the number of "
            + "random effects; give 'order' instead."
          : "is expected with 'nodes: gauss-hermite' only; remove it, or change the nodes.",
        atKey: true)
    }
    let iterations =
      keys["iterations"].map { $0.integer(in: 1...1_000_000) } ?? defaults?.iterations
    let seed = keys["seed"].map { $0.integer(in: 0...UInt64.max) } ?? 1
    let inflation =
      keys["envelope-inflation"].map { $0.number(.atLeastOne) } ?? defaults?.envelopeInflation

    if method == .paper {
      for key in ["tolerance", "nodes"] {
        keys[key]?.report(
          "stands beside 'method: paper', expected it with 'method: exact' only; "
            + "remove it, or change the method.", atKey: true)
      }
    }
    if method == .exact, let nodes, nodes == .lattice || nodes == .sobol, let samples,
      let value = keys["samples"],
      !(16...1 << 20).contains(samples) || samples & (samples - 1) != 0
    {
      let above = (4...20).first { 1 << $0 >= samples } ?? 20
      value.report(
        "is \(samples), expected a power of two from 16 to 2^20 for 'nodes: \(nodes.rawValue)'; "
          + "use \(1 << above), or 'nodes: independent'.")
    }
    guard var options = defaults, let tolerance, let nodes, let samples, let iterations, let seed,
      let inflation
    else { return nil }
    if method == .exact {
      options.method = .exact(nodes: nodes, tolerance: tolerance)
    }
    options.samples = samples
    options.iterations = iterations
    options.seed = seed
    options.envelopeInflation = inflation
    return options
  }
}

private enum MethodName: String, CaseIterable {
  case paper
  case exact
}

extension EstimationOptions {
  /// What holds when a job says nothing about the estimation.
  static let standard = defaults(of: .exact, nodes: .lattice)

  fileprivate static func defaults(of method: MethodName, nodes: Nodes?) -> EstimationOptions {
    switch method {
    case .paper:
      EstimationOptions(
        method: .paper, samples: 1000, iterations: 50, seed: 1, envelopeInflation: 1)
    case .exact:
      EstimationOptions(
        method: .exact(nodes: nodes ?? .lattice, tolerance: 1e-6),
        samples: nodes == .gaussHermite ? 9 : 512, iterations: 1000, seed: 1,
        envelopeInflation: inflation(nodes ?? .lattice))
    }
  }
}

/// The factor on the envelope's covariance that suits the nodes.
private func inflation(_ nodes: EstimationOptions.Nodes) -> Double {
  switch nodes {
  case .lattice: 3
  case .sobol, .independent: 1.5
  case .gaussHermite: 1
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

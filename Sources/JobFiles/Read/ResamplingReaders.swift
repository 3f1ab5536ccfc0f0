import PopulationData
import Spelling

/// The sections `bootstrap` and `likelihood-ratio-test` of a job file.
extension JobFileReader {
  /// - Parameter data: nil when the section is absent or has faults.
  func bootstrapSpecification(_ value: YAMLValue, data: DataSource?) -> BootstrapSpecification? {
    guard let keys = value.mapping(keys: ["kind", "replicates", "stratify", "seed"]) else {
      return nil
    }
    typealias Kind = BootstrapSpecification.Kind
    let kind = keys["kind"].map { $0.choice(of: Kind.self) } ?? .nonparametric
    let replicates = keys["replicates"].map { $0.integer(in: 2...100_000) } ?? 1000
    let seed = keys["seed"].map { $0.integer(in: 0...UInt64.max) } ?? 1
    let stratify = keys["stratify"].map { $0.locatedText(expected: "the name of a covariate") }
    if let section = keys["stratify"], let name = stratify ?? nil {
      if kind == .parametric {
        section.report(
          "stands beside 'kind: parametric', which keeps the subjects and draws their observations; remove it.",
          atKey: true)
      } else if let data, !data.covariates.contains(where: { $0.name.value == name.value }) {
        let known = data.covariates.map { quoted($0.name.value) }
        section.report(
          "is \(quoted(name.value)), expected a covariate of the data"
            + (known.isEmpty ? "" : ", \(alternatives(known))")
            + "; add it to 'data.covariates', where columns are named that the model need not use.")
      } else if data == nil {
        section.report(
          "stands without 'data', expected it with data files only; remove it.", atKey: true)
      }
    }
    if kind == .parametric, data?.belowLimit == .conditional {
      value.report(
        "is parametric beside 'data.below-limit: conditional', where it is not known how many values there were below the "
          + "limit; use 'kind: nonparametric'.")
    }
    guard let kind, let replicates, let seed, let stratify = stratify ?? .some(nil) else {
      return nil
    }
    return BootstrapSpecification(
      kind: kind, replicates: replicates, stratify: stratify, seed: seed)
  }

  func likelihoodRatioTest(_ value: YAMLValue, data: DataSource?) -> LikelihoodRatioTest? {
    guard let keys = value.mapping(keys: ["replicates", "level", "seed"]) else { return nil }
    let replicates = keys["replicates"].map { $0.integer(in: 1...100_000) } ?? 99
    let level = keys["level"].map { $0.number(.between(0, 1)) } ?? 0.05
    let seed = keys["seed"].map { $0.integer(in: 0...UInt64.max) } ?? 1
    if data?.belowLimit == .conditional {
      value.report(
        "stands beside 'data.below-limit: conditional', where it is not known how many values there were below the limit, so that "
          + "data sets cannot be drawn; remove it.", atKey: true)
    }
    guard let replicates, let level, let seed else { return nil }
    guard Double(replicates + 1) * level >= 1 else {
      value.report(
        "asks for \(replicates) replicates, of which p cannot be as low as the level \(level), expected at least "
          + "\(Int((1 / level).rounded(.up)) - 1); raise 'replicates'.")
      return nil
    }
    return LikelihoodRatioTest(
      replicates: replicates, level: level, seed: seed,
      place: Located("likelihood-ratio-test", at: value.keyPosition))
  }
}

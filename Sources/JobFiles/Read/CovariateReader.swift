import Spelling
import Study

/// The covariates of the section `simulation`.
extension JobFileReader {
  func covariates(_ value: YAMLValue) -> [SimulatedCovariate]? {
    guard let mapping = value.anyMapping(expected: "a mapping from names to distributions") else {
      return nil
    }
    let read = mapping.entries.map { name, value -> SimulatedCovariate? in
      let taken = DataSource.standardColumns + ["ARM"]
      let isPlain = name.value.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
      guard isPlain, !taken.contains(name.value.uppercased()) else {
        value.document.report(
          "the covariate \(quoted(name.value)) is not called by a name of letters, digits, '_' and '.' that is no standard "
            + "column; rename it.", at: value.keyPosition)
        return nil
      }
      return distribution(value).map {
        SimulatedCovariate(name: name.value, distribution: $0)
      }
    }
    return read.allSatisfy { $0 != nil } ? read.compactMap { $0 } : nil
  }

  private enum Kind: String, CaseIterable {
    case normal, lognormal, uniform, categories

    /// The keys beside `distribution`.
    var keys: [String] {
      switch self {
      case .normal: ["mean", "sd"]
      case .lognormal: ["median", "sd"]
      case .uniform: ["from", "to"]
      case .categories: ["values", "shares"]
      }
    }
  }

  private func distribution(_ value: YAMLValue) -> SimulatedCovariate.Distribution? {
    guard let all = value.anyMapping(expected: "a mapping with a 'distribution'"),
      let kind = all.required("distribution")?.choice(of: Kind.self)
    else { return nil }
    let keys = all.only(["distribution"] + kind.keys)
    func number(_ key: String, _ domain: NumberDomain) -> Double? {
      keys.required(key)?.number(domain)
    }
    switch kind {
    case .normal:
      guard let mean = number("mean", .any), let sd = number("sd", .notNegative) else {
        return nil
      }
      return .normal(mean: mean, standardDeviation: sd)
    case .lognormal:
      guard let median = number("median", .positive), let sd = number("sd", .notNegative) else {
        return nil
      }
      return .lognormal(median: median, standardDeviation: sd)
    case .uniform:
      guard let low = number("from", .any), let high = number("to", .any) else { return nil }
      guard low <= high else {
        value.report("goes from \(low) to \(high), expected the smaller number first; swap them.")
        return nil
      }
      return .uniform(low: low, high: high)
    case .categories: return categories(keys)
    }
  }

  private func categories(_ keys: YAMLMapping) -> SimulatedCovariate.Distribution? {
    let values = keys.required("values")?.list(of: "numbers")?.every { $0.number(.any) }
    let section = keys.required("shares")
    let shares = section?.list(of: "shares")?.every { $0.number(.notNegative) }
    guard let values, let shares, let section else { return nil }
    guard shares.count == values.count else {
      section.report(
        "has \(shares.count) values, expected \(values.count), one for each of 'values'.")
      return nil
    }
    let sum = shares.reduce(0, +)
    guard abs(sum - 1) < 1e-6 else {
      section.report("sums to \(sum), expected a sum of 1; correct the shares.")
      return nil
    }
    return .categories(values, shares: shares)
  }
}

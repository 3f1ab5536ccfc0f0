import Estimation
import PopulationModel
import Spelling
import Yams

/// The section `estimation` of a job file.
extension JobFileReader {
  /// - Parameters:
  ///   - value: nil when the section is absent.
  ///   - effectCount: p; nil when the random effects have faults.
  ///   - others: keys that stand in the same mapping and are read elsewhere.
  func estimationOptions(_ value: YAMLValue?, effectCount: Int?, besides others: [String] = [])
    -> EstimationOptions?
  {
    guard let value else {
      return effectCount.map {
        .defaults(
          .exact, nodes: EstimationOptions.defaultNodes(effectCount: $0), effectCount: $0)
      }
    }
    guard
      let keys = value.mapping(
        keys: [
          "method", "nodes", "samples", "order", "precision", "iterations", "tolerance",
          "acceleration", "seed", "memory-limit", "envelope", "starts", "profile",
          "profile-quantile",
        ] + others)
    else { return nil }
    let method = keys["method"].map(method) ?? .exact
    refuseOthers(keys, method)
    let nodes: EstimationSettings.Nodes? =
      method?.onlyNodes ?? keys["nodes"].map { $0.choice(of: EstimationSettings.Nodes.self) }
      ?? effectCount.map(EstimationOptions.defaultNodes)
    var options: EstimationOptions?
    if let method, let nodes {
      options = .defaults(method, nodes: nodes, effectCount: effectCount ?? 1)
    }
    let usual = options?.settings
    let samples = nodeCount(keys, method: method, nodes: nodes, effectCount: effectCount)
    let iterations =
      keys["iterations"].map { $0.integer(in: 1...1_000_000) } ?? usual?.iterations
    let seed = keys["seed"].map { $0.integer(in: 0...UInt64.max) } ?? 1
    let starts =
      keys["starts"].map(startCount) ?? (method?.end == .count ? .exactly(1) : .asNeeded)
    let isRead = readMaximum(keys, to: &options)
    let hasEnvelope = keys["envelope"].map { readEnvelope($0, nodes: nodes, to: &options) } ?? true
    guard var options, let iterations, let seed, let starts, isRead, hasEnvelope else {
      return nil
    }
    if nodes == .gaussHermite {
      options.setOrder(samples ?? EstimationOptions.defaultOrder, effectCount: effectCount ?? 1)
    } else if let samples {
      options.settings.samples = samples
    }
    options.settings.iterations = iterations
    options.settings.seed = seed
    options.starts = starts
    return options
  }

  private func method(_ value: YAMLValue) -> EstimationMethod? {
    let word = value.word(among: EstimationMethod.all.map(\.name))
    return EstimationMethod.all.first { $0.name == word }
  }

  /// Keys of methods whose nodes the user chooses.
  private static let keysOfNodes = ["nodes", "order"]
  /// Keys of methods that end at the maximum.
  private static let keysOfMaximum = [
    "precision", "tolerance", "acceleration", "memory-limit", "profile", "profile-quantile",
  ]

  /// Reports keys that the method has no use for.
  private func refuseOthers(_ keys: YAMLMapping, _ method: EstimationMethod?) {
    guard let method else { return }
    func refuse(_ names: [String], where isTaken: (EstimationMethod) -> Bool) {
      guard !isTaken(method) else { return }
      let others = EstimationMethod.all.filter(isTaken).map { "'method: \($0.name)'" }
      for name in names {
        keys[name]?.report(
          "stands beside 'method: \(method.name)', expected it with \(alternatives(others)) only; "
            + "remove it, or change the method.", atKey: true)
      }
    }
    refuse(Self.keysOfNodes) { $0.onlyNodes == nil }
    refuse(Self.keysOfMaximum, where: \.endsAtMaximum)
  }

  /// `starts`: a number, or `auto`; nil when it has a fault.
  private func startCount(_ value: YAMLValue) -> StartCount? {
    let string = value.node.scalar?.string
    if string == "auto" { return .asNeeded }
    guard let string, let count = StrictNumber.integer(string, as: Int.self),
      (1...10_000).contains(count)
    else {
      value.reportUnexpected("a whole number from 1 to 10000, or auto")
      return nil
    }
    return .exactly(count)
  }

  /// `samples`, or the `order` of a rule; nil when neither is given, or it has a fault.
  private func nodeCount(
    _ keys: YAMLMapping, method: EstimationMethod?, nodes: EstimationSettings.Nodes?,
    effectCount: Int?
  ) -> Int? {
    let samples = keys["samples"].flatMap { $0.integer(in: 1...1 << 24) }
    let order = keys["order"].flatMap { $0.integer(in: 2...32) }
    guard let method, let nodes, method.onlyNodes == nil else { return samples }
    switch nodes {
    case .gaussHermite:
      keys["samples"]?.report(
        keys["nodes"] == nil
          ? "stands beside Gauss-Hermite nodes, the default for up to two random effects, whose number is "
            + "'order' to the power of the number of random effects; give 'order' instead, or name the "
            + "nodes."
          : "stands beside 'nodes: gauss-hermite', whose number is 'order' to the power of the "
            + "number of random effects; give 'order' instead.", atKey: true)
      if let effectCount {
        let order = order ?? EstimationOptions.defaultOrder
        if EstimationOptions.ruleSize(order: order, effectCount: effectCount) == nil {
          (keys["order"] ?? keys["nodes"])?.report(
            "asks for \(order)^\(effectCount) nodes, expected at most 2^24; lower 'order', or use "
              + "'nodes: lattice'.")
        }
      }
      return order
    case .lattice, .sobol, .independent:
      keys["order"]?.report(
        "is expected with 'nodes: gauss-hermite' only; remove it, or change the nodes.",
        atKey: true)
      if nodes != .independent, let samples,
        !(16...1 << 20).contains(samples) || samples & (samples - 1) != 0
      {
        let above = (4...20).first { 1 << $0 >= samples } ?? 20
        keys["samples"]?.report(
          "is \(samples), expected a power of two from 16 to 2^20 for 'nodes: \(nodes.rawValue)'; "
            + "use \(1 << above), or 'nodes: independent'.")
      }
      return samples
    }
  }

  /// The keys of methods that end at the maximum.
  /// - Returns: whether they have no fault.
  private func readMaximum(_ keys: YAMLMapping, to options: inout EstimationOptions?) -> Bool {
    let tolerance = keys["tolerance"].map { $0.number(.positive) } ?? options?.settings.tolerance
    let isLeft = keys["precision"]?.node.scalar?.string == "none"
    let precision = isLeft ? nil : keys["precision"].map { $0.number(.positiveOrNone) }
    let acceleration = keys["acceleration"].map { $0.choice(of: Acceleration.self) } ?? .anderson
    let limit = keys["memory-limit"].map { $0.integer(in: 0...1 << 24) } ?? 1024
    let profile =
      keys["profile"].map { value in
        value.oneOrMany(of: "all, or a list of names of parameters")?.map {
          $0.locatedText(expected: "the name of a parameter, as in estimates.csv")
        }
      } ?? []
    let quantile =
      keys["profile-quantile"].map { $0.choice(of: ProfileQuantile.self) } ?? .student
    if keys["profile"] == nil {
      keys["profile-quantile"]?.report(
        "stands without 'profile', expected both; name what is to have intervals, or remove it.",
        atKey: true)
    }
    guard let tolerance, let acceleration, let limit, let profile, let quantile,
      profile.allSatisfy({ $0 != nil })
    else { return false }
    guard options?.settings.method.endsAtMaximum == true else { return true }
    options?.settings.tolerance = tolerance
    options?.settings.isAccelerated = acceleration == .anderson
    options?.settings.memoryLimit = limit << 20
    options?.settings.profileQuantile = quantile
    if keys["precision"] != nil { options?.settings.precision = precision ?? nil }
    options?.profile = profile.compactMap { $0 }
    return true
  }

  /// The densities that samples are drawn from.
  /// - Returns: whether they have no fault.
  private func readEnvelope(
    _ value: YAMLValue, nodes: EstimationSettings.Nodes?, to options: inout EstimationOptions?
  ) -> Bool {
    guard
      let keys = value.mapping(keys: ["inflation", "tails", "degrees-of-freedom", "prior-share"])
    else { return false }
    let inflation =
      keys["inflation"].map { $0.number(.atLeastOne) } ?? options?.settings.envelopeInflation
    let tails = keys["tails"].map { $0.choice(of: Tails.self) } ?? .normal
    let degrees = keys["degrees-of-freedom"].map { $0.number(.aboveTwo) } ?? 5
    let share = keys["prior-share"].map { $0.number(.priorShare) } ?? 0
    if tails == .normal {
      keys["degrees-of-freedom"]?.report(
        "is expected with 'tails: student-t' only; remove it, or change the tails.", atKey: true)
    }
    if nodes == .gaussHermite {
      let because =
        "stands beside Gauss-Hermite nodes, which are those of a normal envelope; remove it, or use "
        + "'nodes: lattice'."
      if tails == .studentT { keys["tails"]?.report(because, atKey: true) }
      if let share, share > 0 { keys["prior-share"]?.report(because, atKey: true) }
    }
    guard let inflation, let tails, let degrees, let share else { return false }
    options?.settings.envelopeInflation = inflation
    options?.settings.envelopeDegreesOfFreedom = tails == .studentT ? degrees : nil
    options?.settings.priorShare = share
    return true
  }
}

private enum Acceleration: String, CaseIterable {
  case anderson, none
}

private enum Tails: String, CaseIterable {
  case normal
  case studentT = "student-t"
}

extension NumberDomain {
  fileprivate static let positiveOrNone = NumberDomain(name: "a number greater than 0, or none") {
    $0 > 0
  }
  /// Below, Student's t has no covariance.
  fileprivate static let aboveTwo = NumberDomain(name: "a number greater than 2") { $0 > 2 }
  /// More would leave too few samples to the envelope itself.
  fileprivate static let priorShare = NumberDomain(name: "a number from 0 to 0.9") {
    $0 >= 0 && $0 <= 0.9
  }
}

// MARK: - Defaults

extension EstimationOptions {
  /// The nodes where a job names none: the product of rules is cheapest while it is small.
  static func defaultNodes(effectCount p: Int) -> EstimationSettings.Nodes {
    p <= 2 ? .gaussHermite : .lattice
  }

  static let defaultOrder = 5

  /// Points from whose moments envelopes are made: with more dimensions there are more moments, and
  /// fewer points where the posterior is.
  static func defaultPoints(effectCount p: Int) -> Int { p <= 3 ? 64 : 1 << min(p + 4, 12) }

  fileprivate static func defaults(
    _ method: EstimationMethod, nodes: EstimationSettings.Nodes, effectCount p: Int
  ) -> EstimationOptions {
    let (samples, inflation): (Int, Double) =
      switch nodes {
      case .lattice: (defaultPoints(effectCount: p), 3)
      case .sobol: (defaultPoints(effectCount: p), 1.5)
      case .independent: (1000, method.keepsNodes ? 1.5 : 1)
      case .gaussHermite: (defaultOrder, 1)
      }
    var options = EstimationOptions(
      settings: method.usualSettings(nodes: nodes, samples: samples, inflation: inflation))
    if nodes == .gaussHermite { options.setOrder(defaultOrder, effectCount: p) }
    if method.end == .count { options.starts = .exactly(1) }
    return options
  }

  /// A rule of this order in each dimension; one that is too large has been refused.
  fileprivate mutating func setOrder(_ order: Int, effectCount p: Int) {
    self.order = order
    settings.samples = Self.ruleSize(order: order, effectCount: p) ?? order
  }
}

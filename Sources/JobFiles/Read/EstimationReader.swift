import Estimation
import PopulationModel
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
        .defaults(nodes: EstimationOptions.defaultNodes(effectCount: $0), effectCount: $0)
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
    let method = keys["method"].map { $0.choice(of: MethodName.self) } ?? .exact
    let nodes: EstimationSettings.Nodes? =
      method == .paper
      ? .independent
      : keys["nodes"].map { $0.choice(of: EstimationSettings.Nodes.self) }
        ?? effectCount.map(EstimationOptions.defaultNodes)
    let defaults: EstimationOptions? =
      method == .paper
      ? .paper
      : nodes.flatMap { nodes in
        method.map { _ in EstimationOptions.defaults(nodes: nodes, effectCount: effectCount ?? 1) }
      }

    let samples = nodeCount(keys, method: method, nodes: nodes, effectCount: effectCount)
    let iterations =
      keys["iterations"].map { $0.integer(in: 1...1_000_000) } ?? defaults?.iterations
    let seed = keys["seed"].map { $0.integer(in: 0...UInt64.max) } ?? 1
    let starts = keys["starts"].map(startCount) ?? (method == .paper ? .exactly(1) : .asNeeded)
    let exact = exactOptions(keys, defaults: defaults?.exact)
    let envelope = keys["envelope"].map {
      envelopeOptions($0, nodes: nodes, defaults: defaults?.envelope)
    }
    if method == .paper {
      for key in [
        "nodes", "order", "precision", "tolerance", "acceleration", "memory-limit", "profile",
        "profile-quantile",
      ] {
        keys[key]?.report(
          "stands beside 'method: paper', expected it with 'method: exact' only; "
            + "remove it, or change the method.", atKey: true)
      }
    }
    guard var options = defaults, let iterations, let seed, let starts,
      let envelope = envelope ?? options.envelope
    else { return nil }
    if options.exact != nil {
      guard let exact else { return nil }
      options.method = .exact(exact)
    }
    options.samples = samples ?? options.samples
    options.iterations = iterations
    options.seed = seed
    options.starts = starts
    options.envelope = envelope
    return options
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
    _ keys: YAMLMapping, method: MethodName?, nodes: EstimationSettings.Nodes?, effectCount: Int?
  ) -> Int? {
    let samples = keys["samples"].flatMap { $0.integer(in: 1...1 << 24) }
    let order = keys["order"].flatMap { $0.integer(in: 2...32) }
    guard let method, let nodes, method == .exact else { return samples }
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

  /// The keys that belong to `exact` alone.
  private func exactOptions(_ keys: YAMLMapping, defaults: ExactOptions?) -> ExactOptions? {
    let tolerance = keys["tolerance"].map { $0.number(.positive) } ?? defaults?.tolerance
    let isLeft = keys["precision"]?.node.scalar?.string == "none"
    let precision = isLeft ? nil : keys["precision"].map { $0.number(.positiveOrNone) }
    let acceleration =
      keys["acceleration"].map { $0.choice(of: ExactOptions.Acceleration.self) } ?? .anderson
    let limit = keys["memory-limit"].map { $0.integer(in: 0...1 << 24) } ?? defaults?.memoryLimit
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
    guard var options = defaults, let tolerance, let acceleration, let limit, let profile,
      let quantile,
      profile.allSatisfy({ $0 != nil })
    else { return nil }
    options.tolerance = tolerance
    options.profile = profile.compactMap { $0 }
    options.profileQuantile = quantile
    if keys["precision"] != nil { options.precision = precision ?? nil }
    options.acceleration = acceleration
    options.memoryLimit = limit
    return options
  }

  private func envelopeOptions(
    _ value: YAMLValue, nodes: EstimationSettings.Nodes?, defaults: EnvelopeOptions?
  ) -> EnvelopeOptions? {
    guard
      let keys = value.mapping(keys: ["inflation", "tails", "degrees-of-freedom", "prior-share"])
    else { return nil }
    let inflation = keys["inflation"].map { $0.number(.atLeastOne) } ?? defaults?.inflation
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
    guard let inflation, let tails, let degrees, let share else { return nil }
    return EnvelopeOptions(
      inflation: inflation, degreesOfFreedom: tails == .studentT ? degrees : nil,
      priorShare: share)
  }
}

private enum MethodName: String, CaseIterable {
  case paper, exact
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

  fileprivate static let paper = EstimationOptions(
    method: .paper, samples: 1000, iterations: 50, seed: 1, envelope: EnvelopeOptions(inflation: 1))

  /// Points from whose moments envelopes are made: with more dimensions there are more moments, and
  /// fewer points where the posterior is.
  static func defaultPoints(effectCount p: Int) -> Int { p <= 3 ? 64 : 1 << min(p + 4, 12) }

  fileprivate static func defaults(nodes: EstimationSettings.Nodes, effectCount p: Int)
    -> EstimationOptions
  {
    let (samples, inflation): (Int, Double) =
      switch nodes {
      case .lattice: (defaultPoints(effectCount: p), 3)
      case .sobol: (defaultPoints(effectCount: p), 1.5)
      case .independent: (1000, 1.5)
      case .gaussHermite: (defaultOrder, 1)
      }
    // Independent samples are no way to such a precision.
    let precision = nodes == .independent ? nil : 0.002
    return EstimationOptions(
      method: .exact(ExactOptions(nodes: nodes, tolerance: 1e-5, precision: precision)),
      samples: samples, iterations: 1000, seed: 1, envelope: EnvelopeOptions(inflation: inflation))
  }
}

import KernelInterface
import NumericKernels

/// Which nodes the settings ask for, and what is to be expected of them.
final class NodeSource {
  private let settings: EstimationSettings
  private let dimensions: Int
  private var rules: [Int: ProductQuadrature] = [:]
  /// The rule that was asked for last, as most often it is the next one too.
  private var lastRule: (samples: Int, rule: QuadratureRule)?
  private var lastSamples = 0.0
  private var lastIdeal = 0.0
  private let settingsTails: NodeRequest.Tails
  private let heavyTails = NodeRequest.Tails.student(degreesOfFreedom: 5)

  init(settings: EstimationSettings, dimensions: Int) {
    let needsPowerOfTwo = settings.nodes == .lattice || settings.nodes == .sobol
    precondition(settings.samples > 0, "there are samples")
    precondition(
      !needsPowerOfTwo || settings.samples & (settings.samples - 1) == 0,
      "a lattice and Sobol' points are a power of two")
    self.settings = settings
    self.dimensions = dimensions
    settingsTails =
      settings.envelopeDegreesOfFreedom.map { .student(degreesOfFreedom: $0) } ?? .normal
  }

  /// The nodes of the rule with T of them, which are there as long as this source is.
  func rule(samples: Int) -> QuadratureRule {
    if let lastRule, lastRule.samples == samples { return lastRule.rule }
    let rule = product(samples: samples).rule
    lastRule = (samples, rule)
    return rule
  }

  private func product(samples: Int) -> ProductQuadrature {
    guard let order = ProductQuadrature.order(nodeCount: samples, dimensions: dimensions) else {
      preconditionFailure("the number of nodes is a power of the order")
    }
    let rule = rules[order] ?? ProductQuadrature(order: order, dimensions: dimensions)
    rules[order] = rule
    return rule
  }

  func request(_ cell: NodeStore.Cell, address: RandomAddress, prior: PriorShare? = nil)
    -> NodeRequest
  {
    let kind: NodeRequest.Kind =
      switch settings.nodes {
      case .independent: .independent
      case .lattice: .lattice
      case .sobol: .sobol
      case .gaussHermite: preconditionFailure("the nodes of a rule are not drawn")
      }
    return NodeRequest(
      kind: kind, tails: cell.hasHeavyTails ? heavyTails : settingsTails, samples: cell.samples,
      address: address, prior: prior)
  }

  /// Other nodes than those of `request`, to see what difference they make: with another
  /// randomisation.
  /// - Parameter round: how often they have been compared before, as each time takes nodes of its
  ///   own: those that chose the subjects which got more nodes would flatter the others.
  func otherRequest(
    _ cell: NodeStore.Cell, address: RandomAddress, prior: PriorShare?, round: Int
  ) -> NodeRequest {
    // 1 is that of the envelopes' moments.
    var other = address
    other.iteration = UInt32(2 + round)
    return request(cell, address: other, prior: prior)
  }

  /// The next larger T; `nil` if there is none.
  /// - Parameter orders: by which a rule becomes larger. Subjects that need more nodes go up by
  ///   four, so that there are few different T: those of a block that have the same are integrated
  ///   together.
  func largerSamples(_ samples: Int, orders: Int = 2) -> Int? {
    switch settings.nodes {
    case .gaussHermite:
      guard let order = ProductQuadrature.order(nodeCount: samples, dimensions: dimensions)
      else { return nil }
      let larger = min(order + orders, GaussHermite.orderLimit)
      guard larger > order else { return nil }
      return (0..<dimensions).reduce(1) { power, _ in power * larger }
    case .lattice, .sobol: return 2 * samples <= Lattice.pointLimit ? 2 * samples : nil
    case .independent: return 2 * samples
    }
  }

  /// Whether a subject and component can have come to so many nodes.
  func canHave(samples: Int) -> Bool {
    if settings.nodes == .gaussHermite {
      return samples > 0
        && ProductQuadrature.order(nodeCount: samples, dimensions: dimensions) != nil
    }
    var possible = settings.samples
    while possible < samples {
      guard let larger = largerSamples(possible), larger <= Lattice.pointLimit else { return false }
      possible = larger
    }
    return possible == samples
  }

  /// The effective sample size of T nodes under a perfect envelope: T, but less for a Gauss–Hermite
  /// rule, whose outer nodes weigh little.
  func idealSize(_ samples: Double) -> Double {
    guard isRule(samples) else { return samples }
    if samples != lastSamples {
      (lastSamples, lastIdeal) = (samples, product(samples: Int(samples)).idealSize)
    }
    return lastIdeal
  }

  /// Whether so many nodes are those of a rule, and not adopted ones.
  private func isRule(_ samples: Double) -> Bool {
    guard settings.nodes == .gaussHermite else { return false }
    return samples == lastSamples
      || ProductQuadrature.order(nodeCount: Int(samples), dimensions: dimensions) != nil
  }

  /// Samples are drawn again from a new mode search below this effective size.
  func uselessSize(_ samples: Double) -> Double {
    isRule(samples) ? 0.3 * idealSize(samples) : max(4, 0.02 * samples)
  }

  /// They are counted as poor below this one.
  func poorSize(_ samples: Double) -> Double {
    isRule(samples) ? 0.35 * idealSize(samples) : max(5, 0.1 * samples)
  }
}

extension EstimationSettings {
  /// The effective sample size of a perfect envelope with the samples that these settings begin
  /// with.
  func idealSampleSize(effectCount: Int) -> Double {
    NodeSource(settings: self, dimensions: effectCount).idealSize(Double(samples))
  }
}

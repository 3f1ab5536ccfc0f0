/// How EM goes about a fit: what happens to the nodes and the envelopes of the integrals from one
/// iteration to the next, and what ends the iterations.
///
/// A new method is a value here, and a name in `all`. What a user may set beside it, as the number
/// of nodes, stands in `EstimationSettings`.
package struct EstimationMethod: Sendable {
  /// When envelopes follow the conditional moments.
  package enum Renewal: Sendable {
    case everyIteration
    /// Until they fit the parameters, and again when these have gone far.
    case untilSettled
  }

  /// What ends the iterations.
  package enum End: Sendable {
    /// Their number.
    case count
    /// The maximum, which is found by accelerated iterations and then verified; the error that the
    /// nodes leave is measured there.
    case maximum
  }

  /// What job files and results call it.
  package let name: String
  /// Whether all iterations have the same nodes, which makes EM a deterministic map.
  package let keepsNodes: Bool
  package let renewal: Renewal
  package let end: End
  /// Where the nodes come from if the user has no choice.
  package let onlyNodes: EstimationSettings.Nodes?
  /// The share of a standard error by which two fits of the same data may differ.
  package let resolution: Double

  /// The same nodes in all iterations: accelerated iterations find the fixed point of EM, and the
  /// error that the nodes leave is measured there.
  package static let exact = EstimationMethod(
    name: "exact", keepsNodes: true, renewal: .untilSettled, end: .maximum, onlyNodes: nil,
    resolution: 0.1)
  /// W07 as printed: fresh independent samples in each iteration, a fixed number of iterations.
  package static let paper = EstimationMethod(
    name: "paper", keepsNodes: false, renewal: .everyIteration, end: .count,
    onlyNodes: .independent, resolution: 0.5)

  /// In the order in which messages list them.
  package static let all = [paper, exact]

  /// Whether the iterations go to the maximum.
  package var endsAtMaximum: Bool { end == .maximum }

  /// The settings where a user says nothing else.
  /// - Parameters:
  ///   - nodes: of the method's.
  ///   - samples: T, per subject and component.
  ///   - inflation: of the envelopes.
  package func usualSettings(
    nodes: EstimationSettings.Nodes, samples: Int, inflation: Double
  ) -> EstimationSettings {
    EstimationSettings(
      method: self, nodes: nodes, samples: samples, iterations: endsAtMaximum ? 1000 : 50,
      tolerance: endsAtMaximum ? 1e-5 : 0, seed: 1, envelopeInflation: inflation,
      // Independent samples are no way to such a precision.
      precision: endsAtMaximum && nodes != .independent ? 0.002 : nil,
      isAccelerated: endsAtMaximum)
  }
}

extension EstimationMethod: Hashable {
  package static func == (a: EstimationMethod, b: EstimationMethod) -> Bool { a.name == b.name }

  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension EstimationMethod: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let method = Self.all.first(where: { $0.name == name }) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "there is no method \(name)")
    }
    self = method
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}

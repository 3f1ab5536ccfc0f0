/// What a piece of work is expected to cost: the scaling model.
///
/// On g ranks a fit takes
///
///     serial + work/g + steps · (latency · ⌈log₂ g⌉ + payload/bandwidth · ⌈log₂ g⌉)
///
/// seconds: what every rank does for itself, its part of the subjects, and one sum over the ranks
/// in each E-step.
package struct PieceCost: Sendable, Equatable, Codable {
  /// n, as far as it is known beforehand.
  package var subjects: Double
  /// Seconds that do not become less on more ranks: starting values, writing.
  package var serial: Double
  /// Seconds on one rank that become less on more: reading, E-steps.
  package var work: Double
  /// Sums over the ranks.
  package var steps: Double
  /// Bytes of a sum.
  package var payload: Double

  package init(subjects: Double, serial: Double, work: Double, steps: Double, payload: Double) {
    self.subjects = subjects
    self.serial = serial
    self.work = work
    self.steps = steps
    self.payload = payload
  }

  /// Seconds on a number of ranks.
  package func seconds(ranks: Int, network: Network) -> Double {
    let useful = max(1, min(Double(ranks), subjects))
    return serial + work / useful + steps * network.seconds(bytes: payload, ranks: ranks)
  }

  /// Seconds until it has come so far that it can be saved: what is read and started, and the first
  /// of its steps, which takes longer than the others.
  func secondsToFirstStep(ranks: Int, network: Network) -> Double {
    serial + (seconds(ranks: ranks, network: network) - serial) * min(1, 3 / max(1, steps))
  }

  /// The time of one rank over that of all ranks together, at most 1.
  package func efficiency(ranks: Int, network: Network) -> Double {
    seconds(ranks: 1, network: network)
      / (Double(ranks) * seconds(ranks: ranks, network: network))
  }
}

/// How fast messages are.
package struct Network: Sendable, Equatable {
  /// Seconds of the smallest message.
  package var latency: Double
  /// Bytes per second.
  package var bandwidth: Double

  /// Ranks of several machines, cautiously: 20 µs and 1 GB/s.
  package static let usual = Network(latency: 20e-6, bandwidth: 1e9)

  package init(latency: Double, bandwidth: Double) {
    self.latency = latency
    self.bandwidth = bandwidth
  }

  /// Seconds of a sum over ranks, in ⌈log₂ g⌉ stages.
  package func seconds(bytes: Double, ranks: Int) -> Double {
    var stages = 0
    while 1 << stages < ranks { stages += 1 }
    return Double(stages) * (latency + bytes / bandwidth)
  }
}

import DataPartition
import Estimation
import MessagePassing
import PopulationData
import PopulationModel
import Testing

@Suite("Messages of a fit")
struct MessageTests {
  /// Bytes that the first rank brings to each iteration's messages.
  private func payloads(subjects n: Int, ranks size: Int, components: Int) throws
    -> [CommunicationTally]
  {
    let reference = try ReferenceCase("wang_000")
    // The example's subjects, again and again.
    let dataset = Dataset(
      name: "repeated",
      subjects: (0..<n).map { reference.dataset.subjects[$0 % reference.dataset.subjects.count] })
    let model = reference.model.with(componentCount: components)
    let start = PopulationParameters(
      weights: (0..<components).map { _ in 1 / Double(components) },
      means: (0..<components).map { [20, 0.25 + 0.35 / Double(components) * Double($0)] },
      covariances: (0..<components).map { _ in reference.start.covariances[0] },
      residualVariance: 0.01)
    var settings = EstimationSettings.exact(64)
    settings.iterations = 5
    let asked = settings
    let results = try ThreadCommunicator.run(ranks: size) { communicator in
      let metered = MeteredCommunicator(communicator)
      let rank = communicator.rank
      var tallies = [metered.tally]
      _ = try ExpectationMaximization(
        model: model,
        share: DatasetShare(dataset, places: Array(rank * n / size..<(rank + 1) * n / size)),
        settings: asked, communicator: metered
      ).fit(from: start) { record in
        if record.step != nil { tallies.append(metered.tally) }
      }
      return tallies
    }.map { try $0.get() }
    return zip(results[0].dropFirst(), results[0]).map { $0 - $1 }
  }

  @Test(
    "each iteration sends one message, whose length depends on effects and components only",
    arguments: [1, 2, 3, 5])
  func payload(components: Int) throws {
    // 9 + K (2 + p + p(p + 1)/2) sums of 544 bytes, p = 2.
    let bytes = (9 + 7 * components) * 544
    for (n, size) in [(30, 2), (100, 2), (1000, 2), (100, 3), (100, 7)] {
      // Before the first the ranks look at the data together.
      for tally in try payloads(subjects: n, ranks: size, components: components).dropFirst() {
        #expect(tally.collectives == 1, "\(n) subjects on \(size) ranks")
        #expect(tally.bytes == bytes)
      }
    }
  }
}

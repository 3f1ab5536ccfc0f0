import Benchmarking
import PopulationData
import PopulationModel
import Testing

@Suite("The published algorithm in plain code")
struct ScalarReferenceTests {
  @Test("it comes within 0.15 standard errors of the exact fit", arguments: [1, 2] as [UInt64])
  func reachesTheExactFit(seed: UInt64) throws {
    let example = try PublishedExample()
    let reference = try #require(ScalarReference(example.dataset))
    let result = reference.fit(from: example.start, samples: 1000, iterations: 50, seed: seed)
    let free = FreeParameters(example.model)
    for (i, value) in free.values(in: result.estimates).enumerated() {
      let distance = abs(value - example.exactEstimates[i]) / example.exactStandardErrors[i]
      #expect(distance < 0.15, "\(free.names[i])")
    }
    #expect(abs(result.logLikelihood - example.exactLogLikelihood) < 0.3)
  }
}

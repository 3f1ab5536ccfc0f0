import Foundation
import JobControl
import JobFiles
import MessagePassing
import OutputFolders
import PopulationModel
import TestSupport
import Testing

@Suite("Ranges of components")
struct ComponentRangeTests {
  /// A job as it is loaded, beside its data file.
  private func load(_ text: String) throws -> Result<LoadedJob, any Error> {
    let folder = NSTemporaryDirectory() + "popmix-job-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try text.write(toFile: "\(folder)/job.yaml", atomically: true, encoding: .utf8)
    try "ID,TIME,AMT,DV\n1,0,1,.\n1,1,.,2\n".write(
      toFile: "\(folder)/a.csv", atomically: true, encoding: .utf8)
    do {
      return .success(
        try LoadedJob(path: "\(folder)/job.yaml", communicator: SerialCommunicator()))
    } catch let failure as JobFailure {
      return .failure(
        JobFailure(
          message: failure.message.replacing("\(folder)/", with: ""), code: failure.code))
    }
  }

  /// The faults of a job as it is loaded, or nil.
  private func faults(_ text: String) throws -> String? {
    if case .failure(let error) = try load(text) { "\(error)" } else { nil }
  }

  @Test("a range of components makes a job of each number, with ten starts where nothing is said")
  func range() throws {
    let text = job(mixture: "{components: 1..3, covariance: full}", estimation: "{seed: 5}")
    let loaded = try load(text).get()
    #expect(loaded.alternatives.map(\.plan.model.componentCount) == [1, 2, 3])
    #expect(
      loaded.alternatives.map(\.plan.jobFile.estimation.starts) == [
        .asNeeded, .exactly(10), .exactly(10),
      ])
    #expect(loaded.plan.model.componentCount == 3)
    // Each has a text that is a job of its own, with everything else in its place.
    for (place, own) in loaded.alternatives.enumerated() {
      #expect(own.text == text.replacing("1..3,", with: "\(place + 1)   ,"))
      #expect(own.alternatives.isEmpty && own.sources.count == 1)
    }
    let given = try #require(
      try ComponentRange(
        in: text.replacing("{seed: 5}", with: "{starts: 2}"), path: "job.yaml"))
    #expect(given.givesStarts && given.numbers == 1...3)
  }

  @Test("ranges that are none, or stand beside what needs one number, are refused at their place")
  func wrongRanges() throws {
    func line(_ range: String, rest: String = "") -> String {
      job(mixture: "{components: \(range)}", rest: rest)
    }
    let expected =
      "expected a number from 1 to 64, or a range such as 1..4; correct it."
    for range in ["3..1", "2..2", "0..2", "1..65", "1..", "..4", "1..x", "1..2..3"] {
      #expect(
        try faults(line(range))
          == "job.yaml:5:23: 'mixture.components' is \"\(range)\", \(expected)")
    }
    #expect(
      try faults(line("1..2", rest: "bootstrap: {}"))
        == """
        job.yaml:5:23: 'mixture.components' is a range beside 'bootstrap', expected one number; first choose the number, then give it to a bootstrap.
        """)
    #expect(
      try faults(job(mixture: "{components: 2}", rest: "likelihood-ratio-test: {}"))
        == """
        job.yaml:6:1: 'likelihood-ratio-test' stands beside one number of components, expected a range in 'mixture.components', such as 1..3; \
        give one, or remove the section.
        """)
    #expect(try faults(line("1..2", rest: "likelihood-ratio-test: {}")) == nil)
    // Further to the right everything has its column.
    #expect(
      try faults(job(mixture: "{components: 1..4, covariance: ful}"))
        == """
        job.yaml:5:41: 'mixture.covariance' is the text "ful", expected diagonal or full; did you mean 'full'?
        """)
  }
}

import Estimation
import Foundation
import JobControl
import JobFiles
import PopulationData
import PopulationModel
import TestSupport
import Testing

@Suite("Starts in their order")
struct PlannedStartTests {
  private let starts = """
    [{typical: {V: 20, k: [0.3, 0.6]}, variance: {V: 4, k: 0.01}, sigma: 0.1, weights: [0.5, 0.5]}, \
    {typical: {k: [0.2, 0.9]}}, {weights: [0.8, 0.2], sigma: 0.3}]
    """

  private func plan(_ starts: String, estimation: String? = nil, fixed: String? = nil) throws
    -> RunPlan
  {
    try RunPlan(
      JobFileReader().read(
        job(
          effects: "random-effects: {V: \(shared), k: \(mixed)}", start: starts, fixed: fixed,
          mixture: "{components: 2}", estimation: estimation), path: "job.yaml"))
  }

  @Test(
    "each is used as it is, with the first's values where it has none, then come perturbed ones")
  func order() throws {
    let plan = try plan(starts, estimation: "{starts: 5}")
    let found = try (1...5).map { try plan.start(number: $0, sample: []) }
    #expect(found[1].means.map { $0[1] } == [0.2, 0.9])
    #expect(found[1].means.map { $0[0] } == [20, 20])
    #expect(found[2].weights == [0.8, 0.2])
    #expect(found[2].means == found[0].means)
    #expect(abs(found[2].sigma2 - 0.09) < 1e-12)
    #expect(found[3].means != found[0].means && found[4].means != found[3].means)
    #expect(
      found[3]
        == found[0].perturbed(4, model: plan.model, seed: plan.settings.seed))
  }

  @Test("starting values from the data have their components in the order of the prior")
  func start() throws {
    let data = try DatasetReader.read(
      bytes: Array(twoKinds.utf8), name: "data", format: DatasetFormat())
    func means(_ prior: String?) throws -> [Double] {
      let text = job(
        effects: "random-effects: {V: \(shared), k: \(mixed)}",
        residualError: "residual-error: proportional", mixture: "{components: 2}",
        rest: prior.map { "prior: {typical: {k: {value: \($0), sd: 0.1}}}" } ?? "")
      return try RunPlan(JobFileReader().read(text, path: "job.yaml")).start(
        number: 1, sample: data.subjects
      ).means.map { $0[1] }
    }
    let found = try means(nil)
    #expect(found[0] < found[1])
    #expect(try means("[0.3, 0.6]") == found)
    #expect(try means("[0.6, 0.3]") == found.reversed())
    #expect(try means("0.4") == found)
  }

  /// Two kinds of subjects, without noise.
  private let twoKinds: String = {
    var text = "ID,TIME,AMT,DV,EVID\n"
    for i in 1...20 {
      let k = i % 3 == 0 ? 0.6 : 0.3
      let rate = k * (1 + 0.01 * Double(i - 10))
      text += "\(i),0,100,.,1\n"
      for t in [1.5, 2, 3, 4, 5.5] {
        text += "\(i),\(t),.,\(5 * Foundation.exp(-rate * t)),0\n"
      }
    }
    return text
  }()
}

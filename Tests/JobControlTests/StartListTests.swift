import DataPartition
import Estimation
import JobControl
import PopulationData
import PopulationModel
import Testing

@Suite("several starts of the user's")
struct StartListTests {
  private let starts = """
    [{typical: {V: 20, k: [0.3, 0.6]}, variance: {V: 4, k: 0.01}, sigma: 0.1, weights: [0.5, 0.5]}, \
    {typical: {k: [0.2, 0.9]}}, {weights: [0.8, 0.2], sigma: 0.3}]
    """

  private func plan(_ starts: String, estimation: String? = nil, fixed: String? = nil) throws
    -> RunPlan
  {
    try RunPlan(
      read(
        job(
          effects: "random-effects: {V: \(shared), k: \(mixed)}", start: starts, fixed: fixed,
          mixture: "{components: 2}", estimation: estimation)))
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

  @Test("there are as many starts as are given, if nothing is said")
  func count() throws {
    #expect(try plan(starts).jobFile.estimation.starts == .exactly(3))
    #expect(try plan(starts, estimation: "{starts: 7}").jobFile.estimation.starts == .exactly(7))
  }

  @Test("fewer starts than are given, and other values of what is fixed, are refused")
  func refused() {
    expectFault(
      job(
        start: "[{weights: [0.5, 0.5]}, {weights: [0.2, 0.8]}]", mixture: "{components: 2}",
        estimation: "{starts: ▸1}"),
      "'estimation.starts' is 1, and 'model.start' has 2, expected as many or more; those that are more are moved from the first at random."
    )
    expectFault(
      job(
        start: "[{typical: {V: 20}}, ▸{typical: {V: 30}}]", fixed: "typical V",
        mixture: "{components: 2}"),
      "'model.start[2]' has another value of 'typical.V', which is fixed, expected the first start's; leave it out."
    )
  }
}
